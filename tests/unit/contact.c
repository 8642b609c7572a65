/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Contact sheets: what a tile shows of each kind of element, and how many there are. */
#include "tests/unit/images.h"

/* The fonts' library keeps what it has read of its settings. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

#define TILE 160
#define STEP_X 166
#define STEP_Y 184
#define MARGIN 6

/* The output that has the sheets of a dataset; its number to *ret. */
static const struct seq *sheets(struct folder *d, const char *dataset, uint32_t *ret)
{
    folder_files(d, dataset);
    for (uint32_t i = 0; i < plan_n_outputs(d->plan); i++)
        if (plan_output(d->plan, i)->kind == OUTPUT_CONTACT) {
            *ret = i;
            return plan_output(d->plan, i)->seq;
        }
    fail_msg("no contact sheets");
    return NULL;
}

/* The sheet of n elements from the first, decoded.  Owned by the caller. */
static VipsImage *sheet(struct folder *d, const char *dataset, uint64_t first, uint64_t n)
{
    uint32_t output;
    g_autoptr(GBytes) bytes = NULL;

    sheets(d, dataset, &output);
    if (plan_eval(d->plan, &d->eval, output, first * CONTACT_MAX + n - 1, &bytes) < 0)
        fail_msg("%s: %s", dataset, d->eval.fault.text);
    return load(bytes);
}

/* How many pixels of tile n are red, or dark. */
static unsigned count(VipsImage *image, unsigned n, bool red)
{
    int left = MARGIN + (int)(n % 10) * STEP_X, top = MARGIN + (int)(n / 10) * STEP_Y;
    unsigned found = 0;

    for (int y = top; y < top + TILE; y++)
        for (int x = left; x < left + TILE; x++) {
            int r = sample_at(image, x, y, 0), g = sample_at(image, x, y, 1);
            found += red ? r - g > 60 : r < 128 && g < 128;
        }
    return found;
}

static bool can_write(void)
{
    return vips_type_find("VipsOperation", "text") != 0;
}

static void there_is_a_sheet_for_every_stretch_of_elements(void **state)
{
    uint32_t output;
    const struct seq *s = sheets(*state, "{range: 30}", &output);

    assert_int_equal(s->len, 30 * CONTACT_MAX);
    assert_int_equal(seq_type(s, 0).kind, VALUE_BYTES);
    assert_string_equal(seq_type(s, 0).suffix, "jpg");
}

static void ten_tiles_stand_in_a_row(void **state)
{
    VipsImage *one = sheet(*state, "{range: 30}", 4, 1);
    VipsImage *three = sheet(*state, "{range: 30}", 4, 3);
    VipsImage *many = sheet(*state, "{range: 30}", 4, 21);

    assert_int_equal(one->Xsize, MARGIN + STEP_X);
    assert_int_equal(one->Ysize, MARGIN + STEP_Y);
    assert_int_equal(three->Xsize, MARGIN + 3 * STEP_X);
    assert_int_equal(many->Xsize, MARGIN + 10 * STEP_X);
    assert_int_equal(many->Ysize, MARGIN + 3 * STEP_Y);
    g_object_unref(one);
    g_object_unref(three);
    g_object_unref(many);
}

static void a_sheet_ends_with_the_elements(void **state)
{
    VipsImage *image = sheet(*state, "{range: 30}", 28, 100);

    assert_int_equal(image->Xsize, MARGIN + 2 * STEP_X);
    g_object_unref(image);
}

static void images_are_shown_whole_in_the_middle_of_their_tile(void **state)
{
    put_picture(*state, "a.png", ".png", 640, 320, 0);
    VipsImage *image = sheet(*state, "[{files: a.png}, {linear: {a: 0, b: 0, uchar: true}}]", 0, 1);

    /* Black, 160x80. */
    assert_true(sample_at(image, MARGIN + 5, MARGIN + 45, 0) < 10);
    assert_true(sample_at(image, MARGIN + 155, MARGIN + 115, 1) < 10);
    assert_true(sample_at(image, MARGIN + 80, MARGIN + 30, 0) > 200);
    assert_true(sample_at(image, MARGIN + 80, MARGIN + 130, 0) > 200);
    g_object_unref(image);
}

static void bytes_that_are_an_image_are_shown_as_it(void **state)
{
    static const char black[] = "[{files: a.png}, {linear: {a: 0, b: 0, uchar: true}}]";
    g_autoptr(GBytes) png = NULL;

    put_picture(*state, "a.png", ".png", 640, 640, 0);
    assert_int_equal(folder_get(*state, black, 0, &png), 0);
    folder_put(*state, "b.png", g_bytes_get_data(png, NULL), g_bytes_get_size(png));
    VipsImage *image = sheet(*state, "{files: b.png}", 0, 1);
    assert_true(count(image, 0, false) > TILE * TILE * 9 / 10);
    g_object_unref(image);
}

static void images_of_any_kind_have_a_tile(void **state)
{
    static const char *const steps[] = {
        "{vips.cast: float}",          "{colourspace: lab}",
        "{colourspace: rgb16}",        "{bandjoin_const: [0]}",
        "{bandjoin_const: [1, 2, 3]}", "{copy: {interpretation: multiband}}"};

    put_picture(*state, "a.png", ".png", 640, 640, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *dataset = g_strdup_printf("[{files: a.png}, %s]", steps[i]);
        VipsImage *image = sheet(*state, dataset, 0, 1);
        assert_int_equal(count(image, 0, true), 0);
        g_object_unref(image);
    }
}

