/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands about one element have in common: which one is meant, and computing it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs/command.h"
#include "ops/base/scan.h"
#include "ops/core/report.h"
#include "ops/core/shape.h"

/* The element of a place; false = it is a list or a folder. */
static bool key_of(const struct names *names, struct place p, struct key *ret)
{
    uint64_t end;

    *ret = (struct key){p.output, p.index};
    if (p.kind == PLACE_ERROR_ROW)
        names_span(names, p, &ret->index, &end);
    return p.kind == PLACE_ELEMENT || p.kind == PLACE_AT_LINK || p.kind == PLACE_ERROR ||
           p.kind == PLACE_ERROR_ROW;
}

static bool is_list(struct place p)
{
    return (p.kind == PLACE_AT || p.kind == PLACE_ERRORS) && p.output != PLACE_ALL;
}

static uint64_t len_of(const struct plan *p, struct place list)
{
    return shape_n_children(plan_output(p, list.output), (struct spot){list.level, list.index});
}

/* Nothing has this name: an index of a list that is too short for it, or what. */
static int refuse(const struct plan *p, const struct names *names, const char *text,
                  struct fault *f)
{
    const char *slash = strrchr(text, '/');
    g_autofree char *list = g_strndup(text, slash != NULL ? (size_t)(slash - text) : 0);
    struct place place;
    int64_t index;

    if (scan_int(slash != NULL ? slash + 1 : text, &index) &&
        names_find_index(names, list, &place) && is_list(place))
        return fault_set(f, ENOENT, "no element %s, there are %" PRIu64, text, len_of(p, place));
    return fault_set(f, ENOENT,
                     "no element '%s'; wanted is an index%s, or a path below the mountpoint", text,
                     plan_n_datasets(p) > 1 ? " as in 'NAME/7'" : "");
}

/* An index is tried first: failure reports name elements by it, whatever the files are called. */
static int find_element(const struct plan *p, const struct names *names, const char *text,
                        struct key *ret, struct fault *f)
{
    struct place place, found;
    const bool indexed = names_find_index(names, text, &place);

    if (indexed && key_of(names, place, ret))
        return 0;
    while (g_str_has_prefix(text, "./"))
        text += 2;
    const bool named = names_find_path(names, text, &found);
    if (named && key_of(names, found, ret))
        return 0;
    if (!indexed && !named)
        return refuse(p, names, text, f);
    if (!indexed)
        place = found;
    if (is_list(place))
        return fault_set(f, EISDIR,
                         "'%s' is a list of length %" PRIu64 "; wanted is one of its elements",
                         text, len_of(p, place));
    return fault_set(f, EISDIR, "'%s' is no element", text);
}

static void print_failure(const struct command_element *element, double seconds,
                          const struct fault *f)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct incident incident = {
        .output = element->key.output,
        .index = element->key.index,
        .when = g_get_real_time(),
        .seconds = seconds,
        .attempt = 1,
        .program = "seqfs",
        .defines = (char *const *)element->conf.defines->pdata,
    };

    report_print(element->plan, &incident, f, text);
    fputs(text->str, stderr);
}

int command_open_element(const char *usage, bool has_file, int argc, char **argv,
                         struct command_element *ret)
{
    struct fault f = {0};

    *ret = (struct command_element){0};
    conf_init(&ret->conf);
    if (command_parse(&ret->conf, has_file ? &ret->file : NULL, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 3)
        return command_usage(usage, "a spec and a path or index are wanted");
    ret->conf.spec = g_strdup(argv[1]);
    int status = command_load(&ret->conf, &ret->plan, &ret->names);
    if (status != EXIT_WELL)
        return status;
    if (find_element(ret->plan, ret->names, argv[2], &ret->key, &f) < 0)
        return command_fail(EXIT_USAGE, &f);
    return EXIT_WELL;
}

void command_close_element(struct command_element *element)
{
    names_free(element->names);
    plan_free(element->plan);
    g_free(element->file);
    conf_finish(&element->conf);
}

int command_evaluate(const struct command_element *element, struct eval *e, double *ret_seconds,
                     GBytes **ret)
{
    const int64_t start = g_get_monotonic_time();
    const double timeout = element->conf.workers.timeout;

    eval_init(e, NULL);
    if (timeout > 0)
        e->deadline = start + (int64_t)(timeout * G_USEC_PER_SEC);
    int r = plan_eval(element->plan, e, element->key.output, element->key.index, ret);
    eval_finish(e);
    *ret_seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    if (r < 0)
        print_failure(element, *ret_seconds, &e->fault);
    return r;
}
