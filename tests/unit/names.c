/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names: numbers, paths and places of the mounted tree give each other back, and wrong names are
 * complained of. */
#include "tests/unit/trees.h"

static void an_index_is_padded_to_the_digits_of_the_last_one(void **state)
{
    static const struct {
        const char *spec, *first, *last;
    } cases[] = {
        {"dataset: {range: 1}", "0.txt", "0.txt"},
        {"dataset: {range: 10}", "0.txt", "9.txt"},
        {"dataset: {range: 11}", "00.txt", "10.txt"},
        {"dataset: {range: 1000}", "000.txt", "999.txt"},
        {"dataset: {range: 10000000}", "0000000.txt", "9999999.txt"},
    };

    for (size_t n = 0; n < G_N_ELEMENTS(cases); n++) {
        struct tree_test t;
        uint64_t len;

        start(&t);
        load(&t, cases[n].spec);
        len = plan_output(t.plan, 0)->seq->len;
        assert_path(&t, element(0, 0), cases[n].first);
        assert_path(&t, element(0, len - 1), cases[n].last);
        assert_found(&t, cases[n].last, element(0, len - 1));
        finish(&t);
    }
}

static void only_the_exact_name_of_an_element_is_found(void **state)
{
    static const char *const wrong[] = {"12.txt", "0012.txt", "012",     "012.jpg", "012.txt.",
                                        "012.tx", "+12.txt",  "-01.txt", "100.txt", "100.txt2",
                                        "",       "0x1.txt",  "012.TXT", "012txt"};
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "dataset: {range: 100}");
    assert_found(&t, "12.txt", element(0, 12));
    finish(&t);

    start(&t);
    load(&t, "dataset: {range: 101}");
    assert_found(&t, "012.txt", element(0, 12));
    assert_found(&t, "100.txt", element(0, 100));
    assert_not_found(&t, "101.txt");
    for (size_t n = 0; n < G_N_ELEMENTS(wrong); n++) {
        if (strcmp(wrong[n], "100.txt") != 0)
            assert_false(names_find(t.names, folder(0), wrong[n], &p));
    }
    finish(&t);
}

static void each_element_has_the_suffix_of_its_source(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "a.jpg");
    make_file(&t, "b");
    make_file(&t, "c.png");
    load(&t, "dataset: {files: ['*.jpg', b, '*.png']}");
    assert_listing(&t, folder(0), "0.jpg 1.bin 2.png ");
    assert_found(&t, "2.png", element(0, 2));
    assert_not_found(&t, "2.jpg");
    finish(&t);
}

static void an_empty_dataset_is_an_empty_folder(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 5}, {slice: '0:0'}]");
    assert_listing(&t, folder(0), "");
    assert_not_found(&t, "0.txt");
    assert_not_found(&t, ".seqfs/at/0");
    assert_not_found(&t, ".seqfs/at/-1");
    finish(&t);
}

static void datasets_are_folders_of_the_root(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "datasets: {train: {range: 11}, val: {range: 3}}");
    assert_listing(&t, folder(0), "train val ");
    assert_listing(&t, folder(2), "0.txt 1.txt 2.txt ");
    assert_found(&t, "train/07.txt", element(0, 7));
    assert_found(&t, "val/2.txt", element(1, 2));
    assert_not_found(&t, "07.txt");
    assert_not_found(&t, "test");
    assert_path(&t, element(0, 10), "train/10.txt");
    finish(&t);
}

static void numbers_and_places_give_each_other(void **state)
{
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "datasets: {a: {range: 11}, b: [{range: 3}, {name: 'x{index}/y{index}/z'}]}");
    /* root: a b, 11 elements; b: 3 times x/y/z; .errors: a b; at: a b, 11 + 3 links */
    assert_int_equal(walk_all(&t), 2 + 11 + 3 * 3 + 2 + 2 + 14);
    assert_true(names_place(t.names, 1, &p));
    assert_place(p, folder(0));
    assert_int_equal(names_ino(t.names, element(0, 0)), 2);
    assert_false(names_place(t.names, 0, &p));
    assert_false(names_place(t.names, UINT64_MAX, &p));
    finish(&t);
}

