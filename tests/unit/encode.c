/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Elements to files: what each kind becomes, its suffix, options of formats, bytes that lie ready.
 */
#include "ops/image/format.h"

#include "tests/unit/images.h"

static void assert_suffix(struct folder *d, const char *sequence, const char *want)
{
    struct type type = seq_type(folder_files(d, sequence), 0);

    assert_true(type.known);
    assert_int_equal(type.kind, VALUE_BYTES);
    assert_string_equal(type.suffix, want);
}

static void numbers_and_text_end_in_a_newline(void **state)
{
    assert_text(*state, "{values: [42]}", "42\n");
    assert_text(*state, "{values: [hello]}", "hello\n");
    assert_text(*state, "[{values: [hello]}, {encode: {format: text, newline: false}}]", "hello");
    assert_text(*state, "[{values: [hello]}, {encode: {newline: false}}]", "hello");
    assert_suffix(*state, "{values: [42]}", "txt");
}

static void records_and_lists_become_json(void **state)
{
    assert_text(
        *state,
        "[{values: [{a: 1, b: [x, 2.5, null, true], 'q\"': \"z\\n\\u00e9\"}]}, {encode: json}]",
        "{\"a\": 1, \"b\": [\"x\", 2.5, null, true], \"q\\\"\": \"z\\n\xc3\xa9\"}\n");
    assert_suffix(*state, "[{values: [{a: 1}]}, {encode: json}]", "json");
    assert_text(*state, "[{values: [one]}, {encode: {format: json, newline: false}}]", "\"one\"");
}

static void json_has_no_infinity(void **state)
{
    assert_fault(*state, "[{values: [[1, .inf]]}, {encode: json}]",
                 "json has no word for the number inf");
}

static void bytes_stay_as_they_are(void **state)
{
    folder_put(*state, "a.xyz", "\0\1\2", 3);
    g_autoptr(GBytes) bytes = folder_bytes(*state, "[{files: a.xyz}, encode]");

    assert_int_equal(g_bytes_get_size(bytes), 3);
    assert_suffix(*state, "{files: a.xyz}", "xyz");
}

static void images_keep_the_suffix_they_came_with(void **state)
{
    put_picture(*state, "a.JPEG", ".jpg", 30, 20, 0);
    put_picture(*state, "b.data", ".jpg", 30, 20, 0);
    assert_suffix(*state, "[{files: a.JPEG}, invert]", "JPEG");
    assert_suffix(*state, "[{files: b.data}, invert]", "png");
    g_autoptr(GBytes) jpeg = folder_bytes(*state, "[{files: a.JPEG}, invert]");
    g_autoptr(GBytes) png = folder_bytes(*state, "[{files: b.data}, invert]");
    assert_memory_equal(g_bytes_get_data(jpeg, NULL), "\xff\xd8", 2);
    assert_memory_equal(g_bytes_get_data(png, NULL), "\x89PNG", 4);
}

static void every_format_is_written(void **state)
{
    static const char *const formats[] = {"jpeg", "png",  "webp", "tiff", "gif", "avif",
                                          "jxl",  "jp2k", "ppm",  "pgm",  "pfm", "hdr"};

    put_picture(*state, "a.png", ".png", 64, 48, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        const struct format *format = format_find(formats[i]);
        if (!format) /* this libvips was built without it */
            continue;
        g_autofree char *sequence = g_strdup_printf("[{files: a.png}, {encode: %s}]", formats[i]);
        g_autoptr(GBytes) bytes = folder_bytes(*state, sequence);
        VipsImage *image = load(bytes);
        assert_int_equal(image->Xsize, 64);
        assert_int_equal(image->Ysize, 48);
        g_object_unref(image);
        assert_suffix(*state, sequence, format_suffix(format));
    }
}

