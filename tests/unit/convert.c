/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items of every type to every other: exact where they can be, and what becomes of the rest. */
#include "ops/core/convert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define N_DTYPES (DTYPE_COMPLEX128 + 1)

/* What the bits of a binary16 mean, by its definition. */
static double value_of_half(uint16_t half)
{
    int exponent = half >> 10 & 31, fraction = half & 1023;
    double x = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);

    if (exponent == 31)
        x = fraction ? NAN : INFINITY;
    return half & 0x8000 ? -x : x;
}

static void every_half_is_read(void **state)
{
    for (uint32_t h = 0; h <= UINT16_MAX; h++) {
        float x = convert_from_half((uint16_t)h);
        double want = value_of_half((uint16_t)h);

        assert_true(isnan(want) ? isnan(x) : x == want);
        assert_int_equal(signbit(x) != 0, h >> 15);
    }
}

static void every_half_comes_back(void **state)
{
    for (uint32_t h = 0; h <= UINT16_MAX; h++) {
        uint16_t back = convert_to_half(convert_from_half((uint16_t)h));

        if (isnan(value_of_half((uint16_t)h)))
            assert_true(isnan(value_of_half(back)));
        else
            assert_int_equal(back, h);
    }
}

static uint16_t half_from_double(double x)
{
    uint16_t ret;

    convert_items(DTYPE_FLOAT64, &x, DTYPE_FLOAT16, &ret, 1);
    return ret;
}

static void halves_are_rounded_to_nearest_even(void **state)
{
    for (uint16_t h = 0; h < 0x7bff; h++) {
        float middle = (float)((value_of_half(h) + value_of_half(h + 1)) / 2);
        uint16_t even = h + (h & 1);

        assert_int_equal(convert_to_half(middle), even);
        assert_int_equal(convert_to_half(-middle), even | 0x8000);
        assert_int_equal(convert_to_half(nextafterf(middle, 0)), h);
        assert_int_equal(convert_to_half(nextafterf(middle, INFINITY)), h + 1);
    }
    assert_int_equal(convert_to_half(65519.996f), 0x7bff);
    assert_int_equal(convert_to_half(65520), 0x7c00);
    assert_int_equal(convert_to_half(-1e30f), 0xfc00);
    assert_int_equal(convert_to_half(INFINITY), 0x7c00);
}

static void doubles_are_rounded_to_halves_only_once(void **state)
{
    for (uint16_t h = 0; h < 0x7bff; h++) {
        double middle = (value_of_half(h) + value_of_half(h + 1)) / 2;

        assert_int_equal(half_from_double(middle), h + (h & 1));
        assert_int_equal(half_from_double(nextafter(middle, 0)), h);
        assert_int_equal(half_from_double(nextafter(middle, INFINITY)), h + 1);
    }
    assert_int_equal(half_from_double(1e300), 0x7c00);
    assert_int_equal(half_from_double(-1e-300), 0x8000);
    assert_int_equal(half_from_double(5e-324), 0);
    assert_true(isnan(value_of_half(half_from_double(NAN))));
}

/* One number, written down in every type and read back in every other. */
static void small_numbers_are_the_same_in_every_type(void **state)
{
    for (enum dtype from = 0; from < N_DTYPES; from++)
        for (enum dtype to = 0; to < N_DTYPES; to++)
            for (int64_t n = 0; n <= 127; n++) {
                double in[2], out[2];
                double back[2];
                bool truth = from == DTYPE_BOOL || to == DTYPE_BOOL;

                convert_items(DTYPE_INT64, &n, from, in, 1);
                convert_items(from, in, to, out, 1);
                convert_items(to, out, DTYPE_COMPLEX128, back, 1);
                assert_true(back[0] == (double)(truth ? n != 0 : n));
                assert_true(back[1] == 0);
            }
}

/* Longer than what is converted at a time, and not a multiple of it. */
static void long_arrays_are_converted_to_their_end(void **state)
{
    static uint8_t in[1301];
    static double wide[2 * G_N_ELEMENTS(in)], narrow[2 * G_N_ELEMENTS(in)];

    for (size_t i = 0; i < G_N_ELEMENTS(in); i++)
        in[i] = (uint8_t)(i * 7 % 101);
    for (enum dtype t = DTYPE_INT8; t < N_DTYPES; t++) {
        uint8_t back[G_N_ELEMENTS(in) + 1];

        convert_items(DTYPE_UINT8, in, t, wide, G_N_ELEMENTS(in));
        convert_items(t, wide, DTYPE_FLOAT16, narrow, G_N_ELEMENTS(in));
        back[G_N_ELEMENTS(in)] = 0xa5;
        convert_items(DTYPE_FLOAT16, narrow, DTYPE_UINT8, back, G_N_ELEMENTS(in));
        assert_memory_equal(back, in, sizeof in);
        assert_int_equal(back[G_N_ELEMENTS(in)], 0xa5);
    }
}

