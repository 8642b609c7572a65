/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wishing: when what is written holds, and what happens when it is wrong. */
#include "tests/unit/wished.h"

#include "ops/base/permutation.h"

static void write_piece(struct wished *t, struct wishing *x, const char *text)
{
    if (wishing_write(x, text, strlen(text), &t->fault) < 0)
        fail_msg("'%s': %s", text, t->fault.text);
}

static void what_is_written_holds_once_it_is_closed(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "1 2 3");
    x = wishing_new(t.wishes, WISH_ORDER);
    write_piece(&t, x, "7\n1");
    assert_reads(&t, WISH_ORDER, "1\n2\n3\n");
    write_piece(&t, x, "8");
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    assert_reads(&t, WISH_ORDER, "7\n18\n");
    assert_int_equal(wishing_end(x, &t.fault), 0);
    assert_logged(&t, "order: 3 elements\norder: 2 elements\n");
    wishing_free(g_steal_pointer(&x));
    wished_finish(&t);
}

static void a_text_may_go_on_after_a_descriptor_was_closed(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    x = wishing_new(t.wishes, WISH_ORDER);
    assert_int_equal(wishing_flush(x, &t.fault), 0); /* a shell duplicates and closes */
    assert_logged(&t, "");
    write_piece(&t, x, "7\n1");
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    assert_reads(&t, WISH_ORDER, "7\n1\n");
    write_piece(&t, x, "8\n");
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    assert_reads(&t, WISH_ORDER, "7\n18\n");
    write_piece(&t, x, "09.t");
    assert_int_equal(wishing_flush(x, &t.fault), -EINVAL); /* so far */
    write_piece(&t, x, "xt\n");
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    assert_reads(&t, WISH_ORDER, "7\n18\n9\n");
    write_piece(&t, x, "x");
    assert_int_equal(wishing_end(x, &t.fault), -EINVAL);
    assert_string_equal(t.fault.text, "order: line 4: 'x' is not there; wanted is an index, a "
                                      "range as 0-99, or a path below the mountpoint");
    assert_reads(&t, WISH_ORDER, "7\n18\n9\n");
    wishing_free(g_steal_pointer(&x));
    wished_finish(&t);
}

static void a_json_list_may_be_flushed_before_its_end(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    x = wishing_new(t.wishes, WISH_ORDER);
    write_piece(&t, x, "[7, 8,");
    assert_int_equal(wishing_flush(x, &t.fault), -EINVAL);
    assert_string_equal(t.fault.text, "order: line 1: the JSON list does not end: ']' is wanted");
    write_piece(&t, x, "\"09.txt\"]");
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    assert_int_equal(wishing_end(x, &t.fault), 0);
    assert_reads(&t, WISH_ORDER, "7\n8\n9\n");
    assert_logged(&t, "order: 3 elements\n");
    wishing_free(g_steal_pointer(&x));
    wished_finish(&t);
}

static void a_wrong_line_is_told_at_once_and_in_the_log_once(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "5 6");
    x = wishing_new(t.wishes, WISH_ORDER);
    write_piece(&t, x, "1\n2\n");
    assert_int_equal(wishing_write(x, "3\n100\n", 6, &t.fault), -EINVAL);
    assert_int_equal(t.fault.err, EINVAL);
    assert_string_equal(t.fault.text, "order: line 4: index 100, but there are only 100 elements");
    assert_int_equal(wishing_write(x, "4\n", 2, &t.fault), -EINVAL);
    assert_int_equal(wishing_flush(x, &t.fault), -EINVAL);
    assert_int_equal(wishing_end(x, &t.fault), -EINVAL);
    assert_string_equal(t.fault.text, "order: line 4: index 100, but there are only 100 elements");
    assert_reads(&t, WISH_ORDER, "5\n6\n");
    assert_logged(&t, "order: 2 elements\n"
                      "order: line 4: index 100, but there are only 100 elements\n");
    wishing_free(g_steal_pointer(&x));
    wished_finish(&t);
}

static void a_wrong_last_line_is_told_by_close(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    x = wishing_new(t.wishes, WISH_WARM);
    write_piece(&t, x, "1\nnone\n3-101");
    assert_int_equal(wishing_flush(x, &t.fault), -EINVAL);
    assert_int_equal(wishing_end(x, &t.fault), -EINVAL);
    assert_int_equal(wishing_end(x, &t.fault), -EINVAL);
    assert_logged(&t, "warm: line 3: index 101, but there are only 100 elements\n");
    assert_reads(&t, WISH_WARM, "");
    wishing_free(g_steal_pointer(&x));
    wished_finish(&t);
}

