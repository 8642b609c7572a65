/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs eval: computes one element without a mount. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "fs/command.h"
#include "ops/base/scan.h"
#include "ops/core/report.h"

static const char usage[] = "seqfs eval [-D NAME=VALUE]... SPEC PATH|INDEX [-o FILE]";

/* "" and "train" are outputs. */
static bool find_output(const struct plan *p, const char *name, uint32_t *ret)
{
    for (uint32_t i = 0; i < plan_n_outputs(p); i++)
        if (strcmp(plan_output(p, i)->name, name) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

/* "7", "-1", "train/7".  false = it is no index; *ret_index may be out of range. */
static bool parse_index(const struct plan *p, const char *text, uint32_t *ret_output,
                        int64_t *ret_index)
{
    const char *slash = strrchr(text, '/');
    g_autofree char *name = g_strndup(text, slash != NULL ? (size_t)(slash - text) : 0);

    return scan_int(slash != NULL ? slash + 1 : text, ret_index) &&
           find_output(p, name, ret_output);
}

static bool is_element(struct place place)
{
    return place.kind == PLACE_ELEMENT || place.kind == PLACE_AT_LINK || place.kind == PLACE_ERROR;
}

/* An index is tried first: failure reports name elements by it, whatever the files are called. */
static int find_element(const struct plan *p, const struct names *names, const char *text,
                        struct key *ret, struct fault *f)
{
    struct place place;
    uint32_t output;
    int64_t index;

    if (parse_index(p, text, &output, &index)) {
        uint64_t len = plan_output(p, output)->seq->len;

        if (index >= 0 ? (uint64_t)index >= len : -(uint64_t)index > len)
            return fault_set(f, ENOENT, "no element %s, there are %" PRIu64, text, len);
        *ret = (struct key){output, index >= 0 ? (uint64_t)index : len - -(uint64_t)index};
        return 0;
    }
    while (g_str_has_prefix(text, "./"))
        text += 2;
    if (!names_find_path(names, text, &place))
        return fault_set(f, ENOENT,
                         "no element '%s'; wanted is an index%s, or a path below the mountpoint",
                         text, plan_n_outputs(p) > 1 ? " as in 'NAME/7'" : "");
    if (!is_element(place))
        return fault_set(f, EISDIR, "'%s' is no element", text);
    *ret = (struct key){place.output, place.index};
    return 0;
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
