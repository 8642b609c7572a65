/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints values as JSON, and parses them by jansson. */
#include "ops/core/json.h"

#include "ops/core/items.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static int print_text(const char *text, size_t len, GString *ret, struct fault *f)
{
    json_t *json = json_stringn_nocheck(len > 0 ? text : "", len); /* no bytes have no address */
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
        return fault_set(f, EINVAL, "%s cannot be written as json", value_kind_name(value_kind(v)));
    case VALUE_ARRAY:
        return items_print(v, true, ret, f);
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

/* Depth is bounded by jansson. */
static struct value *value_of(json_t *json);

static struct value *record_of(json_t *json)
{
    const size_t len = json_object_size(json);
    g_autofree const char **names = g_new(const char *, len);
    g_autofree struct value **items = g_new(struct value *, len);
    const char *name;
    json_t *item;
    size_t n = 0;

    json_object_foreach(json, name, item)
    {
        names[n] = name;
        items[n++] = value_of(item);
    }
    return value_new_record((uint32_t)len, names, items);
}

static struct value *list_of(json_t *json)
{
    const size_t len = json_array_size(json);
    g_autofree struct value **items = g_new(struct value *, len);

    for (size_t n = 0; n < len; n++)
        items[n] = value_of(json_array_get(json, n));
    return value_new_list((uint32_t)len, items);
}

static struct value *value_of(json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return record_of(json);
    case JSON_ARRAY:
        return list_of(json);
    case JSON_STRING:
        return value_new_text(json_string_value(json), (gssize)json_string_length(json));
    case JSON_INTEGER:
        return value_new_int(json_integer_value(json));
    case JSON_REAL:
        return value_new_float(json_real_value(json));
    case JSON_TRUE:
    case JSON_FALSE:
        return value_new_bool(json_is_true(json));
    default:
        return value_new_null();
    }
}

int json_parse_lines(const char *text, size_t len, uint64_t first_line, struct fault *f,
                     struct value **ret)
{
    json_error_t e = {0};
    json_t *json;

    if (len > UINT32_MAX)
        return fault_set(f, EFBIG, "more than %" PRIu32 " bytes of json", UINT32_MAX);
    json = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &e);
    if (!json)
        return fault_set(f, EINVAL, "line %" PRIu64 ", column %d: %s",
                         first_line + (uint64_t)MAX(e.line, 1) - 1, MAX(e.column, 0), e.text);
    *ret = value_of(json);
    json_decref(json);
    return 0;
}

int json_parse(const char *text, size_t len, struct fault *f, struct value **ret)
{
    return json_parse_lines(text, len, 1, f, ret);
}
