/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vaults: what is found, what is not, and what harms nobody. */
#include "fs/vault.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/vaults.h"

static void what_was_put_is_found_by_the_next_mount(void **state)
{
    const struct folder *d = *state;

    struct vault *v = open_vault(d);
    put(v, 1, "one");
    assert_true(has(v, 1, "one"));
    assert_true(has_not(v, 2));
    vault_free(v);
    v = open_vault(d);
    assert_true(has(v, 1, "one"));
    assert_nothing_told(v);
    vault_free(v);
}

static void a_value_of_no_bytes_is_one(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);

    put(v, 1, "");
    assert_true(has(v, 1, ""));
}

static void what_has_no_identity_is_not_kept(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);
    GBytes *bytes = NULL;

    assert_true(vault_put(v, (struct identity){0}, "a", 1) < 0);
    assert_int_equal(vault_get_bytes(v, (struct identity){0}, &bytes), -ENOENT);
    assert_nothing_told(v);
}

static void a_file_holds_exactly_the_bytes(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1)), *text = NULL;
    char buf[16];
    uint64_t len;
    int fd;

    put(v, 1, "exactly");
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "exactly");
    assert_int_equal(vault_get(v, id_of(1), &fd, &len), 0);
    assert_int_equal(len, 7);
    assert_int_equal(pread(fd, buf, sizeof buf, 0), 7);
    assert_memory_equal(buf, "exactly", 7);
    close(fd);
}

static void putting_again_replaces(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);
    struct vault_figures now;

    put(v, 1, "first");
    put(v, 1, "second and longer");
    assert_true(has(v, 1, "second and longer"));
    vault_look_figures(v, &now);
    assert_int_equal(now.total, bound_cost(1));
}

static void a_value_is_written_in_pieces(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);
    g_autofree char *text = g_strnfill(200000, 'x');

    struct vault_writing *w = vault_write(v, id_of(1), 200000);
    for (unsigned i = 0; i < 200000; i += 1000)
        vault_write_add(w, text + i, 1000);
    assert_int_equal(vault_write_end(w), 0);
    assert_true(has(v, 1, text));
}

static void too_few_or_too_many_bytes_are_not_kept(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);

    struct vault_writing *w = vault_write(v, id_of(1), 5);
    vault_write_add(w, "four", 4);
    assert_int_equal(vault_write_end(w), -ECANCELED);
    w = vault_write(v, id_of(1), 3);
    vault_write_add(w, "four", 4);
    assert_true(vault_write_end(w) < 0);
    assert_true(has_not(v, 1));
    assert_int_equal(count_files(d, "vault/tmp"), 0);
}

/* Damage. */

static void assert_damaged(struct vault *v)
{
    struct vault_figures now;

    assert_true(has_not(v, 1));
    assert_told(v, "an entry was damaged");
    assert_nothing_told(v);
    vault_look_figures(v, &now);
    assert_int_equal(now.damaged, 1); /* it was removed: the second time it was not there */
    put(v, 1, "again");
    assert_true(has(v, 1, "again"));
}

static void a_changed_byte_is_a_miss_and_told_once(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1));

    put(v, 1, "some bytes");
    int fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "x", 1, 3), 1);
    close(fd);
    assert_damaged(v);
}

static void a_shorter_file_is_a_miss(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1));

    put(v, 1, "some bytes");
    assert_int_equal(truncate(path, 4), 0);
    assert_damaged(v);
}

static void a_file_without_its_bytes_is_a_miss_also_as_a_file(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1));
    uint64_t len;
    int fd = -1;

    put(v, 1, "some bytes");
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(vault_get(v, id_of(1), &fd, &len), -ENOENT);
    assert_told(v, "an entry was damaged");
}

static void the_entry_of_another_value_is_a_miss(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *one = entry_path(d, id_of(1)), *two = entry_path(d, id_of(2));

    put(v, 1, "one");
    put(v, 2, "two");
    assert_int_equal(rename(two, one), 0);
    assert_damaged(v);
}

static void a_file_that_nobody_sealed_is_a_miss(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1)), *above = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(above, 0755), 0);
    assert_true(g_file_set_contents(path, "planted", -1, NULL));
    assert_true(has_not(v, 1));
    put(v, 1, "right");
    assert_true(has(v, 1, "right"));
}

/* File systems that have no attributes. */

static void without_attributes_seals_lie_beside(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1)), *seal = g_strconcat(path, ".sum", NULL);

    no_attributes = ENOTSUP;
    put(v, 1, "one");
    assert_true(g_file_test(seal, G_FILE_TEST_EXISTS));
    assert_true(has(v, 1, "one"));
    assert_int_equal(count_files(d, "vault/tmp"), 0);
    assert_true(g_file_set_contents(path, "two", -1, NULL));
    assert_damaged(v);
}

