/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sources that can only be read forward: programs, compressed files, and any order over them. */
#include <errno.h>

#include "tests/unit/archives.h"
#include "tests/unit/packed.h"

/* Writes a file through one of libarchive's filters. */
static void put_packed(const struct folder *d, const char *name, int filter, const char *text,
                       size_t len)
{
    g_autoptr(GBytes) packed = packed_by(filter, text, len);

    folder_put(d, name, g_bytes_get_data(packed, NULL), g_bytes_get_size(packed));
}

#define PUT_PACKED(d, name, filter, text) \
    put_packed(d, name, ARCHIVE_FILTER_##filter, text, sizeof(text) - 1)

/* That a sequence cannot be loaded, and all that is said of it. */
static void assert_source_refused(struct folder *d, const char *sequence, const char *want)
{
    assert_true(folder_load_seq(d, sequence) < 0);
    assert_complained(d, COMPLAINT_SOURCE, want);
}

static void every_compression_gives_the_lines_of_the_plain_file(void **state)
{
    static const char text[] = "one\r\n\ntwo\nn\xc3\xa4hm\n\xff\nlast";
    static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                                  ARCHIVE_FILTER_ZSTD};
    struct folder *d = *state;

    folder_put(d, "plain", text, sizeof text - 1);
    folder_seq(d, "{lines: plain}");
    assert_int_equal(d->seq->len, 6);
    for (size_t n = 0; n < G_N_ELEMENTS(filters); n++) {
        put_packed(d, "packed", filters[n], text, sizeof text - 1);
        for (uint64_t i = 0; i < 6; i++) {
            folder_seq(d, "{lines: plain}");
            g_autofree char *want = folder_element(d, i);
            char *behind = strstr(want, "'plain'");
            folder_seq(d, "{lines: packed}");
            assert_int_equal(d->seq->len, 6);
            g_autofree char *got = folder_element(d, i);
            char *at = strstr(got, "'packed'");

            if (behind)
                *behind = '\0';
            if (at)
                *at = '\0';
            assert_string_equal(got, want);
        }
    }
}

static void an_empty_compressed_file_has_no_lines(void **state)
{
    struct folder *d = *state;

    PUT_PACKED(d, "empty.gz", GZIP, "");
    folder_seq(d, "{lines: empty.gz}");
    assert_int_equal(d->seq->len, 0);
}

/* In the middle of a long one, and of a short one anywhere behind its first bytes. */
static void a_compressed_file_that_is_cut_short_is_told_at_load(void **state)
{
    static char text[200000];
    struct folder *d = *state;
    g_autofree char *long_one = NULL, *said = NULL, *short_one = NULL;
    gsize len;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i % 50 == 49 ? '\n' : 'a' + (i * 2654435761u >> 13) % 26);
    put_packed(d, "a.gz", ARCHIVE_FILTER_GZIP, text, sizeof text);
    long_one = slurp(d, "a.gz", &len);
    folder_put(d, "a.gz", long_one, len / 2);
    assert_true(folder_load_seq(d, "{lines: a.gz}") < 0);
    said = complaints_text(d->complaints);
    assert_non_null(strstr(said, "lines: cannot unpack 'a.gz': the gzip is damaged or cut off: "));
    put_packed(d, "a.gz", ARCHIVE_FILTER_GZIP, "one\ntwo\n", 8);
    short_one = slurp(d, "a.gz", &len);
    for (gsize n = 2; n < len; n++) {
        folder_put(d, "a.gz", short_one, n);
        assert_true(folder_load_seq(d, "{lines: a.gz}") < 0);
    }
}

static void a_compressed_file_that_changed_since_is_a_fault(void **state)
{
    struct folder *d = *state;

    PUT_PACKED(d, "a.gz", GZIP, "one\ntwo\n");
    folder_seq(d, "{lines: a.gz}");
    PUT_PACKED(d, "a.gz", GZIP, "one\ntwo\nthree and more\n");
    assert_element(
        d, 0,
        "!'a.gz' has changed since it was counted; reload the spec (SIGHUP) or mount it anew");
}

static void compressed_lines_have_the_attributes_of_lines(void **state)
{
    struct folder *d = *state;

    PUT_PACKED(d, "sub-a.gz", GZIP, "one\ntwo\n");
    folder_seq(d, "{lines: sub-a.gz}");
    assert_attr(d, "line", "1|2");
    assert_attr(d, "stem", "sub-a|sub-a");
}

static void a_program_writes_lines_texts_or_frames(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "{program: [printf, 'a\\r\\n\\nb']}", "a||b");
    assert_elements(d, "{program: {argv: [printf, 'a\\0\\0b'], split: nul}}", "a||b");
    assert_elements(d, "{program: {argv: [printf, '\\0\\0\\0\\2ab\\0\\0\\0\\0'], split: length}}",
                    "ab|");
    assert_elements(d, "{program: ['true']}", "");
}

