/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs eval: computes one element without a mount. */
#include <errno.h>
#include <unistd.h>

#include "fs/command.h"
#include "ops/base/whole.h"

static const char usage[] = "seqfs eval [-D NAME=VALUE]... SPEC PATH|INDEX [-o FILE]";

static int write_stdout(GBytes *bytes, struct fault *f)
{
    size_t len;
    const void *data = g_bytes_get_data(bytes, &len);
    int r = whole_write(STDOUT_FILENO, data, len);

    return r < 0 ? fault_set_errno(f, -r, "standard output") : 0;
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

static int evaluate(const struct command_element *element)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autofree struct eval *e = g_new0(struct eval, 1);
    struct fault f = {0};
    double seconds;

    int r = command_evaluate(element, e, &seconds, &bytes);
    fputs(e->notes, stderr);
    if (r < 0)
        return EXIT_RUNTIME;
    r = element->file != NULL ? write_file(element->file, bytes, &f) : write_stdout(bytes, &f);
    return r < 0 ? command_fail(EXIT_RUNTIME, &f) : EXIT_WELL;
}

int command_eval(int argc, char **argv)
{
    struct command_element element;
    OWN(command_close_element) struct command_element *owned = &element;
    int status = command_open_element(usage, true, argc, argv, owned);

    return status == EXIT_WELL ? command_guard(owned, evaluate) : status;
}
