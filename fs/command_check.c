/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs check: loads a spec, and tells all that is wrong with it or what it would mount. */
#include <inttypes.h>

#include "fs/arguments.h"
#include "fs/command.h"
#include "fs/direct.h"
#include "ops/core/shape.h"

static const char usage[] = "seqfs check [-D NAME=VALUE]... SPEC";

#define COLUMNS 6 /* what, name, length, type, size, first and last file */
#define COLUMN_LENGTH 2
#define LISTS_MAX 10000000 /* of different lengths, that are looked at */
#define FIELDS_MAX 12      /* of a record, that are told */
#define SIZES_MAX 1000     /* of files, that are looked at to tell that they are all the same */

/* A table for a person: every column as wide as its widest cell. */
struct table {
    GPtrArray *cells; /* owned texts, COLUMNS a row */
    const struct plan *plan;
    const struct names *names;
    const struct direct *direct;
};

static void add(struct table *t, char *own_cell)
{
    g_ptr_array_add(t->cells, own_cell);
}

static void print_table(const struct table *t)
{
    size_t width[COLUMNS] = {0};
    g_autoptr(GString) line = g_string_new(NULL);

    for (guint i = 0; i < t->cells->len; i++)
        width[i % COLUMNS] = MAX(width[i % COLUMNS], (size_t)g_utf8_strlen(t->cells->pdata[i], -1));
    for (guint i = 0; i < t->cells->len; i++) {
        const char *cell = t->cells->pdata[i];
        const size_t wide = width[i % COLUMNS];
        int pad = (int)(wide - (size_t)g_utf8_strlen(cell, -1));
        bool is_number = i % COLUMNS == COLUMN_LENGTH;

        if (wide > 0)
            g_string_append_printf(line, "%*s%s%*s  ", is_number ? pad : 0, "", cell,
                                   is_number ? 0 : pad, "");
        if (i % COLUMNS == COLUMNS - 1) {
            puts(g_strchomp(line->str));
            g_string_truncate(line, 0);
        }
    }
}

static void print_type(struct type type, GString *ret)
{
    if (!type.known) {
        g_string_append(ret, "mixed");
        return;
    }
    if (type.kind == VALUE_ARRAY && type.array != NULL) {
        g_string_append(ret, "array ");
        array_print(type.array, ret);
    } else if (type.suffix == NULL) {
        g_string_append(ret, value_kind_name(type.kind));
    } else {
        g_string_append_printf(ret, "%s (%s)", value_kind_name(type.kind), type.suffix);
    }
}

/* "record of image: image (jpg), label: number" */
static void print_fields(const struct seq *s, GString *ret)
{
    const uint64_t n = seq_n_parts(s, SEQ_ANY);

    g_string_append(ret, "record");
    for (uint64_t k = 0; n != SEQ_ANY && k < n; k++) {
        if (k == FIELDS_MAX) {
            g_string_append_printf(ret, ", %" PRIu64 " more", n - k);
            break;
        }
        g_string_append_printf(ret, "%s%s: ", k == 0 ? " of " : ", ", seq_field(s, k));
        print_type(seq_part_type(s, SEQ_ANY, k), ret);
    }
}

/* An array in a file of known size says more than its bytes: "array float32 [3, 224, 224] (npy)".
 */
static void print_file_type(const struct output *o, GString *ret)
{
    const struct type type = seq_type(o->unencoded, SEQ_ANY);
    const struct seq *s = o->unencoded;
    const struct array_type *array =
        s->op->apply && s->op->size && s->n_in > 0 ? seq_type(s->in[0], SEQ_ANY).array : NULL;

    if (array == NULL || type.suffix == NULL) {
        print_type(type, ret);
        return;
    }
    print_type((struct type){.known = true, .kind = VALUE_ARRAY, .array = array}, ret);
    g_string_append_printf(ret, " (%s)", type.suffix);
}

