/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* map: steps on one field of records, or steps as a group.  The steps themselves do the work. */
#include "ops/op.h"

const struct op op_map = {
    .abi = SEQFS_OP_ABI,
    .name = "map",
    .brief = "Steps on fields of records, or several steps as one.",
    .manual =
        "`map: {on: FIELD, do: [STEP...]}` takes the field out of each record, does the steps, and "
        "puts the result back; the other fields stay as they are. `on` may list several fields, "
        "each of which goes through the steps, with the same random numbers. `map: [STEP...]` is "
        "the steps as a group; with `p` they are applied to an element all or none. Any element "
        "step takes `on: FIELD` and `p` itself as well.",
    .kind = OP_ELEMENT,
    .flags = OP_MAPS,
    .params_size = sizeof(struct mapping),
    .params = PARAMS(PARAM(STRINGS, struct mapping, on,
                           .brief = "the field, or a list of fields; default: the element itself"),
                     PARAM_AS("do", NODE, struct mapping, steps, .main = true,
                              .brief = "a step, or a list of steps")),
    .examples = EXAMPLES(
        {"[{values: [{a: 1, b: x}]}, {map: {on: a, do: [{encode: json}]}}, {get: b}]", "x"},
        {"[{files: photo.jpg}, {map: [{thumbnail: 16}, {flip: horizontal}]}]", "16x12x3"},
        {"[{values: [{a: 1}]}, {map: {on: b, do: [{exec: cat}]}}]",
         "!1:33: map: on 'b': the records have no such field"}),
};
