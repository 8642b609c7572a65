/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Templates: text with fields, taken apart once and printed for any element. */
#include "ops/core/template.h"

#include "ops/base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WIDTH_MAX 64 /* characters that a number can be padded to */

/* A stretch of the template.  Lifetime: the template's. */
struct part {
    char *text; /* literal text, or the name of the field; owned */
    bool field;
    bool other;     /* a field that is not printed by its attribute */
    bool zeros;     /* padded with zeros instead of blanks */
    unsigned width; /* characters to pad a number to; 0 = as it is */
};

struct template
{
    GArray *parts; /* struct part */
};

/* What a template is made for.  Lifetime: call. */
struct making {
    const struct seq *seq;
    template_find_fn *find; /* NULL = attributes alone */
    void *ctx;
};

static void part_clear(void *p)
{
    g_free(((struct part *)p)->text);
}

static void add_literal(struct template *t, GString *text)
{
    struct part part = {.text = g_strdup(text->str)};

    if (text->len > 0)
        g_array_append_val(t->parts, part);
    else
        g_free(part.text);
    g_string_truncate(text, 0);
}

/* What stands behind the colon of {index:05d}. */
static int parse_format(const char *format, const char *field, struct part *ret, struct fault *f)
{
    const char *at = format;
    bool zeros = *at == '0';
    unsigned width = 0;

    for (; g_ascii_isdigit(*at); at++)
        width = MIN(width * 10 + (unsigned)(*at - '0'), WIDTH_MAX + 1);
    if (strcmp(at, "d") != 0 && *at != '\0')
        return fault_set(
            f, EINVAL, "'%s' in field '{%s}' is no format; a number is padded as in '{index:05d}'",
            format, field);
    if (width < 1 || width > WIDTH_MAX)
        return fault_set(f, EINVAL, "the width in field '{%s}' is outside 1..%d", field, WIDTH_MAX);
    ret->zeros = zeros;
    ret->width = width;
    return 0;
}

/* *ret_other: it is no attribute, or another is meant. */
static int check_field(const char *name, const char *field, const struct making *m, struct fault *f,
                       bool *ret_other)
{
    struct nearest near;
    char hint[128];
    bool is_attr;
    int r;

    nearest_init(&near, name);
    is_attr = seq_has_attr(m->seq, name, &near);
    r = m->find ? m->find(m->ctx, name, is_attr, &near, f) : 0;
    *ret_other = r > 0;
    if (r != 0 || is_attr)
        return MIN(r, 0);
    return fault_set(f, EINVAL, "no field '%s' for '{%s}'%s", name, field,
                     nearest_hint(&near, hint, sizeof hint));
}

/* field: what stands between the braces. */
static int add_field(struct template *t, const char *field, const struct making *m, struct fault *f)
{
    const char *colon = strchr(field, ':');
    g_autofree char *name = colon ? g_strndup(field, (gsize)(colon - field)) : g_strdup(field);
    struct part part = {.field = true};
    int r;

    if (*name == '\0')
        return fault_set(f, EINVAL, "an empty field '{%s}'; write '{{' and '}}' for braces", field);
    r = check_field(name, field, m, f, &part.other);
    if (r == 0 && colon)
        r = parse_format(colon + 1, field, &part, f);
    if (r < 0)
        return r;
    part.text = g_steal_pointer(&name);
    g_array_append_val(t->parts, part);
    return 0;
}

static int parse(struct template *t, const char *text, const struct making *m, struct fault *f)
{
    g_autoptr(GString) literal = g_string_new(NULL);
    const char *at = text;

    while (*at) {
        if ((*at == '{' || *at == '}') && at[1] == *at) {
            g_string_append_c(literal, *at);
            at += 2;
        } else if (*at == '{') {
            size_t len = strcspn(at + 1, "{}");
            g_autofree char *field = g_strndup(at + 1, len);
            int r;

            if (at[1 + len] != '}')
                return fault_set(f, EINVAL, "'{' without '}' in '%s'; write '{{' for a brace",
                                 text);
            add_literal(t, literal);
            r = add_field(t, field, m, f);
            if (r < 0)
                return r;
            at += len + 2;
        } else if (*at == '}') {
            return fault_set(f, EINVAL, "'}' without '{' in '%s'; write '}}' for a brace", text);
        } else {
            g_string_append_c(literal, *at++);
        }
    }
    add_literal(t, literal);
    return 0;
}

int template_new(const char *text, const struct seq *s, struct fault *f, struct template **ret)
{
    return template_new_with(text, s, NULL, NULL, f, ret);
}

int template_new_with(const char *text, const struct seq *s, template_find_fn *find, void *ctx,
                      struct fault *f, struct template **ret)
{
    const struct making m = {.seq = s, .find = find, .ctx = ctx};
    OWN(template_free) struct template *t = g_new0(struct template, 1);
    int r;

    t->parts = g_array_new(FALSE, TRUE, sizeof(struct part));
    g_array_set_clear_func(t->parts, part_clear);
    r = parse(t, text, &m, f);
    if (r < 0)
        return r;
    *ret = g_steal_pointer(&t);
    return 0;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    if (t->parts)
        g_array_unref(t->parts);
    g_free(t);
}

/* Pads what was appended from start on, if it is a number. */
static void pad(const struct part *part, gsize start, GString *ret)
{
    bool minus = ret->str[start] == '-';
    gsize first = start + minus;
    gsize len = ret->len - start;

    if (len >= part->width || first == ret->len ||
        strspn(ret->str + first, "0123456789") != ret->len - first)
        return;
    for (gsize n = part->width - len; n > 0; n--)
        g_string_insert_c(ret, (gssize)(part->zeros ? first : start), part->zeros ? '0' : ' ');
}

void template_print(const struct template *t, const struct seq *s, uint64_t i, GString *ret)
{
    template_print_with(t, s, i, NULL, NULL, ret);
}

int template_print_with(const struct template *t, const struct seq *s, uint64_t i,
                        template_print_fn *print, void *ctx, GString *ret)
{
    const gsize begin = ret->len;
    bool empty = false; /* a part of a path has nothing in it */
    int r = 0;

    for (guint p = 0; p < t->parts->len && r == 0; p++) {
        const struct part *part = &g_array_index(t->parts, struct part, p);
        gsize start = ret->len;

        if (!part->field)
            g_string_append(ret, part->text + (empty && *part->text == '/'));
        else if (part->other)
            r = print(ctx, part->text, ret);
        else
            seq_attr(s, i, part->text, ret);
        if (part->width > 0)
            pad(part, start, ret);
        empty = part->field && !part->other && ret->len == start &&
                (start == begin || ret->str[start - 1] == '/');
    }
    return r;
}

/* Whether text ends in ".word" that is not all of its last path component.  first: nothing stands
 * before it. */
static bool ends_in_suffix(const char *text, bool first)
{
    const char *dot = strrchr(text, '.');

    if (!dot || dot[1] == '\0')
        return false;
    for (const char *at = dot + 1; *at; at++) {
        if (!g_ascii_isalnum(*at) && *at != '_')
            return false;
    }
    return dot == text ? !first : dot[-1] != '/';
}

bool template_has_suffix(const struct template *t)
{
    const struct part *last;

    if (t->parts->len == 0)
        return false;
    last = &g_array_index(t->parts, struct part, t->parts->len - 1);
    if (!last->field)
        return ends_in_suffix(last->text, t->parts->len == 1);
    return strcmp(last->text, "name") == 0 || strcmp(last->text, "path") == 0 ||
           strcmp(last->text, "ext") == 0;
}
