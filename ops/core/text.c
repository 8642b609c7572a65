/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements as text. */
#include "ops/core/text.h"

#include <errno.h>
#include <string.h>

static bool is_taken(enum value_kind kind, enum text_input takes)
{
    return kind == VALUE_TEXT || kind == VALUE_BYTES ||
           (takes == TEXT_SCALARS && kind < VALUE_TEXT);
}

static const char *describe(enum text_input takes)
{
    return takes == TEXT_SCALARS ? "text or a number" : "text";
}

int text_check(const struct seq *s, enum text_input takes, struct fault *f)
{
    const struct type in = seq_type(s->in[0], SEQ_ANY);

    if (!in.known || is_taken(in.kind, takes))
        return 0;
    return fault_set(f, EINVAL, "%s: wanted is %s, but each element is %s%s", s->op->name,
                     describe(takes), value_kind_name(in.kind),
                     in.kind == VALUE_RECORD ? ": say which of its fields by 'on'" : "");
}

/* Without a newline, or a carriage return and a newline, at the end. */
static size_t trim_newline(const char *at, size_t len)
{
    if (len == 0 || at[len - 1] != '\n')
        return len;
    return len > 1 && at[len - 2] == '\r' ? len - 2 : len - 1;
}

static int copy(const struct value *v, struct fault *f, char **ret)
{
    gsize len;
    const char *at = g_bytes_get_data(value_bytes(v), &len), *bad;
    char *text;

    if (value_kind(v) == VALUE_BYTES) {
        if (!g_utf8_validate_len(at, len, &bad))
            return fault_set(f, EILSEQ, "the bytes are no text: at byte %zu they are not UTF-8",
                             (size_t)(bad - at));
        len = trim_newline(at, len);
    }
    text = g_try_malloc(len + 1);
    if (!text)
        return fault_set_errno(f, ENOMEM, "a text of %zu bytes", len);
    if (len > 0)
        memcpy(text, at, len);
    text[len] = '\0';
    *ret = text;
    return 0;
}

int text_of(const struct value *v, enum text_input takes, struct fault *f, char **ret)
{
    const enum value_kind kind = value_kind(v);

    if (!is_taken(kind, takes))
        return fault_set(f, EINVAL, "the element is %s, wanted is %s", value_kind_name(kind),
                         describe(takes));
    if (kind == VALUE_TEXT || kind == VALUE_BYTES)
        return copy(v, f, ret);
    GString *text = g_string_new(NULL);
    value_print(v, text);
    *ret = g_string_free(text, FALSE);
    return 0;
}

char *text_strip(char *text)
{
    char *start = text, *end = text + strlen(text);

    while (*start && g_unichar_isspace(g_utf8_get_char(start)))
        start = g_utf8_next_char(start);
    while (end > start) {
        char *last = g_utf8_prev_char(end);
        if (!g_unichar_isspace(g_utf8_get_char(last)))
            break;
        end = last;
    }
    memmove(text, start, (size_t)(end - start));
    text[end - start] = '\0';
    return text;
}

struct value *text_value(char *own_text)
{
    return value_new_text_bytes(g_bytes_new_take(own_text, strlen(own_text)));
}
