/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Views: named sequences, stages, slices and contact sheets, and what reports call elements. */
#include "tests/unit/trees.h"

static void named_sequences_and_stages_are_views_by_index(void **state)
{
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "sequences: {small: [{range: 30}, {name: 'n{index}'}]}\n"
             "dataset: [small, {slice: ':3'}]");
    assert_true(names_find_path(t.names, ".seqfs/sequences", &p));
    assert_listing(&t, p, "small ");
    assert_true(names_find_path(t.names, ".seqfs/sequences/small/07.txt", &p));
    assert_int_equal(p.kind, PLACE_ELEMENT);
    assert_int_equal(p.index, 7);
    assert_path(&t, p, ".seqfs/sequences/small/07.txt");
    assert_true(names_find_path(t.names, ".seqfs/sequences/small/.errors/7", &p));
    assert_int_equal(p.kind, PLACE_ERROR);
    assert_path(&t, p, ".seqfs/sequences/small/.errors/07");
    assert_true(names_find_path(t.names, ".seqfs/stages", &p));
    assert_listing(&t, p, "00-range 01-name 02-slice ");
    assert_not_found(&t, ".seqfs/sequences/small/n7.txt");
    assert_found(&t, "n2.txt", element(0, 2));
    walk_all(&t);
    finish(&t);
}

static void stages_of_datasets_lie_in_their_folders(void **state)
{
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "datasets: {a: [{range: 3}, {batch: 2}], b: {range: 2}}");
    assert_true(names_find_path(t.names, ".seqfs/stages/a", &p));
    assert_listing(&t, p, "00-range 01-batch ");
    assert_true(names_find_path(t.names, ".seqfs/stages/a/01-batch/1/0.txt", &p));
    assert_path(&t, p, ".seqfs/stages/a/01-batch/1/0.txt");
    assert_not_found(&t, ".seqfs/stages/00-range");
    assert_not_found(&t, ".seqfs/sequences");
    walk_all(&t);
    finish(&t);
}

static void assert_slice(const struct tree_test *t, const char *path, const char *wanted)
{
    g_autoptr(GString) name = g_string_new(NULL);
    struct place dir, p, found;

    assert_true(names_find_path(t->names, path, &dir));
    assert_listing(t, dir, wanted);
    for (uint64_t at = 0; names_next(t->names, dir, &at, &p, name);) {
        assert_true(names_find(t->names, dir, name->str, &found));
        assert_place(found, p);
        g_string_truncate(name, 0);
    }
}

static void slices_hold_the_files_themselves(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 12}");
    assert_slice(&t, ".seqfs/slice/2:8:3", "02.txt 05.txt ");
    assert_slice(&t, ".seqfs/slice/-2:", "10.txt 11.txt ");
    assert_slice(&t, ".seqfs/slice/::-5", "11.txt 06.txt 01.txt ");
    assert_slice(&t, ".seqfs/slice/5:5", "");
    assert_found(&t, ".seqfs/slice/2:8:3/05.txt", element(0, 5));
    assert_not_found(&t, ".seqfs/slice/2:8:3/04.txt");
    assert_not_found(&t, ".seqfs/slice/2:8:3/08.txt");
    assert_not_found(&t, ".seqfs/slice/2");
    assert_not_found(&t, ".seqfs/slice/a:");
    assert_not_found(&t, ".seqfs/slice/1:2:0");
    finish(&t);
}

static void slices_name_by_index_what_lies_in_folders(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "datasets: {a: {concatenate: [[{range: 2}, {name: 'x/n{index}'}], "
             "[{range: 2}, {name: 'm{index}'}]]}}");
    assert_slice(&t, ".seqfs/slice/a/1:", "1.txt m0.txt m1.txt ");
    assert_found(&t, ".seqfs/slice/a/1:/1.txt", element(0, 1));
    assert_not_found(&t, ".seqfs/slice/a/1:/2.txt");
    assert_not_found(&t, ".seqfs/slice/a/1:/0.txt");
    finish(&t);
}

static void slices_link_to_folders(void **state)
{
    g_autoptr(GString) link = g_string_new(NULL);
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "dataset: [{range: 9}, {split: {fractions: {train: 0.5, val: 0.5}}}]");
    assert_slice(&t, ".seqfs/slice/1:", "val ");
    assert_true(names_find_path(t.names, ".seqfs/slice/1:/val", &p));
    assert_true(names_is_link(p));
    names_print_link(t.names, p, link);
    assert_string_equal(link->str, "../../../val");
    finish(&t);
}

static void there_is_an_end_to_slices(void **state)
{
    struct place dir, p;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 3}");
    assert_true(names_find_path(t.names, ".seqfs/slice", &dir));
    for (int i = 0; i < 65536; i++) {
        g_autofree char *text = g_strdup_printf("%d:", i);

        assert_false(names_is_full(t.names, dir));
        assert_true(names_find(t.names, dir, text, &p));
    }
    assert_true(names_is_full(t.names, dir));
    assert_false(names_find(t.names, dir, ":1", &p));
    assert_true(names_find(t.names, dir, "65535:", &p));
    finish(&t);
}

static void sheets_of_contacts_are_listed_by_hundreds(void **state)
{
    static const char *const wrong[] = {"5-4", "0-250", "00-1", "0-256", "0-", "-1", "0-1-2"};
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "dataset: {range: 250}");
    assert_true(names_find_path(t.names, ".seqfs/contact", &p));
    assert_listing(&t, p, "0-99.jpg 100-199.jpg 200-249.jpg ");
    assert_true(names_find_path(t.names, ".seqfs/contact/7-249.jpg", &p));
    assert_int_equal(p.kind, PLACE_ELEMENT);
    assert_int_equal(p.index, 7 * CONTACT_MAX + 242);
    assert_path(&t, p, ".seqfs/contact/7-249.jpg");
    for (size_t n = 0; n < G_N_ELEMENTS(wrong); n++) {
        g_autofree char *path = g_strdup_printf(".seqfs/contact/%s.jpg", wrong[n]);

        assert_not_found(&t, path);
    }
    assert_not_found(&t, ".seqfs/contact/0-1.png");
    finish(&t);
}

static void index_paths_of_reports_lead_to_their_elements(void **state)
{
    static const struct {
        const char *path;
        uint64_t index;
    } found[] = {{"a/1/0", 2},
                 {"a/-1/-1", 4},
                 {".seqfs/sequences/s/3", 3},
                 {".seqfs/stages/a/01-batch/2/0", 4}};
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "sequences: {s: {range: 5}}\ndatasets: {a: [s, {batch: 2}]}");
    for (size_t n = 0; n < G_N_ELEMENTS(found); n++) {
        if (!names_find_index(t.names, found[n].path, &p))
            fail_msg("%s", found[n].path);
        assert_int_equal(p.index, found[n].index);
    }
    assert_false(names_find_index(t.names, "a/3", &p));
    assert_false(names_find_index(t.names, "a/1/0.txt", &p));
    assert_false(names_find_index(t.names, ".seqfs/sequences/s/5", &p));
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_sequences_and_stages_are_views_by_index),
        cmocka_unit_test(stages_of_datasets_lie_in_their_folders),
        cmocka_unit_test(slices_hold_the_files_themselves),
        cmocka_unit_test(slices_name_by_index_what_lies_in_folders),
        cmocka_unit_test(slices_link_to_folders),
        cmocka_unit_test(there_is_an_end_to_slices),
        cmocka_unit_test(sheets_of_contacts_are_listed_by_hundreds),
        cmocka_unit_test(index_paths_of_reports_lead_to_their_elements),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