static void integers_of_64_bits_are_exact(void **state)
{
    static const int64_t in[] = {INT64_MIN, INT64_MIN + 1, -1, INT64_MAX, INT64_MAX - 1};
    static const uint64_t big[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63};
    uint64_t u[G_N_ELEMENTS(in)];
    int64_t n[G_N_ELEMENTS(in)];
    float f[G_N_ELEMENTS(in)];

    convert_items(DTYPE_INT64, in, DTYPE_UINT64, u, G_N_ELEMENTS(in));
    convert_items(DTYPE_UINT64, u, DTYPE_INT64, n, G_N_ELEMENTS(in));
    assert_memory_equal(n, in, sizeof in);
    assert_true(u[2] == UINT64_MAX);
    convert_items(DTYPE_UINT64, big, DTYPE_FLOAT32, f, G_N_ELEMENTS(big));
    assert_true(f[0] == 0x1p64f && f[2] == 0x1p63f);
    convert_items(DTYPE_INT64, in, DTYPE_FLOAT32, f, G_N_ELEMENTS(in));
    assert_true(f[0] == -0x1p63f && f[2] == -1 && f[3] == 0x1p63f);
}

/* 2^24 + 1 and a little: as a double first it would be a tie. */
static void long_integers_are_rounded_to_floats_only_once(void **state)
{
    int64_t n = (INT64_C(1) << 60) + (INT64_C(1) << 36) + 1;
    uint64_t u = (UINT64_C(1) << 63) + (UINT64_C(1) << 39) + 1;
    float f;

    convert_items(DTYPE_INT64, &n, DTYPE_FLOAT32, &f, 1);
    assert_true(f == 0x1p60f + 0x1p37f);
    convert_items(DTYPE_UINT64, &u, DTYPE_FLOAT32, &f, 1);
    assert_true(f == 0x1p63f + 0x1p40f);
}

static void integers_wrap_around(void **state)
{
    int64_t n = 0x1234567890abcdef;
    uint8_t u8;
    int16_t i16;
    uint32_t u32;

    convert_items(DTYPE_INT64, &n, DTYPE_UINT8, &u8, 1);
    convert_items(DTYPE_INT64, &n, DTYPE_INT16, &i16, 1);
    convert_items(DTYPE_INT64, &n, DTYPE_UINT32, &u32, 1);
    assert_int_equal(u8, 0xef);
    assert_int_equal(i16, (int16_t)0xcdef);
    assert_int_equal(u32, 0x90abcdef);
}

static void floats_are_cut_and_held_within_the_limits(void **state)
{
    static const double in[] = {-1.9, 1.9, 300, -300, NAN, INFINITY, -INFINITY, 1e19, -1e19, 3e9};
    static const int64_t want[][G_N_ELEMENTS(in)] = {
        [DTYPE_INT8] = {-1, 1, 127, -128, 0, 127, -128, 127, -128, 127},
        [DTYPE_INT16] = {-1, 1, 300, -300, 0, 32767, -32768, 32767, -32768, 32767},
        [DTYPE_INT32] = {-1, 1, 300, -300, 0, INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN,
                         INT32_MAX},
        [DTYPE_INT64] = {-1, 1, 300, -300, 0, INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN,
                         3000000000},
        [DTYPE_UINT8] = {0, 1, 255, 0, 0, 255, 0, 255, 0, 255},
        [DTYPE_UINT16] = {0, 1, 300, 0, 0, 65535, 0, 65535, 0, 65535},
        [DTYPE_UINT32] = {0, 1, 300, 0, 0, UINT32_MAX, 0, UINT32_MAX, 0, 3000000000},
        [DTYPE_UINT64] = {0, 1, 300, 0, 0, -1, 0, (int64_t)UINT64_C(10000000000000000000), 0,
                          3000000000},
    };

    for (enum dtype t = DTYPE_INT8; t <= DTYPE_UINT64; t++) {
        int64_t out[G_N_ELEMENTS(in)], back[G_N_ELEMENTS(in)];

        convert_items(DTYPE_FLOAT64, in, t, out, G_N_ELEMENTS(in));
        convert_items(t, out, DTYPE_INT64, back, G_N_ELEMENTS(in));
        assert_memory_equal(back, want[t], sizeof back);
    }
}

