/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Counts the lines of each `debug` step and logs those that are within its limit. */
#include "fs/notes.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "fs/step.h"

/* A `debug` step; those made of one step in the spec count together.  Lifetime: the notes'. */
struct teller {
    struct mark mark;
    uint64_t limit; /* 0 = none */
    atomic_uint_fast64_t told;
};

struct notes {
    struct log *log;
    uint32_t n_tellers;
    struct teller tellers[];
};

static struct teller *find(struct notes *n, uint32_t line, uint32_t column)
{
    for (uint32_t i = 0; i < n->n_tellers; i++)
        if (n->tellers[i].mark.line == line && n->tellers[i].mark.column == column)
            return &n->tellers[i];
    return NULL;
}

struct notes *notes_new(const struct plan *p, struct log *log)
{
    uint32_t n_steps = plan_n_steps(p);
    struct notes *n = g_malloc0(sizeof *n + n_steps * sizeof n->tellers[0]);

    n->log = log;
    for (uint32_t i = 0; i < n_steps; i++) {
        const struct seq *s = plan_step(p, i);
        if (!step_is(s, "debug") || find(n, s->mark.line, s->mark.column))
            continue;
        struct teller *t = &n->tellers[n->n_tellers++];
        t->mark = s->mark;
        step_number(s, "limit", &t->limit);
    }
    return n;
}

void notes_free(struct notes *n)
{
    g_free(n);
}

/* Counts the line; lines of no step we know (a worker may say anything) are within. */
static bool is_within_limit(struct notes *n, const char *line)
{
    uint32_t row, column;

    if (sscanf(line, "debug at %" SCNu32 ":%" SCNu32 ":", &row, &column) != 2)
        return true;
    struct teller *t = find(n, row, column);
    return !t || atomic_fetch_add(&t->told, 1) < t->limit || t->limit == 0;
}

void notes_add(struct notes *n, const char *lines)
{
    while (*lines) {
        size_t len = strcspn(lines, "\n");
        if (len > 0 && is_within_limit(n, lines))
            log_add(n->log, "%.*s", (int)len, lines);
        lines += len + (lines[len] == '\n');
    }
}
