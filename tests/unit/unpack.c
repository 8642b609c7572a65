/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is compressed, fed in blocks of any size, whole and cut off, alone and several in a row. */
#include "ops/base/unpack.h"

#include <errno.h>

#include "tests/unit/packed.h"

#define LEN 300 /* bytes of what is packed */

static const struct way {
    enum packing packing;
    int filter;
} ways[] = {
    {PACKING_GZIP, ARCHIVE_FILTER_GZIP},
    {PACKING_BZIP2, ARCHIVE_FILTER_BZIP2},
    {PACKING_XZ, ARCHIVE_FILTER_XZ},
    {PACKING_ZSTD, ARCHIVE_FILTER_ZSTD},
};

/* Something of which a third cannot be packed. */
static const char *data(void)
{
    static char at[LEN];
    uint32_t x = 1;

    for (size_t i = 0; i < LEN; i++) {
        x = x * 1664525u + 1013904223u;
        at[i] = (char)(i % 3 == 0 ? x >> 24 : 'a');
    }
    return at;
}

/* Lifetime: a test's. */
struct feeding {
    const uint8_t *at;
    size_t left, step; /* bytes; step: of one block */
    uint8_t block[64]; /* what was fed before is gone, and must not be looked at */
    bool fails;        /* where it would end */
};

static int feed(void *ctx, struct fault *f, const void **ret_at, size_t *ret_len)
{
    struct feeding *x = ctx;
    const size_t n = MIN(x->left, MIN(x->step, sizeof x->block));

    if (n == 0 && x->fails)
        return fault_set(f, ENODEV, "the disk is gone");
    memset(x->block, 0xaa, sizeof x->block);
    memcpy(x->block, x->at, n);
    *ret_at = x->block;
    *ret_len = n;
    x->at += n;
    x->left -= n;
    return 0;
}

/* All that comes out, or the fault. */
static int unpack_fed(enum packing p, struct feeding *x, struct fault *f, GByteArray *to)
{
    OWN(unpack_close) struct unpack *u = NULL;
    char buf[50];
    size_t n = 1;
    int r = unpack_open(p, feed, x, f, &u);

    while (r == 0 && n > 0) {
        r = unpack_read(u, buf, sizeof buf, f, &n);
        if (r == 0)
            g_byte_array_append(to, (const guint8 *)buf, (guint)n);
    }
    return r;
}

static int unpack_all(enum packing p, const void *at, size_t len, size_t step, struct fault *f,
                      GByteArray *to)
{
    struct feeding x = {.at = at, .left = len, .step = step};

    return unpack_fed(p, &x, f, to);
}

static void assert_unpacked(enum packing p, const GByteArray *in, size_t step, const void *want,
                            size_t want_len)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    struct fault f = {0};

    if (unpack_all(p, in->data, in->len, step, &f, out) < 0)
        fail_msg("%s by %zu: %s", unpack_name(p), step, f.text);
    assert_int_equal(out->len, want_len);
    assert_memory_equal(out->data, want, want_len);
}

static void assert_cut_off(enum packing p, const GByteArray *in, size_t len, size_t step)
{
    g_autoptr(GByteArray) out = g_byte_array_new();
    struct fault f = {0};

    if (unpack_all(p, in->data, len, step, &f, out) == 0)
        fail_msg("%s by %zu: %zu of %u bytes gave %u", unpack_name(p), step, len, in->len,
                 out->len);
    assert_int_equal(f.err, EIO);
    assert_non_null(strstr(f.text, " is damaged or cut off: after "));
}

static void add(GByteArray *to, GBytes *own)
{
    g_byte_array_append(to, g_bytes_get_data(own, NULL), (guint)g_bytes_get_size(own));
    g_bytes_unref(own);
}

static void blocks_of_any_size_give_the_same(void **state)
{
    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), LEN));
        for (size_t step = 1; step <= 64; step++)
            assert_unpacked(ways[k].packing, in, step, data(), LEN);
    }
}

static void a_cut_at_any_byte_is_a_fault(void **state)
{
    static const size_t steps[] = {1, 7, 64};

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), LEN));
        for (size_t len = 0; len < in->len; len++)
            for (size_t n = 0; n < G_N_ELEMENTS(steps); n++)
                assert_cut_off(ways[k].packing, in, len, steps[n]);
    }
}

