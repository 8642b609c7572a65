/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* parse: the value that a text writes. */
#include "ops/op.h"

#include <math.h>
#include <string.h>

enum as { AS_JSON, AS_INT, AS_FLOAT, AS_BOOL };

struct parse {
    int64_t as;
};

static const struct param_choice choices[] = {
    {"json", AS_JSON}, {"int", AS_INT}, {"float", AS_FLOAT}, {"bool", AS_BOOL}, {0},
};

/* Json may be long, numbers are not. */
static int parse_open(struct seq *s, struct fault *f)
{
    s->trivial = ((const struct parse *)s->params)->as != AS_JSON && !s->draws;
    return text_check(s, TEXT_SCALARS, f);
}

static struct type parse_type(const struct seq *s, uint64_t i)
{
    static const enum value_kind kinds[] = {
        [AS_INT] = VALUE_INT, [AS_FLOAT] = VALUE_FLOAT, [AS_BOOL] = VALUE_BOOL};
    const int64_t as = ((const struct parse *)s->params)->as;

    if (as == AS_JSON || s->draws)
        return (struct type){0};
    return (struct type){.known = true, .kind = kinds[as]};
}

static bool is_whole(const char *text)
{
    const char *digits = text + (*text == '-' || *text == '+');

    return *digits && digits[strspn(digits, "0123456789")] == '\0';
}

static int parse_int(const char *text, struct fault *f, struct value **ret)
{
    int64_t n;

    if (scan_int(text, &n)) {
        *ret = value_new_int(n);
        return 0;
    }
    if (is_whole(text))
        return fault_set(f, ERANGE, "'%.64s' is more than a whole number of 64 bits can be", text);
    return fault_set(f, EINVAL, "'%.64s' is no whole number", text);
}

/* The words for what is no number, or an infinite one, as Python, C and JavaScript write them. */
static bool scan_word(const char *text, double *ret)
{
    const bool minus = *text == '-';
    const char *word = text + (minus || *text == '+');

    if (g_ascii_strcasecmp(word, "nan") == 0)
        *ret = (double)NAN;
    else if (g_ascii_strcasecmp(word, "inf") == 0 || g_ascii_strcasecmp(word, "infinity") == 0)
        *ret = minus ? -HUGE_VAL : HUGE_VAL;
    else
        return false;
    return true;
}

static int parse_float(const char *text, struct fault *f, struct value **ret)
{
    double x;

    if (!scan_double(text, &x) && !scan_word(text, &x))
        return fault_set(f, EINVAL, "'%.64s' is no number", text);
    *ret = value_new_float(x);
    return 0;
}

static int parse_bool(const char *text, struct fault *f, struct value **ret)
{
    bool b;

    if (strcmp(text, "0") == 0 || strcmp(text, "1") == 0)
        b = *text == '1';
    else if (!scan_bool(text, &b))
        return fault_set(f, EINVAL, "'%.64s' is neither true nor false", text);
    *ret = value_new_bool(b);
    return 0;
}

static int parse_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct parse *p = c->params;
    struct fault *f = &c->eval->fault;
    g_autofree char *text = NULL;
    int r = text_of(in, TEXT_SCALARS, f, &text);

    if (r < 0)
        return r;
    if (p->as == AS_JSON)
        return json_parse(text, strlen(text), f, ret);
    text_strip(text);
    if (p->as == AS_INT)
        return parse_int(text, f, ret);
    return p->as == AS_FLOAT ? parse_float(text, f, ret) : parse_bool(text, f, ret);
}

const struct op op_parse = {
    .abi = SEQFS_OP_ABI,
    .name = "parse",
    .brief = "Text to the value that it writes: json, or a number.",
    .manual =
        "White space around it does not matter. An int is decimal or 0x..., of 64 bits, and may "
        "end in .0; a float may be nan or inf; a bool is true, false, yes, no, on, off, 1 or 0. "
        "Bytes are taken if they are UTF-8, such as the label in a tar, and numbers as they read. "
        "Of json it is not known before what it is, record or list: `get` finds its fields when "
        "an element is computed.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct parse),
    .params = PARAMS(PARAM(CHOICE, struct parse, as, .required = true, .main = true,
                           .choices = choices, .brief = "what the text is")),
    .examples = EXAMPLES(
        {"[{values: [' 7 ', '-3', '0x10']}, {parse: int}]", "7 -3 16"},
        {"[{values: ['1.50', '1e3', nan]}, {parse: float}]", "1.5 1000.0 nan"},
        {"[{values: ['{\"label\": \"cat\"}']}, {parse: json}, {get: label}]", "cat"},
        {"[{values: ['1', nan]}, {parse: int}]", "#1: 'nan' is no whole number"},
        {"[{values: ['9223372036854775808']}, {parse: int}]",
         "#0: '9223372036854775808' is more than a whole number of 64 bits can be"},
        {"[{range: 2}, {parse: integer}]", "!1:22: parse: argument 'as': no value 'integer', there "
                                           "are json, int, float, bool; did you "
                                           "mean 'int'?"},
        {"[{range: 2}, {batch: 2}, {parse: int}]",
         "!1:27: parse: wanted is text or a number, but each element is list"}),
    .open = parse_open,
    .type = parse_type,
    .apply = parse_apply,
};
