/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names that files can have. */
#pragma once

#include <stdbool.h>

/* Whether it is the name of one file in a folder: something, without a slash, neither "." nor "..".
 * How long it is does not matter here: a field's name is only a part of a file's. */
bool filename_is_one(const char *name);
