/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roll: what words mean, and what they cannot. */
#include "fs/roll.h"

#include "tests/unit/trees.h"

static int take(void *ctx, uint64_t first, uint64_t end, struct fault *f)
{
    GString *all = ctx;

    g_string_append_printf(all, "%s%" PRIu64, all->len > 0 ? " " : "", first);
    if (end != first + 1)
        g_string_append_printf(all, "-%" PRIu64, end);
    return 0;
}

/* The numbers of a word, "FIRST" or "FIRST-END", or "!" and the complaint. */
static void assert_means(const struct roll *r, const char *word, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);
    struct fault f;

    if (roll_find(r, word, take, got, &f) < 0)
        g_string_printf(got, "!%s", f.text);
    if (strcmp(got->str, want) != 0)
        fail_msg("'%s' means '%s', wanted '%s'", word, got->str, want);
}

static void assert_printed(const struct roll *r, uint64_t first, uint64_t end, const char *want)
{
    g_autoptr(GString) got = g_string_new(NULL);

    roll_print(r, first, end, 100, got);
    assert_string_equal(got->str, want);
}

/* What is printed means what it was printed of. */
static void assert_all_printed_is_found(const struct roll *r)
{
    for (uint64_t i = 0; i < roll_len(r); i++) {
        g_autoptr(GString) word = g_string_new(NULL);
        g_autofree char *want = g_strdup_printf("%" PRIu64, i);
        uint64_t number;

        roll_print(r, i, i + 1, 1, word);
        g_string_truncate(word, word->len - 1);
        assert_means(r, word->str, want);
        assert_true(roll_number(r, roll_key(r, i), &number));
        assert_int_equal(number, i);
    }
}

#define NOT_THERE \
    " is not there; wanted is an index, a range as 0-99, or a path below the mountpoint"

static void numbers_and_ranges_are_elements(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 1000}");
    r = roll_new(t.plan, t.names);
    assert_int_equal(roll_len(r), 1000);
    assert_means(r, "0", "0");
    assert_means(r, "0999", "999");
    assert_means(r, "-1", "999");
    assert_means(r, "-1000", "0");
    assert_means(r, "10-19", "10-20");
    assert_means(r, "7-7", "7");
    assert_means(r, "-100--1", "900-1000");
    assert_means(r, "990--1", "990-1000");
    assert_means(r, "all", "0-1000");
    assert_printed(r, 3, 9, "3-8\n");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void paths_are_files_and_folders(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: {range: 1000}");
    r = roll_new(t.plan, t.names);
    assert_means(r, "007.txt", "7");
    assert_means(r, "./007.txt", "7");
    assert_means(r, "/007.txt", "7");
    assert_means(r, ".seqfs/at/-3", "997");
    assert_means(r, ".", "0-1000");
    assert_means(r, ".seqfs/at", "0-1000");
    assert_means(r, ".seqfs/slice/:-3:-1", "999 998");
    assert_means(r, ".seqfs/slice/5:7/005.txt", "5");
    finish(&t);
}

static void what_is_wrong_is_told(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 1000}, {slice: ':500'}]");
    r = roll_new(t.plan, t.names);
    assert_means(r, "500", "!index 500, but there are only 500 elements");
    assert_means(r, "-501", "!index -501, but there are only 500 elements");
    assert_means(r, "3-500", "!index 500, but there are only 500 elements");
    assert_means(r, "7-3", "!'7-3' ends before it begins");
    assert_means(r, "7.txt", "!'7.txt'" NOT_THERE);
    assert_means(r, "1e3", "!'1e3'" NOT_THERE);
    assert_means(r, "1-", "!'1-'" NOT_THERE);
    assert_means(r, "x/1-2", "!'x/1-2'" NOT_THERE);
    assert_means(r, "99999999999999999999", "!'99999999999999999999'" NOT_THERE);
    assert_means(r, ".seqfs/stats",
                 "!'.seqfs/stats' is about the mount; wanted is a file or a folder of the dataset");
    assert_means(r, ".errors",
                 "!'.errors' is about the mount; wanted is a file or a folder of the dataset");
    finish(&t);
}

static void files_of_views_are_refused(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;
    uint64_t number;

    start(&t);
    load(&t, "sequences: {s: {range: 5}}\ndataset: [s, {slice: '1:'}]");
    r = roll_new(t.plan, t.names);
    assert_means(r, ".seqfs/sequences/s/3.txt",
                 "!'.seqfs/sequences/s/3.txt' is a view; wanted is a file or a folder of the "
                 "dataset");
    assert_means(r, ".seqfs/sequences/s/3",
                 "!'.seqfs/sequences/s/3' is a view; wanted is a file or a folder of the dataset");
    assert_means(r, ".seqfs/sequences/s",
                 "!'.seqfs/sequences/s' is a view; wanted is a file or a folder of the dataset");
    assert_false(roll_number(r, (struct key){plan_n_datasets(t.plan), 0}, &number));
    finish(&t);
}