static void formats_that_need_a_named_file_are_written_too(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    if (format_find("fits")) {
        g_autoptr(GBytes) fits = folder_bytes(*state, "[{files: a.png}, {encode: fits}]");
        assert_memory_equal(g_bytes_get_data(fits, NULL), "SIMPLE  =", 9);
    }
    g_autoptr(GBytes) first = folder_bytes(*state, "[{files: a.png}, {encode: v}]");
    g_autoptr(GBytes) again = folder_bytes(*state, "[{files: a.png}, {encode: v}]");
    assert_true(g_bytes_equal(first, again));
    assert_suffix(*state, "[{files: a.png}, {encode: vips}]", "v");
}

static void names_of_formats_are_those_that_people_use(void **state)
{
    assert_ptr_equal(format_find("jpg"), format_find("jpeg"));
    assert_ptr_equal(format_find("JPG"), format_find("jpeg"));
    assert_ptr_equal(format_find("tif"), format_find("tiff"));
    assert_ptr_equal(format_find("pnm"), format_find("ppm"));
    assert_null(format_find("bin"));
    assert_null(format_find(""));
    assert_null(format_find(" "));
    assert_null(format_find("jpeg jpe"));
}

static void options_reach_the_saver(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    g_autoptr(GBytes) good =
        folder_bytes(*state, "[{files: a.png}, {encode: {format: jpeg, Q: 95}}]");
    g_autoptr(GBytes) poor =
        folder_bytes(*state, "[{files: a.png}, {encode: {format: jpeg, Q: 10}}]");
    g_autoptr(GBytes) progressive =
        folder_bytes(*state, "[{files: a.png}, {encode: {format: jpeg, Q: 10, interlace: true}}]");

    assert_true(g_bytes_get_size(poor) * 2 < g_bytes_get_size(good));
    assert_false(g_bytes_equal(poor, progressive));
}

static void wrong_options_are_told_at_load(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_refused(*state, "[{files: a.png}, {encode: jepg}]",
                   "encode: no format 'jepg' in this libvips; did you mean 'jpeg'?");
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, Q: 101}}]",
                   "argument 'Q': 101 is outside");
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, Q: [1, 2]}}]", "argument 'Q'");
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, interlase: true}}]",
                   "did you mean 'interlace'?");
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, subsample_mode: last}}]",
                   "no value 'last'");
    assert_refused(*state, "[{files: a.png}, {encode: {format: png, background: [1, x]}}]",
                   "argument 'background'");
    assert_refused(*state, "[{files: a.png}, {encode: {format: text}}]",
                   "bytes cannot be written as text");
    assert_refused(*state, "[{values: [1]}, {encode: {format: text, Q: 3}}]",
                   "only formats of images have options");
    assert_refused(*state, "[{files: a.png}, {encode: {Q: 3}}]",
                   "encode: argument 'Q': an option of which 'format'");
    assert_refused(*state, "[{values: [1]}, {encode: png}]",
                   "png is a format of images, but this is int");
}

static void options_may_be_drawn_for_each_element(void **state)
{
    struct folder *d = *state;
    bool differ = false;
    g_autoptr(GBytes) first = NULL;

    put_picture(d, "a.png", ".png", 64, 48, 0);
    folder_files(d,
                 "[{files: a.png}, {cycle: 6}, {encode: {format: jpeg, Q: {uniform: [5, 95]}}}]");
    assert_true(d->seq->random);
    assert_int_equal(plan_eval(d->plan, &d->eval, 0, 0, &first), 0);
    for (uint64_t i = 0; i < 6; i++) {
        g_autoptr(GBytes) one = NULL;
        g_autoptr(GBytes) again = NULL;
        assert_int_equal(plan_eval(d->plan, &d->eval, 0, i, &one), 0);
        assert_int_equal(plan_eval(d->plan, &d->eval, 0, i, &again), 0);
        assert_true(g_bytes_equal(one, again));
        differ = differ || !g_bytes_equal(one, first);
    }
    assert_true(differ);
    assert_false(folder_files(d, "[{files: a.png}, {encode: {format: jpeg, Q: 30}}]")->random);
}

