/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps an order as a row of numbers, and the positions sorted by their numbers. */
#include "fs/itinerary.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define DIGIT_BITS 12 /* of the sort: so many places are written to at a time */

struct itinerary {
    gatomicrefcount refs;
    uint64_t n_numbers;
    bool is_wide; /* numbers do not fit 32 bits */
    uint64_t len, cap;
    void *numbers;    /* owned; uint32_t, or uint64_t where wide; by position */
    uint32_t *sorted; /* owned; positions by number, then by position; NULL = not sealed */
};

struct itinerary *itinerary_new(uint64_t n_numbers)
{
    struct itinerary *t = g_new0(struct itinerary, 1);

    g_atomic_ref_count_init(&t->refs);
    t->n_numbers = n_numbers;
    t->is_wide = n_numbers > UINT32_MAX;
    return t;
}

struct itinerary *itinerary_ref(struct itinerary *t)
{
    g_atomic_ref_count_inc(&t->refs);
    return t;
}

void itinerary_unref(struct itinerary *t)
{
    if (!t || !g_atomic_ref_count_dec(&t->refs))
        return;
    g_free(t->numbers);
    g_free(t->sorted);
    g_free(t);
}

uint64_t itinerary_len(const struct itinerary *t)
{
    return t->len;
}

uint64_t itinerary_at(const struct itinerary *t, uint64_t position)
{
    assert(position < t->len);
    return t->is_wide ? ((const uint64_t *)t->numbers)[position]
                      : ((const uint32_t *)t->numbers)[position];
}

static size_t width(const struct itinerary *t)
{
    return t->is_wide ? sizeof(uint64_t) : sizeof(uint32_t);
}

/* Makes room for exactly cap positions. */
static int resize(struct itinerary *t, uint64_t cap, struct fault *f)
{
    void *numbers = g_try_realloc_n(t->numbers, cap, width(t));

    if (!numbers)
        return fault_set(f, ENOMEM, "no memory for an order of %" PRIu64 " elements", cap);
    t->numbers = numbers;
    t->cap = cap;
    return 0;
}

int itinerary_add(struct itinerary *t, uint64_t first, uint64_t end, struct fault *f)
{
    const uint64_t n = end - first;
    int r;

    assert(first <= end && end <= t->n_numbers && !t->sorted);
    if (n > ITINERARY_MAX - t->len)
        return fault_set(f, EFBIG, "more than %d elements are too many for an order",
                         ITINERARY_MAX);
    if (n > t->cap - t->len) {
        r = resize(t, CLAMP(t->cap + t->cap / 2, MAX(t->len + n, 1024), ITINERARY_MAX), f);
        if (r < 0)
            return r;
    }
    if (t->is_wide) {
        for (uint64_t i = first; i < end; i++)
            ((uint64_t *)t->numbers)[t->len++] = i;
    } else {
        for (uint64_t i = first; i < end; i++)
            ((uint32_t *)t->numbers)[t->len++] = (uint32_t)i;
    }
    return 0;
}

void itinerary_cut(struct itinerary *t, uint64_t len)
{
    assert(len <= t->len && !t->sorted);
    t->len = len;
}

int itinerary_copy(const struct itinerary *t, uint64_t len, struct fault *f, struct itinerary **ret)
{
    OWN(itinerary_unref) struct itinerary *copy = itinerary_new(t->n_numbers);
    int r;

    assert(len <= t->len);
    if (len > 0) {
        r = resize(copy, len, f);
        if (r < 0)
            return r;
        memcpy(copy->numbers, t->numbers, len * width(t));
    }
    copy->len = len;
    *ret = g_steal_pointer(&copy);
    return 0;
}

/* One digit of a radix sort, which keeps those of one digit in their order.  from NULL: 0, 1, ...
 */
static void sort_by_digit(const struct itinerary *t, unsigned shift, const uint32_t *from,
                          uint32_t *to)
{
    const uint64_t mask = (1u << DIGIT_BITS) - 1;
    uint32_t starts[1u << DIGIT_BITS] = {0};
    uint32_t sum = 0;

    for (uint64_t i = 0; i < t->len; i++)
        starts[itinerary_at(t, i) >> shift & mask]++;
    for (uint64_t digit = 0; digit <= mask; digit++) {
        const uint32_t n = starts[digit];

        starts[digit] = sum;
        sum += n;
    }
    for (uint64_t i = 0; i < t->len; i++) {
        const uint32_t position = from ? from[i] : (uint32_t)i;

        to[starts[itinerary_at(t, position) >> shift & mask]++] = position;
    }
}

int itinerary_seal(struct itinerary *t, struct fault *f)
{
    g_autofree uint32_t *from = NULL;
    g_autofree uint32_t *to = NULL;
    int r;

    assert(!t->sorted);
    r = t->len > 0 && t->len < t->cap ? resize(t, t->len, f) : 0;
    if (r < 0)
        return r;
    for (unsigned shift = 0; shift == 0 || (shift < 64 && t->n_numbers >> shift > 0);
         shift += DIGIT_BITS) {
        uint32_t *other = from;

        if (!to)
            to = g_try_new(uint32_t, MAX(t->len, 1));
        if (!to)
            return fault_set(f, ENOMEM, "no memory for an order of %" PRIu64 " elements", t->len);
        sort_by_digit(t, shift, from, to);
        from = to;
        to = other;
    }
    t->sorted = g_steal_pointer(&from);
    return 0;
}

static uint64_t number_of(const struct itinerary *t, uint64_t rank)
{
    return itinerary_at(t, t->sorted[rank]);
}

/* How many positions have a number below this one. */
static uint64_t rank_of(const struct itinerary *t, uint64_t number)
{
    uint64_t low = 0, high = t->len;

    /* Where each number stands once, it is its own rank. */
    if (number > 0 && number < t->len && number_of(t, number) == number &&
        number_of(t, number - 1) < number)
        return number;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (number_of(t, middle) < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct itinerary_places itinerary_find(const struct itinerary *t, uint64_t number)
{
    const uint64_t first = rank_of(t, number);
    uint64_t end = first;

    if (first < t->len && number_of(t, first) == number) {
        end = first + 1;
        if (end < t->len && number_of(t, end) == number)
            end = rank_of(t, number + 1);
    }
    return (struct itinerary_places){.at = t->sorted + first, .n = end - first};
}

uint64_t itinerary_nearest(const struct itinerary_places *places, uint64_t position)
{
    uint64_t low = 0, high = places->n;

    assert(places->n > 0);
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;

        if (places->at[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == places->n ||
        (low > 0 && position - places->at[low - 1] <= places->at[low] - position))
        low--;
    return places->at[low];
}
