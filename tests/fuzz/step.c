/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: any bytes are what a step takes or a failure, and any bytes that a program answers
 * are a frame or a fault.  The first byte tells which step; the line behind it is its argument. */
#include "ops/element/frame.h"
#include "tests/fuzz/fuzz.h"

#define FRAME 'a'

static const struct fuzz_mode modes[] = {
    {FRAME, NULL},
    {'d', "[{files: '${FILE}'}, {decompress: {max_output: 1M}}]"},
    {'D', "[{files: '${FILE}'}, {decompress: {format: lzma, max_output: 1M}}]"},
    {'p', "[{files: '${FILE}'}, {parse: json}, {encode: json}]"},
    {'i', "[{files: '${FILE}'}, {parse: int}]"},
    {'f', "[{files: '${FILE}'}, {parse: float}]"},
    {'b', "[{files: '${FILE}'}, {parse: bool}]"},
    {'r', "[{files: '${FILE}'}, {replace: {pattern: '${TEXT}', with: '[\\0]'}}]"},
    {'w', "[{files: '${FILE}'}, {replace: {pattern: '(.)(?<b>.)?', with: '${TEXT}'}}]"},
    {'l', "[{files: '${FILE}'}, {replace: {pattern: '${TEXT}', with: ab, literal: true}}]"},
    {'s', "[{files: '${FILE}'}, {split_text: '${TEXT}'}, {join_text: '|'}]"},
    {'S', "[{files: '${FILE}'}, {split_text: {separator: '${TEXT}', regex: true}}, "
          "{join_text: '|'}]"},
    {'v', "[{files: '${FILE}'}, strip, lower, upper, split_text, {encode: json}]"},
    {'h', "[{files: '${FILE}'}, {hash: sha256}]"},
};

/* As it comes from a program, in pieces whose sizes the first byte decides. */
static void try_frame(const uint8_t *data, size_t len)
{
    const struct frame_rules rules = {.program = "x", .number = 7, .max = 65536, .max_error = 512};
    OWN(frame_free) struct frame *frame = frame_new(&rules);
    const size_t step = len > 0 ? 1 + data[0] : 1;
    struct fault f = {0};
    int r = 0;

    for (size_t at = 1; r == 0 && at < len && !frame_is_whole(frame);) {
        char *to;
        size_t room;

        frame_want(frame, &to, &room);
        room = MIN(room, MIN(step, len - at));
        fuzz_check(room > 0, "a frame that is not whole wants nothing");
        memcpy(to, data + at, room);
        at += room;
        r = frame_add(frame, room, &f);
    }
    fuzz_check(r == 0 || (f.err > 0 && f.text[0]), "a failure without a word");
    if (r == 0 && frame_is_whole(frame) && frame->kind == FRAME_ARRAY) {
        uint64_t bytes;

        fuzz_check(array_n_bytes(&frame->type, &bytes) && bytes == frame->len,
                   "an array of another length");
    }
}

/* The line, as text that a spec may have; and what follows it. */
static char *take_line(const uint8_t **data, size_t *len)
{
    const uint8_t *end = *len > 0 ? memchr(*data, '\n', *len) : NULL;
    const size_t n = end ? (size_t)(end - *data) : 0;
    g_autofree char *line = g_strndup((const char *)*data, n);
    const size_t taken = end ? n + 1 : 0;

    *data += taken;
    *len -= taken;
    return g_utf8_make_valid(line, -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    const struct fuzz_mode *m = fuzz_find_mode(modes, G_N_ELEMENTS(modes), *data++);
    g_autofree char *text = NULL;

    len--;
    if (m->letter == FRAME) {
        try_frame(data, len);
        return 0;
    }
    text = strstr(m->dataset, "TEXT") ? take_line(&data, &len) : g_strdup("");
    fuzz_dataset(m->dataset, data, len, text);
    return 0;
}
