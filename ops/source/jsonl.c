/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* jsonl: the values of a file with one on each line. */
#include "ops/source/table.h"

#include <string.h>

struct jsonl {
    const char *path;
    const struct node *columns;
    struct strings files;
};

/* Column 0 of the facts is what the lines are as a whole; then follow the keys of objects. */
#define WHOLE 0
#define FIRST_KEY 1

/* Surveying. */

/* Lifetime: call. */
struct survey {
    const struct table *t;
    struct facts_writer *w;
    GHashTable *keys; /* to columns; owns the keys */
    uint64_t n_rows, n_valid;
    struct fault first; /* of the first line that is not valid */
};

static int find_key(struct survey *s, const char *name, struct fault *f, uint32_t *ret)
{
    gpointer known;

    if (g_hash_table_lookup_extended(s->keys, name, NULL, &known)) {
        *ret = GPOINTER_TO_UINT(known);
        return 0;
    }
    *ret = facts_n_columns(s->w);
    if (*ret > TABLE_COLUMNS)
        return fault_set(f, EFBIG, "'%s' has more than %d different keys", s->t->file.path,
                         TABLE_COLUMNS);
    facts_add_column(s->w, name);
    g_hash_table_insert(s->keys, g_strdup(name), GUINT_TO_POINTER(*ret));
    return 0;
}

static void see(struct survey *s, uint32_t k, const struct value *v)
{
    const bool text = value_kind(v) == VALUE_TEXT;
    g_autoptr(GString) name = text ? g_string_new(NULL) : NULL;

    if (text)
        value_print(v, name);
    facts_see(s->w, k, value_kind(v), text && name->len > 0 ? name->str : NULL);
}

static int see_value(struct survey *s, const struct value *v, struct fault *f)
{
    const bool record = value_kind(v) == VALUE_RECORD;
    uint32_t k;
    int r = 0;

    facts_see(s->w, WHOLE, value_kind(v), NULL);
    for (uint32_t n = 0; record && r == 0 && n < value_len(v); n++) {
        r = find_key(s, value_name(v, n), f, &k);
        if (r == 0)
            see(s, k, value_item(v, n));
    }
    return r;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t n = 0; n < len; n++)
        if (text[n] != ' ' && text[n] != '\t')
            return false;
    return true;
}

/* A rows_found_fn.  Lines that fail when they are asked for tell nothing of the keys. */
static int see_row(void *ctx, struct row at, const char *text, size_t len, struct fault *f)
{
    struct survey *s = ctx;
    OWN(value_unref) struct value *v = NULL;
    struct fault bad = {0};

    if (text && is_blank(text, len))
        return 0;
    facts_add_row(s->w, at);
    if (!text || json_parse_lines(text, len, at.line, &bad, &v) < 0) {
        if (s->n_rows++ == 0)
            s->first = bad;
        return 0;
    }
    s->n_rows++;
    s->n_valid++;
    return see_value(s, v, f);
}

static int survey(const struct table *t, struct facts_writer *w, struct fault *f)
{
    struct survey s = {.t = t, .w = w};
    struct row end;
    bool open;
    int r;

    facts_add_column(w, "");
    s.keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r = rows_scan(&t->file, t->form, see_row, &s, f, &end, &open);
    g_hash_table_unref(s.keys);
    if (r == 0 && s.n_rows > 0 && s.n_valid == 0)
        return fault_set(f, EILSEQ, "no line of '%s' is valid json: %s", t->file.path,
                         s.first.text);
    return r < 0 ? r : facts_end(w, end, open, f);
}

/* Parsing. */

static struct value *as_float(const struct value *v)
{
    return value_new_float(value_float(v));
}

static int take_key(const struct table_column *column, const struct value *whole, struct fault *f,
                    struct value **ret)
{
    struct value *v = value_field(whole, column->name);
    const enum value_kind kind = v ? value_kind(v) : VALUE_NULL;

    if (kind == VALUE_NULL)
        *ret = value_new_null();
    else if (!column->known || column->file || kind == column->kind)
        *ret = value_ref(v);
    else if (kind == VALUE_INT && column->kind == VALUE_FLOAT)
        *ret = as_float(v);
    else
        return fault_set(f, EINVAL, "has %s for key '%.64s'; wanted is %s", value_kind_name(kind),
                         column->name, value_kind_name(column->kind));
    return 0;
}

static int take_keys(const struct table *t, const struct value *whole, uint32_t from, uint32_t n,
                     struct fault *f, struct value **ret)
{
    uint32_t k = 0;
    int r = 0;

    for (; r == 0 && k < n; k++)
        r = take_key(&t->chosen[from + k], whole, f, &ret[k]);
    for (uint32_t made = 0; r < 0 && made + 1 < k; made++)
        value_unref(g_steal_pointer(&ret[made])); /* the last one was not made */
    return r;
}

