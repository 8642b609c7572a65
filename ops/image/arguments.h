/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libvips tells about the arguments of one of its operations, as a table of ours. */
#pragma once

#include "ops/core/param.h"

#include <vips/vips.h>

/* Lifetime: its owner's; immutable.  All pointers are owned unless noted. */
struct arguments {
    struct param *params; /* what a spec can say, required ones first, of which the first is main;
                             ends without a name */
    GParamSpec **specs;   /* libvips' word on each of params; borrowed */
    uint32_t len;         /* of both */
    size_t size;          /* bytes of the params struct */
    GStringChunk *strings;
    GPtrArray *choices;
    const char *image;  /* the first required image; borrowed; NULL = none */
    bool several;       /* it takes more images than that one, or a list of them: then all are among
                           params, `image` the first of them and not required there */
    const char *output; /* the first required result; borrowed; NULL = none */
    unsigned n_images;  /* required images; an array of them counts as two */
    unsigned n_outputs; /* required results that are images */
    bool modifies;      /* works on the image itself */
    bool alien;         /* requires what no spec can say, such as a file or an operation */
};

/* Leaves out what is deprecated and what cannot be said.  Never fails. */
void arguments_init(struct arguments *ret, GType type);
void arguments_finish(struct arguments *a);

/* Whether it stands for an image, or for a list of them. */
bool arguments_is_image(const struct param *p);

/* The name of a value among choices, or NULL. */
const char *arguments_choice(const struct param_choice *choices, int64_t value);
