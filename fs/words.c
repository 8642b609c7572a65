/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes a text apart that comes in pieces: what is not complete waits for the next one. */
#include "fs/words.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>

/* state        what comes next
 * FORM_NEW     the first byte that is no blank: it tells the form
 * FORM_LINES   more of a line
 * FORM_FIRST   JSON: the first item, or the end of the list
 * FORM_ITEM    JSON: an item
 * FORM_NUMBER  JSON: more of a number
 * FORM_STRING  JSON: more of a string
 * FORM_ESCAPE  JSON: what is behind a backslash in it
 * FORM_COMMA   JSON: a comma, or the end of the list
 * FORM_OVER    JSON: blanks */
enum form {
    FORM_NEW,
    FORM_LINES,
    FORM_FIRST,
    FORM_ITEM,
    FORM_NUMBER,
    FORM_STRING,
    FORM_ESCAPE,
    FORM_COMMA,
    FORM_OVER,
};

struct words {
    words_take_fn *take;
    void *ctx;
    enum form form;
    uint64_t line;
    GString *tail; /* owned: what is not complete yet, of a line or of a JSON item */
};

struct words *words_new(words_take_fn *take, void *ctx)
{
    struct words *w = g_new0(struct words, 1);

    w->take = take;
    w->ctx = ctx;
    w->line = 1;
    w->tail = g_string_new(NULL);
    return w;
}

void words_free(struct words *w)
{
    if (!w)
        return;
    g_string_free(w->tail, TRUE);
    g_free(w);
}

uint64_t words_line(const struct words *w)
{
    return w->line;
}

static int refuse_long_word(const char *word, struct fault *f)
{
    return fault_set(f, EINVAL, "'%.40s...' is a word of more than %d bytes", word, WORDS_MAX);
}

/* Lines. */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_numbers(const char *at, size_t len)
{
    for (const char *end = at + len; at < end; at++)
        if (!g_ascii_isdigit(*at) && *at != '-' && *at != ',' && !is_blank(*at))
            return false;
    return true;
}

static int take_numbers(struct words *w, const char *at, size_t len, struct fault *f)
{
    const char *end = at + len;
    char word[64];
    int r = 0;

    while (r == 0 && at < end) {
        size_t n = 0;

        while (at < end && (*at == ',' || is_blank(*at)))
            at++;
        while (at + n < end && at[n] != ',' && !is_blank(at[n]))
            n++;
        if (n >= sizeof word)
            return fault_set(f, EINVAL, "'%.40s...' is a number of %zu digits", at, n);
        memcpy(word, at, n);
        word[n] = '\0';
        at += n;
        r = n > 0 ? w->take(w->ctx, word, f) : 0;
    }
    return r;
}

/* Takes the words between separators: each kind of them is tried only where what is between the
 * kind before means nothing. */
static int take_parts(struct words *w, const char *text, const char *const *separators,
                      struct fault *f)
{
    g_autofree char *word = g_strstrip(g_strdup(text));
    int r = *word == '\0' ? 0 : strlen(word) >= PATH_MAX ? -ENOENT : w->take(w->ctx, word, f);
    const char *rest = word;

    if (r != -ENOENT)
        return r;
    while (*separators && !strpbrk(word, *separators))
        separators++;
    if (!*separators)
        return strlen(word) >= PATH_MAX ? fault_set(f, EINVAL, "'%.40s...' is no word", word) : r;
    do {
        size_t n = strcspn(rest, *separators);
        g_autofree char *part = g_strndup(rest, n);

        r = take_parts(w, part, separators + 1, f);
        /* Where not even the first part means anything, it was meant to be a whole. */
        if (r == -ENOENT && rest == word && strlen(word) < PATH_MAX)
            return w->take(w->ctx, word, f);
        rest += n + (rest[n] != '\0');
    } while (r == 0 && *rest != '\0');
    return r;
}

static int take_line(struct words *w, const char *at, size_t len, struct fault *f)
{
    static const char *const separators[] = {",", " \t", NULL};
    g_autofree char *line = NULL;
    int r;

    if (is_numbers(at, len))
        return take_numbers(w, at, len, f);
    if (memchr(at, '\0', len))
        return fault_set(f, EINVAL, "a byte of 0 is no text");
    line = g_strndup(at, len);
    if (g_str_has_suffix(line, "\r"))
        line[len - 1] = '\0';
    r = strlen(line) < PATH_MAX ? w->take(w->ctx, line, f) : -ENOENT;
    return r == -ENOENT ? take_parts(w, line, separators, f) : r;
}

/* A line of that length is a list: takes what is complete of it. */
static int take_beginning(struct words *w, struct fault *f)
{
    const char *text = w->tail->str;
    const char *cut = memrchr(text, ',', w->tail->len);
    int r;

    for (gsize i = w->tail->len; !cut && i > 0; i--)
        if (is_blank(text[i - 1]))
            cut = text + i - 1;
    if (!cut)
        return refuse_long_word(text, f);
    r = take_line(w, text, (size_t)(cut - text), f);
    g_string_erase(w->tail, 0, cut + 1 - text);
    return r;
}

