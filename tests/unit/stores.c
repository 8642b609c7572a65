/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stores of a mount: what the settings make of them, and who is told of what was wasted while
 * the plan that is served changes. */
#include "fs/stores.h"

#include "tests/unit/folder.h"

#define LIMIT 100000
#define LEN 30000

/* disk: a folder, or NULL. */
static struct stores *make(const struct folder *d, struct log *log, const char *disk)
{
    struct stores *s;
    struct conf conf;

    conf_init(&conf);
    conf.cache.memory = LIMIT;
    g_free(conf.cache.disk);
    conf.cache.disk = disk ? folder_path(d, disk) : g_strdup("");
    s = stores_new(&conf, log);
    conf_finish(&conf);
    return s;
}

/* Computes elements ahead for an owner, then so many that readers want that nothing else is left.
 */
static void waste(struct stores *s, uint64_t owner)
{
    for (unsigned i = 0; i < 8; i++) {
        const struct identity id = {i, owner};
        GBytes *bytes = g_bytes_new_take(g_malloc0(LEN), LEN);
        struct content *c = content_new_bytes(bytes, s->budget);

        content_unref(store_put(s->store, id, c, i == 0 ? owner : 0, i > 0));
    }
}

struct listener {
    unsigned n;
    uint64_t owner;
};

static void listen(void *ctx, uint64_t owner)
{
    struct listener *l = ctx;

    l->n++;
    l->owner = owner;
}

static void test_the_budget_is_as_the_settings_say(void **state)
{
    OWN(log_free) struct log *log = log_new(false);
    OWN(stores_free) struct stores *s = make(*state, log, NULL);

    assert_int_equal(budget_limit(s->budget), LIMIT);
    assert_null(s->disk);
}

static void test_a_folder_on_disk_is_made(void **state)
{
    OWN(log_free) struct log *log = log_new(false);
    OWN(stores_free) struct stores *s = make(*state, log, "a/b");
    g_autofree char *path = folder_path(*state, "a/b");

    assert_non_null(s->disk);
    assert_true(g_file_test(path, G_FILE_TEST_IS_DIR));
}

static void test_without_the_folder_it_goes_on_and_the_log_tells(void **state)
{
    OWN(log_free) struct log *log = log_new(false);
    OWN(stores_free) struct stores *s = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    struct conf conf;

    folder_put_text(*state, "file", "in the way");
    conf_init(&conf);
    g_free(conf.cache.disk);
    conf.cache.disk = folder_path(*state, "file/below");
    s = stores_new(&conf, log);
    conf_finish(&conf);
    assert_null(s->disk);
    assert_non_null(s->store);
    log_print(log, text);
    assert_non_null(strstr(text->str, "nothing is kept on disk: "));
}

static void test_who_listens_is_told_of_what_was_wasted(void **state)
{
    OWN(log_free) struct log *log = log_new(false);
    OWN(stores_free) struct stores *s = make(*state, log, NULL);
    struct listener l = {0};

    waste(s, 5); /* nobody listens */
    stores_set_wasted(s, listen, &l);
    waste(s, 7);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.owner, 7);
}

static void test_the_one_that_comes_is_told_after_the_one_before_goes(void **state)
{
    OWN(log_free) struct log *log = log_new(false);
    OWN(stores_free) struct stores *s = make(*state, log, NULL);
    struct listener before = {0}, after = {0};

    stores_set_wasted(s, listen, &before);
    stores_set_wasted(s, listen, &after);
    stores_unset_wasted(s, &before);
    waste(s, 7);
    assert_int_equal(before.n, 0);
    assert_int_equal(after.n, 1);
    stores_unset_wasted(s, &after);
    waste(s, 8);
    assert_int_equal(after.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_the_budget_is_as_the_settings_say),
        IN_FOLDER(test_a_folder_on_disk_is_made),
        IN_FOLDER(test_without_the_folder_it_goes_on_and_the_log_tells),
        IN_FOLDER(test_who_listens_is_told_of_what_was_wasted),
        IN_FOLDER(test_the_one_that_comes_is_told_after_the_one_before_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
