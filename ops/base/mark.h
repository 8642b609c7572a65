/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A place in a spec. */
#pragma once

#include <stdint.h>

/* Lines and columns count from 1, columns and len in characters.  Line 0 means "nowhere". */
struct mark {
    uint32_t line;
    uint32_t column;
    uint32_t len; /* how many characters to underline; at least 1 */
};