static int parse(const struct table *t, uint64_t i, GBytes *row, uint32_t from, uint32_t n,
                 struct fault *f, struct value **ret)
{
    OWN(value_unref) struct value *whole = NULL;
    enum value_kind kind;
    gsize len;
    const char *text = g_bytes_get_data(row, &len);

    if (json_parse_lines(text, len, t->facts.rows[i].line, f, &whole) < 0)
        return fault_set(f, f->err, "is no valid json: %s", f->text);
    if (!t->values && value_kind(whole) != VALUE_RECORD)
        return fault_set(f, EINVAL, "is %s, and others are objects",
                         value_kind_name(value_kind(whole)));
    if (!t->values)
        return take_keys(t, whole, from, n, f, ret);
    if (value_kind(whole) == VALUE_INT &&
        table_kind(t->format, t->facts.columns[WHOLE].seen, &kind) && kind == VALUE_FLOAT)
        *ret = as_float(whole);
    else
        *ret = g_steal_pointer(&whole);
    return 0;
}

static const struct table_format format = {
    .kind = "jsonl",
    .version = 2,
    .first = FIRST_KEY,
    .noun = "key",
    .survey = survey,
    .parse = parse,
};

static int jsonl_open(struct seq *s, struct fault *f)
{
    const struct jsonl *p = s->params;
    struct table *t = g_new0(struct table, 1);

    *t = (struct table){.format = &format, .wanted = p->columns, .named = &p->files};
    return table_open(s, t, p->path, f);
}

const struct op op_jsonl = {
    .abi = SEQFS_OP_ABI,
    .name = "jsonl",
    .brief = "Records that are the lines of a file of JSON objects.",
    .manual =
        "Every line is a JSON object, and a record with a field for each key that any line has, in "
        "the order in which they turn up; what a line lacks is null there. `columns` chooses keys, "
        "in its order, by a list, or with kinds, by a mapping {label: int, note: text} of int, "
        "float, bool and text: other values fail then. A field has the kind that its values have "
        "in all lines; whole numbers among others are such with a fraction. Objects and lists "
        "are records and lists. Lines that are no valid JSON, have a key twice or a whole "
        "number that 64 bits do not hold, are elements that fail; lines that are empty or blank "
        "are passed over. Where no line is an object, elements are the values themselves.\n\n"
        "Keys in `files` name files, from the folder of the file on: their elements are the bytes "
        "of these, with the attributes {path}, {dir}, {parent}, {name}, {stem} and {ext}. All have "
        "{line}, counted from 1, and {KEY} stands for a value: in templates, and in the conditions "
        "of `filter`.\n\n"
        "The file may be compressed by gzip, bzip2, xz or zstd. It is looked through once, when it "
        "is mounted, and lines are read when they are asked for. What was found in a big file is "
        "kept in $XDG_CACHE_HOME/seqfs/index for the next time.",
    .kind = OP_SOURCE,
    .params_size = sizeof(struct jsonl),
    .params = PARAMS(PARAM(STRING, struct jsonl, path, .required = true, .main = true,
                           .brief = "the file; relative to the spec's folder"),
                     PARAM(NODE, struct jsonl, columns,
                           .brief = "keys that are wanted: names, or names with their kinds"),
                     PARAM(STRINGS, struct jsonl, files, .brief = "keys whose values name files")),
    .examples =
        EXAMPLES({"{jsonl: {path: rows.jsonl, columns: [label, file]}}",
                  "{\"label\": 1, \"file\": \"a.txt\"} {\"label\": 2, \"file\": \"b.txt\"}"},
                 {"{jsonl: {path: rows.jsonl, columns: file, files: file}}", "alpha beta"},
                 {"[{jsonl: rows.jsonl}, {get: box}, {encode: json}]", "[1, 2] null"},
                 {"[{jsonl: rows.jsonl}, {filter: \"label == 2\"}, {get: file}]", "b.txt"},
                 {"{jsonl: {path: rows.jsonl, columns: [file, size]}}",
                  "!1:44: jsonl: 'rows.jsonl' has no key 'size'"},
                 {"{jsonl: words.txt}",
                  "!1:9: jsonl: no line of 'words.txt' is valid json: line 1, column 3: "
                  "invalid token near 'one'"}),
    .attrs = ATTRS(TABLE_ATTRS),
    .open = jsonl_open,
    .close = table_close,
    .type = table_type,
    .n_parts = table_n_parts,
    .part = table_part,
    .field = table_field,
    .attr = table_attr,
    .origin = table_origin,
    .identify = table_identify,
    .get = table_get,
};
