/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disk: what is asked for is answered, what is kept is written, and neither is waited for. */
#include "fs/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/folder.h"

#define MB (UINT64_C(1) << 20)

/* Answers, and a gate that they wait at while it is closed.  Lifetime: test. */
struct desk {
    struct disk *disk;
    struct budget *budget;
    struct log *log;
    char *path; /* of the vault */
    GMutex lock;
    /* below: under lock */
    GCond changed;
    bool closed;
    unsigned n_waiting, n_answers;
    struct key key;          /* of the last answer */
    struct content *content; /* counted */
};

static struct vault *open_vault(const char *path)
{
    struct vault *v = NULL;
    struct fault f = {0};

    if (vault_new(path, 1000 * MB, &f, &v) < 0)
        fail_msg("%s", f.text);
    return v;
}

static struct desk *desk_new(const struct folder *d)
{
    struct desk *t = g_new0(struct desk, 1);

    t->path = folder_path(d, "vault");
    t->budget = budget_new(1000 * MB);
    t->log = log_new(false);
    t->disk = disk_new(open_vault(t->path), t->log);
    g_mutex_init(&t->lock);
    g_cond_init(&t->changed);
    return t;
}

/* Ends it, so that all is written. */
static void end(struct desk *t)
{
    disk_free(g_steal_pointer(&t->disk));
}

static void desk_free(struct desk *t)
{
    end(t);
    log_free(t->log);
    content_unref(t->content);
    budget_free(t->budget);
    g_cond_clear(&t->changed);
    g_mutex_clear(&t->lock);
    g_free(t->path);
    g_free(t);
}
OWN_DEFINE(struct desk, desk_free)

static struct identity id_of(uint64_t n)
{
    return (struct identity){n * UINT64_C(0x9e3779b97f4a7c15), n};
}

static void answer(void *ctx, struct key k, struct identity id, struct content *own)
{
    struct desk *t = ctx;

    g_mutex_lock(&t->lock);
    t->n_waiting++;
    g_cond_broadcast(&t->changed);
    while (t->closed)
        g_cond_wait(&t->changed, &t->lock);
    t->n_waiting--;
    t->n_answers++;
    t->key = k;
    content_unref(t->content);
    t->content = own;
    g_cond_broadcast(&t->changed);
    g_mutex_unlock(&t->lock);
}

static void close_gate(struct desk *t, bool closed)
{
    g_mutex_lock(&t->lock);
    t->closed = closed;
    g_cond_broadcast(&t->changed);
    g_mutex_unlock(&t->lock);
}

/* Both threads of the disk wait at the gate. */
static void hold_both(struct desk *t)
{
    close_gate(t, true);
    disk_fetch(t->disk, (struct key){0, 0}, id_of(1000), answer, t);
    disk_fetch(t->disk, (struct key){0, 0}, id_of(1001), answer, t);
    g_mutex_lock(&t->lock);
    while (t->n_waiting < 2)
        g_cond_wait(&t->changed, &t->lock);
    g_mutex_unlock(&t->lock);
}

static void fetch(struct desk *t, uint64_t n)
{
    g_mutex_lock(&t->lock);
    unsigned wanted = t->n_answers + 1;
    g_mutex_unlock(&t->lock);
    disk_fetch(t->disk, (struct key){3, n}, id_of(n), answer, t);
    g_mutex_lock(&t->lock);
    while (t->n_answers < wanted)
        g_cond_wait(&t->changed, &t->lock);
    g_mutex_unlock(&t->lock);
    assert_int_equal(t->key.output, 3);
    assert_int_equal(t->key.index, n);
}

static bool vault_has(const char *path, uint64_t n, const char *text)
{
    OWN(vault_free) struct vault *v = open_vault(path);
    g_autoptr(GBytes) bytes = NULL;

    if (vault_get_bytes(v, id_of(n), &bytes) < 0)
        return false;
    g_autoptr(GBytes) wanted = g_bytes_new_static(text, strlen(text));
    return g_bytes_equal(bytes, wanted);
}

/* A content that lies in a file, after three other bytes. */
static struct content *in_file(const struct folder *d, const char *text, const char *tail)
{
    g_autofree char *all = g_strconcat("abc", text, "xyz", NULL);
    g_autofree char *path = folder_path(d, "file");

    folder_put_text(d, "file", all);
    return content_new_stretch(open(path, O_RDONLY | O_CLOEXEC), 3, strlen(text), tail);
}

static void keep(struct desk *t, uint64_t n, struct content *own)
{
    disk_keep(t->disk, id_of(n), own);
    content_unref(own);
}

