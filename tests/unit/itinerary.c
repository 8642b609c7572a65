/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Itineraries: what stands where, and where everything stands. */
#include "fs/itinerary.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ops/base/permutation.h"

static void add(struct itinerary *t, uint64_t number)
{
    struct fault f;

    assert_int_equal(itinerary_add(t, number, number + 1, &f), 0);
}

static void seal(struct itinerary *t)
{
    struct fault f;

    assert_int_equal(itinerary_seal(t, &f), 0);
}

static struct itinerary *make(uint64_t n_numbers, const uint64_t *numbers, uint64_t n)
{
    struct itinerary *t = itinerary_new(n_numbers);

    for (uint64_t i = 0; i < n; i++)
        add(t, numbers[i]);
    seal(t);
    return t;
}

static void every_number_of_a_permutation_is_found_where_it_stands(void **state)
{
    const uint64_t lens[] = {1, 2, 100, 4096, 70000};

    for (unsigned n = 0; n < G_N_ELEMENTS(lens); n++) {
        OWN(itinerary_unref) struct itinerary *t = itinerary_new(lens[n]);
        struct permutation p;

        permutation_init(&p, lens[n], 7);
        for (uint64_t i = 0; i < lens[n]; i++)
            add(t, permutation_at(&p, i));
        seal(t);
        assert_int_equal(itinerary_len(t), lens[n]);
        for (uint64_t i = 0; i < lens[n]; i++) {
            const struct itinerary_places places = itinerary_find(t, i);

            assert_int_equal(places.n, 1);
            assert_int_equal(places.at[0], permutation_find(&p, i));
            assert_int_equal(itinerary_at(t, places.at[0]), i);
        }
    }
}

static void what_is_repeated_or_left_out_is_found_as_often_as_it_stands(void **state)
{
    uint64_t numbers[3000];
    OWN(itinerary_unref) struct itinerary *t = NULL;
    uint64_t sum = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        numbers[i] = (uint64_t)i * i % 997 * 5000;
    t = make(5000000, numbers, G_N_ELEMENTS(numbers));
    for (uint64_t number = 0; number < 5000000; number += 2500) {
        const struct itinerary_places places = itinerary_find(t, number);

        for (uint64_t k = 0; k < places.n; k++) {
            assert_int_equal(numbers[places.at[k]], number);
            assert_true(k == 0 || places.at[k - 1] < places.at[k]);
        }
        sum += places.n;
    }
    assert_int_equal(sum, G_N_ELEMENTS(numbers));
}

static void numbers_beyond_32_bits_are_kept(void **state)
{
    const uint64_t numbers[] = {UINT64_C(1) << 40, 3, (UINT64_C(1) << 40) + 1, UINT64_C(1) << 32};
    OWN(itinerary_unref) struct itinerary *t = make((UINT64_C(1) << 40) + 2, numbers, 4);

    for (uint64_t i = 0; i < 4; i++) {
        const struct itinerary_places places = itinerary_find(t, numbers[i]);

        assert_int_equal(itinerary_at(t, i), numbers[i]);
        assert_int_equal(places.n, 1);
        assert_int_equal(places.at[0], i);
    }
    assert_int_equal(itinerary_find(t, 4).n, 0);
}

static void the_nearest_of_several_places_is_the_earlier_of_two(void **state)
{
    const uint64_t numbers[] = {5, 0, 0, 0, 5, 0, 0, 0, 5};
    OWN(itinerary_unref) struct itinerary *t = make(6, numbers, G_N_ELEMENTS(numbers));
    const struct itinerary_places places = itinerary_find(t, 5);
    const uint64_t wants[] = {0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8};

    for (uint64_t at = 0; at < G_N_ELEMENTS(wants); at++)
        assert_int_equal(itinerary_nearest(&places, at), wants[at]);
}

static void a_row_of_numbers_is_added_at_once(void **state)
{
    OWN(itinerary_unref) struct itinerary *t = itinerary_new(100000);
    struct fault f;

    assert_int_equal(itinerary_add(t, 10, 10, &f), 0);
    assert_int_equal(itinerary_add(t, 10, 90000, &f), 0);
    assert_int_equal(itinerary_len(t), 89990);
    assert_int_equal(itinerary_at(t, 89989), 89999);
}

static void what_is_cut_off_can_be_written_again(void **state)
{
    OWN(itinerary_unref) struct itinerary *t = itinerary_new(10), *copy = NULL;
    struct fault f;

    add(t, 1);
    add(t, 2);
    itinerary_cut(t, 1);
    add(t, 3);
    seal(t);
    assert_int_equal(itinerary_copy(t, 1, &f, &copy), 0);
    add(copy, 9);
    seal(copy);
    assert_int_equal(itinerary_at(t, 1), 3);
    assert_int_equal(itinerary_at(copy, 0), 1);
    assert_int_equal(itinerary_at(copy, 1), 9);
    assert_int_equal(itinerary_find(copy, 3).n, 0);
}

static void more_than_the_bound_is_refused_and_changes_nothing(void **state)
{
    OWN(itinerary_unref) struct itinerary *t = itinerary_new(2 * (uint64_t)ITINERARY_MAX);
    struct fault f;

    add(t, 1);
    assert_int_equal(itinerary_add(t, 0, ITINERARY_MAX, &f), -EFBIG);
    assert_string_equal(f.text, "more than 50000000 elements are too many for an order");
    assert_int_equal(itinerary_len(t), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_a_permutation_is_found_where_it_stands),
        cmocka_unit_test(what_is_repeated_or_left_out_is_found_as_often_as_it_stands),
        cmocka_unit_test(numbers_beyond_32_bits_are_kept),
        cmocka_unit_test(the_nearest_of_several_places_is_the_earlier_of_two),
        cmocka_unit_test(a_row_of_numbers_is_added_at_once),
        cmocka_unit_test(what_is_cut_off_can_be_written_again),
        cmocka_unit_test(more_than_the_bound_is_refused_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
