/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members one after the other, or neighbours of the same key put together.  All that is under way
 * is kept in the reader, so that it can go on where the time allowed was over. */
#include "ops/source/pass.h"

#include "ops/source/tape.h"

#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 20) /* bytes read between looks at the clock */

/* A sample under way. */
struct gathered {
    char *key;             /* owned; NULL = there is none */
    uint32_t shard;        /* its container */
    struct value **fields; /* owned, and what is there of them */
    struct fault fault;    /* the first of its members' */
};

/* Lifetime: its owner's. */
struct pass {
    const struct shards *of;
    bool skips;        /* samples that lack a field are left out */
    uint32_t shard;    /* the container being read, if tape is one */
    struct tape *tape; /* owned; NULL = none is open */
    bool has_entry;    /* entry was not taken yet */
    struct tape_entry entry;
    char *buf; /* of its content; owned */
    size_t len, cap;
    struct gathered sample;
};

int pass_start(const struct seq *s, struct fault *f, void **ret_reader)
{
    struct pass *p = g_new0(struct pass, 1);

    p->of = s->self;
    p->skips = ((const struct shards_args *)s->params)->missing == SHARDS_SKIP;
    if (p->of->grouped)
        p->sample.fields = g_new0(struct value *, p->of->samples.fields->len);
    *ret_reader = p;
    return 0;
}

static void drop_content(struct pass *p)
{
    g_clear_pointer(&p->buf, g_free);
    p->len = p->cap = 0;
    p->has_entry = false;
}

static void drop_sample(struct pass *p)
{
    const uint32_t n = p->of->grouped ? p->of->samples.fields->len : 0;

    g_clear_pointer(&p->sample.key, g_free);
    for (uint32_t k = 0; k < n; k++)
        g_clear_pointer(&p->sample.fields[k], value_unref);
    fault_clear(&p->sample.fault);
}

void pass_stop(void *reader)
{
    struct pass *p = reader;

    drop_content(p);
    drop_sample(p);
    g_free(p->sample.fields);
    tape_close(p->tape);
    g_free(p);
}

static const struct shard *shard_of(const struct pass *p)
{
    return &p->of->at[p->shard];
}

static int check_time(const struct pass *p, int64_t deadline, struct fault *f)
{
    if (deadline && g_get_monotonic_time() > deadline)
        return fault_set(f, ETIMEDOUT, "'%s' could not be read far enough in the time allowed",
                         shard_of(p)->path);
    return 0;
}

static int open_tape(struct pass *p, struct fault *f)
{
    int fd, r = shards_reopen(shard_of(p), f, &fd);

    return r < 0 ? r : tape_open(fd, shard_of(p)->path, shard_of(p)->packed, f, &p->tape);
}

/* 1: there is a file whose content was not taken yet; 0: that was all. */
static int peek(struct pass *p, int64_t deadline, struct fault *f)
{
    int r = 0;

    while (r == 0 && !p->has_entry && p->shard < p->of->len) {
        r = check_time(p, deadline, f);
        if (r == 0 && !p->tape)
            r = open_tape(p, f);
        if (r < 0)
            break;
        r = tape_next(p->tape, f, &p->entry);
        if (r == 0) {
            g_clear_pointer(&p->tape, tape_close);
            p->shard++;
        } else if (r > 0) {
            p->has_entry = p->entry.is_file;
            r = 0;
        }
    }
    return r < 0 ? r : p->has_entry;
}

/* Room for one chunk more than there is. */
static int grow(struct pass *p, struct fault *f)
{
    const size_t cap = MIN(p->entry.len, p->cap * 2 + CHUNK);
    char *buf;

    if (p->cap > p->len)
        return 0;
    buf = g_try_realloc(p->buf, cap);
    if (!buf)
        return fault_set_errno(f, ENOMEM, "the %zu bytes of '%s' in '%s'", cap, p->entry.name,
                               shard_of(p)->path);
    p->buf = buf;
    p->cap = cap;
    return 0;
}

static int read_content(struct pass *p, int64_t deadline, struct fault *f)
{
    size_t n = 1;
    int r = 0;

    while (r == 0 && n > 0 && p->len < p->entry.len) {
        r = check_time(p, deadline, f);
        if (r == 0)
            r = grow(p, f);
        if (r == 0)
            r = tape_read(p->tape, p->buf + p->len, MIN(CHUNK, p->cap - p->len), f, &n);
        if (r == 0)
            p->len += n;
    }
    if (r == 0 && p->len < p->entry.len)
        r = fault_set(f, EIO, "'%s' ends within '%s'", shard_of(p)->path, p->entry.name);
    return r;
}

