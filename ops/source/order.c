/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multikey quicksort (Bentley and Sedgewick, "Fast Algorithms for Sorting and Searching Strings",
 * 1997), eight bytes at a time with those bytes kept beside the pointer: file names share long
 * beginnings, and comparing whole strings would spend its time waiting for memory. */
#include "ops/source/order.h"

#include <stdbool.h>
#include <string.h>

#define SMALL 12 /* items that are sorted by insertion */

/* The next eight bytes of a key as a number of the same order; zeros behind its end. */
static uint64_t load(const char *key)
{
    uint64_t head = 0;

    for (unsigned n = 0; n < 8; n++) {
        head = head << 8 | (unsigned char)*key;
        if (*key)
            key++;
    }
    return head;
}

static void load_all(struct order_item *items, size_t len, size_t depth)
{
    for (size_t i = 0; i < len; i++)
        items[i].head = load(items[i].key + depth);
}

/* A head that ends in a zero byte is the end of its key. */
static bool is_end(uint64_t head)
{
    return (head & 0xff) == 0;
}

static bool is_less(const struct order_item *a, const struct order_item *b, size_t depth)
{
    if (a->head != b->head)
        return a->head < b->head;
    return !is_end(a->head) && strcmp(a->key + depth + 8, b->key + depth + 8) < 0;
}

static void sort_small(struct order_item *items, size_t len, size_t depth)
{
    for (size_t i = 1; i < len; i++) {
        struct order_item item = items[i];
        size_t at = i;

        for (; at > 0 && is_less(&item, &items[at - 1], depth); at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static void swap(struct order_item *a, struct order_item *b)
{
    struct order_item was = *a;

    *a = *b;
    *b = was;
}

static uint64_t median(uint64_t a, uint64_t b, uint64_t c)
{
    return MAX(MIN(a, b), MIN(MAX(a, b), c));
}

static uint64_t choose_pivot(const struct order_item *items, size_t len)
{
    size_t step = len / 9;
    uint64_t m[3];

    for (size_t i = 0; i < 3; i++)
        m[i] = median(items[step * (3 * i)].head, items[step * (3 * i + 1)].head,
                      items[step * (3 * i + 2)].head);
    return median(m[0], m[1], m[2]);
}

/* The heads are loaded from depth bytes into the keys. */
static void sort(struct order_item *items, size_t len, size_t depth)
{
    while (len > SMALL) {
        uint64_t pivot = choose_pivot(items, len);
        size_t less = 0, more = len; /* the items before less, and those from more on */

        for (size_t i = 0; i < more;) {
            if (items[i].head < pivot)
                swap(&items[i++], &items[less++]);
            else if (items[i].head > pivot)
                swap(&items[i], &items[--more]);
            else
                i++;
        }
        if (!is_end(pivot)) {
            load_all(items + less, more - less, depth + 8);
            sort(items + less, more - less, depth + 8);
        }
        /* The longer side goes on in this loop, so that the stack stays as deep as a logarithm (and
         * the longest key). */
        if (less < len - more) {
            sort(items, less, depth);
            items += more;
            len -= more;
        } else {
            sort(items + more, len - more, depth);
            len = less;
        }
    }
    sort_small(items, len, depth);
}

void order_sort(struct order_item *items, size_t len)
{
    load_all(items, len, 0);
    sort(items, len, 0);
}

/* A number becomes: a zero, how many digits, the digits, how many zeros stood before them.  Longer
 * numbers are greater, so the count decides first.  Runs are cut where a count would not fit a
 * byte. */
static const char *print_number(const char *at, GString *ret)
{
    const char *digits = at;
    size_t zeros, len;

    while (*digits == '0' && digits - at < 254)
        digits++;
    if (!g_ascii_isdigit(*digits) && digits > at)
        digits--;
    zeros = (size_t)(digits - at);
    for (len = 0; len < 255 && g_ascii_isdigit(digits[len]);)
        len++;
    g_string_append_c(ret, '0');
    g_string_append_c(ret, (char)len);
    g_string_append_len(ret, digits, (gssize)len);
    g_string_append_c(ret, (char)(zeros + 1));
    return digits + len;
}

void order_natural(const char *name, GString *ret)
{
    while (*name) {
        if (g_ascii_isdigit(*name))
            name = print_number(name, ret);
        else
            g_string_append_c(ret, *name++);
    }
}
