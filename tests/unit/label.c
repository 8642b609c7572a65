/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Labels: what lists and records are called, and what is in them. */
#include "tests/unit/trees.h"

static void lists_are_folders_padded_within_each(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 25}, {batch: 12}]");
    assert_listing(&t, folder(0), "0 1 2 ");
    assert_listing(&t, list(0, 1, 0),
                   "00.txt 01.txt 02.txt 03.txt 04.txt 05.txt 06.txt 07.txt "
                   "08.txt 09.txt 10.txt 11.txt ");
    assert_listing(&t, list(0, 1, 2), "0.txt ");
    assert_found(&t, "1/03.txt", element(0, 15));
    assert_found(&t, "2/0.txt", element(0, 24));
    assert_path(&t, element(0, 24), "2/0.txt");
    assert_not_found(&t, "2/1.txt");
    assert_not_found(&t, "1/3.txt");
    assert_not_found(&t, "3");
    assert_not_found(&t, "00");
    assert_int_equal(walk_all(&t), 2 * (3 + 25));
    finish(&t);
}

static void lists_within_lists_are_folders_in_folders(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 7}, {batch: 2}, {batch: 2}]");
    assert_listing(&t, folder(0), "0 1 ");
    assert_listing(&t, list(0, 1, 1), "0 1 ");
    assert_listing(&t, list(0, 2, 3), "0.txt ");
    assert_found(&t, "1/1/0.txt", element(0, 6));
    assert_found(&t, "1/1", list(0, 2, 3));
    assert_path(&t, list(0, 2, 2), "1/0");
    assert_int_equal(walk_all(&t), 2 * (2 + 4 + 7));
    finish(&t);
}

static void fields_that_are_lists_are_folders_among_files(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {collate: {words: {values: [[a, b], []]}, cls: {range: 2}}}");
    assert_listing(&t, folder(0), "0.words 0.cls 1.words 1.cls ");
    assert_found(&t, "0.words/1.txt", element(0, 1));
    assert_found(&t, "0.cls", element(0, 2));
    assert_found(&t, "1.cls", element(0, 3));
    assert_path(&t, element(0, 1), "0.words/1.txt");
    assert_listing(&t, list(0, 2, 2), "");
    assert_not_found(&t, "0.words.txt");
    assert_found(&t, ".errors/0.words/1", (struct place){.kind = PLACE_ERROR, .index = 1});
    assert_found(&t, ".seqfs/at/0.words/-1", (struct place){.kind = PLACE_AT_LINK, .index = 1});
    assert_int_equal(walk_below(&t, ""), 4 + 2);
    finish(&t);
}

static void named_parts_of_a_split_are_folders_without_planting(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 10000000000}, {split: {fractions: {train: 0.75, val: 0.25}}}]");
    assert_listing(&t, folder(0), "train val ");
    assert_found(&t, "val/0000000000.txt", element(0, UINT64_C(7500000000)));
    assert_path(&t, element(0, UINT64_C(9999999999)), "val/2499999999.txt");
    assert_not_found(&t, "0");
    assert_not_found(&t, "test");
    assert_found(&t, ".errors/val/7",
                 (struct place){.kind = PLACE_ERROR, .index = UINT64_C(7500000007)});
    assert_found(&t, ".errors/1/7",
                 (struct place){.kind = PLACE_ERROR, .index = UINT64_C(7500000007)});
    assert_found(&t, ".seqfs/at/train/-1",
                 (struct place){.kind = PLACE_AT_LINK, .index = UINT64_C(7499999999)});
    finish(&t);
}

