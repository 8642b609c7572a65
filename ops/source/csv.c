/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* csv: the rows of a table of comma-separated values. */
#include "ops/source/separated.h"

const struct op op_csv = {
    .abi = SEQFS_OP_ABI,
    .name = "csv",
    .brief = "Records that are the rows of a file of comma-separated values.",
    .manual =
        "Cells stand between commas, or what `delimiter` says. In quotes they may hold commas, "
        "newlines and, doubled, quotes (RFC 4180).\n\n" SEPARATED_MANUAL,
    .kind = OP_SOURCE,
    .params_size = sizeof(struct separated),
    .params =
        PARAMS(PARAM(STRING, struct separated, path, .required = true, .main = true,
                     .brief = "the file; relative to the spec's folder"),
               PARAM(STRING, struct separated, delimiter, .fallback = ",",
                     .brief = "what stands between cells: one ASCII sign, or tab"),
               PARAM(STRING, struct separated, quote, .fallback = "\"",
                     .brief = "what stands around cells that have one of these signs, or none"),
               PARAM(BOOL, struct separated, header, .fallback = "true",
                     .brief = "whether the first row names the columns"),
               PARAM(NODE, struct separated, columns,
                     .brief = "those that are wanted: names, or names with their kinds"),
               PARAM(STRINGS, struct separated, files, .brief = "columns that name files")),
    .examples = EXAMPLES(
        {"{csv: table.csv}", "{\"file\": \"a.txt\", \"label\": \"first, of all\", \"weight\": 0.5} "
                             "{\"file\": \"sub/d.txt\", \"label\": \"second\", \"weight\": null}"},
        {"{csv: {path: table.csv, columns: [file], files: [file]}}", "alpha delta"},
        {"[{csv: {path: table.csv, columns: {weight: text, label: text}}}, {get: label}]",
         "first, of all second"},
        {"[{csv: table.csv}, {filter: \"weight < 1\"}, {get: label}]", "first, of all"},
        {"{csv: {path: table.csv, columns: [file, lable]}}",
         "!1:41: csv: 'table.csv' has no column 'lable'; did you mean 'label'?"},
        {"{csv: {path: table.csv, columns: {file: int}}}",
         "#0: row 0 (line 2) of 'table.csv' has 'a.txt' in column 'file'; wanted is int"},
        {"{csv: none.csv}", "!1:7: csv: 'none.csv' cannot be read: no such file or directory"}),
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