static void numbers_of_no_place_are_none_and_others_lead_back(void **state)
{
    const uint64_t more_than_all = 70000; /* there are 65536 slices to come */
    struct tree_test t;
    struct place p;
    uint64_t n = 0;

    start(&t);
    load(&t, "datasets: {a: [{range: 5}, {batch: 2}], b: [{range: 2}, {name: 'x{index}/z'}]}");
    for (uint64_t ino = 0; ino < more_than_all; ino++) {
        if (!names_place(t.names, ino, &p))
            continue;
        assert_int_equal(names_ino(t.names, p), ino);
        n++;
    }
    assert_in_range(n, 50, 5000);
    assert_true(names_find_path(t.names, ".seqfs/slice/a/1:", &p));
    assert_int_equal(p.kind, PLACE_SLICE);
    assert_int_equal(p.index, 0);
    assert_true(names_place(t.names, names_ino(t.names, p), &p));
    assert_false(names_place(t.names, names_ino(t.names, p) + 1, &p));
    finish(&t);
}

static void names_of_a_step_make_folders(void **state)
{
    struct tree_test t;

    start(&t);
    make_folder(&t, "cats");
    make_folder(&t, "dogs");
    make_file(&t, "cats/tom.jpg");
    make_file(&t, "cats/x.jpg");
    make_file(&t, "dogs/x.jpg");
    load(&t, "dataset: [{files: '**/*.jpg'}, {name: '{dir}/{stem}'}, {gather: [2, 0, 1]}]");
    assert_listing(&t, folder(0), "dogs cats ");
    assert_listing(&t, folder(1), "x.jpg ");
    assert_listing(&t, folder(2), "tom.jpg x.jpg ");
    assert_found(&t, "cats/x.jpg", element(0, 2));
    assert_found(&t, "dogs/x.jpg", element(0, 0));
    assert_not_found(&t, "dogs/tom.jpg");
    assert_found(&t, "cats", folder(2));
    finish(&t);
}

static void elements_of_a_folder_are_in_order_also_when_they_alternate(void **state)
{
    struct tree_test t;

    start(&t);
    make_folder(&t, "a");
    make_folder(&t, "b");
    make_file(&t, "a/0.x");
    make_file(&t, "a/1.x");
    make_file(&t, "b/0.x");
    make_file(&t, "b/1.x");
    make_file(&t, "top.x");
    load(&t, "dataset: [{files: ['**/*.x']}, {name: '{dir}/{stem}'}, {gather: [3, 4, 0, 2, 1]}]");
    assert_listing(&t, folder(0), "b a top.x ");
    assert_listing(&t, folder(1), "1.x 0.x ");
    assert_listing(&t, folder(2), "0.x 1.x ");
    assert_found(&t, "top.x", element(0, 1));
    assert_int_equal(walk_all(&t), 7 + 5);
    finish(&t);
}

static void the_folder_dot_is_no_folder(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "a.jpg");
    load(&t, "dataset: [{files: '*.jpg'}, {name: '{dir}/{stem}'}]");
    assert_listing(&t, folder(0), "a.jpg ");
    assert_found(&t, "a.jpg", element(0, 0));
    finish(&t);
}

static void a_name_with_a_suffix_of_its_own_keeps_it(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 2}, {name: 'n{index:03d}.label'}]");
    assert_listing(&t, folder(0), "n000.label n001.label ");
    finish(&t);
}

static void named_and_numbered_elements_live_together(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {concatenate: [[{range: 2}, {name: 'a{index}'}], {range: 2}]}");
    assert_listing(&t, folder(0), "a0.txt a1.txt 2.txt 3.txt ");
    assert_found(&t, "3.txt", element(0, 3));
    assert_not_found(&t, "0.txt");
    finish(&t);
}

static void errors_are_found_by_index_padded_or_not(void **state)
{
    const struct place seventh = {.kind = PLACE_ERROR, .output = 0, .index = 7};
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 101}, {name: 'f{index}'}]");
    assert_found(&t, ".errors/7", seventh);
    assert_found(&t, ".errors/007", seventh);
    assert_path(&t, seventh, ".errors/007");
    assert_not_found(&t, ".errors/101");
    assert_not_found(&t, ".errors/-1");
    assert_not_found(&t, ".errors/7.txt");
    assert_not_found(&t, ".errors/f7.txt");
    assert_not_found(&t, ".errors/99999999999999999999999");
    finish(&t);
}

static void errors_of_datasets_lie_in_their_folders(void **state)
{
    const struct place error = {.kind = PLACE_ERROR, .output = 1, .index = 7};
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "datasets: {train: {range: 3}, val: {range: 11}}");
    assert_found(&t, ".errors/val/7", error);
    assert_path(&t, error, ".errors/val/07");
    assert_not_found(&t, ".errors/7");
    assert_not_found(&t, ".errors/train/7");
    assert_true(names_find_path(t.names, ".errors", &p));
    assert_listing(&t, p, "train val ");
    finish(&t);
}

