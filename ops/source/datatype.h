/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The types of items in HDF5 files. */
#pragma once

#define H5_USE_110_API /* newer libraries keep it */
#include <hdf5.h>

#include "ops/op.h"

/* NULL, or what the items are that no array can have. */
const char *datatype_find(hid_t type, enum dtype *ret);
/* What items of this type are read as; to be closed by H5Tclose(); negative = it cannot be told. */
hid_t datatype_in_memory(hid_t type, enum dtype dtype);
