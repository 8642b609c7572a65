/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: any bytes are a container or get a complaint, and its elements are what they are
 * said to be, or failures.  The first byte tells how the others are read. */
#include "tests/fuzz/fuzz.h"

static const struct fuzz_mode modes[] = {
    {'t', "{tar: '${FILE}'}"},
    {'T', "{tar: {path: '${FILE}', group: stem}}"},
    {'u', "[{tar: {path: '${FILE}', group: stem, fields: [jpg, cls], missing: skip}}, uniter]"},
    {'z', "{zip: '${FILE}'}"},
    {'Z', "{zip: {path: '${FILE}', group: stem, missing: skip}}"},
    {'i', "{idx: '${FILE}'}"},
    {'n', "{npy: '${FILE}'}"},
    {'N', "{npz: '${FILE}'}"},
    {'M', "{npz: {path: '${FILE}', member: x}}"},
    {'r', "{raw: {path: '${FILE}', dtype: uint8, shape: [3, 2]}}"},
    {'R', "[{raw: {path: '${FILE}', dtype: float16, order: big, offset: 1, count: 2}}, "
          "{encode: raw}]"},
    {'c', "{csv: '${FILE}'}"},
    {'C', "{csv: {path: '${FILE}', header: false, columns: [a, b], delimiter: ';'}}"},
    {'k', "{csv: {path: '${FILE}', columns: {a: int, b: bool, c: float, d: text}}}"},
    {'f', "[{csv: {path: '${FILE}', files: [file]}}, {fields: [file]}]"},
    {'s', "{tsv: '${FILE}'}"},
    {'j', "{jsonl: '${FILE}'}"},
    {'J', "{jsonl: {path: '${FILE}', columns: {a: int, b: text}}}"},
    {'l', "{lines: '${FILE}'}"},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    g_setenv("SEQFS_INDEX", "off", TRUE);
    const struct fuzz_mode *m = fuzz_find_mode(modes, G_N_ELEMENTS(modes), data[0]);
    fuzz_dataset(m->dataset, data + 1, len - 1, "");
    return 0;
}