static void anything_but_zero_is_true(void **state)
{
    static const float in[] = {0, -0.f, 1e-40f, NAN, -3, 0.4f};
    static const float complex[] = {0, 0, 0, 1e-40f, 2, 0};
    uint8_t out[G_N_ELEMENTS(in)];

    convert_items(DTYPE_FLOAT32, in, DTYPE_BOOL, out, G_N_ELEMENTS(in));
    assert_memory_equal(out, "\0\0\1\1\1\1", sizeof out);
    convert_items(DTYPE_COMPLEX64, complex, DTYPE_BOOL, out, 3);
    assert_memory_equal(out, "\0\1\1", 3);
}

static void complex_numbers_keep_both_parts_or_the_real_one(void **state)
{
    static const float in[] = {1.5f, -2, 3, 4};
    double wide[4], real[2];
    float narrow[4];

    convert_items(DTYPE_COMPLEX64, in, DTYPE_COMPLEX128, wide, 2);
    assert_true(wide[0] == 1.5 && wide[1] == -2 && wide[2] == 3 && wide[3] == 4);
    convert_items(DTYPE_COMPLEX128, wide, DTYPE_COMPLEX64, narrow, 2);
    assert_memory_equal(narrow, in, sizeof in);
    convert_items(DTYPE_COMPLEX64, in, DTYPE_FLOAT64, real, 2);
    assert_true(real[0] == 1.5 && real[1] == 3);
}

static void bytes_are_swapped_by_their_units(void **state)
{
    unsigned char bytes[] = "0123456789abcdef";

    convert_swap(DTYPE_UINT8, bytes, 16);
    assert_memory_equal(bytes, "0123456789abcdef", 16);
    convert_swap(DTYPE_FLOAT16, bytes, 2);
    assert_memory_equal(bytes, "1032456789abcdef", 16);
    convert_swap(DTYPE_INT32, bytes, 1);
    assert_memory_equal(bytes, "2301456789abcdef", 16);
    convert_swap(DTYPE_FLOAT64, bytes + 8, 1);
    assert_memory_equal(bytes, "23014567fedcba98", 16);
    convert_swap(DTYPE_COMPLEX64, bytes, 1);
    assert_memory_equal(bytes, "10327654fedcba98", 16);
    convert_swap(DTYPE_COMPLEX128, bytes, 1);
    assert_memory_equal(bytes, "4567230189abcdef", 16);
}

static struct value *array_of(enum dtype t, const void *items, uint64_t n)
{
    const struct array_type type = {.dtype = t, .n_dims = 1, .dims = {n}};

    return value_new_array(&type, g_bytes_new(items, n * dtype_size(t)));
}

static void items_are_values(void **state)
{
    static const uint64_t big[] = {7, UINT64_MAX};
    static const float complex[] = {1, 2};
    const float x = 0.5f;
    const int8_t n = -3;
    OWN(value_unref) struct value *numbers = array_of(DTYPE_UINT64, big, 2);
    OWN(value_unref) struct value *small = array_of(DTYPE_INT8, &n, 1);
    OWN(value_unref) struct value *floats = array_of(DTYPE_FLOAT32, &x, 1);
    OWN(value_unref) struct value *truth = array_of(DTYPE_BOOL, "\1", 1);
    OWN(value_unref) struct value *pair = array_of(DTYPE_COMPLEX64, complex, 1);
    OWN(value_unref) struct value *seven = convert_item(numbers, 0);
    OWN(value_unref) struct value *minus = convert_item(small, 0);
    OWN(value_unref) struct value *half = convert_item(floats, 0);
    OWN(value_unref) struct value *yes = convert_item(truth, 0);

    assert_int_equal(value_int(seven), 7);
    assert_int_equal(value_int(minus), -3);
    assert_int_equal(value_kind(half), VALUE_FLOAT);
    assert_true(value_float(half) == 0.5);
    assert_true(value_bool(yes));
    assert_null(convert_item(numbers, 1));
    assert_null(convert_item(pair, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_half_is_read),
        cmocka_unit_test(every_half_comes_back),
        cmocka_unit_test(halves_are_rounded_to_nearest_even),
        cmocka_unit_test(doubles_are_rounded_to_halves_only_once),
        cmocka_unit_test(small_numbers_are_the_same_in_every_type),
        cmocka_unit_test(long_arrays_are_converted_to_their_end),
        cmocka_unit_test(integers_of_64_bits_are_exact),
        cmocka_unit_test(long_integers_are_rounded_to_floats_only_once),
        cmocka_unit_test(integers_wrap_around),
        cmocka_unit_test(floats_are_cut_and_held_within_the_limits),
        cmocka_unit_test(anything_but_zero_is_true),
        cmocka_unit_test(complex_numbers_keep_both_parts_or_the_real_one),
        cmocka_unit_test(bytes_are_swapped_by_their_units),
        cmocka_unit_test(items_are_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
