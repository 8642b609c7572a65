/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replace: a text with other text in place of what matches. */
#include "ops/op.h"

#include "ops/element/regex.h"

#include <string.h>

#define MAX_TEXT ((size_t)1 << 30) /* bytes of a result */

struct replace {
    const char *pattern, *with;
    bool literal;
    int64_t count;
};

static int check_pattern(const struct replace *p, struct fault *f)
{
    return *p->pattern ? 0 : fault_set(f, EINVAL, "argument 'pattern' is empty");
}

static int compile(const struct replace *p, struct fault *f, GRegex **ret)
{
    g_autoptr(GRegex) regex = NULL;
    int r = regex_new(p->pattern, f, &regex);

    if (r == 0)
        r = regex_check_replacement(regex, p->with, f);
    if (r == 0)
        *ret = g_steal_pointer(&regex);
    return r;
}

/* Which of the two arguments is at fault. */
static int refuse(const struct replace *p, struct fault *f)
{
    g_autoptr(GRegex) regex = *p->pattern ? g_regex_new(p->pattern, 0, 0, NULL) : NULL;

    return fault_set_arg(f, f->err, regex ? "with" : "pattern", -1, "replace: %s", f->text);
}

static int check(const void *params, struct fault *f)
{
    const struct replace *p = params;
    g_autoptr(GRegex) regex = NULL;
    int r = check_pattern(p, f);

    if (r == 0 && !p->literal)
        r = compile(p, f, &regex);
    return r < 0 ? refuse(p, f) : 0;
}

/* A pattern of the user's may search for long; one that is drawn is compiled for each element. */
static int replace_open(struct seq *s, struct fault *f)
{
    const struct replace *p = s->params;
    int r = s->draws ? draws_check(s->draws, p, check, f) : check(p, f);

    s->trivial = p->literal && !s->draws;
    if (r == 0 && !s->draws && !p->literal)
        r = compile(p, f, (GRegex **)&s->self);
    return r < 0 ? r : text_check(s, TEXT_ALONE, f);
}

static void replace_close(struct seq *s)
{
    if (s->self)
        g_regex_unref(s->self);
}

static struct type replace_type(const struct seq *s, uint64_t i)
{
    return (struct type){.known = true, .kind = VALUE_TEXT};
}

static int check_len(const GString *text, struct fault *f)
{
    if (text->len <= MAX_TEXT)
        return 0;
    return fault_set(f, EFBIG, "the text becomes longer than %zu bytes", MAX_TEXT);
}

static int replace_literal(const struct replace *p, const char *text, struct fault *f, GString *ret)
{
    const size_t len = strlen(p->pattern);
    int64_t n = 0;
    const char *found;
    int r = 0;

    while (r == 0 && (p->count == 0 || n++ < p->count) && (found = strstr(text, p->pattern))) {
        g_string_append_len(ret, text, found - text);
        g_string_append(ret, p->with);
        text = found + len;
        r = check_len(ret, f);
    }
    g_string_append(ret, text);
    return r;
}

static int replace_matches(const struct replace *p, struct regex_search *search, struct fault *f,
                           GString *ret)
{
    int start, end, done = 0, r = 1;

    for (int64_t n = 0; p->count == 0 || n < p->count; n++) {
        g_autofree char *with = NULL;

        r = regex_next(search, f, &start, &end);
        if (r <= 0)
            break;
        with = g_match_info_expand_references(search->match, p->with, NULL);
        g_string_append_len(ret, search->text + done, start - done);
        g_string_append(ret, with);
        done = end;
        r = check_len(ret, f);
        if (r < 0)
            break;
    }
    g_string_append(ret, search->text + done);
    return MIN(r, 0);
}

/* The expression was compiled at load, unless something is drawn. */
static int replace_regex(const struct call *c, const char *text, GString *ret)
{
    const struct replace *p = c->params;
    struct fault *f = &c->eval->fault;
    g_autoptr(GRegex) drawn = NULL;
    int r = c->seq->self ? 0 : compile(p, f, &drawn);

    if (r < 0)
        return r;
    struct regex_search search = {
        .regex = drawn ? drawn : c->seq->self, .text = text, .deadline = c->eval->deadline};
    r = replace_matches(p, &search, f, ret);
    regex_finish(&search);
    return r;
}

static int replace_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct replace *p = c->params;
    struct fault *f = &c->eval->fault;
    g_autoptr(GString) made = NULL;
    g_autofree char *text = NULL;
    int r = check_pattern(p, f);

    if (r == 0)
        r = text_of(in, TEXT_ALONE, f, &text);
    if (r < 0)
        return r;
    made = g_string_sized_new(strlen(text));
    r = p->literal ? replace_literal(p, text, f, made) : replace_regex(c, text, made);
    if (r == 0)
        *ret = value_new_text_bytes(g_string_free_to_bytes(g_steal_pointer(&made)));
    return r;
}

static void replace_identify(const struct call *c, struct digest *d)
{
    if (!((const struct replace *)c->params)->literal)
        regex_identify(d);
}

const struct op op_replace = {
    .abi = SEQFS_OP_ABI,
    .name = "replace",
    .brief = "Text with other text in place of what matches a regular expression.",
    .manual =
        "The expression is one of Perl's kind, as PCRE2 has them, on Unicode. The replacement may "
        "take up what matched: \\0 is all of it, \\1 the first group, \\g<name> a named one; \\U, "
        "\\L and \\E change case; \\\\ is a backslash. An expression that goes back and forth too "
        "often fails. With literal, both are plain text. Bytes are taken if they are UTF-8, "
        "without the newline at their end.",
    .kind = OP_ELEMENT,
    .flags = OP_TRIVIAL,
    .params_size = sizeof(struct replace),
    .params = PARAMS(
        PARAM(STRING, struct replace, pattern, .required = true, .brief = "a regular expression"),
        PARAM(STRING, struct replace, with, .required = true, .brief = "what is put in its place"),
        PARAM(BOOL, struct replace, literal, .fallback = "false", .brief = "both are plain text"),
        PARAM(INT, struct replace, count, .fallback = "0", .max = INT32_MAX,
              .brief = "how many are replaced, from the first; 0 = all")),
    .examples = EXAMPLES(
        {"[{values: [IMG_0012, IMG_7]}, {replace: {pattern: '^IMG_0*(\\d+)', with: 'n\\1'}}]",
         "n12 n7"},
        {"[{values: [a.b.c]}, {replace: {pattern: ., with: /, literal: true, count: 1}}]", "a/b.c"},
        {"[{values: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab]}, {replace: {pattern: '(a+)+$', with: "
         "x}}]",
         "#0: searching for '(a+)+$': backtracking limit reached"},
        {"[{values: [a]}, {replace: {pattern: '(a', with: x}}]",
         "!1:37: replace: '(a' is no regular expression: missing terminating ) at character 2"},
        {"[{values: [a]}, {replace: {pattern: '(a)', with: '\\2'}}]",
         "!1:50: replace: '\\2' is no group of '(a)', which has 1"},
        {"[{values: [a]}, {replace: {pattern: {choice: [a, '(']}, with: x}}]",
         "!1:37: replace: '(' is no regular expression: missing terminating ) at character 1"},
        {"[{values: [a]}, {replace: {pattern: '(a)', with: {choice: ['\\1', '\\2']}}}]",
         "!1:50: replace: '\\2' is no group of '(a)', which has 1"}),
    .open = replace_open,
    .close = replace_close,
    .type = replace_type,
    .identify = replace_identify,
    .apply = replace_apply,
};
