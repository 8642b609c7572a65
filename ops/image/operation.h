/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One libvips operation from one image to one image, as an operator of ours. */
#pragma once

#include "ops/core/seq.h"
#include "ops/image/arguments.h"

/* Lifetime: the provider's.  op.data points to it. */
struct operation {
    struct op op;
    struct arguments arguments;
    GType type;
};

/* Why a spec cannot use the operation, as a static sentence, or NULL. */
const char *operation_refuse(GType type, const struct arguments *a);

/* name is what specs call it; borrowed. */
struct operation *operation_new(GType type, const char *name);
void operation_free(struct operation *o);
OWN_DEFINE(struct operation, operation_free)

/* Builds an operation of libvips whose properties are all set and takes its result called output.
 * late as of image_fault(). */
int operation_run(VipsOperation *own, const char *output, bool late, struct eval *e,
                  VipsImage **ret);
