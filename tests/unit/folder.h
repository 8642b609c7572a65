/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A folder of a test's own: files in it, a sequence from a line of YAML, its elements as text, and
 * what is said of those that are wrong. */
#pragma once

#include <ftw.h>
#include <glib/gstdio.h>

#include "tests/unit/plans.h"

/* Lifetime: one test's, by IN_FOLDER(). */
struct folder {
    char *path; /* owned, with all that is in it */

    /* Of the spec that was loaded last. */
    struct complaints *complaints; /* owned */
    struct plan *plan;             /* owned; NULL where the spec was refused */
    const struct seq *seq;         /* the sequence that is meant; NULL like the plan */
    struct eval eval;              /* holds the fault of the element computed last */
};

static inline int folder_open(void **state)
{
    struct folder *d = g_new0(struct folder, 1);

    d->path = g_dir_make_tmp("seqfs-test-XXXXXX", NULL);
    eval_init(&d->eval, NULL);
    *state = d;
    return d->path ? 0 : -1;
}

static inline int folder_remove(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return remove(path);
}

static inline void folder_unload(struct folder *d)
{
    g_clear_pointer(&d->plan, plan_free);
    g_clear_pointer(&d->complaints, complaints_free);
    d->seq = NULL;
    eval_finish(&d->eval);
    eval_init(&d->eval, NULL);
}

static inline int folder_close(void **state)
{
    struct folder *d = *state;

    folder_unload(d);
    if (d->path)
        nftw(d->path, folder_remove, 16, FTW_DEPTH | FTW_PHYS);
    g_free(d->path);
    g_free(d);
    return 0;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

/* Files. */

/* Owned by the caller. */
static inline char *folder_path(const struct folder *d, const char *name)
{
    return g_build_filename(d->path, name, NULL);
}

/* Writes a file, with the folders it needs. */
static inline void folder_put(const struct folder *d, const char *name, const void *data,
                              size_t len)
{
    g_autofree char *path = folder_path(d, name);
    g_autofree char *above = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(above, 0755), 0);
    assert_true(g_file_set_contents(path, data, (gssize)len, NULL));
}

static inline void folder_put_text(const struct folder *d, const char *name, const char *text)
{
    folder_put(d, name, text, strlen(text));
}

/* Sequences.  What is loaded stays until the next is; 0, or negative and d->complaints. */

static inline int folder_load(struct folder *d, const char *spec)
{
    folder_unload(d);
    d->complaints = complaints_new();
    return plan_try(d->path, spec, d->complaints, &d->plan);
}

/* Loads a sequence as it is, whatever its elements are. */
static inline int folder_load_seq(struct folder *d, const char *sequence)
{
    g_autofree char *spec = g_strdup_printf("dataset: {range: 1}\nsequences:\n  s: %s\n", sequence);
    int r = folder_load(d, spec);

    if (r == 0)
        d->seq = plan_named(d->plan, 0)->seq;
    return r;
}

/* Loads a sequence of files: one that is mounted, with the steps implied by that. */
static inline int folder_load_files(struct folder *d, const char *sequence)
{
    g_autofree char *spec = g_strdup_printf("dataset: %s\n", sequence);
    int r = folder_load(d, spec);

    if (r == 0)
        d->seq = plan_output(d->plan, 0)->seq;
    return r;
}

static inline void assert_loaded(const struct folder *d, const char *sequence, int r)
{
    if (r < 0) {
        g_autofree char *said = complaints_text(d->complaints);

        fail_msg("'%s' was refused: %s", sequence, said);
    }
}

/* The same two for sequences that must be right; borrowed. */
static inline const struct seq *folder_seq(struct folder *d, const char *sequence)
{
    assert_loaded(d, sequence, folder_load_seq(d, sequence));
    return d->seq;
}

static inline const struct seq *folder_files(struct folder *d, const char *sequence)
{
    assert_loaded(d, sequence, folder_load_files(d, sequence));
    return d->seq;
}

