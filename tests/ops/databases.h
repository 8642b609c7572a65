/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The databases that examples of operators read. */
#pragma once

/* Writes pets.db, a table of pets, and numbers.h5 with squares (3 x 2, int32), as far as this build
 * has their operators.  folder: with a final slash. */
void databases_write(const char *folder);
