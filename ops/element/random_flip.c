/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* random_flip: an image or its mirror image. */
#include "ops/op.h"

#include "ops/image/image.h"
#include "ops/image/operation.h"

enum direction { HORIZONTAL = 1, VERTICAL = 2, BOTH = HORIZONTAL | VERTICAL };

struct random_flip {
    int64_t direction;
    double chance;
};

static const struct param_choice directions[] = {
    {"horizontal", HORIZONTAL},
    {"vertical", VERTICAL},
    {"both", BOTH},
    {0},
};

static int random_flip_apply(const struct call *c, struct value *in, struct value **ret)
{
    const struct random_flip *p = c->params;
    OWN(image_unref_pixels) VipsImage *across = NULL;
    const struct image *image = image_of(in);
    VipsImage *pixels;
    struct image flipped = {0};
    struct random random;
    int r = 0;

    random_init(&random, c->seq, c->i, RANDOM_OWN);
    bool horizontal = random_uniform(&random) < p->chance && p->direction & HORIZONTAL;
    bool vertical = random_uniform(&random) < p->chance && p->direction & VERTICAL;
    if (!horizontal && !vertical) {
        *ret = value_ref(in);
        return 0;
    }
    if (image->sketch) {
        *ret = image_of_sketch(sketch_flip(image->sketch, horizontal, vertical));
        return 0;
    }
    image_begin();
    r = image_pixels(image, c->eval, &pixels);
    if (r == 0 && horizontal)
        r = operation_on("flip", pixels, c->eval, &across, "direction", VIPS_DIRECTION_HORIZONTAL,
                         NULL);
    if (r == 0 && vertical)
        r = operation_on("flip", across ? across : pixels, c->eval, &flipped.pixels, "direction",
                         VIPS_DIRECTION_VERTICAL, NULL);
    else if (r == 0)
        flipped.pixels = g_steal_pointer(&across);
    return r < 0 ? r : image_done(&flipped, c->eval, ret);
}

const struct op op_random_flip = {
    .abi = SEQFS_OP_ABI,
    .name = "random_flip",
    .brief = "The image or, by chance, its mirror image.",
    .manual = "horizontal swaps left and right, vertical top and bottom; both does each with this "
              "chance. The same element always gives the same image; another seed, another epoch "
              "of epochs, gives another.",
    .kind = OP_ELEMENT,
    .input = OP_TAKES_IMAGE,
    .flags = OP_ISOLATE | OP_RANDOM | OP_KEEPS_SIZE,
    .version = image_version,
    .params_size = sizeof(struct random_flip),
    .params =
        PARAMS(PARAM(CHOICE, struct random_flip, direction, .main = true, .fallback = "horizontal",
                     .choices = directions, .brief = "which sides change places"),
               PARAM(DOUBLE, struct random_flip, chance, .fallback = "0.5", .max = 1,
                     .brief = "that it is flipped, 0 to 1")),
    .examples = EXAMPLES(
        {"[{files: photo.jpg}, random_flip]", "32x24x3"},
        {"[{files: photo.jpg}, {random_flip: both}]", "32x24x3"},
        {"[{files: photo.jpg}, {random_flip: {direction: vertical, chance: 0.1}}]", "32x24x3"},
        {"[{files: photo.jpg}, {random_flip: sideways}]",
         "!1:36: random_flip: argument 'direction': no value 'sideways', there are horizontal, "
         "vertical, both"}),
    .apply = random_flip_apply,
};