static void options_that_could_be_drawn_wrong_are_told_at_load(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, Q: {uniform: [5, 900]}}}]",
                   "argument 'Q'");
    assert_refused(*state, "[{files: a.png}, {encode: {format: jpeg, QQ: {uniform: [5, 9]}}}]",
                   "no argument 'QQ'");
    assert_refused(*state,
                   "[{files: a.png}, {encode: {format: png, background: {uniform: [5, 9]}}}]",
                   "argument 'background': a mapping, but a list of numbers is wanted");
}

static void the_format_itself_is_not_drawn(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_refused(*state, "[{files: a.png}, {encode: {format: {choice: [png, jpeg]}}}]",
                   "encode: argument 'format' cannot be drawn");
}

static void a_record_has_no_format_of_images(void **state)
{
    assert_refused(*state, "[{values: [{a: 1}]}, {encode: png}]",
                   "encode: png is a format of images, but this is record: say on: FIELD");
}

/* The header of the tar's file that starts at a block. */
static const char *tar_header(GBytes *tar, size_t block)
{
    gsize len;
    const char *data = g_bytes_get_data(tar, &len);

    assert_true(len >= (block + 2) * 512);
    return data + block * 512;
}

static void the_fields_of_a_record_become_files_of_a_tar(void **state)
{
    g_autoptr(GBytes) tar =
        folder_bytes(*state, "[{values: [{n: 7, t: hello, l: [1, 2]}]}, {encode: tar}]");

    assert_suffix(*state, "[{values: [{n: 7}]}, {encode: tar}]", "tar");
    assert_string_equal(tar_header(tar, 0), "n.txt");
    assert_string_equal(tar_header(tar, 1), "7\n");
    assert_string_equal(tar_header(tar, 2), "t.txt");
    assert_string_equal(tar_header(tar, 3), "hello\n");
    assert_string_equal(tar_header(tar, 4), "l.json");
    assert_string_equal(tar_header(tar, 5), "[1, 2]\n");
    assert_int_equal(g_bytes_get_size(tar), 8 * 512);
}

static void the_time_and_the_owner_are_not_in_a_tar(void **state)
{
    g_autoptr(GBytes) tar = folder_bytes(*state, "[{values: [{n: 7}]}, {encode: tar}]");
    const char *header = tar_header(tar, 0);

    assert_memory_equal(header + 100, "000644 ", 7);
    assert_memory_equal(header + 108, "000000 ", 7);
    assert_memory_equal(header + 116, "000000 ", 7);
    assert_memory_equal(header + 136, "00000000000", 11);
    assert_memory_equal(header + 257, "ustar", 5);
}

static void images_and_bytes_in_a_tar_keep_their_formats(void **state)
{
    put_picture(*state, "a.jpg", ".jpg", 30, 20, 0);
    folder_put_text(*state, "b.xyz", "bytes");
    g_autoptr(GBytes) tar = folder_bytes(
        *state, "[{collate: {i: [{files: a.jpg}, invert], b: {files: b.xyz}}}, {encode: tar}]");

    assert_string_equal(tar_header(tar, 0), "i.jpg");
    assert_memory_equal(tar_header(tar, 1), "\xff\xd8", 2);
    gsize len;
    const char *data = g_bytes_get_data(tar, &len);
    assert_string_equal(data + len - 4 * 512, "b.xyz");
    assert_string_equal(data + len - 3 * 512, "bytes");
}

static void names_in_a_tar_are_the_bytes_that_they_are(void **state)
{
    g_autoptr(GBytes) tar = folder_bytes(*state, "[{values: [{\"\u00fcber\": 7}]}, {encode: tar}]");
    g_autofree char *name = g_strnfill(150, 'x');
    g_autofree char *sequence =
        g_strdup_printf("[{values: [{\"\u00fc%s\": 7}]}, {encode: tar}]", name);
    g_autofree char *path = g_strdup_printf("path=\xc3\xbc%s.txt\n", name);
    gsize len;

    assert_string_equal(tar_header(tar, 0), "\xc3\xbc"
                                            "ber.txt");
    g_autoptr(GBytes) pax = folder_bytes(*state, sequence);
    const char *data = g_bytes_get_data(pax, &len);
    assert_non_null(memmem(data, len, path, strlen(path)));
}