static void an_empty_file_is_empty_and_a_cut_one_is_not(void **state)
{
    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, "", 0));
        assert_unpacked(ways[k].packing, in, 64, "", 0);
        for (size_t len = 0; len < in->len; len++)
            assert_cut_off(ways[k].packing, in, len, 64);
    }
}

static void of_two_in_a_row_a_cut_in_the_second_is_a_fault(void **state)
{
    static const size_t steps[] = {1, 5, 64};

    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), 100));
        const size_t first = in->len;
        add(in, packed_by(ways[k].filter, data() + 100, LEN - 100));
        for (size_t n = 0; n < G_N_ELEMENTS(steps); n++) {
            assert_unpacked(ways[k].packing, in, steps[n], data(), LEN);
            for (size_t len = first + 1; len < in->len; len++)
                assert_cut_off(ways[k].packing, in, len, steps[n]);
        }
    }
}

/* As gzip and bzip2 do; the others have no such custom. */
static void what_follows_and_is_no_packed_file_is_left_out(void **state)
{
    for (size_t k = 0; k < 2; k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), LEN));
        add(in, g_bytes_new("\0\0\0 something else", 18));
        for (size_t step = 1; step <= 64; step += 9)
            assert_unpacked(ways[k].packing, in, step, data(), LEN);
    }
}

static void a_sum_that_is_wrong_is_a_fault(void **state)
{
    for (size_t k = 0; k < 3; k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), LEN));
        for (size_t at = 0; at < in->len; at++) {
            g_autoptr(GByteArray) out = g_byte_array_new();
            struct fault f = {0};

            in->data[at] ^= 0x10;
            if (unpack_all(ways[k].packing, in->data, in->len, 64, &f, out) == 0 &&
                (out->len != LEN || memcmp(out->data, data(), LEN) != 0))
                fail_msg("%s: byte %zu of %u", unpack_name(ways[k].packing), at, in->len);
            in->data[at] ^= 0x10;
        }
    }
}

static void a_fault_of_who_feeds_is_passed_on(void **state)
{
    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GByteArray) in = g_byte_array_new();

        add(in, packed_by(ways[k].filter, data(), LEN));
        for (size_t len = 0; len < in->len; len += 3) {
            g_autoptr(GByteArray) out = g_byte_array_new();
            struct feeding x = {.at = in->data, .left = len, .step = 64, .fails = true};
            struct fault f = {0};

            assert_int_equal(unpack_fed(ways[k].packing, &x, &f, out), -ENODEV);
            assert_string_equal(f.text, "the disk is gone");
        }
    }
}

static void the_end_stays_the_end(void **state)
{
    for (size_t k = 0; k < G_N_ELEMENTS(ways); k++) {
        g_autoptr(GBytes) in = packed_by(ways[k].filter, "abc", 3);
        struct feeding x = {g_bytes_get_data(in, NULL), g_bytes_get_size(in), 64};
        OWN(unpack_close) struct unpack *u = NULL;
        struct fault f = {0};
        char buf[8];
        size_t n;

        assert_int_equal(unpack_open(ways[k].packing, feed, &x, &f, &u), 0);
        assert_int_equal(unpack_read(u, buf, sizeof buf, &f, &n), 0);
        assert_int_equal(n, 3);
        for (int time = 0; time < 3; time++) {
            assert_int_equal(unpack_read(u, buf, sizeof buf, &f, &n), 0);
            assert_int_equal(n, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_any_size_give_the_same),
        cmocka_unit_test(a_cut_at_any_byte_is_a_fault),
        cmocka_unit_test(an_empty_file_is_empty_and_a_cut_one_is_not),
        cmocka_unit_test(of_two_in_a_row_a_cut_in_the_second_is_a_fault),
        cmocka_unit_test(what_follows_and_is_no_packed_file_is_left_out),
        cmocka_unit_test(a_sum_that_is_wrong_is_a_fault),
        cmocka_unit_test(a_fault_of_who_feeds_is_passed_on),
        cmocka_unit_test(the_end_stays_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
