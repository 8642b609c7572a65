/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* layout: how the records of a dataset become files. */
#include "ops/op.h"

struct laying {
    int64_t as; /* enum layout */
};

static const struct param_choice layouts[] = {{"siblings", LAYOUT_SIBLINGS},
                                              {"dirs", LAYOUT_DIRS},
                                              {"json", LAYOUT_JSON},
                                              {"tar", LAYOUT_TAR},
                                              {0}};

const struct op op_layout = {
    .abi = SEQFS_OP_ABI,
    .name = "layout",
    .brief = "How the records of a dataset become files.",
    .manual = "`siblings`: a row of files beside each other, 012.image.jpg and 012.label.txt (or "
              "012.jpg and 012.cls, where a field is called as a suffix). `dirs`: a folder a "
              "record, with a file a field in it. `json`: one file a record. `tar`: an archive a "
              "record. Without this step records of scalars are json, others are siblings. The "
              "elements stay what they are.",
    .kind = OP_SEQUENCE,
    .flags = OP_LAYOUT,
    .params_size = sizeof(struct laying),
    .params = PARAMS(PARAM(CHOICE, struct laying, as, .required = true, .main = true,
                           .choices = layouts, .brief = "what a record becomes")),
    .examples = EXAMPLES(
        {"[{collate: {a: {range: 2}, b: {values: [x, y]}}}, {layout: siblings}]", "0 x 1 y"},
        {"[{collate: {a: {range: 1}, b: {values: [x]}}}, {layout: json}]",
         "{\"a\": 0, \"b\": \"x\"}"},
        {"[{range: 2}, {layout: json}]", "0 1"},
        {"[{range: 2}, {layout: folders}]",
         "!1:23: layout: argument 'as': no value 'folders', there are siblings, dirs, json, tar"}),
};