/* That the spec just loaded had one complaint, and all that it says behind its place. */
static inline void assert_complained(const struct folder *d, enum complaint_kind kind,
                                     const char *want)
{
    g_autofree char *said = complaints_text(d->complaints);
    const char *at = strstr(said, ": ");

    if (!at || strncmp(at + 2, want, strlen(want)) != 0 || at[2 + strlen(want)] != '\n')
        fail_msg("wanted '%s' in:\n%s", want, said);
    assert_int_equal(complaints_len(d->complaints), 1);
    assert_int_equal(complaints_kind(d->complaints), kind);
}

/* The sequence is refused with this one complaint. */
static inline void assert_complaint(struct folder *d, const char *sequence,
                                    enum complaint_kind kind, const char *want)
{
    assert_true(folder_load_seq(d, sequence) < 0);
    assert_complained(d, kind, want);
}

/* The sequence of files is refused, and this is among what is said: for sentences that are not all
 * ours. */
static inline void assert_refused(struct folder *d, const char *sequence, const char *want)
{
    assert_true(folder_load_files(d, sequence) < 0);
    assert_null(d->plan);
    g_autofree char *said = complaints_text(d->complaints);

    if (!strstr(said, want))
        fail_msg("wanted '%s', got '%s'", want, said);
}

/* Elements of the sequence that was loaded last. */

static inline void print_element(const struct value *v, GString *ret)
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
        print_element(value_item(v, i), ret);
    }
    g_string_append_c(ret, ']');
}

/* What element i is, or "!" and why it fails.  Owned by the caller. */
static inline char *folder_element(struct folder *d, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;
    GString *ret = g_string_new(NULL);

    if (seq_get(d->seq, &d->eval, i, &v) < 0)
        g_string_printf(ret, "!%s", d->eval.fault.text);
    else
        print_element(v, ret);
    fault_clear(&d->eval.fault);
    return g_string_free(ret, FALSE);
}

static inline void assert_element(struct folder *d, uint64_t i, const char *want)
{
    g_autofree char *one = folder_element(d, i);

    assert_string_equal(one, want);
}

/* One attribute of all elements in a row. */
static inline void assert_attr(const struct folder *d, const char *name, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_string_append(all, i > 0 ? "|" : "");
        assert_true(seq_attr(d->seq, i, name, all));
    }
    assert_string_equal(all->str, want);
}

/* All elements of a sequence in a row. */
static inline void assert_elements(struct folder *d, const char *sequence, const char *want)
{
    g_autoptr(GString) all = g_string_new(NULL);

    folder_seq(d, sequence);
    for (uint64_t i = 0; i < d->seq->len; i++) {
        g_autofree char *one = folder_element(d, i);

        g_string_append_printf(all, "%s%s", i > 0 ? "|" : "", one);
    }
    assert_string_equal(all->str, want);
}

/* Files of a sequence. */

/* Computes file i; where it fails, d->eval.fault tells why. */
static inline int folder_get(struct folder *d, const char *sequence, uint64_t i, GBytes **ret)
{
    folder_files(d, sequence);
    return plan_eval(d->plan, &d->eval, 0, i, ret);
}

/* File 0, which must be there.  Owned by the caller. */
static inline GBytes *folder_bytes(struct folder *d, const char *sequence)
{
    GBytes *bytes = NULL;

    if (folder_get(d, sequence, 0, &bytes) < 0)
        fail_msg("%s: %s", sequence, d->eval.fault.text);
    assert_non_null(bytes);
    return bytes;
}

static inline void assert_text(struct folder *d, const char *sequence, const char *want)
{
    g_autoptr(GBytes) bytes = folder_bytes(d, sequence);
    g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));

    assert_string_equal(text, want);
}

/* File 0 fails, and the sentence has this in it. */
static inline void assert_fault(struct folder *d, const char *sequence, const char *want)
{
    GBytes *bytes = NULL;

    assert_true(folder_get(d, sequence, 0, &bytes) < 0);
    assert_null(bytes);
    if (!strstr(d->eval.fault.text, want))
        fail_msg("wanted '%s', got '%s'", want, d->eval.fault.text);
}
