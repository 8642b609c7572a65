/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table of the types of items. */
#include "ops/core/dtype.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

const struct param_choice dtype_choices[] = {
    {"bool", DTYPE_BOOL},
    {"int8", DTYPE_INT8},
    {"int16", DTYPE_INT16},
    {"int32", DTYPE_INT32},
    {"int64", DTYPE_INT64},
    {"uint8", DTYPE_UINT8},
    {"uint16", DTYPE_UINT16},
    {"uint32", DTYPE_UINT32},
    {"uint64", DTYPE_UINT64},
    {"float16", DTYPE_FLOAT16},
    {"float32", DTYPE_FLOAT32},
    {"float64", DTYPE_FLOAT64},
    {"complex64", DTYPE_COMPLEX64},
    {"complex128", DTYPE_COMPLEX128},
    {0},
};

static const struct {
    unsigned char size;
    unsigned char alignment;
    enum dtype_class class;
} table[] = {
    [DTYPE_BOOL] = {1, 1, DTYPE_IS_BOOL},         [DTYPE_INT8] = {1, 1, DTYPE_IS_SIGNED},
    [DTYPE_INT16] = {2, 2, DTYPE_IS_SIGNED},      [DTYPE_INT32] = {4, 4, DTYPE_IS_SIGNED},
    [DTYPE_INT64] = {8, 8, DTYPE_IS_SIGNED},      [DTYPE_UINT8] = {1, 1, DTYPE_IS_UNSIGNED},
    [DTYPE_UINT16] = {2, 2, DTYPE_IS_UNSIGNED},   [DTYPE_UINT32] = {4, 4, DTYPE_IS_UNSIGNED},
    [DTYPE_UINT64] = {8, 8, DTYPE_IS_UNSIGNED},   [DTYPE_FLOAT16] = {2, 2, DTYPE_IS_FLOAT},
    [DTYPE_FLOAT32] = {4, 4, DTYPE_IS_FLOAT},     [DTYPE_FLOAT64] = {8, 8, DTYPE_IS_FLOAT},
    [DTYPE_COMPLEX64] = {8, 4, DTYPE_IS_COMPLEX}, [DTYPE_COMPLEX128] = {16, 8, DTYPE_IS_COMPLEX},
};

size_t dtype_size(enum dtype t)
{
    assert(t < G_N_ELEMENTS(table));
    return table[t].size;
}

size_t dtype_alignment(enum dtype t)
{
    assert(t < G_N_ELEMENTS(table));
    return table[t].alignment;
}

enum dtype_class dtype_class(enum dtype t)
{
    assert(t < G_N_ELEMENTS(table));
    return table[t].class;
}

const char *dtype_name(enum dtype t)
{
    assert(t < G_N_ELEMENTS(table) && dtype_choices[t].value == t);
    return dtype_choices[t].name;
}

bool dtype_find(const char *name, enum dtype *ret)
{
    for (const struct param_choice *c = dtype_choices; c->name; c++) {
        if (strcmp(c->name, name) != 0)
            continue;
        *ret = (enum dtype)c->value;
        return true;
    }
    return false;
}
