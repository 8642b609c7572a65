/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records as the rows of a table: by RFC 4180, but that lines end in a newline alone. */
#include "ops/element/encode_parts.h"

#include <string.h>

/* A table under way.  Lifetime: call. */
struct table {
    const struct value *first; /* the record whose fields are the columns, in order */
    char delimiter;
    bool begun; /* there is a row */
    GString *text;
    struct fault *fault;
};

static void begin_row(struct table *t)
{
    if (t->begun)
        g_string_append_c(t->text, '\n');
    t->begun = true;
}

/* A row of one empty cell would be read as none. */
static void end_row(struct table *t, gsize start)
{
    if (value_len(t->first) == 1 && t->text->len == start)
        g_string_append(t->text, "\"\"");
}

static void print_names(struct table *t)
{
    begin_row(t);
    const gsize start = t->text->len;
    for (uint32_t k = 0; k < value_len(t->first); k++) {
        const char *name = value_name(t->first, k);
        if (k > 0)
            g_string_append_c(t->text, t->delimiter);
        quoting_print_text(name, strlen(name), t->delimiter, t->text);
    }
    end_row(t, start);
}

static int print_record(struct table *t, const struct value *record)
{
    begin_row(t);
    const gsize start = t->text->len;
    for (uint32_t k = 0; k < value_len(t->first); k++) {
        const char *name = value_name(t->first, k);
        const struct value *v = value_field(record, name);
        if (!v)
            return fault_set(t->fault, EINVAL, "there is no field '%.64s', which is a column",
                             name);
        if (k > 0)
            g_string_append_c(t->text, t->delimiter);
        if (!quoting_print(v, t->delimiter, t->text))
            return fault_set(t->fault, EINVAL, "field '%.64s' is %s, and csv has only scalars",
                             name, value_kind_name(value_kind(v)));
    }
    if (value_len(record) != value_len(t->first))
        return fault_set(t->fault, EINVAL, "there are %u fields, and %u columns", value_len(record),
                         value_len(t->first));
    end_row(t, start);
    return 0;
}

static int print_row(struct table *t, const struct value *list, uint32_t k)
{
    const struct value *record = value_item(list, k);
    int r;

    if (value_kind(record) != VALUE_RECORD)
        return fault_set(t->fault, EINVAL, "item %u is %s, and a row of csv is a record", k,
                         value_kind_name(value_kind(record)));
    r = print_record(t, record);
    if (r < 0) {
        g_autofree char *why = g_strdup(t->fault->text);
        fault_set(t->fault, -r, "item %u: %s", k, why);
    }
    return r;
}

/* A list without items has no columns that are known: an empty file. */
static int print_table(struct table *t, const struct value *in, int64_t heading)
{
    const bool list = value_kind(in) == VALUE_LIST;
    int r = 0;

    if (list && value_len(in) == 0)
        return 0;
    t->first = list ? value_item(in, 0) : in;
    if ((heading == HEADING_ON || (heading == HEADING_USUAL && list)) &&
        value_kind(t->first) == VALUE_RECORD)
        print_names(t);
    if (!list)
        return print_record(t, in);
    for (uint32_t k = 0; k < value_len(in) && r == 0; k++)
        r = print_row(t, in, k);
    return r;
}

int encode_csv(const struct encode *p, const struct value *in, struct fault *f, struct value **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct table t = {.delimiter = *p->delimiter, .text = text, .fault = f};
    int r = encode_check_delimiter(p, f);

    if (r == 0)
        r = print_table(&t, in, p->header);
    if (r < 0)
        return r;
    if (t.begun && p->newline)
        g_string_append_c(text, '\n');
    *ret = value_new_bytes(g_string_free_to_bytes(g_steal_pointer(&text)));
    return 0;
}