static int add_lines(struct words *w, const char *text, size_t len, struct fault *f)
{
    int r = 0;

    while (r == 0 && len > 0) {
        const size_t room = MIN(len, WORDS_MAX - w->tail->len);
        const char *end = memchr(text, '\n', room);
        const size_t n = end ? (size_t)(end - text) : room;

        if (end && w->tail->len == 0) {
            r = take_line(w, text, n, f);
        } else {
            g_string_append_len(w->tail, text, (gssize)n);
            if (end) {
                r = take_line(w, w->tail->str, w->tail->len, f);
                g_string_truncate(w->tail, 0);
            } else if (w->tail->len == WORDS_MAX) {
                r = take_beginning(w, f);
            }
        }
        if (r == 0 && end)
            w->line++;
        text += n + (end != NULL);
        len -= n + (end != NULL);
    }
    return r;
}

/* JSON. */

/* Where a list goes on with something else. */
static int refuse_byte(char c, const char *wanted, struct fault *f)
{
    if (g_ascii_isprint(c))
        return fault_set(f, EINVAL, "'%c' in a JSON list where %s is wanted", c, wanted);
    return fault_set(f, EINVAL, "byte %u in a JSON list where %s is wanted", (guchar)c, wanted);
}

static int take_string(struct words *w, struct fault *f)
{
    json_error_t why;
    json_t *string = json_loadb(w->tail->str, w->tail->len, JSON_DECODE_ANY, &why);
    int r;

    if (!string)
        return fault_set(f, EINVAL, "%.64s is no JSON string: %s", w->tail->str, why.text);
    r = w->take(w->ctx, json_string_value(string), f);
    json_decref(string);
    g_string_truncate(w->tail, 0);
    return r;
}

static int take_number(struct words *w, struct fault *f)
{
    const char *digits = w->tail->str + (w->tail->str[0] == '-');
    int r;

    if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return fault_set(f, EINVAL, "'%.40s' in a JSON list is no index; names stand in quotes",
                         w->tail->str);
    r = w->take(w->ctx, w->tail->str, f);
    g_string_truncate(w->tail, 0);
    return r;
}

/* The byte that begins an item. */
static int begin_item(struct words *w, char c, struct fault *f)
{
    if (c == ']' && w->form == FORM_FIRST) {
        w->form = FORM_OVER;
        return 0;
    }
    if (c != '"' && c != '-' && !g_ascii_isalnum(c))
        return refuse_byte(c, "a number or a string", f);
    g_string_append_c(w->tail, c);
    w->form = c == '"' ? FORM_STRING : FORM_NUMBER;
    return 0;
}

/* The byte behind an item. */
static int end_item(struct words *w, char c, struct fault *f)
{
    if (c != ',' && c != ']')
        return refuse_byte(c, "',' or ']'", f);
    w->form = c == ',' ? FORM_ITEM : FORM_OVER;
    return 0;
}

static int add_to_string(struct words *w, char c, struct fault *f)
{
    g_string_append_c(w->tail, c);
    if (w->form == FORM_ESCAPE) {
        w->form = FORM_STRING;
    } else if (c == '\\') {
        w->form = FORM_ESCAPE;
    } else if (c == '"') {
        w->form = FORM_COMMA;
        return take_string(w, f);
    }
    return 0;
}

static int add_byte(struct words *w, char c, struct fault *f)
{
    const bool blank = is_blank(c) || c == '\n';
    int r;

    switch (w->form) {
    case FORM_FIRST:
    case FORM_ITEM:
        return blank ? 0 : begin_item(w, c, f);
    case FORM_NUMBER:
        if (!blank && c != ',' && c != ']') {
            g_string_append_c(w->tail, c);
            return 0;
        }
        w->form = FORM_COMMA;
        r = take_number(w, f);
        return r < 0 || blank ? r : end_item(w, c, f);
    case FORM_STRING:
    case FORM_ESCAPE:
        return add_to_string(w, c, f);
    case FORM_COMMA:
        return blank ? 0 : end_item(w, c, f);
    default:
        return blank ? 0 : refuse_byte(c, "nothing more", f);
    }
}

static int add_json(struct words *w, const char *text, size_t len, struct fault *f)
{
    for (size_t i = 0; i < len; i++) {
        int r = add_byte(w, text[i], f);

        if (r == 0 && w->tail->len > WORDS_MAX)
            r = refuse_long_word(w->tail->str, f);
        if (r < 0)
            return r;
        if (text[i] == '\n')
            w->line++;
    }
    return 0;
}

int words_add(struct words *w, const char *text, size_t len, struct fault *f)
{
    for (; w->form == FORM_NEW && len > 0; text++, len--) {
        if (*text == '\n')
            w->line++;
        else if (*text == '[')
            w->form = FORM_FIRST;
        else if (!is_blank(*text))
            break;
        else
            g_string_append_c(w->tail, *text); /* a name may begin with blanks */
        if (*text == '\n' || *text == '[')
            g_string_truncate(w->tail, 0);
        if (w->tail->len == WORDS_MAX)
            return refuse_long_word(w->tail->str, f);
    }
    if (w->form == FORM_NEW && len > 0)
        w->form = FORM_LINES;
    if (w->form == FORM_NEW || len == 0)
        return 0;
    return w->form == FORM_LINES ? add_lines(w, text, len, f) : add_json(w, text, len, f);
}

int words_end(struct words *w, struct fault *f)
{
    switch (w->form) {
    case FORM_NEW:
    case FORM_OVER:
        return 0;
    case FORM_LINES:
        return take_line(w, w->tail->str, w->tail->len, f);
    default:
        return fault_set(f, EINVAL, "the JSON list does not end: ']' is wanted");
    }
}
