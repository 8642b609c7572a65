/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Faults are filled here: always one line of valid UTF-8, cut at a character, never allocated. */
#include "ops/base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Replaces what is not UTF-8, and NUL, by '?'. */
static void make_valid(char *text, size_t len)
{
    const char *bad;

    while (!g_utf8_validate_len(text, len, &bad)) {
        char *at = text + (bad - text);

        *at = '?';
        len -= at + 1 - text;
        text = at + 1;
    }
}

/* A sentence stays on its line whatever file names it holds. */
static void make_one_line(char *text)
{
    for (; *text; text++)
        if (g_ascii_iscntrl(*text))
            *text = '?';
}

/* The length of the longest beginning of valid UTF-8 text that has at most max bytes and ends with
 * a character. */
static size_t whole_characters(const char *text, size_t max)
{
    size_t len = strnlen(text, max + 1);

    if (len <= max)
        return len;
    for (len = max; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
        ;
    return len;
}

/* The text may speak of f itself, so f is only touched once the text is complete. */
static int set(struct fault *f, int err, const char *end, const char *fmt, va_list ap)
{
    char text[2 * FAULT_TEXT] = "";
    char tail[FAULT_TEXT / 4];
    size_t room;

    g_strlcpy(tail, end, sizeof tail);
    room = sizeof f->text - 1 - strlen(tail);
    vsnprintf(text, sizeof text, fmt, ap);
    make_valid(text, strlen(text));
    make_one_line(text);
    if (strlen(text) > room)
        g_strlcpy(text + whole_characters(text, room - strlen("...")), "...", sizeof "...");
    fault_clear(f);
    f->err = err > 0 ? err : EIO; /* a plug-in may call with anything */
    g_strlcpy(f->text, text, sizeof f->text);
    g_strlcat(f->text, tail, sizeof f->text);
    return -f->err;
}

void fault_clear(struct fault *f)
{
    memset(f, 0, sizeof *f);
    f->item = -1;
}

int fault_set(struct fault *f, int err, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = set(f, err, "", fmt, ap);
    va_end(ap);
    return r;
}

int fault_set_arg(struct fault *f, int err, const char *arg, int item, const char *fmt, ...)
{
    va_list ap;
    int r;

    va_start(ap, fmt);
    r = set(f, err, "", fmt, ap);
    va_end(ap);
    f->arg = arg;
    f->item = item;
    return r;
}

int fault_set_errno(struct fault *f, int err, const char *fmt, ...)
{
    g_autofree char *end = g_strconcat(": ", g_strerror(err), NULL);
    va_list ap;
    int r;

    /* "No such file" begins a sentence, "RPC ..." is a name. */
    if (!g_ascii_isupper(end[3]))
        end[2] = g_ascii_tolower(end[2]);
    va_start(ap, fmt);
    r = set(f, err, end, fmt, ap);
    f->transient = err == ENOMEM;
    va_end(ap);
    return r;
}

int fault_detail(struct fault *f, const char *said, gssize len)
{
    size_t n = len < 0 ? strlen(said) : (size_t)len;
    size_t skip = n > sizeof f->detail - 1 ? n - (sizeof f->detail - 1) : 0;

    /* What was cut may begin inside of a character. */
    for (int i = 0; i < 3 && skip > 0 && skip < n && ((unsigned char)said[skip] & 0xc0) == 0x80;
         i++)
        skip++;
    memmove(f->detail, said + skip, n - skip);
    f->detail[n - skip] = '\0';
    make_valid(f->detail, n - skip);
    return -f->err;
}

void fault_pass(struct fault *f, uint32_t step, uint64_t index)
{
    const uint32_t half = FAULT_TRAIL / 2;

    if (f->trail_len >= FAULT_TRAIL) {
        memmove(&f->trail[half], &f->trail[half + 1],
                (FAULT_TRAIL - half - 1) * sizeof f->trail[0]);
        f->trail_len = FAULT_TRAIL - 1;
    }
    f->trail[f->trail_len++] = (struct fault_step){step, index};
}
