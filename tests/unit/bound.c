/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bound of a vault: who goes when there is no room, and what never does. */
#include "fs/bound.h"

#include "tests/unit/vaults.h"

static void the_least_recently_used_go_first(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 20 * bound_cost(1));
    struct vault_figures now;

    for (uint64_t n = 1; n <= 20; n++) {
        put(v, n, "value");
        age_entry(d, n, 100000 - (time_t)n * 1000);
    }
    assert_true(has(v, 2, "value")); /* used now */
    put(v, 21, "value");
    vault_look_figures(v, &now);
    assert_int_equal(now.evicted, 3); /* down to nine tenths: 18 of them */
    assert_int_equal(now.total, 18 * bound_cost(1));
    assert_true(has_not(v, 1) && has_not(v, 3) && has_not(v, 4));
    assert_true(has(v, 2, "value") && has(v, 5, "value") && has(v, 21, "value"));
}

static void the_bound_holds_whatever_is_put(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 2 * MB);
    g_autofree char *text = g_strnfill(40000, 'x');

    for (uint64_t n = 1; n <= 300; n++) {
        assert_int_equal(vault_put(v, id_of(n), text, (n * 7919) % 40000), 0);
        assert_in_range(count_files(d, "vault"), 1, 2 * MB / 4096 + 1);
    }
    uint64_t bytes = 0;
    for (uint64_t n = 1; n <= 300; n++) {
        g_autofree char *path = entry_path(d, id_of(n));
        struct stat st;
        if (stat(path, &st) == 0)
            bytes += bound_cost((uint64_t)st.st_size);
    }
    assert_in_range(bytes, MB, 2 * MB);
}

static void all_who_use_a_folder_keep_its_bound_together(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *one = open_at(d, "vault", 20 * bound_cost(1));
    OWN(vault_free) struct vault *two = open_at(d, "vault", 20 * bound_cost(1));

    for (uint64_t n = 1; n <= 200; n++) {
        put(n % 2 ? one : two, n, "value");
        assert_in_range(count_files(d, "vault"), 1, 21);
    }
}

static void a_wrong_total_is_put_right(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 20 * bound_cost(1));
    struct vault_figures now;

    for (uint64_t n = 1; n <= 10; n++)
        put(v, n, "value");
    folder_put_text(d, "vault/usage", "nonsense");
    put(v, 11, "value");
    vault_look_figures(v, &now);
    assert_int_equal(now.total, 11 * bound_cost(1));
    folder_put_text(d, "vault/usage", "00000000009999999999\n");
    put(v, 12, "value");
    vault_look_figures(v, &now);
    assert_int_equal(now.total, 12 * bound_cost(1));
    assert_int_equal(now.evicted, 0);
}

static void what_is_larger_than_the_bound_is_not_kept(void **state)
{
    OWN(vault_free) struct vault *v = open_at(*state, "vault", MB);
    g_autofree char *text = g_strnfill(2 * MB, 'x');
    struct vault_figures now;

    put(v, 1, "small");
    assert_true(vault_put(v, id_of(2), text, 2 * MB) < 0);
    assert_true(has(v, 1, "small"));
    vault_look_figures(v, &now);
    assert_int_equal(now.failed, 1);
    assert_int_equal(now.evicted, 0);
}

static void only_entries_are_ever_removed(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 4 * bound_cost(1));

    folder_put_text(d, "vault/photo.jpg", "mine");
    folder_put_text(d, "vault/3/f/photo.jpg", "mine");
    folder_put_text(d, "vault/3/photo.jpg", "mine");
    folder_put_text(d, "vault/tmp/photo.jpg", "mine");
    for (uint64_t n = 1; n <= 50; n++)
        put(v, n, "value");
    assert_int_equal(count_files(d, "vault/photo.jpg") + count_files(d, "vault/3/f/photo.jpg") +
                         count_files(d, "vault/3/photo.jpg") +
                         count_files(d, "vault/tmp/photo.jpg"),
                     4);
}

static void who_reads_an_evicted_file_goes_on(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 4 * bound_cost(1));
    char buf[5];
    uint64_t len;
    int fd;

    put(v, 1, "value");
    age_entry(d, 1, 1000);
    assert_int_equal(vault_get(v, id_of(1), &fd, &len), 0);
    age_entry(d, 1, 1000);
    for (uint64_t n = 2; n <= 10; n++)
        put(v, n, "other");
    assert_true(has_not(v, 1));
    assert_int_equal(pread(fd, buf, sizeof buf, 0), 5);
    assert_memory_equal(buf, "value", 5);
    close(fd);
}

static void seals_that_lie_beside_go_with_their_entries(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 16 * bound_cost(1));

    no_attributes = ENOTSUP;
    for (uint64_t n = 0; n < 17; n++)
        put(v, n + 1, "value");
    unsigned files = count_files(d, "vault");
    assert_true(files < 2 * 17);
    assert_int_equal(files % 2, 1); /* and the file of the total */
}

static void stale_temporary_files_go_when_a_vault_is_opened(void **state)
{
    const struct folder *d = *state;
    g_autofree char *old = folder_path(d, "vault/tmp/seqfs-aaaaaa");

    folder_put_text(d, "vault/tmp/seqfs-aaaaaa", "old");
    folder_put_text(d, "vault/tmp/seqfs-bbbbbb", "being written");
    age(old, 2 * 60 * 60);
    vault_free(open_vault(d));
    assert_int_equal(count_files(d, "vault/tmp/seqfs-aaaaaa"), 0);
    assert_int_equal(count_files(d, "vault/tmp/seqfs-bbbbbb"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_VAULT(the_least_recently_used_go_first),
        IN_VAULT(the_bound_holds_whatever_is_put),
        IN_VAULT(all_who_use_a_folder_keep_its_bound_together),
        IN_VAULT(a_wrong_total_is_put_right),
        IN_VAULT(what_is_larger_than_the_bound_is_not_kept),
        IN_VAULT(only_entries_are_ever_removed),
        IN_VAULT(who_reads_an_evicted_file_goes_on),
        IN_VAULT(seals_that_lie_beside_go_with_their_entries),
        IN_VAULT(stale_temporary_files_go_when_a_vault_is_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
