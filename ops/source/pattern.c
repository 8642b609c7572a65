/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Patterns taken apart; matching that, unlike fnmatch(), gives the same answer in every locale. */
#include "ops/source/pattern.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define RANGE_DIGITS 18 /* of a bound; more are no number */

static void part_clear(void *p)
{
    g_free(((struct pattern_part *)p)->text);
}

/* at: behind '['.  The end of the set, behind its ']', or NULL. */
static const char *skip_set(const char *at)
{
    if (*at == '!' || *at == '^')
        at++;
    if (*at == ']')
        at++;
    at += strcspn(at, "]/");
    return *at == ']' ? at + 1 : NULL;
}

/* The end of the sign at `at`: one byte, a backslash and a byte, or a set.  NULL: it has no end. */
static const char *skip_sign(const char *at)
{
    if (*at == '\\')
        return at[1] != '\0' && at[1] != '/' ? at + 2 : NULL;
    return *at == '[' ? skip_set(at + 1) : at + 1;
}

static int check(const char *text, struct fault *f)
{
    unsigned depth = 0;

    if (strlen(text) > PATTERN_MAX)
        return fault_set(f, EINVAL, "a pattern of more than %d bytes", PATTERN_MAX);
    for (const char *at = text; *at;) {
        const char *end = skip_sign(at);

        if (!end && *at == '[')
            return fault_set(f, EINVAL, "'[' without ']' in '%s'; write '[[]' for a bracket", text);
        if (!end)
            return fault_set(f, EINVAL, "a backslash before nothing in '%s'", text);
        if (*at == '[' && g_strstr_len(at, end - at, "[:"))
            return fault_set(f, EINVAL, "a class '[:' in '%s'; write a range such as '[0-9]'",
                             text);
        depth += *at == '{';
        if (*at == '}' && depth-- == 0)
            return fault_set(f, EINVAL, "'}' without '{' in '%s'; write '[}]' for a brace", text);
        at = end;
    }
    if (depth > 0)
        return fault_set(f, EINVAL, "'{' without '}' in '%s'; write '[{]' for a brace", text);
    return 0;
}

/* at: inside of braces.  The next comma or closing brace of theirs. */
static const char *find_comma(const char *at)
{
    for (unsigned depth = 0; depth > 0 || (*at != ',' && *at != '}'); at = skip_sign(at)) {
        if (*at == '{')
            depth++;
        else if (*at == '}')
            depth--;
    }
    return at;
}

static const char *find_close(const char *at)
{
    while (*(at = find_comma(at)) == ',')
        at++;
    return at;
}

/* The numbers that braces stand for.  Lifetime: call. */
struct range {
    uint64_t first, last; /* which may be the smaller */
    int width;            /* digits that each has at least */
};

/* at: inside of braces that end at close. */
static bool parse_range(const char *at, const char *close, struct range *ret)
{
    const size_t n = strspn(at, "0123456789");
    const char *to = at + n + 2;
    size_t n_to;

    if (n == 0 || n > RANGE_DIGITS || strncmp(at + n, "..", 2) != 0)
        return false;
    n_to = strspn(to, "0123456789");
    if (n_to == 0 || n_to > RANGE_DIGITS || to + n_to != close)
        return false;
    const bool padded = (*at == '0' && n > 1) || (*to == '0' && n_to > 1);
    *ret = (struct range){
        .first = g_ascii_strtoull(at, NULL, 10),
        .last = g_ascii_strtoull(to, NULL, 10),
        .width = padded ? (int)MAX(n, n_to) : 1,
    };
    return true;
}

/* Where texts without braces go.  Lifetime: call. */
struct expansion {
    GPtrArray *texts;
    guint max;
    struct fault *f;
};

static int expand(GString *done, const char *text, const struct expansion *x);

static int expand_range(GString *done, const struct range *range, const char *rest,
                        const struct expansion *x)
{
    const bool down = range->last < range->first;
    const gsize len = done->len;
    int r = 0;

    for (uint64_t n = range->first; r == 0; n += down ? -UINT64_C(1) : 1) {
        g_string_append_printf(done, "%0*" PRIu64, range->width, n);
        r = expand(done, rest, x);
        g_string_truncate(done, len);
        if (n == range->last)
            break;
    }
    return r;
}

