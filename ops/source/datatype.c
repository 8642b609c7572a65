/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the types that arrays can have by how items are laid out. */
#include "ops/source/datatype.h"

#include <glib.h>
#include <string.h>

static bool find_integer(hid_t type, enum dtype *ret)
{
    static const enum dtype types[2][4] = {{DTYPE_UINT8, DTYPE_UINT16, DTYPE_UINT32, DTYPE_UINT64},
                                           {DTYPE_INT8, DTYPE_INT16, DTYPE_INT32, DTYPE_INT64}};
    const size_t size = H5Tget_size(type);
    const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;

    for (unsigned log = 0; log < 4; log++) {
        if (size != (size_t)1 << log)
            continue;
        *ret = types[is_signed][log];
        return true;
    }
    return false;
}

/* IEEE 754 alone: what is called float there may be laid out in any way. */
static bool find_float(hid_t type, enum dtype *ret)
{
    static const struct {
        size_t size, exponent, mantissa;
        enum dtype dtype;
    } types[] = {{2, 5, 10, DTYPE_FLOAT16}, {4, 8, 23, DTYPE_FLOAT32}, {8, 11, 52, DTYPE_FLOAT64}};
    size_t sign, at_exponent, exponent, at_mantissa, mantissa;

    if (H5Tget_fields(type, &sign, &at_exponent, &exponent, &at_mantissa, &mantissa) < 0)
        return false;
    for (size_t n = 0; n < G_N_ELEMENTS(types); n++) {
        if (H5Tget_size(type) != types[n].size || exponent != types[n].exponent ||
            mantissa != types[n].mantissa)
            continue;
        *ret = types[n].dtype;
        return true;
    }
    return false;
}

static bool has_member(hid_t type, unsigned n, const char *name, int8_t value)
{
    char *member = H5Tget_member_name(type, n);
    int8_t is = -1;
    bool same = member && strcmp(member, name) == 0 && H5Tget_member_value(type, n, &is) >= 0 &&
                is == value;

    H5free_memory(member);
    return same;
}

/* As h5py writes truth values: an enumeration of a byte. */
static bool is_bool(hid_t type)
{
    return H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
           has_member(type, 0, "FALSE", 0) && has_member(type, 1, "TRUE", 1);
}

const char *datatype_find(hid_t type, enum dtype *ret)
{
    switch (H5Tget_class(type)) {
    case H5T_INTEGER:
        return find_integer(type, ret) ? NULL : "integers of an uncommon size";
    case H5T_FLOAT:
        return find_float(type, ret) ? NULL : "floats of an uncommon size";
    case H5T_ENUM:
        *ret = DTYPE_BOOL;
        return is_bool(type) ? NULL : "an enumeration";
    case H5T_STRING:
        return "strings";
    case H5T_COMPOUND:
        return "compounds";
    case H5T_ARRAY:
        return "arrays within arrays";
    case H5T_VLEN:
        return "lists of different lengths";
    default:
        return "of a type that is none of numbers";
    }
}

/* In memory items are as in the file, but for the order of their bytes. */
static hid_t memory_type(hid_t type)
{
    hid_t memory = H5Tcopy(type);

    if (memory >= 0 && H5Tget_size(memory) > 1 &&
        H5Tset_order(memory, H5Tget_order(H5T_NATIVE_INT)) < 0) {
        H5Tclose(memory);
        return -1;
    }
    return memory;
}

/* Numbers may have fewer bits in the file than their bytes hold, or be moved within them. */
static hid_t plain_type(enum dtype t)
{
    switch (t) {
    case DTYPE_INT8:
        return H5Tcopy(H5T_NATIVE_INT8);
    case DTYPE_INT16:
        return H5Tcopy(H5T_NATIVE_INT16);
    case DTYPE_INT32:
        return H5Tcopy(H5T_NATIVE_INT32);
    case DTYPE_INT64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case DTYPE_UINT8:
        return H5Tcopy(H5T_NATIVE_UINT8);
    case DTYPE_UINT16:
        return H5Tcopy(H5T_NATIVE_UINT16);
    case DTYPE_UINT32:
        return H5Tcopy(H5T_NATIVE_UINT32);
    case DTYPE_UINT64:
        return H5Tcopy(H5T_NATIVE_UINT64);
    case DTYPE_FLOAT32:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case DTYPE_FLOAT64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    default:
        return -1;
    }
}

hid_t datatype_in_memory(hid_t type, enum dtype dtype)
{
    const hid_t plain = plain_type(dtype);

    return plain >= 0 ? plain : memory_type(type);
}