/* From the outside in, up to files or records. */
static char *type_text(const struct output *o)
{
    g_autoptr(GString) text = g_string_new(NULL);
    uint32_t level = 0;

    for (; o->levels[level].kind == LEVEL_LISTS; level++)
        g_string_append(text, "list of ");
    if (o->levels[level].kind == LEVEL_RECORDS)
        print_fields(o->levels[level].seq, text);
    else
        print_file_type(o, text);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* How many parts the elements of a level have: " x 3", " x 2..5". */
static void print_lengths(const struct level *level, GString *ret)
{
    uint64_t least = UINT64_MAX, most = 0;

    for (uint64_t i = 0; i < level->seq->len; i++) {
        /* Those that are arithmetic differ in the last one alone. */
        if (i == LISTS_MAX)
            i = level->seq->len - 1;
        const uint64_t n = parts_first(level->parts, i + 1) - parts_first(level->parts, i);

        least = MIN(least, n);
        most = MAX(most, n);
    }
    if (level->seq->len == 0)
        return;
    g_string_append_printf(ret, " x %" PRIu64, least);
    if (most > least)
        g_string_append_printf(ret, "..%" PRIu64, most);
}

static char *length_text(const struct output *o)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append_printf(text, "%" PRIu64, o->levels[0].seq->len);
    for (uint32_t level = 0; o->levels[level].kind == LEVEL_LISTS; level++)
        print_lengths(&o->levels[level], text);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void print_bytes(uint64_t n, GString *ret)
{
    static const char units[] = "KMGTPE";
    double size = (double)n / 1024;
    size_t unit = 0;

    if (n < 1024) {
        g_string_append_printf(ret, "%" PRIu64 " byte%s", n, n == 1 ? "" : "s");
        return;
    }
    for (; size >= 1024; size /= 1024)
        unit++;
    g_string_append_printf(ret, size < 10 ? "%.1f%c" : "%.0f%c", size, units[unit]);
}

/* Whether all files have this size, as far as that can be told without looking at too many. */
static bool have_size(const struct table *t, uint32_t output, uint64_t size)
{
    const uint64_t len = plan_output(t->plan, output)->seq->len;
    struct fault f;
    uint64_t one;

    if (len > SIZES_MAX)
        return false;
    for (uint64_t i = 0; i < len; i++)
        if (direct_size(t->direct, (struct key){output, i}, &f, &one) != 0 || one != size)
            return false;
    return true;
}

/* Of three sizes, whose sum may be too large. */
static uint64_t mean(const uint64_t n[3])
{
    return n[0] / 3 + n[1] / 3 + n[2] / 3 + (n[0] % 3 + n[1] % 3 + n[2] % 3) / 3;
}

/* What is known without computing, of the first, the middle and the last file. */
static char *size_text(const struct table *t, uint32_t output)
{
    const uint64_t len = plan_output(t->plan, output)->seq->len;
    const uint64_t at[] = {0, len / 2, len > 0 ? len - 1 : 0};
    g_autoptr(GString) text = g_string_new(NULL);
    uint64_t size[G_N_ELEMENTS(at)];
    const uint64_t each = plan_output(t->plan, output)->each;
    struct fault f;

    if (each != OUTPUT_DIFFER)
        return g_strdup_printf("%" PRIu64 " byte%s%s", each, each == 1 ? "" : "s",
                               len > 1 ? " each" : "");
    for (size_t n = 0; n < G_N_ELEMENTS(at); n++) {
        const struct key key = {output, at[n]};

        if (len == 0 || direct_size(t->direct, key, &f, &size[n]) != 0)
            return g_strdup("");
    }
    const bool equal = have_size(t, output, size[0]);
    if (!equal)
        g_string_append(text, "about ");
    print_bytes(equal ? size[0] : mean(size), text);
    if (equal && len > 1)
        g_string_append(text, " each");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* The path of a file, below the folder of its view. */
static void print_name(const struct table *t, uint32_t output, uint64_t i, GString *ret)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GString) view = g_string_new(NULL);

    names_print_path(t->names, (struct place){PLACE_ELEMENT, output, i, 0}, path);
    if (plan_output(t->plan, output)->kind != OUTPUT_DATASET) {
        names_print_path(t->names, (struct place){PLACE_VIEW, output, 0, 0}, view);
        g_string_append_c(view, '/');
    }
    g_string_append(ret, path->str + view->len);
}

static char *names_text(const struct table *t, uint32_t output)
{
    const uint64_t len = plan_output(t->plan, output)->seq->len;
    g_autoptr(GString) text = g_string_new(NULL);

    if (len == 0)
        return g_strdup("-");
    print_name(t, output, 0, text);
    if (len > 1) {
        g_string_append(text, len > 2 ? " ... " : ", ");
        print_name(t, output, len - 1, text);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_output(struct table *t, uint32_t i)
{
    const struct output *o = plan_output(t->plan, i);
    const bool is_dataset = o->kind == OUTPUT_DATASET;

    add(t, g_strdup(is_dataset ? "dataset" : "sequence"));
    add(t, g_strdup(o->name[0] != '\0' ? o->name : "/"));
    add(t, length_text(o));
    add(t, type_text(o));
    add(t, size_text(t, i));
    add(t, is_dataset || names_is_mounted(t->names, i) ? names_text(t, i) : g_strdup(""));
}

/* A sequence that is no view is told as far as it goes. */
static void add_named(struct table *t, const struct named_seq *named)
{
    g_autoptr(GString) type = g_string_new(NULL);

    for (uint32_t i = plan_n_datasets(t->plan); i < plan_n_outputs(t->plan); i++) {
        const struct output *o = plan_output(t->plan, i);

        if (o->kind == OUTPUT_SEQUENCE && g_str_equal(o->name, named->name)) {
            add_output(t, i);
            return;
        }
    }
    print_type(seq_type(named->seq, SEQ_ANY), type);
    add(t, g_strdup("sequence"));
    add(t, g_strdup(named->name));
    add(t, g_strdup_printf("%" PRIu64, named->seq->len));
    add(t, g_string_free(g_steal_pointer(&type), FALSE));
    add(t, g_strdup(""));
    add(t, g_strdup(""));
}

static void print(const struct plan *p, const struct names *names)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    OWN(direct_free) struct direct *direct = direct_new(p);
    struct table table = {.cells = cells, .plan = p, .names = names, .direct = direct};

    for (uint32_t i = 0; i < plan_n_named(p); i++)
        add_named(&table, plan_named(p, i));
    for (uint32_t i = 0; i < plan_n_datasets(p); i++)
        add_output(&table, i);
    print_table(&table);
}

int command_check(int argc, char **argv)
{
    struct conf conf;
    OWN(conf_finish) struct conf *owned = &conf;
    OWN(plan_free) struct plan *plan = NULL;
    OWN(names_free) struct names *names = NULL;
    struct fault f = {0};
    int status;

    conf_init(owned);
    if (command_parse(&conf, NULL, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 2)
        return command_usage(usage, "one spec is wanted");
    conf.spec = g_strdup(argv[1]);
    status = command_load(&conf, &plan, &names);
    if (status == EXIT_WELL)
        print(plan, names);
    return status;
}