static void names_of_parts_make_folders_within_their_list(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 4}, {name: 'n{index}/x'}, {split: {fractions: {train: 0.5, val: "
             "0.5}}}]");
    assert_listing(&t, folder(0), "train val ");
    assert_found(&t, "train/n1/x.txt", element(0, 1));
    assert_path(&t, element(0, 3), "val/n3/x.txt");
    assert_found(&t, ".errors/val/1", (struct place){.kind = PLACE_ERROR, .index = 3});
    /* at the root: 2 lists, 4 folders, 4 files; at: 2 lists, 4 links; errors: none listed */
    assert_int_equal(walk_all(&t), 2 + 4 + 4 + 2 + 4);
    finish(&t);
}

static void lists_of_one_name_are_both_told(void **state)
{
    struct tree_test t;

    start(&t);
    assert_complaint(&t, "dataset: [{range: 4}, {batch: 2}, {name: same}]",
                     "elements 0 and 1 are both named 'same'");
    finish(&t);
}

static void empty_lists_with_names_are_there(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{values: [[a], [], [b]]}, {name: 'deep/l{index}'}]");
    assert_listing(&t, folder(0), "deep ");
    assert_found(&t, "deep/l2/0.txt", element(0, 1));
    assert_found(&t, "deep/l1", folder(3));
    assert_listing(&t, folder(3), "");
    finish(&t);
}

static const char records[] =
    "{collate: {image: [{range: 12}, {exec: [cat]}], cls: {range: 12}, a.b: {range: 12}}}";

static void fields_of_records_are_siblings(void **state)
{
    g_autofree char *spec = g_strdup_printf("dataset: [%s, {layout: siblings}]", records);
    struct tree_test t;

    start(&t);
    load(&t, spec);
    assert_found(&t, "07.image.bin", element(0, 21));
    assert_found(&t, "07.cls", element(0, 22));
    assert_found(&t, "07.a.b", element(0, 23));
    assert_path(&t, element(0, 35), "11.a.b");
    assert_not_found(&t, "07");
    assert_not_found(&t, "07.image");
    assert_not_found(&t, "07.cls.txt");
    assert_not_found(&t, "7.cls");
    assert_not_found(&t, "12.cls");
    assert_int_equal(walk_below(&t, ""), 36);
    walk_below(&t, ".seqfs");
    finish(&t);
}

static void fields_of_records_that_differ_are_siblings_by_their_own(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "0.jpg");
    make_file(&t, "0.cls");
    load(&t, "dataset: {concatenate: [{collate: {jpg: {files: 0.jpg}, cls: {files: 0.cls}}}, "
             "{collate: {cls: {files: 0.cls}, jpg: {files: 0.jpg}, json: {files: 0.cls}}}]}");
    assert_listing(&t, folder(0), "0.jpg 0.cls 1.cls 1.jpg 1.json ");
    finish(&t);
    start(&t);
    make_file(&t, "0.jpg");
    make_file(&t, "0.cls");
    load(&t, "dataset: [{case: {selector: {range: 2}, of: [{collate: {jpg: {concatenate: [{files: "
             "0.jpg}, {files: 0.jpg}]}}}, {collate: {n: {range: 2}, jpg: {concatenate: [{files: "
             "0.jpg}, {files: 0.jpg}]}}}]}}, {fields: [jpg]}]");
    assert_listing(&t, folder(0), "0.jpg 1.jpg ");
    finish(&t);
}

static void a_field_called_as_another_format_has_the_suffix_of_its_own(void **state)
{
    struct tree_test t;

    start(&t);
    make_file(&t, "a.png");
    make_file(&t, "a.jpeg");
    load(&t, "dataset: [{collate: {jpg: {files: a.png}, jpe: {files: a.jpeg}, cls: {range: 1}, "
             "png: {values: [[1, 2]]}}}, {array: {on: png}}]");
    assert_listing(&t, folder(0), "0.jpg.png 0.jpe 0.cls 0.png.npy ");
    finish(&t);
}

static void records_can_be_folders_of_their_fields(void **state)
{
    g_autofree char *spec = g_strdup_printf("dataset: [%s, {layout: dirs}]", records);
    struct tree_test t;

    start(&t);
    load(&t, spec);
    assert_listing(&t, list(0, 1, 7), "image.bin cls.txt a.b ");
    assert_found(&t, "07/cls.txt", element(0, 22));
    assert_path(&t, element(0, 22), "07/cls.txt");
    assert_found(&t, ".errors/07.cls", (struct place){.kind = PLACE_ERROR, .index = 22});
    assert_not_found(&t, "07/cls");
    assert_int_equal(walk_below(&t, ""), 12 + 36);
    finish(&t);
}

