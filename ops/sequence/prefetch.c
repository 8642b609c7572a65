/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* prefetch: how far the mount runs ahead of a reader.  The mount looks for this step; here the
 * elements pass. */
#include "ops/op.h"

struct prefetch {
    int64_t ahead;
    uint64_t bytes;
};

const struct op op_prefetch = {
    .abi = SEQFS_OP_ABI,
    .name = "prefetch",
    .brief = "Run ahead of readers of the datasets that stand on this.",
    .manual =
        "The elements pass unchanged. In every dataset that stands on this step, that many files "
        "are computed ahead of a reader who reads in order, instead of as many as the mount's "
        "`prefetch` says; with several such steps the largest number counts. 0 computes nothing "
        "ahead. Without a number it is the mount's usual one. What is computed ahead are whole "
        "files, wherever the step stands.",
    .kind = OP_SEQUENCE,
    .params_size = sizeof(struct prefetch),
    .params = PARAMS(
        PARAM(INT, struct prefetch, ahead, .main = true, .min = 0, .max = 4096,
              .brief = "files computed ahead; the mount's own number if not given"),
        PARAM(SIZE, struct prefetch, bytes, .min = 1, .max = 1e15,
              .brief = "memory for them, by their mean size; half of the mount's if not given")),
    .examples =
        EXAMPLES({"[{range: 3}, {prefetch: 16}]", "0 1 2"}, {"[{range: 3}, prefetch]", "0 1 2"},
                 {"[{range: 3}, {prefetch: {ahead: 0}}]", "0 1 2"},
                 {"[{range: 3}, {prefetch: -1}]",
                  "!1:25: prefetch: argument 'ahead': -1 is outside of 0..4096"}),
};
