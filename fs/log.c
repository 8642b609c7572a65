/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log: the last lines in memory, each also to standard error if asked for. */
#include "fs/log.h"

#include <stdio.h>
#include <string.h>

#define LOG_LINES 1000
#define LOG_LINE_MAX 4096 /* bytes of one line */

struct log {
    bool to_stderr;
    GMutex lock;
    /* below: under lock */
    GQueue lines; /* char *, owned; oldest first */
};

struct log *log_new(bool to_stderr)
{
    struct log *l = g_new0(struct log, 1);

    l->to_stderr = to_stderr;
    g_mutex_init(&l->lock);
    g_queue_init(&l->lines);
    return l;
}

void log_free(struct log *l)
{
    if (!l)
        return;
    g_queue_clear_full(&l->lines, g_free);
    g_mutex_clear(&l->lock);
    g_free(l);
}

/* Names of files come in here and lines go out to terminals: nothing may break the line or steer
 * one. */
static void make_line(GString *text)
{
    for (gsize i = 0; i < text->len; i++) {
        if (g_ascii_iscntrl(text->str[i]))
            text->str[i] = ' ';
    }
    if (text->len > LOG_LINE_MAX) {
        const char *cut = text->str + LOG_LINE_MAX;

        while (cut > text->str && ((unsigned char)*cut & 0xC0) == 0x80)
            cut--;
        g_string_truncate(text, (gsize)(cut - text->str));
    }
}

void log_add(struct log *l, const char *fmt, ...)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%F %T ");
    GString *line = g_string_new(time);
    char *oldest = NULL;
    va_list args;

    va_start(args, fmt);
    g_string_append_vprintf(line, fmt, args);
    va_end(args);
    make_line(line);
    if (l->to_stderr)
        fprintf(stderr, "%s\n", line->str);

    g_mutex_lock(&l->lock);
    g_queue_push_tail(&l->lines, g_string_free(line, FALSE));
    if (g_queue_get_length(&l->lines) > LOG_LINES)
        oldest = g_queue_pop_head(&l->lines);
    g_mutex_unlock(&l->lock);
    g_free(oldest);
}

void log_print(struct log *l, GString *ret)
{
    g_mutex_lock(&l->lock);
    for (const GList *at = l->lines.head; at; at = at->next) {
        g_string_append(ret, at->data);
        g_string_append_c(ret, '\n');
    }
    g_mutex_unlock(&l->lock);
}
