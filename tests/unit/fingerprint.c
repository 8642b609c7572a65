/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same plan has the same digest, and what tells plans apart changes it. */
#include "fs/fingerprint.h"

#include "tests/unit/folder.h"

static struct fingerprint digest_of(struct folder *d, const char *spec)
{
    assert_loaded(d, spec, folder_load(d, spec));
    return fingerprint_plan(d->plan);
}

static void the_same_plan_loaded_twice_has_the_same(void **state)
{
    struct folder *d = *state;
    const char *spec = "dataset: [{files: src/*}, {cache: 3}, {batch: 2}]\nseed: 4\n";

    for (char name[] = "src/1"; name[4] <= '5'; name[4]++)
        folder_put_text(d, name, "x");
    assert_true(fingerprint_equal(digest_of(d, spec), digest_of(d, spec)));
}

static void every_change_of_the_text_is_another(void **state)
{
    struct folder *d = *state;
    struct fingerprint before = digest_of(d, "dataset: [{range: 3}, {exec: [cat]}]");

    assert_false(fingerprint_equal(before, digest_of(d, "dataset: [{range: 3}, {exec: [tac]}]")));
    assert_false(fingerprint_equal(before, digest_of(d, "dataset: [{range: 3}, {exec: [cat]}] ")));
}

static void another_length_of_a_source_is_another(void **state)
{
    struct folder *d = *state;
    const char *spec = "dataset: [{lines: a.txt}, {slice: ':2'}]";

    folder_put_text(d, "a.txt", "1\n2\n3\n");
    struct fingerprint before = digest_of(d, spec);
    folder_put_text(d, "a.txt", "1\n2\n3\n4\n");
    assert_false(fingerprint_equal(before, digest_of(d, spec)));
}

/* The order, too: every index leads to another file. */
static void another_file_in_place_of_one_is_another(void **state)
{
    struct folder *d = *state;
    const char *spec = "dataset: [{files: src/*}, {exec: [cat]}, {batch: 2}]";

    folder_put_text(d, "src/1", "x");
    folder_put_text(d, "src/2", "x");
    struct fingerprint before = digest_of(d, spec);
    g_autofree char *from = folder_path(d, "src/2"), *to = folder_path(d, "src/0");
    assert_int_equal(g_rename(from, to), 0);
    assert_false(fingerprint_equal(before, digest_of(d, spec)));
}

static void billions_of_elements_cost_no_more_than_some(void **state)
{
    struct folder *d = *state;
    int64_t before = g_get_monotonic_time();

    folder_put_text(d, "a.txt", "1\n2\n3\n");
    digest_of(d, "dataset: [{lines: a.txt}, {cycle: 9007199254740992}, {name: '{index}'}]");
    assert_true(g_get_monotonic_time() - before < 10 * G_USEC_PER_SEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_same_plan_loaded_twice_has_the_same),
        IN_FOLDER(every_change_of_the_text_is_another),
        IN_FOLDER(another_length_of_a_source_is_another),
        IN_FOLDER(another_file_in_place_of_one_is_another),
        IN_FOLDER(billions_of_elements_cost_no_more_than_some),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
