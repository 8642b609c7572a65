/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers that are kept: how often a source is read, by one thread and by many. */
#include "fs/readers.h"

#include <errno.h>
#include <pthread.h>

#include "tests/unit/folder.h"

/* Makes a source of `len` numbered lines that notes each start of its program. */
static const struct seq *load_numbers(struct folder *d, const char *script, unsigned len,
                                      const char *uniter)
{
    g_autofree char *text = g_strdup_printf("echo started >>starts\nseq 0 %u\n%s", len - 1, script);
    g_autofree char *sequence =
        g_strdup_printf("[{program: {argv: [sh, script], length: 40}}, {uniter: %s}]", uniter);

    folder_put_text(d, "script", text);
    return folder_seq(d, sequence);
}

static unsigned n_starts(const struct folder *d)
{
    g_autofree char *path = folder_path(d, "starts");
    g_autofree char *text = NULL;
    unsigned n = 0;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    for (const char *at = text; *at; at++)
        n += *at == '\n';
    return n;
}

static int get(const struct folder *d, const struct readers_kept *r, uint64_t i, struct fault *f,
               struct value **ret)
{
    const struct readers *door = readers_door(r);

    return door->get(door->ctx, d->seq, i, g_get_monotonic_time() + 20 * G_USEC_PER_SEC, f, ret);
}

static bool is_number(const struct folder *d, const struct readers_kept *r, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;
    g_autofree char *want = g_strdup_printf("%" G_GUINT64_FORMAT, i);
    struct fault f;

    if (get(d, r, i, &f, &v) < 0)
        return false;
    return g_bytes_get_size(value_bytes(v)) == strlen(want) &&
           memcmp(g_bytes_get_data(value_bytes(v), NULL), want, strlen(want)) == 0;
}