static void bands_beyond_the_colours_do_not_show(void **state)
{
    put_picture(*state, "a.png", ".png", 640, 640, 0);
    VipsImage *image = sheet(*state,
                             "[{files: a.png}, {linear: {a: 0, b: 0, uchar: true}}, "
                             "{bandjoin_const: [255, 255, 255]}]",
                             0, 1);

    assert_true(count(image, 0, false) > TILE * TILE * 9 / 10);
    g_object_unref(image);
}

static void what_is_no_image_is_written_out(void **state)
{
    static const char *const datasets[] = {
        "{values: [hello]}", "{values: [42]}",           "{values: [\"a <b> & c\"]}",
        "{files: a.txt}",    "[{range: 4}, {batch: 2}]", "{values: [{a: 1, b: two}]}"};

    folder_put_text(*state, "a.txt", "no image");
    for (size_t i = 0; can_write() && i < G_N_ELEMENTS(datasets); i++) {
        VipsImage *image = sheet(*state, datasets[i], 0, 1);
        assert_true(count(image, 0, false) > 20);
        assert_int_equal(count(image, 0, true), 0);
        g_object_unref(image);
    }
}

static void an_empty_text_is_an_empty_tile(void **state)
{
    VipsImage *image = sheet(*state, "{values: ['']}", 0, 1);

    assert_int_equal(count(image, 0, false), 0);
    g_object_unref(image);
}

static void an_element_that_fails_is_a_tile_that_says_so(void **state)
{
    put_picture(*state, "a.jpg", ".jpg[Q=95]", 400, 400, 0);
    put_picture(*state, "c.jpg", ".jpg[Q=95]", 400, 400, 0);
    cut(*state, "a.jpg", "b.jpg", 50);
    VipsImage *image = sheet(*state, "[{files: '*.jpg'}, {gaussblur: 1}]", 0, 3);

    assert_int_equal(image->Xsize, MARGIN + 3 * STEP_X);
    assert_int_equal(count(image, 0, true), 0);
    assert_int_equal(count(image, 2, true), 0);
    if (can_write())
        assert_true(count(image, 1, true) > 20);
    g_object_unref(image);
}

static void a_record_shows_its_image_and_computes_no_other(void **state)
{
    put_picture(*state, "a.png", ".png", 640, 640, 0);
    folder_put_text(*state, "bad.png", "nothing");
    VipsImage *image = sheet(*state,
                             "{collate: {n: {range: 1}, i: [{files: a.png}, {linear: {a: 0, b: 0, "
                             "uchar: true}}], bad: [{files: bad.png}, invert]}}",
                             0, 1);

    assert_int_equal(count(image, 0, true), 0);
    assert_true(count(image, 0, false) > TILE * TILE / 2);
    g_object_unref(image);
}

static void records_among_other_elements_are_shown_with_their_names(void **state)
{
    VipsImage *image =
        sheet(*state, "{concatenate: [{range: 1}, {values: [{a: 1, b: two}]}]}", 1, 1);
    VipsImage *alone = sheet(*state, "{values: [0, {a: 1, b: two}]}", 1, 1);

    assert_memory_equal(VIPS_IMAGE_ADDR(image, 0, 0), VIPS_IMAGE_ADDR(alone, 0, 0),
                        VIPS_IMAGE_SIZEOF_IMAGE(image) / image->Ysize * (MARGIN + TILE));
    assert_int_equal(count(image, 0, true), 0);
    g_object_unref(image);
    g_object_unref(alone);
}

static void an_empty_record_is_an_empty_tile(void **state)
{
    VipsImage *image = sheet(*state, "{values: [{}]}", 0, 1);

    assert_int_equal(count(image, 0, false), 0);
    g_object_unref(image);
}

static void the_same_sheet_is_the_same_bytes(void **state)
{
    uint32_t output;
    g_autoptr(GBytes) one = NULL;
    g_autoptr(GBytes) other = NULL;
    struct folder *d = *state;

    put_picture(d, "a.png", ".png", 64, 64, 0);
    sheets(d, "{files: a.png}", &output);
    assert_int_equal(plan_eval(d->plan, &d->eval, output, 0, &one), 0);
    assert_int_equal(plan_eval(d->plan, &d->eval, output, 0, &other), 0);
    assert_true(g_bytes_equal(one, other));
}

static void time_that_is_up_is_no_tile(void **state)
{
    uint32_t output;
    GBytes *bytes = NULL;
    struct folder *d = *state;

    sheets(d, "{range: 3}", &output);
    d->eval.deadline = 1;
    assert_int_equal(plan_eval(d->plan, &d->eval, output, 2, &bytes), -ETIMEDOUT);
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(there_is_a_sheet_for_every_stretch_of_elements),
        IN_FOLDER(ten_tiles_stand_in_a_row),
        IN_FOLDER(a_sheet_ends_with_the_elements),
        IN_FOLDER(images_are_shown_whole_in_the_middle_of_their_tile),
        IN_FOLDER(bytes_that_are_an_image_are_shown_as_it),
        IN_FOLDER(images_of_any_kind_have_a_tile),
        IN_FOLDER(bands_beyond_the_colours_do_not_show),
        IN_FOLDER(what_is_no_image_is_written_out),
        IN_FOLDER(an_empty_text_is_an_empty_tile),
        IN_FOLDER(an_element_that_fails_is_a_tile_that_says_so),
        IN_FOLDER(a_record_shows_its_image_and_computes_no_other),
        IN_FOLDER(records_among_other_elements_are_shown_with_their_names),
        IN_FOLDER(an_empty_record_is_an_empty_tile),
        IN_FOLDER(the_same_sheet_is_the_same_bytes),
        IN_FOLDER(time_that_is_up_is_no_tile),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
