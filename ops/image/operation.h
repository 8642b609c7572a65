/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One libvips operation from images to one image, as an operator of ours. */
#pragma once

#include "ops/core/seq.h"
#include "ops/image/arguments.h"
#include "ops/image/image.h"

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

/* Runs the operation called name on one image, which is settled first where it must be, and takes
 * its result `out`.  After ret: names and values of properties as of g_object_set(), and NULL. */
int operation_on(const char *name, VipsImage *in, struct eval *e, VipsImage **ret,
                 ...) G_GNUC_NULL_TERMINATED;

/* The operation that makes a thumbnail of an image, whose size is still to be set: from the file's
 * bytes where they are there, which the decoder can scale while it decodes.  They must live as long
 * as the result.  leave: the orientation is left as it is if that is still possible. */
int operation_thumbnail(const struct image *image, bool leave, struct eval *e, VipsOperation **ret);
