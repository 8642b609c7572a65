/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For tests of operators: a folder of one's own, a sequence from a line of YAML, its elements as
 * text. */
#pragma once

#include "ops/core/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Lifetime: one test.  Initialise with load_init(), free with load_finish(). */
struct load {
    char *folder;      /* owned, with all that is in it */
    struct plan *plan; /* owned */
    const struct seq *seq;
    struct complaints *complaints; /* owned; of the last spec */
    struct eval eval;
};

static inline int load_setup(void **state)
{
    struct load *l = g_new0(struct load, 1);

    l->folder = g_dir_make_tmp("seqfs-test-XXXXXX", NULL);
    assert_non_null(l->folder);
    eval_init(&l->eval, NULL);
    *state = l;
    return 0;
}

static inline int load_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return remove(path);
}

static inline void load_clear(struct load *l)
{
    g_clear_pointer(&l->plan, plan_free);
    g_clear_pointer(&l->complaints, complaints_free);
    l->seq = NULL;
}

static inline int load_teardown(void **state)
{
    struct load *l = *state;

    load_clear(l);
    nftw(l->folder, load_remove, 16, FTW_DEPTH | FTW_PHYS);
    g_free(l->folder);
    g_free(l);
    return 0;
}

/* Writes a file into the folder, with the folders it needs. */
static inline void load_write_bytes(struct load *l, const char *path, const char *bytes, size_t len)
{
    g_autofree char *full = g_build_filename(l->folder, path, NULL);
    g_autofree char *dir = g_path_get_dirname(full);

    assert_int_equal(g_mkdir_with_parents(dir, 0755), 0);
    assert_true(g_file_set_contents(full, bytes, (gssize)len, NULL));
}

static inline void load_write(struct load *l, const char *path, const char *text)
{
    load_write_bytes(l, path, text, strlen(text));
}

static inline int load_try(struct load *l, const char *yaml)
{
    g_autofree char *path = g_build_filename(l->folder, "t.yaml", NULL);
    g_autofree char *text = g_strdup_printf("dataset: {range: 1}\nsequences:\n  s: %s\n", yaml);
    int r;

    load_clear(l);
    l->complaints = complaints_new();
    r = plan_parse(path, text, strlen(text), NULL, l->complaints, &l->plan);
    if (r == 0)
        l->seq = plan_named(l->plan, 0)->seq;
    return r;
}

/* Loads a sequence that is right. */
static inline const struct seq *load_seq(struct load *l, const char *yaml)
{
    if (load_try(l, yaml) < 0) {
        complaints_print(l->complaints, stderr);
        fail_msg("'%s' was refused", yaml);
    }
    return l->seq;
}

/* That the spec just tried had one complaint, and what it says behind its place. */
static inline void load_assert_complaint(struct load *l, enum complaint_kind kind, const char *want)
{
    char *shown = NULL, *at;
    size_t len = 0;
    FILE *out = open_memstream(&shown, &len);

    complaints_print(l->complaints, out);
    fclose(out);
    at = strstr(shown, ": ");
    if (!at || strncmp(at + 2, want, strlen(want)) != 0 || at[2 + strlen(want)] != '\n')
        fail_msg("wanted '%s' in:\n%s", want, shown);
    assert_int_equal(complaints_len(l->complaints), 1);
    assert_int_equal(complaints_kind(l->complaints), kind);
    free(shown);
}

static inline void load_assert_bad(struct load *l, const char *yaml, enum complaint_kind kind,
                                   const char *want)
{
    assert_true(load_try(l, yaml) < 0);
    load_assert_complaint(l, kind, want);
}

static inline void load_print(const struct value *v, GString *ret)
{
    uint32_t n;

    if (value_print(v, ret))
        return;
    if (value_kind(v) == VALUE_BYTES) {
        gsize len;
        const char *bytes = g_bytes_get_data(value_bytes(v), &len);

        g_string_append_len(ret, bytes, (gssize)len);
        return;
    }
    n = value_len(v);
    g_string_append_c(ret, '[');
    for (uint32_t i = 0; i < n; i++) {
        g_string_append(ret, i > 0 ? ", " : "");
        if (value_kind(v) == VALUE_RECORD)
            g_string_append_printf(ret, "%s: ", value_name(v, i));
        load_print(value_item(v, i), ret);
    }
    g_string_append_c(ret, ']');
}

/* What element i is, or "!" and why it fails.  Owned by the caller. */
static inline char *load_get(struct load *l, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;
    GString *ret = g_string_new(NULL);

    if (seq_get(l->seq, &l->eval, i, &v) < 0)
        g_string_printf(ret, "!%s", l->eval.fault.text);
    else
        load_print(v, ret);
    fault_clear(&l->eval.fault);
    return g_string_free(ret, FALSE);
}

/* All elements in a row. */
static inline void load_assert_elements(struct load *l, const char *yaml, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    load_seq(l, yaml);
    for (uint64_t i = 0; i < l->seq->len; i++) {
        g_autofree char *one = load_get(l, i);

        g_string_append_printf(all, "%s%s", i > 0 ? "|" : "", one);
    }
    assert_string_equal(all->str, want);
}

static inline void load_assert_get(struct load *l, uint64_t i, const char *want)
{
    g_autofree char *one = load_get(l, i);

    assert_string_equal(one, want);
}

/* One attribute of all elements in a row. */
static inline void load_assert_attr(struct load *l, const char *name, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (uint64_t i = 0; i < l->seq->len; i++) {
        g_string_append(all, i > 0 ? "|" : "");
        assert_true(seq_attr(l->seq, i, name, all));
    }
    assert_string_equal(all->str, want);
}

#define LOAD_TEST(name) cmocka_unit_test_setup_teardown(name, load_setup, load_teardown)