static void an_order_without_words_ends_it_and_an_empty_wish_for_warmth_is_none(void **state)
{
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "5 6");
    assert_written(&t, WISH_WARM, "5-6");
    assert_written(&t, WISH_WARM, "");
    assert_reads(&t, WISH_WARM, "5-6\n");
    assert_written(&t, WISH_ORDER, "\n");
    assert_reads(&t, WISH_ORDER, "");
    assert_written(&t, WISH_ORDER, "5 6");
    assert_written(&t, WISH_ORDER, "");
    assert_reads(&t, WISH_ORDER, "");
    assert_logged(&t, "order: 2 elements\nwarm: 2 elements\norder: ended\n"
                      "order: 2 elements\norder: ended\n");
    wished_finish(&t);
}

static void what_was_only_opened_changes_nothing_before_its_end(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 100}");
    assert_written(&t, WISH_ORDER, "5 6");
    x = wishing_new(t.wishes, WISH_ORDER);
    assert_int_equal(wishing_flush(x, &t.fault), 0);
    wishing_free(g_steal_pointer(&x));
    assert_reads(&t, WISH_ORDER, "5\n6\n");
    wished_finish(&t);
}

/* Numbers a line, or one JSON list; in pieces that cut them anywhere. */
static void write_permutation(struct wished *t, uint64_t n, bool json, size_t piece)
{
    OWN(wishing_free) struct wishing *x = wishing_new(t->wishes, WISH_ORDER);
    g_autoptr(GString) text = g_string_new(json ? "[" : NULL);
    struct permutation p;

    permutation_init(&p, n, 5);
    for (uint64_t i = 0; i < n; i++)
        g_string_append_printf(text, "%" PRIu64 "%s", permutation_at(&p, i),
                               !json       ? "\n"
                               : i + 1 < n ? ", "
                                           : "]\n");
    for (size_t at = 0; at < text->len; at += piece)
        assert_int_equal(wishing_write(x, text->str + at, MIN(piece, text->len - at), &t->fault),
                         0);
    assert_int_equal(wishing_end(x, &t->fault), 0);
}

static void a_long_permutation_arrives_whole_in_any_pieces(void **state)
{
    const uint64_t n = 200000;
    const size_t pieces[] = {4096, 65536, 131072, 1000003};
    struct permutation p;
    struct wished t;

    wished_start(&t, "dataset: {range: 200000}");
    permutation_init(&p, n, 5);
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(pieces); i++) {
        uint64_t owner;
        struct key k;

        write_permutation(&t, n, i % 2, pieces[i / 2]);
        for (uint64_t at = 0; at < n; at++) {
            assert_true(wishes_next_order(t.wishes, &k, &owner));
            assert_int_equal(k.index, permutation_at(&p, at));
            assert_true(wishes_saw(t.wishes, k));
        }
        assert_false(wishes_next_order(t.wishes, &k, &owner));
    }
    wished_finish(&t);
}

static void all_that_is_being_written_is_bounded(void **state)
{
    OWN(wishing_free) struct wishing *x = NULL, *y = NULL;
    struct wished t;

    wished_start(&t, "dataset: {range: 10000}");
    assert_int_equal(wishes_claim(t.wishes, ITINERARY_MAX - 12000, &t.fault), 0);
    x = wishing_new(t.wishes, WISH_ORDER);
    y = wishing_new(t.wishes, WISH_ORDER);
    write_piece(&t, x, "all\n0-1999\n");
    assert_int_equal(wishing_write(y, "7\n", 2, &t.fault), -EFBIG);
    assert_string_equal(t.fault.text,
                        "order: line 1: more than 50000000 elements are too many to be written");
    assert_int_equal(wishing_end(x, &t.fault), 0); /* what holds is not being written any more */
    assert_written(&t, WISH_ORDER, "all");
    wishing_free(g_steal_pointer(&x));
    wishing_free(g_steal_pointer(&y));
    wishes_release(t.wishes, ITINERARY_MAX - 12000);
    wished_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_holds_once_it_is_closed),
        cmocka_unit_test(a_text_may_go_on_after_a_descriptor_was_closed),
        cmocka_unit_test(a_json_list_may_be_flushed_before_its_end),
        cmocka_unit_test(a_wrong_line_is_told_at_once_and_in_the_log_once),
        cmocka_unit_test(a_wrong_last_line_is_told_by_close),
        cmocka_unit_test(an_order_without_words_ends_it_and_an_empty_wish_for_warmth_is_none),
        cmocka_unit_test(what_was_only_opened_changes_nothing_before_its_end),
        cmocka_unit_test(a_long_permutation_arrives_whole_in_any_pieces),
        cmocka_unit_test(all_that_is_being_written_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
