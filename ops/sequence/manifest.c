/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* manifest: a table of a dataset's files and scalars beside them. */
#include "ops/op.h"

struct wanting {
    bool wanted;
};

const struct op op_manifest = {
    .abi = SEQFS_OP_ABI,
    .name = "manifest",
    .brief = "A table of the files and their scalars beside them: metadata.csv.",
    .manual =
        "The dataset's folder has one more file, `metadata.csv`, as the imagefolder loader of "
        "Hugging Face reads it: a row an element (of lists within lists, an element of the "
        "innermost), first the path of its file below the dataset's folder, then its scalars. Of "
        "records the files are the fields that are bytes, images or arrays: `file_name`, or "
        "FIELD_file_name each where there are several; the columns are the fields that are "
        "numbers, texts, true or false. Fields that are lists or records are left out. Of other "
        "elements the columns are the attributes of their source, but for those that tell the "
        "file's name again: index, path, name, stem, ext and subdir. A scalar that is null or "
        "fails to "
        "compute is an empty cell. Cells with commas, quotes or newlines are quoted as RFC 4180 "
        "says. The table is computed when it is opened; one of more than 4096 cells by every "
        "open. The elements stay what they are.",
    .kind = OP_SEQUENCE,
    .flags = OP_MANIFEST,
    .params_size = sizeof(struct wanting),
    .params = PARAMS(PARAM(BOOL, struct wanting, wanted, .main = true, .fallback = "true",
                           .brief = "whether there is to be one")),
    .examples = EXAMPLES(
        {"[{collate: {a: {range: 2}, b: {values: [x, y]}}}, {manifest: true}, {get: b}]", "x y"},
        {"[{range: 2}, manifest]", "0 1"},
        {"[{range: 2}, {manifest: names.csv}]",
         "!1:25: manifest: argument 'wanted': 'names.csv' is no truth value: it is true or false"}),
};