static void links_by_index_count_from_the_end_too(void **state)
{
    static const struct {
        const char *path;
        uint64_t index;
    } found[] = {
        {".seqfs/at/12", 12}, {".seqfs/at/-1", 100}, {".seqfs/at/-101", 0}, {".seqfs/at/0", 0}};
    static const char *const wrong[] = {".seqfs/at/101", ".seqfs/at/-102", ".seqfs/at/-0",
                                        ".seqfs/at/--1", ".seqfs/at/-",    ".seqfs/at/1.txt"};
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 101}");
    for (size_t n = 0; n < G_N_ELEMENTS(found); n++)
        assert_found(&t, found[n].path,
                     (struct place){.kind = PLACE_AT_LINK, .index = found[n].index});
    for (size_t n = 0; n < G_N_ELEMENTS(wrong); n++)
        assert_not_found(&t, wrong[n]);
    assert_path(&t, (struct place){.kind = PLACE_AT_LINK, .index = 12}, ".seqfs/at/12");
    finish(&t);
}

static void links_lead_to_the_elements_files(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 11}, {name: 'a/b{index}'}]");
    assert_link(&t, 0, 7, "../../a/b7.txt");
    finish(&t);

    start(&t);
    load(&t, "datasets: {train: {range: 11}, val: {range: 3}}");
    assert_link(&t, 1, 2, "../../../val/2.txt");
    finish(&t);
}

static void the_control_folder_lists_its_files_and_at(void **state)
{
    struct tree_test t;
    struct place p;

    start(&t);
    load(&t, "dataset: {range: 3}");
    assert_true(names_find_path(t.names, ".seqfs", &p));
    assert_listing(&t, p, "stats spec at stages slice contact ");
    assert_found(&t, ".seqfs/spec", (struct place){.kind = PLACE_CONTROL, .index = 1});
    assert_not_found(&t, ".seqfs/stat");
    assert_true(names_find_path(t.names, ".seqfs/at", &p));
    assert_listing(&t, p, "0 1 2 ");
    finish(&t);
}

static void errors_and_control_are_not_listed_at_the_root(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 2}");
    assert_listing(&t, folder(0), "0.txt 1.txt ");
    finish(&t);
}

static void two_elements_of_one_name_are_both_told(void **state)
{
    struct tree_test t;

    start(&t);
    make_folder(&t, "a");
    make_folder(&t, "b");
    make_file(&t, "a/cat.jpg");
    make_file(&t, "a/dog.jpg");
    make_file(&t, "b/cat.jpg");
    assert_complaint(&t, "dataset:\n  - files: '**/*.jpg'\n  - name: '{stem}'\n",
                     "spec.yaml:3:5: elements 0 and 2 are both named 'cat.jpg'; tell them apart "
                     "with the name step, "
                     "e.g. {dir}/{stem} or {index}");
    finish(&t);
}

static void a_folder_with_the_name_of_a_file_is_wrong(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "a.jpg");
    make_folder(&t, "d");
    make_file(&t, "d/e.jpg");
    assert_complaint(
        &t,
        "dataset: {concatenate: [[{files: a.jpg}, {name: 'd.jpg'}], [{files: d/e.jpg}, {name: "
        "'d.jpg/{stem}'}]]}",
        "element 1 is named 'd.jpg/e.jpg', but 'd.jpg' is already the file of element 0");
    finish(&t);
}

static void a_file_with_the_name_of_a_folder_is_wrong(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "a.jpg");
    assert_complaint(
        &t,
        "dataset: {concatenate: [[{files: a.jpg}, {name: 'd.jpg/{stem}'}], [{files: a.jpg}, {name: "
        "'d.jpg'}]]}",
        "element 1 is named 'd.jpg', which is also the folder of element 0");
    finish(&t);
}

static void names_that_no_file_can_have_are_wrong(void **state)
{
    g_autofree char *lines = g_strdup_printf("%0256d", 1);
    g_autofree char *spec = g_strdup_printf("dataset: [{range: 1}, {name: '%s.x'}]", lines);
    struct tree_test t;

    start(&t);
    assert_complaint(&t, spec, "has a part of more than 255 bytes");
    finish(&t);
}

static void a_path_that_leaves_its_folder_is_wrong(void **state)
{
    struct tree_test t;

    start(&t);
    make_folder(&t, "sub");
    make_file(&t, "a.jpg");
    assert_complaint(&t, "dataset: [{files: 'sub/../a.jpg'}, {name: '{dir}/{stem}'}]",
                     "the name 'sub/../a.jpg' of element 0 leads out of its folder by '..'");
    finish(&t);
}

