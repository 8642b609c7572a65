/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suffixes of files: what elements' types say, and which names of fields are ones. */
#pragma once

#include <stdbool.h>

/* The suffix of a file whose type has this one: "bin" where there is none, or none that can be in
 * the name of a file. */
const char *suffix_of_file(const char *suffix);

/* Whether a field's name is the suffix of its file: its type's, one that readers of such records
 * know, or with a dot of its own.  Then the file is KEY.FIELD, not KEY.FIELD.SUFFIX.  A name that
 * readers know is none where the type's suffix is npy, npz or that of images, of another format. */
bool suffix_is_field(const char *field, const char *suffix);
