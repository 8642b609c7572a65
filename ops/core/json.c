/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints values as JSON. */
#include "ops/core/json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static int print_text(const char *text, size_t len, GString *ret, struct fault *f)
{
    json_t *json = json_stringn_nocheck(text, len);
    char *quoted = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;

    if (quoted)
        g_string_append(ret, quoted);
    free(quoted);
    json_decref(json);
    return quoted ? 0 : fault_set_errno(f, ENOMEM, "a text of %zu bytes as json", len);
}

static int print_name(const char *name, GString *ret, struct fault *f)
{
    int r = print_text(name, strlen(name), ret, f);

    if (r == 0)
        g_string_append(ret, ": ");
    return r;
}

static int print_items(const struct value *v, bool named, GString *ret, struct fault *f)
{
    g_string_append_c(ret, named ? '{' : '[');
    for (uint32_t i = 0; i < value_len(v); i++) {
        if (i > 0)
            g_string_append(ret, ", ");
        int r = named ? print_name(value_name(v, i), ret, f) : 0;
        if (r == 0)
            r = json_print(value_item(v, i), ret, f);
        if (r < 0)
            return r;
    }
    g_string_append_c(ret, named ? '}' : ']');
    return 0;
}

static int print_float(const struct value *v, GString *ret, struct fault *f)
{
    size_t before = ret->len;

    value_print(v, ret);
    if (!g_ascii_isalpha(ret->str[ret->len - 1]))
        return 0;
    return fault_set(f, EINVAL, "json has no word for the number %s", ret->str + before);
}

/* Depth is that of the value, which steps bound. */
int json_print(const struct value *v, GString *ret, struct fault *f)
{
    switch (value_kind(v)) {
    case VALUE_RECORD:
        return print_items(v, true, ret, f);
    case VALUE_LIST:
        return print_items(v, false, ret, f);
    case VALUE_TEXT:
        return print_text(g_bytes_get_data(value_bytes(v), NULL), g_bytes_get_size(value_bytes(v)),
                          ret, f);
    case VALUE_BYTES:
    case VALUE_IMAGE:
    case VALUE_ARRAY:
        return fault_set(f, EINVAL, "%s cannot be written as json", value_kind_name(value_kind(v)));
    case VALUE_FLOAT:
        return print_float(v, ret, f);
    case VALUE_NULL:
        g_string_append(ret, "null");
        return 0;
    default:
        value_print(v, ret);
        return 0;
    }
}
