/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of expressions. */
#include "ops/core/expr_parts.h"

#include <errno.h>
#include <math.h>
#include <string.h>

int expr_scan_place(const struct expr_parser *p, const char *at)
{
    return (int)g_utf8_pointer_to_offset(p->text, at) + 1;
}

/* Names may be in any language: all that is not ASCII counts as a letter. */
static bool is_letter(char c)
{
    return g_ascii_isalpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c)
{
    return is_letter(c) || g_ascii_isdigit(c);
}

static void scan_text(struct expr_parser *p)
{
    const char quote = *p->at++;

    for (; *p->at != quote || p->at[1] == quote; p->at++) {
        if (*p->at == '\0') {
            p->token = TOKEN_BAD;
            fault_set(p->fault, EINVAL, "the text that begins at character %d does not end",
                      expr_scan_place(p, p->start));
            return;
        }
        if (*p->at == quote)
            p->at++;
        g_string_append_c(p->word, *p->at);
    }
    p->at++;
    p->token = TOKEN_TEXT;
}

static void scan_number(struct expr_parser *p)
{
    const char *start = p->at;
    char *end;

    p->number = g_ascii_strtod(start, &end);
    p->token = isfinite(p->number) ? TOKEN_NUMBER : TOKEN_BAD;
    for (; is_name_part(*end) || *end == '.'; end++)
        p->token = TOKEN_BAD;
    p->at = end;
    g_string_append_len(p->word, start, end - start);
    if (p->token == TOKEN_BAD)
        fault_set(p->fault, EINVAL, "'%.64s' at character %d is no number", p->word->str,
                  expr_scan_place(p, start));
}

/* Names of fields may follow one another: "image.stem". */
static void scan_name(struct expr_parser *p)
{
    while (is_name_part(*p->at) || (*p->at == '.' && is_name_part(p->at[1])))
        g_string_append_c(p->word, *p->at++);
    p->token = TOKEN_NAME;
}

static void refuse_sign(struct expr_parser *p)
{
    static const char *const meant[][2] = {{"=", "=="}, {"&&", "and"}, {"&", "and"}, {"||", "or"},
                                           {"|", "or"}, {"!", "not"},  {"~", "not"}, {"<>", "!="}};

    p->token = TOKEN_BAD;
    for (size_t i = 0; i < G_N_ELEMENTS(meant); i++) {
        if (g_str_has_prefix(p->start, meant[i][0])) {
            fault_set(p->fault, EINVAL, "'%s' at character %d means nothing here; write '%s'",
                      meant[i][0], expr_scan_place(p, p->start), meant[i][1]);
            return;
        }
    }
    const int len = (int)(g_utf8_next_char(p->start) - p->start);
    fault_set(p->fault, EINVAL, "'%.*s' at character %d means nothing here", len, p->start,
              expr_scan_place(p, p->start));
}

static void scan_sign(struct expr_parser *p)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">", "+", "-",
                                        "*",  "/",  "%",  "(",  ")", "[", "]", ","};
    size_t i = 0;

    while (i < G_N_ELEMENTS(signs) && !g_str_has_prefix(p->at, signs[i]))
        i++;
    if (i == G_N_ELEMENTS(signs) || g_str_has_prefix(p->at, "<>")) {
        refuse_sign(p);
        return;
    }
    g_string_append(p->word, signs[i]);
    p->at += strlen(signs[i]);
    p->token = TOKEN_SIGN;
}

void expr_scan_next(struct expr_parser *p)
{
    if (p->token == TOKEN_BAD)
        return;
    while (g_ascii_isspace(*p->at))
        p->at++;
    p->start = p->at;
    g_string_truncate(p->word, 0);
    if (*p->at == '\0')
        p->token = TOKEN_END;
    else if (*p->at == '\'' || *p->at == '"')
        scan_text(p);
    else if (g_ascii_isdigit(*p->at) || (*p->at == '.' && g_ascii_isdigit(p->at[1])))
        scan_number(p);
    else if (is_letter(*p->at))
        scan_name(p);
    else
        scan_sign(p);
}

bool expr_scan_is(const struct expr_parser *p, const char *word)
{
    return (p->token == TOKEN_NAME || p->token == TOKEN_SIGN) && strcmp(p->word->str, word) == 0;
}

bool expr_scan_take(struct expr_parser *p, const char *word)
{
    if (!expr_scan_is(p, word))
        return false;
    expr_scan_next(p);
    return true;
}

int expr_scan_refuse(struct expr_parser *p, const char *wanted)
{
    const int at = expr_scan_place(p, p->start);

    if (p->token == TOKEN_BAD)
        return -p->fault->err;
    if (p->token == TOKEN_END)
        return fault_set(p->fault, EINVAL, "%s is missing at character %d", wanted, at);
    return fault_set(p->fault, EINVAL, "%s is missing at character %d, before '%.64s'", wanted, at,
                     p->word->str);
}

int expr_scan_want(struct expr_parser *p, const char *word)
{
    char quoted[16];

    if (expr_scan_take(p, word))
        return 0;
    g_snprintf(quoted, sizeof quoted, "'%s'", word);
    return expr_scan_refuse(p, quoted);
}

int expr_scan_too_deep(struct expr_parser *p)
{
    return fault_set(p->fault, EINVAL, "more than %d levels at character %d", EXPR_DEPTH,
                     expr_scan_place(p, p->start));
}
