/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A temporary folder with files, and what a spec makes of them, for tests of operators. */
#pragma once

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ops/core/plan.h"

/* Lifetime: one test's. */
struct folder {
    char *path;
    GPtrArray *files; /* paths of what is in it */
};

static inline int folder_open(void **state)
{
    struct folder *d = g_new0(struct folder, 1);

    d->path = g_dir_make_tmp("seqfs-test-XXXXXX", NULL);
    d->files = g_ptr_array_new_with_free_func(g_free);
    *state = d;
    return d->path ? 0 : -1;
}

static inline int folder_close(void **state)
{
    struct folder *d = *state;

    for (guint i = 0; i < d->files->len; i++)
        g_unlink(d->files->pdata[i]);
    g_rmdir(d->path);
    g_ptr_array_unref(d->files);
    g_free(d->path);
    g_free(d);
    return 0;
}

/* The path of a file that will be removed with the folder; borrowed. */
static inline const char *folder_path(struct folder *d, const char *name)
{
    char *path = g_build_filename(d->path, name, NULL);

    g_ptr_array_add(d->files, path);
    return path;
}

static inline void folder_put(struct folder *d, const char *name, const void *data, size_t len)
{
    assert_true(g_file_set_contents(folder_path(d, name), data, (gssize)len, NULL));
}

/* The plan of one sequence in the folder; NULL where it is refused, and then what was said. */
static inline struct plan *folder_plan(struct folder *d, const char *sequence, char **ret_said)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    g_autofree char *text = g_strconcat("dataset: ", sequence, "\n", NULL);
    g_autofree char *path = g_build_filename(d->path, "spec.yaml", NULL);
    struct plan *p = NULL;
    size_t len;

    if (plan_parse(path, text, strlen(text), NULL, c, &p) == 0)
        return p;
    FILE *out = open_memstream(ret_said, &len);
    complaints_print(c, out);
    fclose(out);
    return NULL;
}

/* The bytes of element i, or NULL and *ret_f. */
static inline GBytes *folder_try(struct folder *d, const char *sequence, uint64_t i,
                                 struct fault *ret_f)
{
    char *said = NULL;
    OWN(plan_free) struct plan *p = folder_plan(d, sequence, &said);
    g_autofree struct eval *e = g_new(struct eval, 1);
    GBytes *bytes = NULL;

    if (!p)
        fail_msg("%s", said);
    eval_init(e, NULL);
    int r = plan_eval(p, e, 0, i, &bytes);
    *ret_f = e->fault;
    return r == 0 ? bytes : NULL;
}

/* The bytes of element 0, which must be there. */
static inline GBytes *folder_bytes(struct folder *d, const char *sequence)
{
    struct fault f;
    GBytes *bytes = folder_try(d, sequence, 0, &f);

    if (!bytes)
        fail_msg("%s: %s", sequence, f.text);
    return bytes;
}

static inline void assert_text(struct folder *d, const char *sequence, const char *want)
{
    g_autoptr(GBytes) bytes = folder_bytes(d, sequence);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

    assert_string_equal(text, want);
}

/* Element 0 fails, and the sentence has this in it. */
static inline void assert_fault(struct folder *d, const char *sequence, const char *want)
{
    struct fault f;
    g_autoptr(GBytes) bytes = folder_try(d, sequence, 0, &f);

    assert_null(bytes);
    if (!strstr(f.text, want))
        fail_msg("wanted '%s', got '%s'", want, f.text);
}

/* The sequence is refused, and this is among what is said. */
static inline void assert_refused(struct folder *d, const char *sequence, const char *want)
{
    g_autofree char *said = NULL;
    OWN(plan_free) struct plan *p = folder_plan(d, sequence, &said);

    assert_null(p);
    if (!strstr(said, want))
        fail_msg("wanted '%s', got '%s'", want, said);
}