/* What writers leave that are killed. */

/* Until it is killed. */
static void write_for_ever(const struct folder *d, int line)
{
    g_autofree char *text = g_strnfill(300000, 'x');
    struct vault *v = open_vault(d);

    for (uint64_t n = 1;; n = n % 20 + 1) {
        vault_put(v, id_of(n), text, 300000 - n);
        if (write(line, "!", 1) != 1)
            _exit(1);
    }
}

static void a_writer_may_be_killed_at_any_point(void **state)
{
    const struct folder *d = *state;
    g_autofree char *text = g_strnfill(300000, 'x');
    int line[2];
    char said[7];

    assert_int_equal(pipe(line), 0);
    for (unsigned i = 1; i <= 20; i++) {
        pid_t pid = fork();
        if (pid == 0)
            write_for_ever(d, line[1]);
        assert_true(read(line[0], said, 1 + i % sizeof said) > 0);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        OWN(vault_free) struct vault *v = open_vault(d);
        for (uint64_t n = 1; n <= 20; n++) {
            text[300000 - n] = '\0';
            assert_true(has(v, n, text) || has_not(v, n));
            text[300000 - n] = 'x';
        }
        assert_nothing_told(v);
    }
    close(line[0]);
    close(line[1]);
}

/* Many at once. */

static int use_much(struct vault *v, uint32_t seed)
{
    GRand *random = g_rand_new_with_seed(seed);
    int r = 0;

    for (unsigned i = 0; i < 400 && r == 0; i++) {
        uint64_t n = (uint64_t)g_rand_int_range(random, 1, 40);
        size_t len = n * 997;
        g_autofree char *text = g_strnfill(len, 'a' + (char)(n % 26));
        g_autoptr(GBytes) bytes = NULL;

        if (vault_get_bytes(v, id_of(n), &bytes) < 0)
            vault_put(v, id_of(n), text, len);
        else if (g_bytes_get_size(bytes) != len ||
                 memcmp(g_bytes_get_data(bytes, NULL), text, len) != 0)
            r = 1;
    }
    g_rand_free(random);
    return r;
}

static void *use_much_in_thread(void *v)
{
    return GINT_TO_POINTER(use_much(v, g_random_int()));
}

/* No room for all: they evict what the others read. */
static void threads_and_processes_share_a_folder(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_at(d, "vault", 300000);
    GThread *threads[3];
    pid_t pids[3];
    int status;

    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(use_much(open_at(d, "vault", 300000), i));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("user", use_much_in_thread, v);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_null(g_thread_join(threads[i]));
    for (unsigned i = 0; i < G_N_ELEMENTS(pids); i++) {
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    assert_nothing_told(v);
    assert_in_range(count_files(d, "vault"), 2, 300000 / 4096 + 6);
    assert_int_equal(count_files(d, "vault/tmp"), 0);
}

/* What the world does. */

static void a_removed_folder_is_made_again_and_told_once(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = folder_path(d, "vault");

    for (unsigned i = 0; i < 2; i++) {
        put(v, 1, "one");
        nftw(path, folder_remove, 16, FTW_DEPTH | FTW_PHYS);
        assert_true(has_not(v, 1));
    }
    put(v, 1, "one");
    assert_true(has(v, 1, "one"));
    assert_told(v, "the folder was removed");
    assert_nothing_told(v);
}

static void where_there_is_no_room_nothing_is_kept_for_a_while_and_it_is_told_once(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    struct vault_figures now;

    put(v, 1, "before");
    no_attributes = ENOSPC;
    assert_int_equal(vault_put(v, id_of(2), "two", 3), -ENOSPC);
    no_attributes = 0;
    assert_true(vault_put(v, id_of(3), "three", 5) < 0); /* it is not tried so soon */
    assert_told(v, "there is no room");
    assert_nothing_told(v);
    assert_true(has(v, 1, "before"));
    assert_true(has_not(v, 2) && has_not(v, 3));
    assert_int_equal(count_files(d, "vault/tmp"), 0);
    vault_look_figures(v, &now);
    assert_int_equal(now.failed, 2);
    assert_int_equal(now.kept, 1);
}

/* The first write that does not fit is an error here, as on a full disk. */
static int write_too_much(const struct folder *d)
{
    struct vault *v = open_vault(d);
    g_autofree char *text = g_strnfill(100000, 'x');
    struct fault f;

    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){50000, 50000}) < 0)
        return 1;
    if (vault_put(v, id_of(1), text, 100000) != -EFBIG || count_files(d, "vault/tmp") != 0)
        return 2;
    return vault_take_trouble(v, &f) && strstr(f.text, "there is no room") ? 0 : 3;
}