static void what_cannot_be_a_file_of_a_tar_fails(void **state)
{
    assert_fault(*state, "[{values: [{a/b: 7}]}, {encode: tar}]",
                 "a field called 'a/b' cannot be a file in a tar");
    assert_fault(*state, "[{values: [{a: [.inf]}]}, {encode: tar}]",
                 "field 'a': json has no word for the number inf");
    assert_refused(*state, "[{values: [1]}, {encode: tar}]",
                   "only a record or a list becomes a tar, and this is int");
}

static void transparency_is_flattened_where_a_format_has_none(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_size(*state, "[{files: a.png}, {bandjoin_const: 100}, {encode: jpeg}]", "64x48x3");
    assert_size(*state, "[{files: a.png}, {bandjoin_const: 100}, {encode: png}]", "64x48x4");
}

static void what_a_format_cannot_hold_fails(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_fault(*state, "[{files: a.png}, {extract_band: 0}, fwfft, {encode: webp}]",
                 "no known route");
}

static void a_file_has_no_clock_in_it(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    g_autoptr(GBytes) ppm = folder_bytes(*state, "[{files: a.png}, {encode: ppm}]");

    assert_memory_equal(g_bytes_get_data(ppm, NULL), "P6\n64 48\n255\n", 13);
}

static void text_in_a_file_lies_ready_but_for_its_newline(void **state)
{
    struct extent at = {0};
    const struct seq *s;

    folder_put_text(*state, "a.txt", "one\ntwo\n");
    s = folder_files(*state, "[{lines: a.txt}, encode]");
    if (seq_extent(s->in[0], 1, &at)) {
        g_free(at.path);
        assert_true(seq_extent(s, 1, &at));
        assert_int_equal(at.off, 4);
        assert_int_equal(at.len, 3);
        assert_string_equal(at.tail, "\n");
        g_free(at.path);
    }
}

static void only_images_need_a_worker(void **state)
{
    put_picture(*state, "a.png", ".png", 64, 48, 0);
    assert_true(folder_files(*state, "{range: 3}")->trivial);
    assert_false(folder_files(*state, "[{files: a.png}, {encode: jpeg}]")->trivial);
    assert_false(folder_files(*state, "[{files: a.png}, invert]")->trivial);
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(numbers_and_text_end_in_a_newline),
        IN_FOLDER(records_and_lists_become_json),
        IN_FOLDER(json_has_no_infinity),
        IN_FOLDER(bytes_stay_as_they_are),
        IN_FOLDER(images_keep_the_suffix_they_came_with),
        IN_FOLDER(every_format_is_written),
        IN_FOLDER(formats_that_need_a_named_file_are_written_too),
        cmocka_unit_test(names_of_formats_are_those_that_people_use),
        IN_FOLDER(options_reach_the_saver),
        IN_FOLDER(wrong_options_are_told_at_load),
        IN_FOLDER(options_may_be_drawn_for_each_element),
        IN_FOLDER(options_that_could_be_drawn_wrong_are_told_at_load),
        IN_FOLDER(the_format_itself_is_not_drawn),
        IN_FOLDER(a_record_has_no_format_of_images),
        IN_FOLDER(the_fields_of_a_record_become_files_of_a_tar),
        IN_FOLDER(the_time_and_the_owner_are_not_in_a_tar),
        IN_FOLDER(images_and_bytes_in_a_tar_keep_their_formats),
        IN_FOLDER(names_in_a_tar_are_the_bytes_that_they_are),
        IN_FOLDER(what_cannot_be_a_file_of_a_tar_fails),
        IN_FOLDER(transparency_is_flattened_where_a_format_has_none),
        IN_FOLDER(what_a_format_cannot_hold_fails),
        IN_FOLDER(a_file_has_no_clock_in_it),
        IN_FOLDER(text_in_a_file_lies_ready_but_for_its_newline),
        IN_FOLDER(only_images_need_a_worker),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
