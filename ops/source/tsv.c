/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tsv: the rows of a table of values with tabs between them. */
#include "ops/source/separated.h"

const struct op op_tsv = {
    .abi = SEQFS_OP_ABI,
    .name = "tsv",
    .brief = "Records that are the rows of a file of values with tabs between them.",
    .manual = "As `csv`, but cells stand between tabs, and quotes mean nothing unless `quote` says "
              "so.\n\n" SEPARATED_MANUAL,
    .kind = OP_SOURCE,
    .params_size = sizeof(struct separated),
    .params =
        PARAMS(PARAM(STRING, struct separated, path, .required = true, .main = true,
                     .brief = "the file; relative to the spec's folder"),
               PARAM(STRING, struct separated, delimiter, .fallback = "tab",
                     .brief = "what stands between cells: one ASCII sign, or tab"),
               PARAM(STRING, struct separated, quote, .fallback = "none",
                     .brief = "what stands around cells that have one of these signs, or none"),
               PARAM(BOOL, struct separated, header, .fallback = "true",
                     .brief = "whether the first row names the columns"),
               PARAM(NODE, struct separated, columns,
                     .brief = "those that are wanted: names, or names with their kinds"),
               PARAM(STRINGS, struct separated, files, .brief = "columns that name files")),
    .examples = EXAMPLES(
        {"[{tsv: table.tsv}, {encode: json}]",
         "{\"id\": 1, \"said\": \"\\\"hello\\\"\"} {\"id\": 2, \"said\": \"it's\"}"},
        {"[{tsv: {path: table.tsv, quote: '\"', columns: said}}, {get: said}]", "hello it's"},
        {"[{tsv: {path: table.tsv, header: false, columns: [a, b]}}, {slice: \"1:\"}, {get: a}]",
         "1 2"},
        {"{tsv: {path: table.tsv, delimiter: tabs}}",
         "!1:36: tsv: argument 'delimiter': 'tabs' is no single ASCII sign, nor 'tab'"}),
    .attrs = ATTRS(TABLE_ATTRS),
    .open = separated_open,
    .close = table_close,
    .type = table_type,
    .n_parts = table_n_parts,
    .part = table_part,
    .field = table_field,
    .attr = table_attr,
    .origin = table_origin,
    .identify = table_identify,
    .get = table_get,
};
