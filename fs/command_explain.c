/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs explain: where one element comes from, what is known of it, and which steps made it. */
#include <inttypes.h>
#include <string.h>

#include "fs/command.h"
#include "ops/core/report.h"

static const char usage[] = "seqfs explain [-D NAME=VALUE]... SPEC PATH|INDEX";

#define STEP_WIDTH 24  /* characters of a step's name and what it is indented by */
#define PLACE_WIDTH 28 /* of its place in the spec */

static const struct output *output_of(const struct command_element *element)
{
    return plan_output(element->plan, element->key.output);
}

/* Where it is mounted, and which source it comes from. */
static void print_head(const struct command_element *element)
{
    const struct incident at = {.output = element->key.output, .index = element->key.index};
    const struct place place = {
        .kind = PLACE_ELEMENT, .output = element->key.output, .index = element->key.index};
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_append(text, "element: ");
    report_print_element(element->plan, &at, text);
    g_string_append(text, "\nfile: ");
    names_print_path(element->names, place, text);
    g_string_append_c(text, '\n');
    report_print_sources(output_of(element)->seq, element->key.index, text);
    fputs(text->str, stdout);
}

/* The attributes, each once, in the order of names. */
static void collect(void *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_attributes(const struct command_element *element)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const struct seq *s = output_of(element)->seq;

    seq_each_attr(s, collect, names);
    g_ptr_array_sort(names, by_name);
    puts("attributes:");
    for (guint n = 0; n < names->len; n++) {
        g_autoptr(GString) text = g_string_new(NULL);
        if (seq_attr(s, element->key.index, names->pdata[n], text))
            printf("  %-14s %s\n", (const char *)names->pdata[n],
                   text->len > 0 ? text->str : "\"\"");
    }
}

static void print_step(const struct command_element *element, const struct eval_timing *t,
                       unsigned indent)
{
    const struct seq *s = plan_step(element->plan, t->step);
    g_autofree char *place =
        g_strdup_printf("%s:%" PRIu32 ":%" PRIu32 "%s", spec_path(plan_spec(element->plan)),
                        s->mark.line, s->mark.column, s->implied ? " (implied)" : "");
    g_autofree char *index = g_strdup_printf("[%" PRIu64 "]", t->index);

    printf("  %*s%-*s %-8s %-*s %10.3f ms%s\n", (int)indent, "", MAX(STEP_WIDTH - (int)indent, 1),
           s->name, index, PLACE_WIDTH, place, (double)t->ns / 1e6,
           t->failed ? "  <- failed here" : "");
}

/* The step that ended last of e->timings[from] to [to], and below it those that it waited for, in
 * the order they were asked in. */
static void print_tree(const struct command_element *element, const struct eval *e, uint32_t from,
                       uint32_t to)
{
    const struct eval_timing *root = &e->timings[to];

    print_step(element, root, root->depth * 2u);
    for (uint32_t n = from, first = from; n < to; n++) {
        if (e->timings[n].depth != root->depth + 1)
            continue;
        print_tree(element, e, first, n);
        first = n + 1;
    }
}

/* An evaluation of more steps than are timed keeps the innermost: they are told in a row. */
static void print_steps(const struct command_element *element, const struct eval *e)
{
    const uint32_t n = e->n_timings;

    puts("steps, from the file down to its source, each with its own time:");
    if (n > 0 && e->timings[n - 1].depth == 0) {
        print_tree(element, e, 0, n - 1);
        return;
    }
    for (uint32_t i = n; i-- > 0;)
        print_step(element, &e->timings[i], 0);
    if (n == EVAL_TIMINGS)
        printf("  and more: the first %d that ended are told\n", EVAL_TIMINGS);
}

static int explain(const struct command_element *element)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree struct eval *e = g_new0(struct eval, 1);
    const struct type type = seq_type(output_of(element)->seq, element->key.index);
    double seconds;

    print_head(element);
    print_attributes(element);
    fflush(stdout);
    int r = command_evaluate(element, e, &seconds, &bytes);
    print_steps(element, e);
    fputs(e->notes, stdout);
    if (r < 0)
        return EXIT_RUNTIME;
    printf("result: %zu bytes%s%s in %.3f ms\n", g_bytes_get_size(bytes),
           type.suffix != NULL ? " of " : "", type.suffix != NULL ? type.suffix : "",
           seconds * 1e3);
    return EXIT_WELL;
}

int command_explain(int argc, char **argv)
{
    struct command_element element;
    OWN(command_close_element) struct command_element *owned = &element;
    int status = command_open_element(usage, false, argc, argv, owned);

    return status == EXIT_WELL ? command_guard(owned, explain) : status;
}