static void the_mounts_own_folders_are_taken(void **state)
{
    static const char *const specs[] = {
        "dataset: [{range: 1}, {name: '.errors/{index}'}]",
        "dataset: [{range: 1}, {name: '.seqfs/a/{index}.x'}]",
    };

    for (size_t n = 0; n < G_N_ELEMENTS(specs); n++) {
        struct tree_test t;

        start(&t);
        assert_complaint(&t, specs[n], "clashes with the mount's own folders");
        finish(&t);
    }
}

static void names_that_only_begin_like_the_mounts_own_are_free(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "datasets: {a: [{range: 1}, {name: '.errors/{index}'}], b: {range: 1}}");
    assert_found(&t, "a/.errors/0.txt", element(0, 0));
    finish(&t);

    start(&t);
    load(&t, "dataset: [{range: 1}, {name: '.errors2/{index}'}]");
    assert_found(&t, ".errors2/0.txt", element(0, 0));
    finish(&t);
}

static void complaints_about_names_end_after_twenty(void **state)
{
    struct tree_test t;

    start(&t);
    assert_int_equal(build(&t, "dataset: [{range: 1000}, {name: 'same'}]"), -EINVAL);
    assert_int_equal(complaints_len(t.complaints), 20);
    finish(&t);
}

static void a_hundred_thousand_names_are_all_found(void **state)
{
    struct tree_test t;
    struct place p, back;
    g_autoptr(GString) path = g_string_new(NULL);

    start(&t);
    load(&t, "dataset: [{range: 100000}, {name: 'f{index:06d}/n{index}'}]");
    for (uint64_t i = 0; i < 100000; i += 7) {
        p = element(0, i);
        g_string_truncate(path, 0);
        names_print_path(t.names, p, path);
        assert_true(names_find_path(t.names, path->str, &back));
        assert_place(back, p);
    }
    assert_not_found(&t, "f000001/n2.txt");
    finish(&t);
}

static void too_many_elements_for_numbers_are_told(void **state)
{
    struct tree_test t;

    start(&t);
    assert_int_equal(build(&t, "dataset: {range: 9000000000000000000}"), -EOVERFLOW);
    assert_int_equal(complaints_len(t.complaints), 1);
    finish(&t);
}

static void too_many_empty_lists_for_names_are_told_at_once(void **state)
{
    struct tree_test t;

    start(&t);
    assert_int_equal(
        build(&t, "dataset: [{values: [[]]}, {cycle: 5000000000}, {name: 'a/{index}'}]"), -EINVAL);
    assert_int_equal(complaints_len(t.complaints), 1);
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_is_padded_to_the_digits_of_the_last_one),
        cmocka_unit_test(only_the_exact_name_of_an_element_is_found),
        cmocka_unit_test(each_element_has_the_suffix_of_its_source),
        cmocka_unit_test(an_empty_dataset_is_an_empty_folder),
        cmocka_unit_test(datasets_are_folders_of_the_root),
        cmocka_unit_test(numbers_and_places_give_each_other),
        cmocka_unit_test(numbers_of_no_place_are_none_and_others_lead_back),
        cmocka_unit_test(names_of_a_step_make_folders),
        cmocka_unit_test(elements_of_a_folder_are_in_order_also_when_they_alternate),
        cmocka_unit_test(the_folder_dot_is_no_folder),
        cmocka_unit_test(a_name_with_a_suffix_of_its_own_keeps_it),
        cmocka_unit_test(named_and_numbered_elements_live_together),
        cmocka_unit_test(errors_are_found_by_index_padded_or_not),
        cmocka_unit_test(errors_of_datasets_lie_in_their_folders),
        cmocka_unit_test(links_by_index_count_from_the_end_too),
        cmocka_unit_test(links_lead_to_the_elements_files),
        cmocka_unit_test(the_control_folder_lists_its_files_and_at),
        cmocka_unit_test(errors_and_control_are_not_listed_at_the_root),
        cmocka_unit_test(two_elements_of_one_name_are_both_told),
        cmocka_unit_test(a_folder_with_the_name_of_a_file_is_wrong),
        cmocka_unit_test(a_file_with_the_name_of_a_folder_is_wrong),
        cmocka_unit_test(names_that_no_file_can_have_are_wrong),
        cmocka_unit_test(a_path_that_leaves_its_folder_is_wrong),
        cmocka_unit_test(the_mounts_own_folders_are_taken),
        cmocka_unit_test(names_that_only_begin_like_the_mounts_own_are_free),
        cmocka_unit_test(complaints_about_names_end_after_twenty),
        cmocka_unit_test(a_hundred_thousand_names_are_all_found),
        cmocka_unit_test(too_many_elements_for_numbers_are_told),
        cmocka_unit_test(too_many_empty_lists_for_names_are_told_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