static void reading_in_order_starts_once(void **state)
{
    struct folder *d = *state;
    load_numbers(d, "", 40, "{cache: 1, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);

    for (uint64_t i = 0; i < 40; i++)
        assert_true(is_number(d, r, i));
    assert_int_equal(n_starts(d), 1);
}

static void what_is_kept_is_not_read_again(void **state)
{
    struct folder *d = *state;
    load_numbers(d, "", 40, "{cache: 40, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);

    for (uint64_t i = 40; i-- > 0;)
        assert_true(is_number(d, r, i));
    assert_int_equal(n_starts(d), 1);
}

static void backwards_with_a_small_cache_starts_once_a_cacheful(void **state)
{
    struct folder *d = *state;
    load_numbers(d, "", 40, "{cache: 10, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);

    for (uint64_t i = 40; i-- > 0;)
        assert_true(is_number(d, r, i));
    assert_int_equal(n_starts(d), 4);
}

static void any_order_is_right_and_starts_at_most_once_an_element(void **state)
{
    struct folder *d = *state;
    load_numbers(d, "", 40, "{cache: 3, parallel: 2}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);

    for (uint64_t i = 0; i < 80; i++)
        assert_true(is_number(d, r, i * 23 % 40));
    assert_in_range(n_starts(d), 2, 79);
}

static void readers_at_several_places_go_on_side_by_side(void **state)
{
    struct folder *d = *state;
    load_numbers(d, "", 40, "{cache: 1, parallel: 2}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);

    assert_true(is_number(d, r, 20));
    for (uint64_t i = 0; i < 15; i++) {
        assert_true(is_number(d, r, i));
        assert_true(is_number(d, r, 21 + i));
    }
    assert_int_equal(n_starts(d), 2);
}

/* Lifetime: one test. */
struct sharing {
    struct folder *d;
    struct readers_kept *readers;
    unsigned next; /* atomic */
    unsigned wrong;
    pthread_barrier_t end; /* a program dies with the thread that started it */
};

static void *share(void *arg)
{
    struct sharing *s = arg;
    unsigned i;

    while ((i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) < 40)
        if (!is_number(s->d, s->readers, i))
            __atomic_fetch_add(&s->wrong, 1, __ATOMIC_RELAXED);
    pthread_barrier_wait(&s->end);
    return NULL;
}

static void threads_in_order_read_the_source_once(void **state)
{
    struct sharing s = {.d = *state};
    GThread *threads[4];

    load_numbers(s.d, "", 40, "{cache: 40, parallel: 4}");
    s.readers = readers_new(s.d->plan);
    pthread_barrier_init(&s.end, NULL, G_N_ELEMENTS(threads));
    for (unsigned n = 0; n < G_N_ELEMENTS(threads); n++)
        threads[n] = g_thread_new("reader", share, &s);
    for (unsigned n = 0; n < G_N_ELEMENTS(threads); n++)
        g_thread_join(threads[n]);
    assert_int_equal(s.wrong, 0);
    assert_int_equal(n_starts(s.d), 1);
    pthread_barrier_destroy(&s.end);
    readers_free(s.readers);
}

static void a_failing_source_is_read_once_for_all_that_fail_and_again_if_asked(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(d, "echo broken >&2; exit 7", 10, "{cache: 40, parallel: 2}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);
    for (uint64_t i = 39; i >= 10; i--) {
        assert_true(get(d, r, i, &f, &v) < 0);
        assert_string_equal(f.text, "'sh' exited with status 7");
        assert_string_equal(f.detail, "broken\n");
    }
    for (uint64_t i = 0; i < 10; i++)
        assert_true(is_number(d, r, i));
    assert_int_equal(n_starts(d), 1);

    folder_put_text(d, "script", "echo started >>starts; seq 0 39");
    assert_true(is_number(d, r, 30));
    assert_int_equal(n_starts(d), 2);
}

static void a_source_that_ends_too_soon_fails_what_is_missing(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(d, "", 10, "{cache: 1, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);
    assert_int_equal(get(d, r, 10, &f, &v), -EIO);
    assert_string_equal(f.text, "the source ended after 10 of 40 elements; is its length right?");
}

static void an_element_that_is_wrong_fails_alone_and_once(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(d, "printf '\\377\\n'; seq 11 39", 10, "{cache: 40, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);
    assert_true(is_number(d, r, 20));
    assert_int_equal(get(d, r, 10, &f, &v), -EILSEQ);
    assert_int_equal(n_starts(d), 1);
    assert_int_equal(get(d, r, 10, &f, &v), -EILSEQ);
    assert_int_equal(n_starts(d), 2);
}

static void the_deadline_ends_the_wait_and_loses_nothing(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(d, "while [ ! -e go ]; do sleep 0.05; done; seq 10 39", 10,
                 "{cache: 1, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);
    const struct readers *door = readers_door(r);
    int64_t deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 5;

    assert_int_equal(door->get(door->ctx, d->seq, 10, deadline, &f, &v), -ETIMEDOUT);
    folder_put_text(d, "go", "");
    assert_true(is_number(d, r, 10));
    assert_int_equal(n_starts(d), 1);
}

static void *want_ten(void *arg)
{
    struct sharing *s = arg;

    s->wrong = !is_number(s->d, s->readers, 10);
    return NULL;
}

/* Whoever of the two reads: this thread gives up first, the other gets what it wants. */
static void one_that_gives_up_leaves_the_others_waiting(void **state)
{
    struct sharing s = {.d = *state};
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(s.d, "while [ ! -e go ]; do sleep 0.05; done; seq 10 39", 10,
                 "{cache: 1, parallel: 1}");
    s.readers = readers_new(s.d->plan);
    const struct readers *door = readers_door(s.readers);
    int64_t deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 5;
    GThread *other = g_thread_new("reader", want_ten, &s);
    assert_int_equal(door->get(door->ctx, s.d->seq, 10, deadline, &f, &v), -ETIMEDOUT);
    folder_put_text(s.d, "go", "");
    g_thread_join(other);
    assert_int_equal(s.wrong, 0);
    assert_int_equal(n_starts(s.d), 1);
    readers_free(s.readers);
}

static void nobody_gets_anything_after_the_stop(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    struct fault f;

    load_numbers(d, "", 40, "{cache: 1, parallel: 1}");
    OWN(readers_free) struct readers_kept *r = readers_new(d->plan);
    readers_stop(r);
    assert_int_equal(get(d, r, 0, &f, &v), -ECANCELED);
}

static void only_forward_sources_need_readers(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "[{range: 3}, uniter]");
    assert_false(readers_are_needed(d->plan));
    folder_seq(d, "{program: [seq, '3']}");
    assert_true(readers_are_needed(d->plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(reading_in_order_starts_once),
        IN_FOLDER(what_is_kept_is_not_read_again),
        IN_FOLDER(backwards_with_a_small_cache_starts_once_a_cacheful),
        IN_FOLDER(any_order_is_right_and_starts_at_most_once_an_element),
        IN_FOLDER(readers_at_several_places_go_on_side_by_side),
        IN_FOLDER(threads_in_order_read_the_source_once),
        IN_FOLDER(a_failing_source_is_read_once_for_all_that_fail_and_again_if_asked),
        IN_FOLDER(a_source_that_ends_too_soon_fails_what_is_missing),
        IN_FOLDER(an_element_that_is_wrong_fails_alone_and_once),
        IN_FOLDER(the_deadline_ends_the_wait_and_loses_nothing),
        IN_FOLDER(one_that_gives_up_leaves_the_others_waiting),
        IN_FOLDER(nobody_gets_anything_after_the_stop),
        IN_FOLDER(only_forward_sources_need_readers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