static void a_program_runs_in_the_folder_of_the_spec(void **state)
{
    struct folder *d = *state;

    folder_put_text(d, "list", "x\ny\n");
    assert_elements(d, "{program: [cat, list]}", "x|y");
}

static void what_is_no_text_fails_alone(void **state)
{
    assert_elements(*state, "{program: [printf, 'a\\n\\377\\nb\\n']}",
                    "a|!line 2 of the output of 'printf' is not valid UTF-8 text|b");
}

static void long_lines_are_whole(void **state)
{
    struct folder *d = *state;
    g_autofree char *line = NULL;

    folder_seq(d, "{program: {argv: 'head -c 300000 /dev/zero | tr \"\\0\" x; echo; echo end', "
                  "shell: true}}");
    assert_int_equal(d->seq->len, 2);
    line = folder_element(d, 0);
    assert_int_equal(strlen(line), 300000);
    assert_element(d, 1, "end");
}

static void a_line_without_bounds_fails_alone(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "{program: {argv: 'head -c 70000000 /dev/zero | tr \"\\0\" x; echo; echo end', "
                  "shell: true, length: 2}}");
    assert_element(d, 0, "!line 1 of the output of '/bin/sh' has more than 67108864 bytes");
    assert_element(d, 1, "end");
}

static void an_output_that_ends_within_a_frame_is_a_fault(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "{program: {argv: [printf, '\\0\\0\\0\\1a\\0\\0\\0\\5b'], split: length, "
                  "length: 2}}");
    assert_element(d, 0, "a");
    assert_element(d, 1, "!the output of 'printf' ended within element 1");
}

static void a_program_that_fails_while_it_is_counted_is_refused(void **state)
{
    assert_source_refused(
        *state, "{program: {argv: 'echo a; (echo first; echo oh no) >&2; exit 3', shell: true}}",
        "program: '/bin/sh' exited with status 3: oh no");
}

static void a_program_that_fails_half_way_fails_the_elements_behind(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    folder_seq(d, "{program: {argv: 'echo a; echo half; echo oh no >&2; exit 3', shell: true, "
                  "length: 4}}");
    assert_element(d, 1, "half");
    assert_element(d, 3, "!'/bin/sh' exited with status 3");
    assert_true(seq_get(d->seq, &d->eval, 2, &v) < 0);
    assert_string_equal(d->eval.fault.detail, "oh no\n");
    assert_int_equal(d->eval.fault.trail_len, 2); /* program, uniter */
}

static void a_line_that_a_failing_program_has_not_ended_is_none(void **state)
{
    struct folder *d = *state;

    folder_seq(d, "{program: {argv: 'echo a; printf half; exit 3', shell: true, length: 2}}");
    assert_element(d, 0, "a");
    assert_element(d, 1, "!'/bin/sh' exited with status 3");
}

static void waiting_for_a_program_ends_at_the_deadline(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    folder_seq(d, "{program: {argv: 'echo a; sleep 60', shell: true, length: 2}}");
    d->eval.deadline = g_get_monotonic_time() + G_USEC_PER_SEC / 5;
    assert_int_equal(seq_get(d->seq, &d->eval, 1, &v), -ETIMEDOUT);
}

static void the_length_can_be_given(void **state)
{
    struct folder *d = *state;

    assert_elements(d, "[{program: {argv: [seq, '9'], length: 2}}]", "1|2");
    assert_elements(d, "[{program: [seq, '9']}, {uniter: {length: 3}}, {slice: '::-1'}]", "3|2|1");
    assert_true(folder_load_seq(d, "[{range: 3}, {uniter: {length: 2}}]") < 0);
    assert_complained(d, COMPLAINT_SPEC,
                      "uniter: argument 'length' is 2, but its input has 3 elements");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_compression_gives_the_lines_of_the_plain_file),
        IN_FOLDER(an_empty_compressed_file_has_no_lines),
        IN_FOLDER(a_compressed_file_that_is_cut_short_is_told_at_load),
        IN_FOLDER(a_compressed_file_that_changed_since_is_a_fault),
        IN_FOLDER(compressed_lines_have_the_attributes_of_lines),
        IN_FOLDER(a_program_writes_lines_texts_or_frames),
        IN_FOLDER(a_program_runs_in_the_folder_of_the_spec),
        IN_FOLDER(what_is_no_text_fails_alone),
        IN_FOLDER(long_lines_are_whole),
        IN_FOLDER(a_line_without_bounds_fails_alone),
        IN_FOLDER(an_output_that_ends_within_a_frame_is_a_fault),
        IN_FOLDER(a_program_that_fails_while_it_is_counted_is_refused),
        IN_FOLDER(a_program_that_fails_half_way_fails_the_elements_behind),
        IN_FOLDER(a_line_that_a_failing_program_has_not_ended_is_none),
        IN_FOLDER(waiting_for_a_program_ends_at_the_deadline),
        IN_FOLDER(the_length_can_be_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