static void what_is_kept_is_found_by_the_next_mount(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    char buf[10];

    keep(t, 1, in_file(d, "one", NULL));
    end(t);
    t->disk = disk_new(open_vault(t->path), t->log);
    fetch(t, 1);
    assert_non_null(t->content);
    assert_int_equal(content_len(t->content), 3);
    assert_int_equal(content_read(t->content, 0, buf, sizeof buf), 3);
    assert_memory_equal(buf, "one", 3);
    assert_null(content_memory(t->content));
    fetch(t, 2);
    assert_null(t->content);
}

static void contents_in_memory_and_in_files_are_kept_alike(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);

    keep(t, 1, content_new_bytes(g_bytes_new_static("memory", 6), t->budget));
    keep(t, 2, content_new_bytes(g_bytes_new(NULL, 0), t->budget));
    keep(t, 4, in_file(d, "text", "\n"));
    end(t);
    assert_true(vault_has(t->path, 1, "memory"));
    assert_true(vault_has(t->path, 2, ""));
    assert_true(vault_has(t->path, 4, "text\n"));
}

static void long_files_are_kept_whole(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    g_autofree char *big = g_strnfill(300001, 'y');

    keep(t, 3, in_file(d, big, NULL));
    end(t);
    assert_true(vault_has(t->path, 3, big));
}

static void what_has_no_identity_is_neither_kept_nor_found(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    struct disk_figures now;

    OWN(content_unref) struct content *c = in_file(d, "one", NULL);
    disk_keep(t->disk, (struct identity){0}, c);
    disk_look_figures(t->disk, &now);
    assert_int_equal(now.queued, 0);
    disk_fetch(t->disk, (struct key){0, 1}, (struct identity){0}, answer, t);
    end(t);
    assert_int_equal(t->n_answers, 1);
    assert_null(t->content);
}

static void what_is_too_much_at_once_is_skipped(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    struct disk_figures now;

    hold_both(t);
    for (uint64_t n = 1; n <= 8; n++) {
        GBytes *big = g_bytes_new_take(g_malloc0(10 * MB), 10 * MB);
        keep(t, n, content_new_bytes(big, t->budget));
    }
    disk_look_figures(t->disk, &now);
    assert_int_equal(now.queued, 60 * MB);
    assert_int_equal(now.skipped, 2);
    close_gate(t, false);
}

static void one_content_may_be_larger_than_the_queue(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    struct disk_figures now;

    hold_both(t);
    keep(t, 1, content_new_bytes(g_bytes_new_take(g_malloc0(65 * MB), 65 * MB), t->budget));
    keep(t, 2, in_file(d, "more", NULL));
    disk_look_figures(t->disk, &now);
    assert_int_equal(now.queued, 65 * MB);
    assert_int_equal(now.skipped, 1);
    close_gate(t, false);
}

static void what_was_asked_for_is_answered_at_the_end(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);

    for (uint64_t n = 1; n <= 100; n++)
        disk_fetch(t->disk, (struct key){0, n}, id_of(n), answer, t);
    end(t);
    assert_int_equal(t->n_answers, 100);
}

static void troubles_are_told_in_the_log_once(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    g_autoptr(GString) lines = g_string_new(NULL);

    nftw(t->path, folder_remove, 16, FTW_DEPTH | FTW_PHYS);
    keep(t, 1, in_file(d, "one", NULL));
    keep(t, 2, in_file(d, "two", NULL));
    end(t);
    log_print(t->log, lines);
    const char *first = strstr(lines->str, "the folder was removed");
    assert_non_null(first);
    assert_null(strstr(first + 1, "disk cache"));
    assert_true(vault_has(t->path, 2, "two"));
}

static void figures_tell_hits_and_misses(void **state)
{
    const struct folder *d = *state;
    OWN(desk_free) struct desk *t = desk_new(d);
    struct disk_figures now;

    keep(t, 1, in_file(d, "12345", NULL));
    end(t);
    t->disk = disk_new(open_vault(t->path), t->log);
    fetch(t, 1);
    fetch(t, 1);
    fetch(t, 2);
    disk_look_figures(t->disk, &now);
    assert_int_equal(now.vault.hits, 2);
    assert_int_equal(now.vault.misses, 1);
    assert_int_equal(now.vault.bytes_read, 10);
    assert_int_equal(now.skipped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_kept_is_found_by_the_next_mount),
        IN_FOLDER(contents_in_memory_and_in_files_are_kept_alike),
        IN_FOLDER(long_files_are_kept_whole),
        IN_FOLDER(what_has_no_identity_is_neither_kept_nor_found),
        IN_FOLDER(what_is_too_much_at_once_is_skipped),
        IN_FOLDER(one_content_may_be_larger_than_the_queue),
        IN_FOLDER(what_was_asked_for_is_answered_at_the_end),
        IN_FOLDER(troubles_are_told_in_the_log_once),
        IN_FOLDER(figures_tell_hits_and_misses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