static void datasets_are_numbered_one_after_the_other(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "datasets:\n  train: {range: 100}\n  none: [{range: 5}, {slice: ':0'}]\n"
             "  val: {range: 20}\n");
    r = roll_new(t.plan, t.names);
    assert_int_equal(roll_len(r), 120);
    assert_means(r, "train/07.txt", "7");
    assert_means(r, "val/7", "107");
    assert_means(r, "val/-1", "119");
    assert_means(r, "train/90--1", "90-100");
    assert_means(r, "val/0-0", "100");
    assert_means(r, "train", "0-100");
    assert_means(r, "val/", "100-120");
    assert_means(r, ".", "0-120");
    assert_means(r, "val/20", "!index 20, but there are only 20 elements");
    assert_means(r, "none/0", "!index 0, but there are only 0 elements");
    assert_means(r, "7", "!'7' may be of 3 datasets; wanted is a path, as 'train/7'");
    assert_means(r, "1-2", "!'1-2' may be of 3 datasets; wanted is a path, as 'train/1-2'");
    assert_means(r, "test/7", "!'test/7'" NOT_THERE);
    assert_printed(r, 98, 103, "train/98-99\nval/0-2\n");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void a_list_stands_for_its_files(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 100}, {batch: 8}]");
    r = roll_new(t.plan, t.names);
    assert_means(r, "2", "16-24");
    assert_means(r, "-1", "96-100");
    assert_means(r, "0-1", "0-16");
    assert_means(r, "02", "16-24");
    assert_means(r, "03/7.txt", "31");
    assert_means(r, "3/7", "31");
    assert_means(r, "3/-2", "30");
    assert_means(r, "3/1-2", "25-27");
    assert_means(r, "12/4", "!index 4, but there are only 4 elements");
    assert_means(r, "all", "0-100");
    assert_printed(r, 7, 9, "0/7\n1/0\n");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void a_list_may_have_a_name(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{range: 100}, {split: {fractions: {train: 0.8, val: 0.2}}}]");
    r = roll_new(t.plan, t.names);
    assert_means(r, "val", "80-100");
    assert_means(r, "val/3", "83");
    assert_means(r, "val/-2--1", "98-100");
    assert_means(r, "0", "0-80");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void a_record_stands_for_its_fields(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{collate: {txt: {range: 5}, cls: {range: 5}}}, {layout: siblings}]");
    r = roll_new(t.plan, t.names);
    assert_int_equal(roll_len(r), 10);
    assert_means(r, "3", "6-8");
    assert_means(r, "-2--1", "6-10");
    assert_means(r, "3.cls", "7");
    assert_means(r, "3.txt", "6");
    assert_means(r, ".seqfs/at/3", "6");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void a_record_in_a_list_stands_for_its_fields(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset: [{collate: {txt: {range: 6}, cls: {range: 6}}}, {layout: siblings}, "
             "{batch: 2}]");
    r = roll_new(t.plan, t.names);
    assert_means(r, "1/1", "6-8");
    assert_means(r, "1/-1", "6-8");
    assert_means(r, "1/1.cls", "7");
    assert_means(r, "1", "4-8");
    assert_all_printed_is_found(r);
    finish(&t);
}

static void names_come_before_ranges_and_folders_of_names_are_listed(void **state)
{
    OWN(roll_free) struct roll *r = NULL;
    struct tree_test t;

    start(&t);
    load(&t, "dataset:\n"
             "  - values: [cats/b 1, 1-2/x, dogs/a, cats/a, all/y]\n"
             "  - name: '{value}'\n");
    r = roll_new(t.plan, t.names);
    assert_means(r, "cats/b 1.txt", "0");
    assert_means(r, "1-2", "1");
    assert_means(r, "1-3", "1-4");
    assert_means(r, "cats", "0 3");
    assert_means(r, "dogs", "2");
    assert_means(r, "all", "0-5");
    assert_means(r, "./all", "4");
    assert_means(r, "cats/c.txt", "!'cats/c.txt'" NOT_THERE);
    finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_ranges_are_elements),
        cmocka_unit_test(paths_are_files_and_folders),
        cmocka_unit_test(what_is_wrong_is_told),
        cmocka_unit_test(files_of_views_are_refused),
        cmocka_unit_test(datasets_are_numbered_one_after_the_other),
        cmocka_unit_test(a_list_stands_for_its_files),
        cmocka_unit_test(a_list_may_have_a_name),
        cmocka_unit_test(a_record_stands_for_its_fields),
        cmocka_unit_test(a_record_in_a_list_stands_for_its_fields),
        cmocka_unit_test(names_come_before_ranges_and_folders_of_names_are_listed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
