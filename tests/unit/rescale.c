/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Items that are multiplied while they are converted. */
#include "ops/core/rescale.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct rescale none = RESCALE_NONE;

static void floats_become_the_nearest_integers(void **state)
{
    static const float in[] = {1.5f, 2.5f, -1.6f, 254.6f, 300, -7, NAN, INFINITY};
    uint8_t bytes[8];
    int8_t small[8];

    rescale_items(DTYPE_FLOAT32, in, DTYPE_UINT8, bytes, 8, none);
    assert_memory_equal(bytes, "\2\2\0\377\377\0\0\377", 8);
    rescale_items(DTYPE_FLOAT32, in, DTYPE_INT8, small, 8, none);
    assert_memory_equal(small, "\2\2\376\177\177\371\0\177", 8);
}

static void integers_are_held_within_the_limits(void **state)
{
    static const int32_t in[] = {-5, 70000, 300};
    uint8_t bytes[3];
    uint16_t wide[3];
    uint64_t widest[3];

    rescale_items(DTYPE_INT32, in, DTYPE_UINT8, bytes, 3, none);
    assert_memory_equal(bytes, "\0\377\377", 3);
    rescale_items(DTYPE_INT32, in, DTYPE_UINT16, wide, 3, none);
    assert_true(wide[0] == 0 && wide[1] == 65535 && wide[2] == 300);
    rescale_items(DTYPE_INT32, in, DTYPE_UINT64, widest, 3, none);
    assert_true(widest[0] == 0 && widest[1] == 70000);
}

static void integers_of_64_bits_stay_exact(void **state)
{
    static const int64_t in[] = {-1, INT64_MAX, INT64_MAX - 1};
    static const uint64_t big[] = {UINT64_MAX, 3};
    uint64_t out[3];
    int64_t back[2];
    float f;

    rescale_items(DTYPE_INT64, in, DTYPE_UINT64, out, 3, none);
    assert_true(out[0] == 0 && out[1] == INT64_MAX && out[2] == INT64_MAX - 1);
    rescale_items(DTYPE_UINT64, big, DTYPE_INT64, back, 2, none);
    assert_true(back[0] == INT64_MAX && back[1] == 3);
    rescale_items(DTYPE_INT64, &in[2], DTYPE_FLOAT32, &f, 1, none);
    assert_true(f == 0x1p63f);
}

/* As a division of floats is rounded, not as a product with the inverse. */
static void bytes_are_divided_as_floats_are(void **state)
{
    uint8_t in[256];
    float out[256];

    for (int i = 0; i < 256; i++)
        in[i] = (uint8_t)i;
    rescale_items(DTYPE_UINT8, in, DTYPE_FLOAT32, out, 256, (struct rescale){1, 255});
    for (int i = 0; i < 256; i++)
        assert_true(out[i] == (float)i / 255.f);
}

static void numbers_are_multiplied_before_they_are_rounded(void **state)
{
    static const uint16_t in[] = {65535, 128, 129, 0};
    uint8_t out[4];

    rescale_items(DTYPE_UINT16, in, DTYPE_UINT8, out, 4, (struct rescale){255, 65535});
    assert_memory_equal(out, "\377\0\1\0", 4);
}

static void both_parts_of_complex_numbers_are_multiplied(void **state)
{
    static const float in[] = {1, -2};
    double out[2];

    rescale_items(DTYPE_COMPLEX64, in, DTYPE_COMPLEX128, out, 1, (struct rescale){3, 1});
    assert_true(out[0] == 3 && out[1] == -6);
}

static void a_unit_is_the_greatest_integer(void **state)
{
    assert_true(rescale_unit(DTYPE_UINT8) == 255 && rescale_unit(DTYPE_INT8) == 127);
    assert_true(rescale_unit(DTYPE_UINT16) == 65535 && rescale_unit(DTYPE_INT32) == INT32_MAX);
    assert_true(rescale_unit(DTYPE_BOOL) == 1 && rescale_unit(DTYPE_FLOAT16) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_become_the_nearest_integers),
        cmocka_unit_test(integers_are_held_within_the_limits),
        cmocka_unit_test(integers_of_64_bits_stay_exact),
        cmocka_unit_test(bytes_are_divided_as_floats_are),
        cmocka_unit_test(numbers_are_multiplied_before_they_are_rounded),
        cmocka_unit_test(both_parts_of_complex_numbers_are_multiplied),
        cmocka_unit_test(a_unit_is_the_greatest_integer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
