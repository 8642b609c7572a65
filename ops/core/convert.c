/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts items by way of one of three wide types that hold them exactly: int64, uint64 or double;
 * what is asked for most goes straight. */
#include "ops/core/convert.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define CHUNK 512 /* items on their way */

/* What items of a type are read into. */
enum way { WAY_SIGNED, WAY_UNSIGNED, WAY_FLOAT };

union wide {
    int64_t n[CHUNK];
    uint64_t u[CHUNK];
    double x[CHUNK];
};

typedef void convert_fn(const void *in, void *out, size_t n);

/* Binary16 shifted to the place of a float's exponent has an exponent too small by 112; what is
 * infinite or none then is 2^16 or more (F. Giesen, "Half to float done quick", 2012). */
float convert_from_half(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
    float x;

    memcpy(&x, &bits, sizeof x);
    x *= 0x1p112f;
    memcpy(&bits, &x, sizeof bits);
    bits |= x >= 0x1p16f ? 0x7f800000u : 0;
    bits |= (uint32_t)(half & 0x8000) << 16;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Below 2^-14 the steps of binary16 are all 2^-24: adding 0.5, whose own steps those are, rounds to
 * them.  Above, half a step less one, and one more where the step below is odd, is added before the
 * cut: to nearest even. */
uint16_t convert_to_half(float x)
{
    float size = fabsf(x), small = size + 0.5f;
    uint32_t bits, sign, tiny;

    memcpy(&sign, &x, sizeof sign);
    memcpy(&bits, &size, sizeof bits);
    memcpy(&tiny, &small, sizeof tiny);
    uint32_t usual = (bits - (112u << 23) + 0xfff + (bits >> 13 & 1)) >> 13;
    uint32_t half = bits < (113u << 23) ? tiny - (126u << 23) : usual;
    half = bits >= (143u << 23) ? 0x7c00 : half;
    half = bits > 0x7f800000u ? 0x7e00 : half;
    return (uint16_t)(half | (sign >> 16 & 0x8000));
}

/* Rounded twice, it must be to odd at first (Boldo and Melquiond, "When double rounding is odd",
 * 2005). */
static uint16_t half_of_double(double x)
{
    float f = (float)x;
    uint32_t bits;

    if ((double)f != x && x == x) {
        memcpy(&bits, &f, sizeof bits);
        bits -= fabs((double)f) > fabs(x);
        bits |= 1;
        memcpy(&f, &bits, sizeof f);
    }
    return convert_to_half(f);
}

static void read_int8(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const int8_t *)in)[i];
}

static void read_int16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const int16_t *)in)[i];
}

static void read_int32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const int32_t *)in)[i];
}

static void read_64(const void *in, void *out, size_t n)
{
    memcpy(out, in, n * 8);
}

static void read_uint8(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const uint8_t *)in)[i];
}

static void read_uint16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const uint16_t *)in)[i];
}

static void read_uint32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const uint32_t *)in)[i];
}

static void read_float16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = convert_from_half(((const uint16_t *)in)[i]);
}

static void read_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = ((const float *)in)[i];
}

static void read_complex64(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = ((const float *)in)[2 * i];
}

static void read_complex128(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = ((const double *)in)[2 * i];
}

/* How items are read, and into what. */
static const struct {
    convert_fn *read;
    enum way way;
} readers[] = {
    [DTYPE_BOOL] = {read_uint8, WAY_SIGNED},
    [DTYPE_INT8] = {read_int8, WAY_SIGNED},
    [DTYPE_INT16] = {read_int16, WAY_SIGNED},
    [DTYPE_INT32] = {read_int32, WAY_SIGNED},
    [DTYPE_INT64] = {read_64, WAY_SIGNED},
    [DTYPE_UINT8] = {read_uint8, WAY_SIGNED},
    [DTYPE_UINT16] = {read_uint16, WAY_SIGNED},
    [DTYPE_UINT32] = {read_uint32, WAY_SIGNED},
    [DTYPE_UINT64] = {read_64, WAY_UNSIGNED},
    [DTYPE_FLOAT16] = {read_float16, WAY_FLOAT},
    [DTYPE_FLOAT32] = {read_float32, WAY_FLOAT},
    [DTYPE_FLOAT64] = {read_64, WAY_FLOAT},
    [DTYPE_COMPLEX64] = {read_complex64, WAY_FLOAT},
    [DTYPE_COMPLEX128] = {read_complex128, WAY_FLOAT},
};

/* Of either kind of integer: they wrap around, and the lower bits of both are the same. */
static void write_bool(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = ((const uint64_t *)in)[i] != 0;
}

