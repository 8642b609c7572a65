/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One scalar of text to one field of an argument struct, strictly, and tables as text. */
#include "ops/core/param.h"

#include "ops/base/nearest.h"
#include "ops/base/scan.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Choices that a message lists; longer lists end in "...". */
#define LISTED_CHOICES 32

bool param_same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

const struct param *param_find(const struct param *table, const char *name)
{
    for (const struct param *p = table; p && p->name; p++)
        if (param_same_name(p->name, name))
            return p;
    return NULL;
}

static bool is_bounded(const struct param *p)
{
    return p->min != 0 || p->max != 0;
}

static void print_bounds(const struct param *p, GString *ret)
{
    if (!is_bounded(p))
        return;
    if (p->max >= 1e15)
        g_string_append_printf(ret, " from %.15g", p->min);
    else if (p->min <= -1e15)
        g_string_append_printf(ret, " up to %.15g", p->max);
    else
        g_string_append_printf(ret, " %.15g..%.15g", p->min, p->max);
}

static void print_choices(const struct param *p, GString *ret)
{
    unsigned n = 0;

    for (const struct param_choice *c = p->choices; c && c->name; c++, n++) {
        if (n == LISTED_CHOICES) {
            g_string_append(ret, ", ...");
            return;
        }
        g_string_append_printf(ret, "%s%s", n ? ", " : "", c->name);
    }
}

void param_print_kind(const struct param *p, GString *ret)
{
    static const char *const words[] = {
        [PARAM_BOOL] = "true or false",
        [PARAM_INT] = "int",
        [PARAM_DOUBLE] = "number",
        [PARAM_SIZE] = "size",
        [PARAM_DURATION] = "time",
        [PARAM_STRING] = "text",
        [PARAM_PATH] = "path",
        [PARAM_CHOICE] = "one of ",
        [PARAM_FLAGS] = "some of ",
        [PARAM_INTS] = "list of int",
        [PARAM_DOUBLES] = "list of number",
        [PARAM_STRINGS] = "list of text",
        [PARAM_CHOICES] = "list of ",
        [PARAM_NODE] = "anything",
        [PARAM_SEQ] = "sequence",
        [PARAM_SEQS] = "list of sequence",
        [PARAM_FIELDS] = "names to sequences, or a list of sequences",
        [PARAM_WEIGHTS] = "names of sequences to numbers",
        [PARAM_INPUT] = "{field: NAME} of an image",
        [PARAM_INPUTS] = "list of {field: NAME} of images",
    };

    g_string_append(ret, words[p->kind]);
    if (p->choices)
        print_choices(p, ret);
    else
        print_bounds(p, ret);
}

static int outside(const struct param *p, double number, const char *text, struct fault *f)
{
    g_autoptr(GString) bounds = g_string_new(NULL);

    if (p->max >= 1e15 && number < p->min)
        return fault_set(f, EINVAL, "argument '%s': %s is less than %.15g", p->name, text, p->min);
    if (p->max >= 1e15 || p->min <= -1e15)
        return fault_set(f, EINVAL, "argument '%s': %s is more than %.15g", p->name, text, p->max);
    print_bounds(p, bounds);
    return fault_set(f, EINVAL, "argument '%s': %s is outside of%s", p->name, text, bounds->str);
}

static int check_bounds(const struct param *p, double number, const char *text, struct fault *f)
{
    if (is_bounded(p) && (number < p->min || number > p->max))
        return outside(p, number, text, f);
    return 0;
}

static int wrong_kind(const struct param *p, const char *text, const char *wanted, struct fault *f)
{
    return fault_set(f, EINVAL, "argument '%s': '%.64s' is no %s", p->name, text, wanted);
}

static int parse_int(const struct param *p, const char *text, int64_t *ret, struct fault *f)
{
    int64_t n;

    if (!scan_int(text, &n))
        return wrong_kind(p, text, "whole number", f);
    int r = check_bounds(p, (double)n, text, f);
    if (r == 0)
        *ret = n;
    return r;
}

static int parse_double(const struct param *p, const char *text, double *ret, struct fault *f)
{
    double x;
    bool ok = p->kind == PARAM_DURATION ? scan_duration(text, &x) : scan_double(text, &x);

    if (!ok)
        return wrong_kind(p, text, p->kind == PARAM_DURATION ? "time such as 30s or 5m" : "number",
                          f);
    int r = check_bounds(p, x, text, f);
    if (r == 0)
        *ret = x;
    return r;
}

static int parse_size(const struct param *p, const char *text, uint64_t *ret, struct fault *f)
{
    uint64_t n;

    if (!scan_size(text, &n))
        return wrong_kind(p, text, "size such as 64K, 512M or 2G", f);
    int r = check_bounds(p, (double)n, text, f);
    if (r == 0)
        *ret = n;
    return r;
}

static int parse_choice(const struct param *p, const char *text, int64_t *ret, struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, text);
    for (const struct param_choice *c = p->choices; c->name; c++) {
        if (param_same_name(c->name, text)) {
            *ret = c->value;
            return 0;
        }
        nearest_offer(&near, c->name);
    }
    g_autoptr(GString) list = g_string_new(NULL);
    print_choices(p, list);
    return fault_set(f, EINVAL, "argument '%s': no value '%.64s', there are %s%s", p->name, text,
                     list->str, nearest_hint(&near, hint, sizeof hint));
}

static int parse_flags(const struct param *p, const char *text, int64_t *ret, struct fault *f)
{
    g_auto(GStrv) words = g_strsplit(text, "|", -1);
    int64_t all = 0;

    for (char **w = words; *w; w++) {
        int64_t one = 0;
        int r = parse_choice(p, g_strstrip(*w), &one, f);
        if (r < 0)
            return r;
        all |= one;
    }
    *ret = all;
    return 0;
}

static void parse_path(const char *text, const char *folder, GStringChunk *strings,
                       const char **ret)
{
    if (!folder) {
        *ret = g_string_chunk_insert(strings, text);
        return;
    }
    g_autofree char *absolute = g_canonicalize_filename(text, folder);
    *ret = g_string_chunk_insert(strings, absolute);
}

int param_parse(const struct param *p, const char *text, const char *folder, GStringChunk *strings,
                void *ret_field, struct fault *f)
{
    bool b;

    switch (p->kind) {
    case PARAM_BOOL:
        if (!scan_bool(text, &b))
            return wrong_kind(p, text, "truth value: it is true or false", f);
        *(bool *)ret_field = b;
        return 0;
    case PARAM_INT:
        return parse_int(p, text, ret_field, f);
    case PARAM_DOUBLE:
    case PARAM_DURATION:
        return parse_double(p, text, ret_field, f);
    case PARAM_SIZE:
        return parse_size(p, text, ret_field, f);
    case PARAM_CHOICE:
        return parse_choice(p, text, ret_field, f);
    case PARAM_FLAGS:
        return parse_flags(p, text, ret_field, f);
    case PARAM_PATH:
        if (!*text)
            return fault_set(f, EINVAL, "argument '%s' is empty, a path is wanted", p->name);
        parse_path(text, folder, strings, ret_field);
        return 0;
    case PARAM_STRING:
        *(const char **)ret_field = g_string_chunk_insert(strings, text);
        return 0;
    default:
        g_assert_not_reached();
    }
}
