/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees of names of specs that are written in the tests themselves. */
#pragma once

#include "fs/names.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static const char *const controls[] = {"stats", "spec", NULL};

/* One spec in a folder of its own. */
struct tree_test {
    char *folder;    /* owned */
    GPtrArray *made; /* owned: what is to be removed, folders before what is in them */
    struct complaints *complaints;
    struct plan *plan;
    struct names *names;
};

static inline void start(struct tree_test *t)
{
    *t = (struct tree_test){.complaints = complaints_new()};
    t->folder = g_dir_make_tmp("names-XXXXXX", NULL);
    assert_non_null(t->folder);
    t->made = g_ptr_array_new_with_free_func(g_free);
}

static inline void make_folder(struct tree_test *t, const char *path)
{
    char *whole = g_build_filename(t->folder, path, NULL);

    assert_int_equal(g_mkdir(whole, 0700), 0);
    g_ptr_array_add(t->made, whole);
}

static inline void make_file(struct tree_test *t, const char *path)
{
    char *whole = g_build_filename(t->folder, path, NULL);

    assert_true(g_file_set_contents(whole, "x", 1, NULL));
    g_ptr_array_add(t->made, whole);
}

static inline int build(struct tree_test *t, const char *spec)
{
    g_autofree char *path = g_build_filename(t->folder, "spec.yaml", NULL);
    int r = plan_parse(path, spec, strlen(spec), NULL, t->complaints, &t->plan);

    if (r < 0)
        complaints_print(t->complaints, stderr);
    assert_int_equal(r, 0);
    return names_new(t->plan, controls, t->complaints, &t->names);
}

static inline void load(struct tree_test *t, const char *spec)
{
    int r = build(t, spec);

    if (r < 0)
        complaints_print(t->complaints, stderr);
    assert_int_equal(r, 0);
}

static inline void finish(struct tree_test *t)
{
    names_free(t->names);
    plan_free(t->plan);
    complaints_free(t->complaints);
    for (guint n = t->made->len; n-- > 0;)
        g_remove(t->made->pdata[n]);
    g_ptr_array_unref(t->made);
    g_rmdir(t->folder);
    g_free(t->folder);
}

static inline char *path_of(const struct tree_test *t, struct place p)
{
    GString *path = g_string_new(NULL);

    names_print_path(t->names, p, path);
    return g_string_free(path, FALSE);
}

static inline void assert_path(const struct tree_test *t, struct place p, const char *wanted)
{
    g_autofree char *path = path_of(t, p);

    assert_string_equal(path, wanted);
}

static inline void assert_place(struct place got, struct place wanted)
{
    assert_int_equal(got.kind, wanted.kind);
    assert_int_equal(got.output, wanted.output);
    assert_int_equal(got.level, wanted.level);
    assert_int_equal(got.index, wanted.index);
}

static inline void assert_found(const struct tree_test *t, const char *path, struct place wanted)
{
    struct place p;

    if (!names_find_path(t->names, path, &p))
        fail_msg("'%s' was not found", path);
    assert_place(p, wanted);
}

static inline void assert_not_found(const struct tree_test *t, const char *path)
{
    struct place p;

    if (names_find_path(t->names, path, &p))
        fail_msg("'%s' was found", path);
}

static inline struct place element(uint32_t output, uint64_t i)
{
    return (struct place){.kind = PLACE_ELEMENT, .output = output, .index = i};
}

static inline struct place folder(uint32_t number)
{
    return (struct place){.kind = PLACE_DIR, .output = number};
}

/* The names in a folder, each with a blank behind it. */
static inline void assert_listing(const struct tree_test *t, struct place dir, const char *wanted)
{
    g_autoptr(GString) all = g_string_new(NULL);
    struct place p;
    uint64_t at = 0;

    while (names_next(t->names, dir, &at, &p, all))
        g_string_append_c(all, ' ');
    assert_string_equal(all->str, wanted);
}

/* Everything that is listed below dir is found by its name, and has a number that leads back to it.
 */
static inline uint64_t walk(const struct tree_test *t, struct place dir, GHashTable *numbers)
{
    g_autoptr(GString) name = g_string_new(NULL);
    struct place p, back;
    uint64_t n = 0;

    for (uint64_t at = 0; names_next(t->names, dir, &at, &p, name);) {
        uint64_t *ino = g_new(uint64_t, 1);

        *ino = names_ino(t->names, p);
        assert_true(g_hash_table_add(numbers, ino));
        assert_true(names_place(t->names, *ino, &back));
        assert_place(back, p);
        assert_true(names_find(t->names, dir, name->str, &back));
        assert_place(back, p);
        assert_place(names_parent(t->names, p), dir);
        n += 1 + (names_is_dir(p) ? walk(t, p, numbers) : 0);
        g_string_truncate(name, 0);
    }
    return n;
}

/* How many places are below a folder, all of them consistent. */
static inline uint64_t walk_below(const struct tree_test *t, const char *path)
{
    g_autoptr(GHashTable) numbers =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    struct place p;

    assert_true(names_find_path(t->names, path, &p));
    return walk(t, p, numbers);
}

/* All but .seqfs, whose views are walked, too, but not counted. */
static inline uint64_t walk_all(const struct tree_test *t)
{
    walk_below(t, ".seqfs");
    return walk_below(t, "") + walk_below(t, ".errors") + walk_below(t, ".seqfs/at");
}

/* The one complaint there is. */
static inline void assert_complaint(struct tree_test *t, const char *spec, const char *wanted)
{
    g_autofree char *printed = NULL;
    size_t len;
    FILE *out;

    assert_int_equal(build(t, spec), -EINVAL);
    assert_int_equal(complaints_len(t->complaints), 1);
    out = open_memstream(&printed, &len);
    complaints_print(t->complaints, out);
    fclose(out);
    if (strstr(printed, wanted) == NULL)
        fail_msg("'%s' is not in '%s'", wanted, printed);
}

static inline void assert_link(const struct tree_test *t, uint32_t output, uint64_t i,
                               const char *wanted)
{
    const struct place p = {.kind = PLACE_AT_LINK, .output = output, .index = i};
    g_autoptr(GString) link = g_string_new(NULL);

    names_print_link(t->names, p, link);
    assert_string_equal(link->str, wanted);
}

static inline struct place list(uint32_t output, uint32_t level, uint64_t i)
{
    return (struct place){.kind = PLACE_LIST, .output = output, .index = i, .level = level};
}
