/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plain evaluator: elements, how they are read and printed, and the memory that they are in. */
#include "tests/unit/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void model_init(struct model *m)
{
    *m = (struct model){.pool = g_ptr_array_new_with_free_func(g_free)};
}

void model_finish(struct model *m)
{
    g_ptr_array_unref(m->pool);
    g_free(m->broken_rule);
}

void *model_alloc(struct model *m, size_t size)
{
    void *p = g_malloc0(size + 1);

    g_ptr_array_add(m->pool, p);
    return p;
}

const char *model_printf(struct model *m, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = g_strdup_vprintf(fmt, args);
    va_end(args);
    g_ptr_array_add(m->pool, text);
    return text;
}

struct thing *model_copy(struct model *m, const struct thing *t)
{
    struct thing *copy = model_alloc(m, sizeof *copy);

    *copy = *t;
    return copy;
}

struct row thing_row(struct model *m, unsigned len)
{
    return (struct row){.len = len, .at = model_alloc(m, len * sizeof(struct thing *))};
}

enum verdict model_wrong(struct model *m, const struct step *s)
{
    m->wrong = step_op(s->act);
    return VERDICT_WRONG;
}

/* Literals. */

static struct thing *parse(struct model *m, const char **p, unsigned depth);

static const char *parse_word(struct model *m, const char **p, const char *ends)
{
    const char *from = *p + strspn(*p, " ");
    size_t len = strcspn(from, ends);

    *p = from + len;
    return model_printf(m, "%.*s", (int)len, from);
}

static struct thing *parse_scalar(struct model *m, const char **p)
{
    struct thing *t = model_alloc(m, sizeof *t);
    const char *text = parse_word(m, p, ",]}");

    t->text = text;
    t->plain = true;
    if (strcmp(text, "null") == 0) {
        t->kind = THING_NULL;
    } else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        t->kind = THING_BOOL;
        t->n = *text == 't';
    } else if (*text == '\'') {
        t->kind = THING_TEXT;
        t->text = model_printf(m, "%.*s", (int)strlen(text) - 2, text + 1);
    } else if (strspn(text, "-0123456789") == strlen(text)) {
        t->kind = THING_INT;
        t->n = strtoll(text, NULL, 10);
    } else if (strchr(text, '.')) {
        t->kind = THING_FLOAT;
        t->n = strtod(text, NULL) != 0;
    } else {
        t->kind = THING_TEXT;
    }
    return t;
}

/* Behind the opening bracket. */
static struct thing *parse_parts(struct model *m, const char **p, char close, unsigned depth)
{
    struct thing *t = model_alloc(m, sizeof *t);

    t->kind = close == ']' ? THING_LIST : THING_RECORD;
    t->hazy = depth > 0;
    t->at = model_alloc(m, STEP_ITEMS * sizeof *t->at);
    t->names = model_alloc(m, STEP_ITEMS * sizeof *t->names);
    while (*(*p += strspn(*p, ", ")) != close) {
        if (close == '}') {
            t->names[t->len] = parse_word(m, p, ":");
            ++*p;
        }
        t->at[t->len] = parse(m, p, depth + 1);
        t->at[t->len++]->plain = false; /* a look at the whole is wanted */
    }
    ++*p;
    return t;
}

static struct thing *parse(struct model *m, const char **p, unsigned depth)
{
    *p += strspn(*p, " ");
    if (**p != '[' && **p != '{')
        return parse_scalar(m, p);
    ++*p;
    return parse_parts(m, p, (*p)[-1] == '[' ? ']' : '}', depth);
}

struct thing *model_literal(struct model *m, const char *text)
{
    return parse(m, &text, 0);
}

const char *thing_fault(const struct thing *t)
{
    const char *fault = t->kind == THING_BROKEN ? t->text : NULL;

    for (unsigned i = 0; i < t->len && !fault; i++)
        fault = thing_fault(t->at[i]);
    return fault;
}

void thing_print(const struct thing *t, GString *ret)
{
    if (t->kind == THING_INT)
        g_string_append_printf(ret, "%" PRId64, t->n);
    else if (t->kind < THING_LIST)
        g_string_append(ret, t->text);
    if (t->kind < THING_LIST)
        return;
    g_string_append_c(ret, '[');
    for (unsigned i = 0; i < t->len; i++) {
        g_string_append(ret, i > 0 ? ", " : "");
        if (t->kind == THING_RECORD)
            g_string_append_printf(ret, "%s: ", t->names[i]);
        thing_print(t->at[i], ret);
    }
    g_string_append_c(ret, ']');
}
