/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs eval: computes one element without a mount. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "fs/command.h"
#include "ops/base/scan.h"
#include "ops/core/report.h"
#include "ops/core/shape.h"

static const char usage[] = "seqfs eval [-D NAME=VALUE]... SPEC PATH|INDEX [-o FILE]";

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

static int write_stdout(GBytes *bytes, struct fault *f)
{
    size_t len;
    const char *at = g_bytes_get_data(bytes, &len);

    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault_set_errno(f, errno, "standard output");
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Aside and renamed, so that FILE is whole or as before. */
static int write_file(const char *path, GBytes *bytes, struct fault *f)
{
    g_autoptr(GError) error = NULL;
    size_t len;
    const char *at = g_bytes_get_data(bytes, &len);

    if (len > G_MAXSSIZE || !g_file_set_contents_full(path, len > 0 ? at : "", (gssize)len,
                                                      G_FILE_SET_CONTENTS_CONSISTENT, 0666, &error))
        return fault_set(f, EIO, "%s", error != NULL ? error->message : "too large");
    return 0;
}

static void print_failure(const struct conf *conf, const struct plan *p, struct key k,
                          int64_t start, const struct fault *f)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct incident incident = {
        .output = k.output,
        .index = k.index,
        .when = g_get_real_time(),
        .seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC,
        .attempt = 1,
        .program = "seqfs",
        .defines = (char *const *)conf->defines->pdata,
    };

    report_print(p, &incident, f, text);
    fputs(text->str, stderr);
}

static int evaluate(const struct conf *conf, const struct plan *p, struct key k, const char *file)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree struct eval *e = g_new0(struct eval, 1);
    struct fault f = {0};
    int64_t start = g_get_monotonic_time();
    int r;

    eval_init(e, NULL);
    if (conf->workers.timeout > 0)
        e->deadline = start + (int64_t)(conf->workers.timeout * G_USEC_PER_SEC);
    if (plan_eval(p, e, k.output, k.index, &bytes) < 0) {
        print_failure(conf, p, k, start, &e->fault);
        return EXIT_RUNTIME;
    }
    r = file != NULL ? write_file(file, bytes, &f) : write_stdout(bytes, &f);
    return r < 0 ? command_fail(EXIT_RUNTIME, &f) : EXIT_WELL;
}

int command_eval(int argc, char **argv)
{
    struct conf conf;
    OWN(conf_finish) struct conf *owned = &conf;
    OWN(plan_free) struct plan *plan = NULL;
    OWN(names_free) struct names *names = NULL;
    g_autofree char *file = NULL;
    struct fault f = {0};
    struct key key = {0};
    int status;

    conf_init(owned);
    if (command_parse(&conf, &file, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 3)
        return command_usage(usage, "a spec and a path or index are wanted");
    conf.spec = g_strdup(argv[1]);
    status = command_load(&conf, &plan, &names);
    if (status != EXIT_WELL)
        return status;
    if (find_element(plan, names, argv[2], &key, &f) < 0)
        return command_fail(EXIT_USAGE, &f);
    return evaluate(&conf, plan, key, file);
}
