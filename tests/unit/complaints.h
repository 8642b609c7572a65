/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a spec is told, for tests. */
#pragma once

#include "ops/spec/complain.h"

#include <stdio.h>
#include <stdlib.h>

/* All complaints as they are printed.  Owned by the caller. */
static inline char *complaints_text(const struct complaints *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    complaints_print(c, out);
    fclose(out);
    return g_steal_pointer(&text);
}