/* Takes the content of the entry.  -EILSEQ: it has none that could be had; it is taken, too. */
static int take(struct pass *p, int64_t deadline, struct fault *f, struct value **ret)
{
    const char *path = shard_of(p)->path, *name = p->entry.name;
    int r;

    if (p->entry.link) {
        p->has_entry = false;
        return fault_set(f, EILSEQ,
                         "'%s': '%s' is a hard link to '%s', which had gone by; in a tar that is "
                         "not compressed it can be followed",
                         path, name, p->entry.link);
    }
    if (p->entry.len > PASS_MAX) {
        p->has_entry = false;
        return fault_set(f, EILSEQ, "'%s': '%s' has more than %" PRIu64 " bytes", path, name,
                         PASS_MAX);
    }
    r = read_content(p, deadline, f);
    if (r < 0)
        return r;
    *ret = value_new_bytes(g_bytes_new_take(g_steal_pointer(&p->buf), p->len));
    drop_content(p);
    return 0;
}

static int next_member(struct pass *p, int64_t deadline, struct fault *f, struct value **ret)
{
    int r = peek(p, deadline, f);

    if (r <= 0)
        return r;
    r = take(p, deadline, f, ret);
    return r < 0 ? r : 1;
}

/* Whether the entry is of the sample under way, which it may begin.  false: that one is over. */
static bool belongs(struct pass *p, const char *path, size_t key_len)
{
    struct gathered *g = &p->sample;

    if (g->key)
        return g->shard == p->shard && strlen(g->key) == key_len &&
               memcmp(g->key, path, key_len) == 0;
    g->key = g_strndup(path, key_len);
    g->shard = p->shard;
    return true;
}

static void keep_fault(struct gathered *g, const struct fault *f)
{
    if (g->fault.err == 0)
        g->fault = *f;
}

/* Puts the entry's content into the sample under way. */
static int put_field(struct pass *p, uint32_t k, int64_t deadline, struct fault *f)
{
    struct gathered *g = &p->sample;
    OWN(value_unref) struct value *v = NULL;
    g_autofree char *name = g_strdup(p->entry.name);
    int r = take(p, deadline, f, &v);

    if (r < 0 && r != -EILSEQ)
        return r;
    if (r == 0 && g->fields[k])
        r = fault_set(f, EILSEQ, "'%s': sample '%s' has '%s' twice, the second time as '%s'",
                      p->of->at[g->shard].path, g->key, (char *)p->of->samples.fields->pdata[k],
                      name);
    if (r < 0)
        keep_fault(g, f);
    else
        g->fields[k] = g_steal_pointer(&v);
    fault_clear(f);
    return 0;
}

/* Reads members up to one that is of another sample, or the end. */
static int gather(struct pass *p, int64_t deadline, struct fault *f)
{
    const char *path, *field;
    size_t len;
    int r;

    while ((r = peek(p, deadline, f)) > 0) {
        path = p->entry.name;
        if (!samples_split(path, &len, &field)) {
            p->has_entry = false;
            continue;
        }
        if (!belongs(p, path, len))
            return 0;
        uint32_t k = samples_number(&p->of->samples, field);
        if (k == SAMPLES_NONE)
            p->has_entry = false;
        else if ((r = put_field(p, k, deadline, f)) < 0)
            return r;
    }
    return r;
}

/* The sample that was gathered: 1, or 0 if it is to be left out. */
static int make_sample(const struct pass *p, struct fault *f, struct value **ret)
{
    const GPtrArray *names = p->of->samples.fields;
    const struct gathered *g = &p->sample;
    g_autofree struct value **items = g_new(struct value *, names->len + 1);

    if (g->fault.err != 0) {
        *f = g->fault;
        return -EILSEQ;
    }
    for (guint k = 0; k < names->len; k++) {
        if (!g->fields[k] && p->skips)
            return 0;
        if (!g->fields[k])
            return fault_set(f, EILSEQ, "'%s': sample '%s' has no '%s'", p->of->at[g->shard].path,
                             g->key, (char *)names->pdata[k]);
    }
    for (guint k = 0; k < names->len; k++)
        items[k] = value_ref(g->fields[k]);
    *ret = value_new_record(names->len, (const char *const *)names->pdata, items);
    return 1;
}

static int next_sample(struct pass *p, int64_t deadline, struct fault *f, struct value **ret)
{
    for (;;) {
        int r = gather(p, deadline, f);

        if (r < 0 || !p->sample.key)
            return r;
        r = make_sample(p, f, ret);
        drop_sample(p);
        if (r != 0)
            return r;
    }
}

int pass_next(void *reader, int64_t deadline, struct fault *f, struct value **ret)
{
    struct pass *p = reader;

    return p->of->grouped ? next_sample(p, deadline, f, ret) : next_member(p, deadline, f, ret);
}
