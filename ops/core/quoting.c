/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quotes what needs it. */
#include "ops/core/quoting.h"

#include <string.h>

static bool needs_quotes(const char *text, gsize len, char delimiter)
{
    return memchr(text, delimiter, len) || memchr(text, '"', len) || memchr(text, '\n', len) ||
           memchr(text, '\r', len);
}

void quoting_print_text(const char *text, gsize len, char delimiter, GString *ret)
{
    if (!needs_quotes(text, len, delimiter)) {
        g_string_append_len(ret, text, (gssize)len);
        return;
    }
    g_string_append_c(ret, '"');
    for (gsize n = 0; n < len; n++) {
        if (text[n] == '"')
            g_string_append_c(ret, '"');
        g_string_append_c(ret, text[n]);
    }
    g_string_append_c(ret, '"');
}

bool quoting_print(const struct value *v, char delimiter, GString *ret)
{
    g_autoptr(GString) text = NULL;

    if (value_kind(v) == VALUE_NULL)
        return true;
    text = g_string_new(NULL);
    if (!value_print(v, text))
        return false;
    quoting_print_text(text->str, text->len, delimiter, ret);
    return true;
}
