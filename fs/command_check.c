/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs check: loads a spec, and tells all that is wrong with it or what it would mount. */
#include <inttypes.h>

#include "fs/arguments.h"
#include "fs/command.h"

static const char usage[] = "seqfs check [-D NAME=VALUE]... SPEC";

#define COLUMNS 5
#define COLUMN_LENGTH 2

/* A table for a person: every column as wide as its widest cell. */
struct table {
    GPtrArray *cells; /* owned texts, COLUMNS a row */
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
        int pad = (int)(width[i % COLUMNS] - (size_t)g_utf8_strlen(cell, -1));
        bool is_number = i % COLUMNS == COLUMN_LENGTH;

        g_string_append_printf(line, "%*s%s%*s  ", is_number ? pad : 0, "", cell,
                               is_number ? 0 : pad, "");
        if (i % COLUMNS == COLUMNS - 1) {
            puts(g_strchomp(line->str));
            g_string_truncate(line, 0);
        }
    }
}

static char *type_text(const struct seq *s)
{
    struct type type = seq_type(s, SEQ_ANY);

    if (!type.known)
        return g_strdup("mixed");
    if (type.suffix == NULL)
        return g_strdup(value_kind_name(type.kind));
    return g_strdup_printf("%s (%s)", value_kind_name(type.kind), type.suffix);
}

static char *names_text(const struct names *names, uint32_t output, uint64_t len)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (len == 0)
        return g_strdup("-");
    names_print_path(names, (struct place){PLACE_ELEMENT, output, 0}, text);
    if (len > 1) {
        g_string_append(text, len > 2 ? " ... " : ", ");
        names_print_path(names, (struct place){PLACE_ELEMENT, output, len - 1}, text);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_output(struct table *t, const struct plan *p, const struct names *names, uint32_t i)
{
    const struct output *o = plan_output(p, i);

    add(t, g_strdup("dataset"));
    add(t, g_strdup(o->name[0] != '\0' ? o->name : "/"));
    add(t, g_strdup_printf("%" PRIu64, o->seq->len));
    add(t, type_text(o->unencoded));
    add(t, names_text(names, i, o->seq->len));
}

static void add_named(struct table *t, const struct named_seq *n)
{
    add(t, g_strdup("sequence"));
    add(t, g_strdup(n->name));
    add(t, g_strdup_printf("%" PRIu64, n->seq->len));
    add(t, type_text(n->seq));
    add(t, g_strdup(""));
}

static void print(const struct plan *p, const struct names *names)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    struct table table = {cells};

    for (uint32_t i = 0; i < plan_n_named(p); i++)
        add_named(&table, plan_named(p, i));
    for (uint32_t i = 0; i < plan_n_outputs(p); i++)
        add_output(&table, p, names, i);
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
