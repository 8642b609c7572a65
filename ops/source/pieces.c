/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads ahead in chunks and cuts elements off what has come. */
#include "ops/source/pieces.h"

#include <string.h>

#define CHUNK ((size_t)1 << 16)

void pieces_finish(struct pieces *p)
{
    g_clear_pointer(&p->buf, g_free);
}

/* Room for one more chunk behind what is there; the memory of a large element is given back. */
static int make_room(struct pieces *p, struct fault *f)
{
    if (p->at > 0) {
        memmove(p->buf, p->buf + p->at, p->len - p->at);
        p->len -= p->at;
        p->at = 0;
    }
    size_t cap = p->len + CHUNK <= p->cap ? p->cap : MAX(2 * p->cap, p->len + CHUNK);
    if (p->len < CHUNK && p->cap > 16 * CHUNK)
        cap = 2 * CHUNK;
    if (cap == p->cap)
        return 0;
    char *buf = g_try_realloc(p->buf, cap);
    if (!buf) {
        fault_set(f, ENOMEM, "no memory for element %" PRIu64 " of %s", p->n, p->what);
        f->transient = true;
        return -f->err;
    }
    p->buf = buf;
    p->cap = cap;
    return 0;
}

/* More bytes, or p->ended. */
static int fill(struct pieces *p, int64_t deadline, struct fault *f)
{
    size_t n = 0;
    int r = make_room(p, f);

    if (r < 0)
        return r;
    r = p->read(p->ctx, p->buf + p->len, p->cap - p->len, deadline, f, &n);
    if (r < 0)
        return r;
    p->len += n;
    p->ended = n == 0;
    return 0;
}

static int make_text(const struct pieces *p, const char *text, size_t len, struct fault *f,
                     struct value **ret)
{
    if (!g_utf8_validate_len(text, len, NULL))
        return fault_set(f, EILSEQ, "%s %" PRIu64 " of %s is not valid UTF-8 text",
                         p->split == PIECES_LINES ? "line" : "text", p->n, p->what);
    char *copy = g_try_malloc(len + 1);
    if (!copy) {
        fault_set(f, ENOMEM, "no memory for the %zu bytes of text %" PRIu64 " of %s", len, p->n,
                  p->what);
        f->transient = true;
        return -ENOMEM;
    }
    memcpy(copy, text, len);
    *ret = value_new_text_bytes(g_bytes_new_take(copy, len));
    return 1;
}

/* Until an end is found, or there is none: *ret_end = NULL, and what is left is the last text. */
static int find_end(struct pieces *p, int64_t deadline, struct fault *f, const char **ret_end)
{
    char delimiter = p->split == PIECES_LINES ? '\n' : '\0';
    const char *end = NULL;

    for (;;) {
        size_t there = p->len - p->at;
        if (there > p->scanned)
            end = memchr(p->buf + p->at + p->scanned, delimiter, there - p->scanned);
        if (end || p->ended)
            break;
        p->scanned = there;
        if (there > PIECES_MAX) {
            p->skipping = true;
            p->at = p->len = p->scanned = 0;
        }
        int r = fill(p, deadline, f);
        if (r < 0)
            return r;
    }
    *ret_end = end;
    return 0;
}

static int next_text(struct pieces *p, int64_t deadline, struct fault *f, struct value **ret)
{
    const char *end;
    int r = find_end(p, deadline, f, &end);

    if (r < 0)
        return r;
    const char *text = p->buf ? p->buf + p->at : "";
    size_t len = end ? (size_t)(end - text) : p->len - p->at;
    if (!end && len == 0 && !p->skipping)
        return 0;
    p->at += len + (end ? 1 : 0);
    p->scanned = 0;
    p->n++;
    if (p->skipping || len > PIECES_MAX) {
        p->skipping = false;
        return fault_set(f, EILSEQ, "%s %" PRIu64 " of %s has more than %zu bytes",
                         p->split == PIECES_LINES ? "line" : "text", p->n, p->what, PIECES_MAX);
    }
    if (p->split == PIECES_LINES && end && len > 0 && text[len - 1] == '\r')
        len--;
    return make_text(p, text, len, f, ret);
}

/* So many bytes behind `at`, unless the end comes before. */
static int reach(struct pieces *p, size_t len, int64_t deadline, struct fault *f)
{
    int r = 0;

    while (r == 0 && p->len - p->at < len && !p->ended)
        r = fill(p, deadline, f);
    return r;
}

static int cut_short(struct pieces *p, struct fault *f)
{
    return fault_set(f, EPROTO, "%s ended within element %" PRIu64, p->what, p->n);
}

static int next_frame(struct pieces *p, int64_t deadline, struct fault *f, struct value **ret)
{
    uint32_t big;
    int r = reach(p, sizeof big, deadline, f);

    if (r < 0)
        return r;
    if (p->len == p->at)
        return 0;
    if (p->len - p->at < sizeof big)
        return cut_short(p, f);
    memcpy(&big, p->buf + p->at, sizeof big);
    size_t len = GUINT32_FROM_BE(big);
    if (len > PIECES_MAX) {
        return fault_set(f, EFBIG, "element %" PRIu64 " of %s would have %zu bytes, more than %zu",
                         p->n, p->what, len, PIECES_MAX);
    }
    r = reach(p, sizeof big + len, deadline, f);
    if (r < 0)
        return r;
    if (p->len - p->at < sizeof big + len)
        return cut_short(p, f);
    char *copy = g_try_malloc(len);
    if (len > 0 && !copy) {
        fault_set(f, ENOMEM, "no memory for the %zu bytes of element %" PRIu64 " of %s", len, p->n,
                  p->what);
        f->transient = true;
        return -f->err;
    }
    if (len > 0)
        memcpy(copy, p->buf + p->at + sizeof big, len);
    p->at += sizeof big + len;
    p->n++;
    *ret = value_new_bytes(g_bytes_new_take(copy, len));
    return 1;
}

int pieces_next(struct pieces *p, int64_t deadline, struct fault *f, struct value **ret)
{
    return p->split == PIECES_LENGTH ? next_frame(p, deadline, f, ret)
                                     : next_text(p, deadline, f, ret);
}