static void write_8(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = (uint8_t)((const uint64_t *)in)[i];
}

static void write_16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = (uint16_t)((const uint64_t *)in)[i];
}

static void write_32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint32_t *)out)[i] = (uint32_t)((const uint64_t *)in)[i];
}

/* Beyond 2^53 a double is not exact, but of binary16 that is infinite. */
static void write_float16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = half_of_double((double)((const int64_t *)in)[i]);
}

static void write_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = (float)((const int64_t *)in)[i];
}

static void write_float64(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = (double)((const int64_t *)in)[i];
}

static void write_unsigned_float16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = half_of_double((double)((const uint64_t *)in)[i]);
}

static void write_unsigned_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = (float)((const uint64_t *)in)[i];
}

static void write_unsigned_float64(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((double *)out)[i] = (double)((const uint64_t *)in)[i];
}

static void round_bool(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = ((const double *)in)[i] != 0;
}

/* The nearest within the limits, and 0 for what is no number. */
static double within(double x, double low, double high)
{
    x = x != x ? 0 : x;
    x = x < low ? low : x;
    return x > high ? high : x;
}

static void round_int8(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int8_t *)out)[i] = (int8_t)within(((const double *)in)[i], INT8_MIN, INT8_MAX);
}

static void round_int16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int16_t *)out)[i] = (int16_t)within(((const double *)in)[i], INT16_MIN, INT16_MAX);
}

static void round_int32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((int32_t *)out)[i] = (int32_t)within(((const double *)in)[i], INT32_MIN, INT32_MAX);
}

/* The greatest 64-bit numbers are no doubles; the next is one too many. */
static void round_int64(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = within(((const double *)in)[i], -0x1p63, 0x1p63);
        ((int64_t *)out)[i] = x >= 0x1p63 ? INT64_MAX : (int64_t)x;
    }
}

static void round_uint8(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)out)[i] = (uint8_t)within(((const double *)in)[i], 0, UINT8_MAX);
}

static void round_uint16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = (uint16_t)within(((const double *)in)[i], 0, UINT16_MAX);
}

static void round_uint32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint32_t *)out)[i] = (uint32_t)within(((const double *)in)[i], 0, UINT32_MAX);
}

static void round_uint64(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = within(((const double *)in)[i], 0, 0x1p64);
        ((uint64_t *)out)[i] = x >= 0x1p64 ? UINT64_MAX : (uint64_t)x;
    }
}

static void round_float16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = half_of_double(((const double *)in)[i]);
}

static void round_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = (float)((const double *)in)[i];
}

/* By what was read; complex numbers are written by their halves. */
static convert_fn *const writers[][3] = {
    [DTYPE_BOOL] = {write_bool, write_bool, round_bool},
    [DTYPE_INT8] = {write_8, write_8, round_int8},
    [DTYPE_INT16] = {write_16, write_16, round_int16},
    [DTYPE_INT32] = {write_32, write_32, round_int32},
    [DTYPE_INT64] = {read_64, read_64, round_int64},
    [DTYPE_UINT8] = {write_8, write_8, round_uint8},
    [DTYPE_UINT16] = {write_16, write_16, round_uint16},
    [DTYPE_UINT32] = {write_32, write_32, round_uint32},
    [DTYPE_UINT64] = {read_64, read_64, round_uint64},
    [DTYPE_FLOAT16] = {write_float16, write_unsigned_float16, round_float16},
    [DTYPE_FLOAT32] = {write_float32, write_unsigned_float32, round_float32},
    [DTYPE_FLOAT64] = {write_float64, write_unsigned_float64, read_64},
};

static void uint8_to_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = ((const uint8_t *)in)[i];
}

static void uint16_to_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = ((const uint16_t *)in)[i];
}

static void float16_to_float32(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((float *)out)[i] = convert_from_half(((const uint16_t *)in)[i]);
}

static void float32_to_float16(const void *in, void *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint16_t *)out)[i] = convert_to_half(((const float *)in)[i]);
}

/* Without anything in between. */
static const struct {
    enum dtype from, to;
    convert_fn *convert;
} straight[] = {
    {DTYPE_UINT8, DTYPE_FLOAT32, uint8_to_float32},
    {DTYPE_UINT16, DTYPE_FLOAT32, uint16_to_float32},
    {DTYPE_FLOAT16, DTYPE_FLOAT32, float16_to_float32},
    {DTYPE_FLOAT16, DTYPE_FLOAT64, read_float16},
    {DTYPE_FLOAT32, DTYPE_FLOAT16, float32_to_float16},
    {DTYPE_FLOAT32, DTYPE_FLOAT64, read_float32},
    {DTYPE_FLOAT64, DTYPE_FLOAT32, round_float32},
};