static int add_text(const struct expansion *x, const char *text)
{
    if (x->texts->len == x->max)
        return fault_set(x->f, EINVAL, "braces that stand for more than %u patterns", x->max);
    g_ptr_array_add(x->texts, g_strdup(text));
    return 0;
}

/* Adds every text without braces that `done` followed by `text` stands for.  Checked before, so
 * braces match. */
static int expand(GString *done, const char *text, const struct expansion *x)
{
    const gsize len = done->len;
    const char *at = text, *close;
    struct range range;
    int r = 0;

    while (*at && *at != '{')
        at = skip_sign(at);
    g_string_append_len(done, text, at - text);
    close = *at ? find_close(at + 1) : NULL;
    if (!close) {
        r = add_text(x, done->str);
    } else if (parse_range(at + 1, close, &range)) {
        r = expand_range(done, &range, close + 1, x);
    } else {
        for (const char *from = at + 1; r == 0 && from <= close;) {
            const char *end = find_comma(from);
            g_autofree char *rest = g_strdup_printf("%.*s%s", (int)(end - from), from, close + 1);

            r = expand(done, rest, x);
            from = end + 1;
        }
    }
    g_string_truncate(done, len);
    return r;
}

/* Checked before. */
static bool has_range(const char *text)
{
    struct range range;

    for (const char *at = text; *at; at = skip_sign(at))
        if (*at == '{' && parse_range(at + 1, find_close(at + 1), &range))
            return true;
    return false;
}

int pattern_expand(const char *text, GPtrArray *texts, struct fault *f)
{
    const struct expansion x = {texts, texts->len + PATTERN_MAX_RANGES, f};
    g_autoptr(GString) done = g_string_new(NULL);
    int r = check(text, f);

    if (r < 0)
        return r;
    if (has_range(text))
        return expand(done, text, &x);
    g_ptr_array_add(texts, g_strdup(text));
    return 0;
}

static char *unescape(const char *text)
{
    GString *ret = g_string_new(NULL);

    for (; *text; text++) {
        if (*text == '\\')
            text++;
        g_string_append_c(ret, *text);
    }
    return g_string_free(ret, FALSE);
}

static bool is_wild(const char *text)
{
    const char *at = text + strcspn(text, "*?[\\");

    return *at == '\\' ? is_wild(at + 2) : *at != '\0';
}

static int add_part(struct pattern *p, const char *text, struct fault *f)
{
    struct pattern_part part = {0};

    if (strcmp(text, "**") == 0) {
        part.kind = PATTERN_DEEP;
    } else if (strstr(text, "**")) {
        return fault_set(f, EINVAL, "'**' is not a whole part in '%s'; write '**/*.jpg'", text);
    } else if (is_wild(text)) {
        part.kind = PATTERN_WILD;
        part.text = g_strdup(text);
    } else {
        part.text = unescape(text);
    }
    g_array_append_val(p->parts, part);
    return 0;
}

/* Adds the parts of a text without braces. */
static int add_alternative(struct pattern *p, const char *text, struct fault *f)
{
    struct pattern_start start = {.part = p->parts->len, .absolute = *text == '/'};
    g_auto(GStrv) words = g_strsplit(text, "/", -1);
    const guint n_words = g_strv_length(words);
    bool deep = false;

    if (n_words > 1 && words[n_words - 1][0] == '\0') {
        return fault_set(f, EINVAL, "'%s' stands for folders; write '%s*'", text, text);
    }
    for (guint i = 0; i < n_words; i++) {
        bool again = deep && strcmp(words[i], "**") == 0;
        int r;

        if (again || strcmp(words[i], "") == 0 || strcmp(words[i], ".") == 0)
            continue;
        r = add_part(p, words[i], f);
        if (r < 0)
            return r;
        deep = strcmp(words[i], "**") == 0;
    }
    if (p->parts->len == start.part)
        return fault_set(f, EINVAL, "'%s' names no file", text);
    if (deep)
        add_part(p, "*", f);
    g_array_index(p->parts, struct pattern_part, p->parts->len - 1).last = true;
    g_array_append_val(p->starts, start);
    return 0;
}

