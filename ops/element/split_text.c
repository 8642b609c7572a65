/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* split_text: a text to a list of texts. */
#include "ops/op.h"

#include "ops/element/regex.h"

#include <string.h>

#define MAX_TEXTS (1 << 20) /* of one list */

struct split_text {
    const char *separator;
    bool regex;
    int64_t maximum;
};

/* A list as it grows.  Lifetime: call. */
struct texts {
    GPtrArray *at;    /* struct value, owned */
    uint32_t maximum; /* the last takes all that is left; MAX_TEXTS + 1 = there is no last */
};

static int check_separator(const struct split_text *p, struct fault *f)
{
    if (p->separator && *p->separator == '\0')
        return fault_set(f, EINVAL, "argument 'separator' is empty");
    if (p->regex && !p->separator)
        return fault_set(f, EINVAL, "a regular expression is wanted as 'separator'");
    return 0;
}

static int check(const void *params, struct fault *f)
{
    const struct split_text *p = params;
    g_autoptr(GRegex) regex = NULL;
    int r = check_separator(p, f);

    if (r == 0 && p->regex)
        r = regex_new(p->separator, f, &regex);
    if (r < 0)
        return fault_set_arg(f, f->err, p->separator ? "separator" : "regex", -1, "split_text: %s",
                             f->text);
    return 0;
}

/* A pattern of the user's may search for long; one that is drawn is compiled for each element. */
static int split_text_open(struct seq *s, struct fault *f)
{
    const struct split_text *p = s->params;
    int r = s->draws ? draws_check(s->draws, p, check, f) : check(p, f);

    s->trivial = !p->regex && !s->draws;
    if (r == 0 && !s->draws && p->regex)
        r = regex_new(p->separator, f, (GRegex **)&s->self);
    return r < 0 ? r : text_check(s, TEXT_ALONE, f);
}

static void split_text_close(struct seq *s)
{
    if (s->self)
        g_regex_unref(s->self);
}

static struct type split_text_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_LIST};
}

static void add(struct texts *t, const char *at, const char *end)
{
    g_ptr_array_add(t->at, value_new_text(at, end - at));
}

/* Whether what is left is the last. */
static bool is_last(const struct texts *t)
{
    return t->at->len + 1 >= t->maximum;
}

static void split_at_words(const char *text, struct texts *t)
{
    const char *at = text, *end;

    for (;;) {
        while (*at && g_unichar_isspace(g_utf8_get_char(at)))
            at = g_utf8_next_char(at);
        if (*at == '\0' || is_last(t))
            break;
        for (end = at; *end && !g_unichar_isspace(g_utf8_get_char(end));)
            end = g_utf8_next_char(end);
        add(t, at, end);
        at = end;
    }
    if (*at)
        add(t, at, at + strlen(at));
}

static void split_at_text(const char *text, const char *separator, struct texts *t)
{
    const char *found;

    while (!is_last(t) && (found = strstr(text, separator))) {
        add(t, text, found);
        text = found + strlen(separator);
    }
    add(t, text, text + strlen(text));
}

/* What matches nothing at all separates nothing. */
static int split_at_matches(struct regex_search *search, struct texts *t, struct fault *f)
{
    int start, end, done = 0, r = 1;

    while (!is_last(t) && (r = regex_next(search, f, &start, &end)) > 0) {
        if (end == start)
            continue;
        add(t, search->text + done, search->text + start);
        done = end;
    }
    add(t, search->text + done, search->text + strlen(search->text));
    return MIN(r, 0);
}

/* The expression was compiled at load, unless something is drawn. */
static int split_by_regex(const struct call *c, const char *text, struct texts *t)
{
    const struct split_text *p = c->params;
    g_autoptr(GRegex) drawn = NULL;
    int r = c->seq->self ? 0 : regex_new(p->separator, &c->eval->fault, &drawn);

    if (r < 0)
        return r;
    struct regex_search search = {
        .regex = drawn ? drawn : c->seq->self, .text = text, .deadline = c->eval->deadline};
    r = split_at_matches(&search, t, &c->eval->fault);
    regex_finish(&search);
    return r;
}

static int split(const struct call *c, const char *text, struct texts *t)
{
    const struct split_text *p = c->params;
    int r = check_separator(p, &c->eval->fault);

    if (r < 0)
        return r;
    t->maximum = p->maximum ? (uint32_t)p->maximum : MAX_TEXTS + 1;
    if (!p->separator)
        split_at_words(text, t);
    else if (p->regex)
        r = split_by_regex(c, text, t);
    else
        split_at_text(text, p->separator, t);
    if (r == 0 && t->at->len > MAX_TEXTS)
        return fault_set(&c->eval->fault, EFBIG, "more than %d texts", MAX_TEXTS);
    return r;
}

static void unref_value(void *v)
{
    value_unref(v);
}

static int split_text_apply(const struct call *c, struct value *in, struct value **ret)
{
    g_autoptr(GPtrArray) at = g_ptr_array_new_with_free_func(unref_value);
    struct texts t = {.at = at};
    g_autofree char *text = NULL;
    int r = text_of(in, TEXT_ALONE, &c->eval->fault, &text);

    if (r == 0)
        r = split(c, text, &t);
    if (r < 0)
        return r;
    gsize len;
    g_autofree void **items = g_ptr_array_steal(at, &len);
    *ret = value_new_list((uint32_t)len, (struct value **)items);
    return 0;
}

static void split_text_identify(const struct call *c, struct digest *d)
{
    regex_identify(d);
}

const struct op op_split_text = {
    .abi = SEQFS_OP_ABI,
    .name = "split_text",
    .brief = "Text to a list of texts.",
    .manual =
        "Without a separator, the words between white space, of which none is empty. With one, "
        "all that stands before, between and behind it, also where that is empty. With a maximum, "
        "the last text is all that is left. `get` takes one of them. Bytes are taken if they are "
        "UTF-8, without the newline at their end.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct split_text),
    .params = PARAMS(PARAM(STRING, struct split_text, separator, .main = true,
                           .brief = "what stands between the texts; white space if not given"),
                     PARAM(BOOL, struct split_text, regex, .fallback = "false",
                           .brief = "the separator is a regular expression"),
                     PARAM(INT, struct split_text, maximum, .fallback = "0", .max = MAX_TEXTS,
                           .brief = "how many texts there are at most; 0 = any number")),
    .examples = EXAMPLES(
        {"[{values: ['one  two three']}, split_text]", "[\"one\", \"two\", \"three\"]"},
        {"[{values: ['a,b,,c']}, {split_text: ','}, {get: -1}]", "c"},
        {"[{values: ['a, b;c']}, {split_text: {separator: '[,;] *', regex: true, maximum: 2}}]",
         "[\"a\", \"b;c\"]"},
        {"[{values: [a]}, {split_text: {separator: '[', regex: true}}]",
         "!1:42: split_text: '[' is no regular expression: missing terminating ] for character "
         "class at character 1"},
        {"[{values: [a]}, {split_text: {separator: {choice: [',', '[']}, regex: true}}]",
         "!1:42: split_text: '[' is no regular expression: missing terminating ] for character "
         "class at character 1"}),
    .open = split_text_open,
    .close = split_text_close,
    .type = split_text_type,
    .identify = split_text_identify,
    .apply = split_text_apply,
};