static void a_write_that_ends_early_leaves_nothing(void **state)
{
    const struct folder *d = *state;
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(write_too_much(d));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    OWN(vault_free) struct vault *v = open_vault(d);
    assert_true(has_not(v, 1));
}

static void where_nothing_may_be_written_what_is_there_is_found(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);

    put(v, 1, "one");
    no_attributes = EROFS;
    assert_int_equal(vault_put(v, id_of(2), "two", 3), -EROFS);
    assert_told(v, "access is refused");
    assert_nothing_told(v);
    assert_true(has(v, 1, "one"));
}

static void a_folder_that_cannot_be_had_is_a_fault(void **state)
{
    const struct folder *d = *state;
    g_autofree char *path = folder_path(d, "file/vault");
    struct vault *v = NULL;
    struct fault f = {0};

    folder_put_text(d, "file", "not a folder");
    assert_true(vault_new(path, MB, &f, &v) < 0);
    assert_null(v);
    assert_true(g_str_has_prefix(f.text, "disk cache '"));
    if (!g_str_has_suffix(f.text, ": not a directory"))
        fail_msg("%s", f.text);
}

static void the_folder_is_for_this_user_alone(void **state)
{
    const struct folder *d = *state;
    g_autofree char *path = folder_path(d, "above/vault");
    struct stat st;

    vault_free(open_at(d, "above/vault", MB));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void a_value_that_is_used_is_young_again(void **state)
{
    const struct folder *d = *state;
    OWN(vault_free) struct vault *v = open_vault(d);
    g_autofree char *path = entry_path(d, id_of(1));
    struct stat st;

    put(v, 1, "one");
    age(path, 1000);
    assert_true(has(v, 1, "one"));
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_mtim.tv_sec >= time(NULL) - 60);
}

static void figures_can_be_shared_by_processes(void **state)
{
    struct vault_state shared = {0};
    OWN(vault_free) struct vault *v = open_vault(*state);
    struct vault_figures now;

    vault_set_state(v, &shared);
    put(v, 1, "12345");
    assert_true(has(v, 1, "12345"));
    assert_true(has_not(v, 2)); /* asks twice */
    vault_look_figures(v, &now);
    assert_int_equal(shared.figures.hits, 1);
    assert_int_equal(now.hits, 1);
    assert_int_equal(now.misses, 2);
    assert_int_equal(now.kept, 1);
    assert_int_equal(now.bytes_read, 5);
    assert_int_equal(now.bytes_written, 5);
    assert_int_equal(now.size, 100 * MB);
}

/* Whoever opens a FIFO would wait for its writer. */
static void a_fifo_in_place_of_a_value_is_a_miss(void **state)
{
    OWN(vault_free) struct vault *v = open_vault(*state);
    g_autofree char *path = entry_path(*state, id_of(1));

    put(v, 1, "one");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_true(has_not(v, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_VAULT(what_was_put_is_found_by_the_next_mount),
        IN_VAULT(a_value_of_no_bytes_is_one),
        IN_VAULT(what_has_no_identity_is_not_kept),
        IN_VAULT(a_file_holds_exactly_the_bytes),
        IN_VAULT(putting_again_replaces),
        IN_VAULT(a_value_is_written_in_pieces),
        IN_VAULT(too_few_or_too_many_bytes_are_not_kept),
        IN_VAULT(a_changed_byte_is_a_miss_and_told_once),
        IN_VAULT(a_shorter_file_is_a_miss),
        IN_VAULT(a_file_without_its_bytes_is_a_miss_also_as_a_file),
        IN_VAULT(the_entry_of_another_value_is_a_miss),
        IN_VAULT(a_file_that_nobody_sealed_is_a_miss),
        IN_VAULT(a_fifo_in_place_of_a_value_is_a_miss),
        IN_VAULT(without_attributes_seals_lie_beside),
        IN_VAULT(a_writer_may_be_killed_at_any_point),
        IN_VAULT(threads_and_processes_share_a_folder),
        IN_VAULT(a_removed_folder_is_made_again_and_told_once),
        IN_VAULT(where_there_is_no_room_nothing_is_kept_for_a_while_and_it_is_told_once),
        IN_VAULT(a_write_that_ends_early_leaves_nothing),
        IN_VAULT(where_nothing_may_be_written_what_is_there_is_found),
        IN_VAULT(a_folder_that_cannot_be_had_is_a_fault),
        IN_VAULT(the_folder_is_for_this_user_alone),
        IN_VAULT(a_value_that_is_used_is_young_again),
        IN_VAULT(figures_can_be_shared_by_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