static void errors_and_links_of_records_are_by_field_or_of_the_first(void **state)
{
    g_autofree char *spec = g_strdup_printf("dataset: [%s, {layout: siblings}]", records);
    struct tree_test t;

    start(&t);
    load(&t, spec);
    assert_found(&t, ".errors/07", (struct place){.kind = PLACE_ERROR_ROW, .index = 7, .level = 1});
    assert_found(&t, ".errors/7.cls", (struct place){.kind = PLACE_ERROR, .index = 22});
    assert_path(&t, (struct place){.kind = PLACE_ERROR, .index = 23}, ".errors/07.a.b");
    assert_not_found(&t, ".errors/7.clss");
    assert_not_found(&t, ".errors/7.");
    assert_found(&t, ".seqfs/at/7", (struct place){.kind = PLACE_AT_LINK, .index = 21});
    assert_found(&t, ".seqfs/at/-1.cls", (struct place){.kind = PLACE_AT_LINK, .index = 34});
    assert_link(&t, 0, 34, "../../11.cls");
    finish(&t);
}

static void stems_of_records_lose_the_suffix_of_a_whole_name(void **state)
{
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{collate: {jpg: [{range: 2}, {exec: [cat]}], cls: {range: 2}}}, "
             "{name: 'd{index}/n.{index}.jpg'}]");
    assert_found(&t, "d1/n.1.jpg", element(0, 2));
    assert_found(&t, "d1/n.1.cls", element(0, 3));
    assert_int_equal(walk_below(&t, ""), 2 + 4);
    finish(&t);
}

static void the_place_of_a_failure_is_told_in_every_folder_above(void **state)
{
    g_autoptr(GString) name = g_string_new(NULL);
    struct place dir, p;
    uint64_t first, end;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 7}, {batch: 2}, {batch: 2}]");
    assert_true(names_find_path(t.names, ".errors", &dir));
    names_error_entry(t.names, dir, 5, &p, name);
    assert_string_equal(name->str, "1");
    assert_place(p, (struct place){.kind = PLACE_ERRORS, .index = 1, .level = 1});
    names_span(t.names, p, &first, &end);
    assert_int_equal(first, 4);
    assert_int_equal(end, 7);
    assert_path(&t, p, ".errors/1");
    g_string_truncate(name, 0);
    assert_true(names_find_path(t.names, ".errors/1/0", &dir));
    names_error_entry(t.names, dir, 5, &p, name);
    assert_string_equal(name->str, "1");
    assert_place(p, (struct place){.kind = PLACE_ERROR, .index = 5});
    assert_path(&t, p, ".errors/1/0/1");
    finish(&t);
}

static void two_fields_of_one_name_are_told(void **state)
{
    struct tree_test t;

    start(&t);
    assert_complaint(&t,
                     "dataset: [{collate: {a: [{range: 2}, {exec: {argv: [cat], ext: x}}], "
                     "a.x: {range: 2}}}, {layout: siblings}]",
                     "two fields of each record have files of one name, as '0.a.x'");
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_folders_padded_within_each),
        cmocka_unit_test(lists_within_lists_are_folders_in_folders),
        cmocka_unit_test(fields_that_are_lists_are_folders_among_files),
        cmocka_unit_test(named_parts_of_a_split_are_folders_without_planting),
        cmocka_unit_test(names_of_parts_make_folders_within_their_list),
        cmocka_unit_test(lists_of_one_name_are_both_told),
        cmocka_unit_test(empty_lists_with_names_are_there),
        cmocka_unit_test(fields_of_records_are_siblings),
        cmocka_unit_test(fields_of_records_that_differ_are_siblings_by_their_own),
        cmocka_unit_test(a_field_called_as_another_format_has_the_suffix_of_its_own),
        cmocka_unit_test(records_can_be_folders_of_their_fields),
        cmocka_unit_test(errors_and_links_of_records_are_by_field_or_of_the_first),
        cmocka_unit_test(stems_of_records_lose_the_suffix_of_a_whole_name),
        cmocka_unit_test(the_place_of_a_failure_is_told_in_every_folder_above),
        cmocka_unit_test(two_fields_of_one_name_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