static convert_fn *find_straight(enum dtype from, enum dtype to)
{
    for (size_t k = 0; k < G_N_ELEMENTS(straight); k++)
        if (straight[k].from == from && straight[k].to == to)
            return straight[k].convert;
    return NULL;
}

static bool is_complex(enum dtype t)
{
    return dtype_class(t) == DTYPE_IS_COMPLEX;
}

/* The type of either half of a complex number. */
static enum dtype half_type(enum dtype t)
{
    return t == DTYPE_COMPLEX64 ? DTYPE_FLOAT32 : DTYPE_FLOAT64;
}

/* Items in chunks, by the wide type. */
static void convert_wide(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n)
{
    convert_fn *write = writers[to][readers[from].way];
    union wide wide;

    for (uint64_t at = 0; at < n; at += CHUNK) {
        size_t len = (size_t)MIN(n - at, CHUNK);
        readers[from].read((const char *)in + at * dtype_size(from), &wide, len);
        write(&wide, (char *)out + at * dtype_size(to), len);
    }
}

/* Real parts stand first; what was no complex number has none of the other. */
static void widen_to_complex(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n)
{
    double part[CHUNK];

    for (uint64_t at = 0; at < n; at += CHUNK) {
        size_t len = (size_t)MIN(n - at, CHUNK);
        convert_wide(from, (const char *)in + at * dtype_size(from), half_type(to), part, len);
        for (size_t i = 0; to == DTYPE_COMPLEX64 && i < len; i++) {
            ((float *)out)[2 * (at + i)] = ((const float *)(const void *)part)[i];
            ((float *)out)[2 * (at + i) + 1] = 0;
        }
        for (size_t i = 0; to == DTYPE_COMPLEX128 && i < len; i++) {
            ((double *)out)[2 * (at + i)] = part[i];
            ((double *)out)[2 * (at + i) + 1] = 0;
        }
    }
}

static void complex_to_bool(enum dtype from, const void *in, uint8_t *out, uint64_t n)
{
    const float *narrow = in;
    const double *wide = in;

    for (uint64_t i = 0; i < n; i++)
        out[i] = from == DTYPE_COMPLEX64 ? narrow[2 * i] != 0 || narrow[2 * i + 1] != 0
                                         : wide[2 * i] != 0 || wide[2 * i + 1] != 0;
}

void convert_items(enum dtype from, const void *in, enum dtype to, void *out, uint64_t n)
{
    convert_fn *convert = find_straight(from, to);

    if (n == 0)
        return;
    if (from == to)
        memcpy(out, in, n * dtype_size(to));
    else if (convert)
        convert(in, out, n);
    else if (is_complex(from) && is_complex(to))
        convert_items(half_type(from), in, half_type(to), out, 2 * n);
    else if (is_complex(from) && to == DTYPE_BOOL)
        complex_to_bool(from, in, out, n);
    else if (is_complex(to))
        widen_to_complex(from, in, to, out, n);
    else
        convert_wide(from, in, to, out, n);
}

void convert_swap(enum dtype t, void *items, uint64_t n)
{
    size_t unit = dtype_alignment(t);
    uint64_t len = n * (dtype_size(t) / unit);

    for (uint64_t i = 0; unit == 2 && i < len; i++)
        ((uint16_t *)items)[i] = __builtin_bswap16(((uint16_t *)items)[i]);
    for (uint64_t i = 0; unit == 4 && i < len; i++)
        ((uint32_t *)items)[i] = __builtin_bswap32(((uint32_t *)items)[i]);
    for (uint64_t i = 0; unit == 8 && i < len; i++)
        ((uint64_t *)items)[i] = __builtin_bswap64(((uint64_t *)items)[i]);
}

struct value *convert_item(const struct value *array, uint64_t i)
{
    enum dtype t = value_array_type(array)->dtype;
    size_t len, size = dtype_size(t);
    const char *items = g_bytes_get_data(value_bytes(array), &len);
    int64_t n;
    double x;

    assert(i < len / size);
    items += i * size;
    switch (dtype_class(t)) {
    case DTYPE_IS_BOOL:
        return value_new_bool(*items != 0);
    case DTYPE_IS_FLOAT:
        convert_items(t, items, DTYPE_FLOAT64, &x, 1);
        return value_new_float(x);
    case DTYPE_IS_COMPLEX:
        return NULL;
    default:
        convert_items(t, items, DTYPE_INT64, &n, 1);
        return t == DTYPE_UINT64 && n < 0 ? NULL : value_new_int(n);
    }
}