int pattern_new(const char *text, struct fault *f, struct pattern **ret)
{
    OWN(pattern_free) struct pattern *p = g_new0(struct pattern, 1);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) done = g_string_new(NULL);
    const struct expansion x = {texts, PATTERN_MAX_ALTERNATIVES, f};
    int r;

    p->parts = g_array_new(FALSE, FALSE, sizeof(struct pattern_part));
    g_array_set_clear_func(p->parts, part_clear);
    p->starts = g_array_new(FALSE, FALSE, sizeof(struct pattern_start));
    r = check(text, f);
    if (r == 0)
        r = expand(done, text, &x);
    for (guint i = 0; r == 0 && i < texts->len; i++)
        r = add_alternative(p, g_ptr_array_index(texts, i), f);
    if (r == 0)
        *ret = g_steal_pointer(&p);
    return r;
}

uint32_t pattern_base(const char *text)
{
    uint32_t base = *text == '/', part = 0;
    bool dot = true; /* the part is "." so far */

    for (const char *at = text; *at && !strchr("*?[{", *at); at++) {
        if (*at == '/') {
            base += part > 0 && !(dot && part == 1) ? part + 1 : 0;
            part = 0;
            dot = true;
            continue;
        }
        at += *at == '\\' && at[1];
        dot = dot && *at == '.';
        part++;
    }
    return base;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    g_clear_pointer(&p->parts, g_array_unref);
    g_clear_pointer(&p->starts, g_array_unref);
    g_free(p);
}

/* The character at *at, which moves behind it. */
static gunichar next_char(const char **at)
{
    const unsigned char byte = (unsigned char)**at;
    gunichar c = byte < 0x80 ? byte : g_utf8_get_char_validated(*at, -1);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        (*at)++;
        return 0x110000 + byte; /* beyond Unicode: equal to the same byte only */
    }
    *at = g_utf8_next_char(*at);
    return c;
}

/* at: behind '['. */
static bool match_set(const char *at, gunichar c)
{
    const char *end = skip_set(at) - 1;
    bool negated = *at == '!' || *at == '^';
    bool found = false;

    at += negated;
    while (at < end) {
        gunichar from = next_char(&at), to = from;

        if (*at == '-' && at + 1 < end) {
            at++;
            to = next_char(&at);
        }
        found |= from <= c && c <= to;
    }
    return found != negated;
}

/* Whether the sign at *wild, which is no star, matches the character at *name.  Both move on. */
static bool match_sign(const char **wild, const char **name)
{
    const char *sign = *wild;
    gunichar c = next_char(name);

    if (*sign == '?') {
        *wild = sign + 1;
        return true;
    }
    if (*sign == '[') {
        *wild = skip_set(sign + 1);
        return match_set(sign + 1, c);
    }
    sign += *sign == '\\';
    *wild = sign;
    return *sign != '\0' && next_char(wild) == c;
}

/* Whether name ends with a text without signs of its own. */
static bool match_end(const char *text, const char *name)
{
    size_t len = strlen(text), name_len = strlen(name);

    return len <= name_len && memcmp(name + name_len - len, text, len) == 0;
}

bool pattern_match(const char *wild, const char *name)
{
    const char *star = NULL, *tail = NULL; /* behind the last star; where its match ends so far */

    if (*name == '.' && *wild != '.' && strncmp(wild, "\\.", 2) != 0)
        return false;
    while (*name) {
        if (*wild == '*') {
            star = ++wild;
            tail = name;
            if (!strpbrk(wild, "*?[\\"))
                return match_end(wild, name);
        } else if (!match_sign(&wild, &name)) {
            if (!star)
                return false;
            next_char(&tail);
            wild = star;
            name = tail;
        }
    }
    return wild[strspn(wild, "*")] == '\0';
}
