/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes to images: formats, orientation, damage, limits; and thumbnail, which decodes for itself.
 */
#include "ops/image/loaders.h"

#include "tests/unit/images.h"

#define THUMBNAIL "{thumbnail: {width: 40, height: 40, crop: centre}}"

static void usual_formats_are_decoded(void **state)
{
    static const char *const suffixes[] = {".jpg", ".png", ".webp", ".tif", ".gif"};

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        put_picture(*state, "a", suffixes[i], 60, 40, 0);
        assert_size(*state, "[{files: a}, {encode: png}]", "60x40x3");
        assert_size(*state, "[{files: a}, {thumbnail: 30}, {encode: png}]", "30x20x3");
    }
}

static void other_formats_are_decoded_only_if_asked_for(void **state)
{
    static const char svg[] =
        "<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20'></svg>";

    folder_put_text(*state, "a.svg", svg);
    put_picture(*state, "a.ppm", ".ppm", 30, 20, 0);
    assert_fault(*state, "[{files: a.ppm}, decode]",
                 "ppm files are not decoded unless asked for: decode: {loaders: [ppm]}");
    assert_size(*state, "[{files: a.ppm}, {decode: {loaders: [ppm]}}, {encode: png}]", "30x20x3");
    assert_size(*state,
                "[{files: a.ppm}, {decode: {loaders: ppm}}, {thumbnail: 15}, {encode: png}]",
                "15x10x3");
    if (!vips_type_find("VipsForeignLoad", "svgload_buffer"))
        return;
    assert_fault(*state, "[{files: a.svg}, decode]", "svg files are not decoded unless asked for");
    assert_size(*state, "[{files: a.svg}, {decode: {loaders: [svg], scale: 2}}]", "60x40x4");
}

static void what_is_no_image_says_so(void **state)
{
    folder_put_text(*state, "a.jpg", "hello\n");
    folder_put_text(*state, "b.jpg", "");
    folder_put(*state, "c.jpg", "II*\0\xff\xff\xff\x7f", 8);
    assert_fault(*state, "[{files: a.jpg}, decode]", "not an image in any known format");
    assert_fault(*state, "[{files: b.jpg}, decode]", "no image: the file is empty");
    assert_fault(*state, "[{files: c.jpg}, decode]", "a tiff that is cut off or damaged");
}

static void a_damaged_file_fails_however_it_is_decoded(void **state)
{
    static const char *const suffixes[] = {".jpg[Q=95]", ".jpg[Q=95,interlace=true]", ".png",
                                           ".webp[Q=95]", ".tif"};

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        put_picture(*state, "a", suffixes[i], 400, 300, 0);
        cut(*state, "a", "half", 60);
        assert_fault(*state, "[{files: half}, {encode: png}]", "");
        assert_fault(*state, "[{files: half}, {thumbnail: 40}]", "");
        assert_fault(*state, "[{files: half}, " THUMBNAIL "]", "");
        assert_fault(*state, "[{files: half}, invert, " THUMBNAIL "]", "");
    }
}

static void damage_can_be_put_up_with(void **state)
{
    put_picture(*state, "a", ".jpg[Q=95]", 400, 300, 0);
    cut(*state, "a", "half", 60);
    assert_size(*state, "[{files: half}, {decode: {fail_on: none}}, {encode: png}]", "400x300x3");
    assert_size(*state, "[{files: half}, {decode: {fail_on: none}}, " THUMBNAIL ", {encode: png}]",
                "40x40x3");
}

/* Orientation 6: the left of the file is the top of the image. */
static void assert_bright(struct folder *d, const char *sequence, int bright, int dark)
{
    g_autoptr(GBytes) bytes = folder_bytes(d, sequence);
    VipsImage *image = load(bytes);

    assert_true(edge(image, bright) > edge(image, dark) + 50);
    g_object_unref(image);
}

static void orientation_is_applied(void **state)
{
    static const char *const suffixes[] = {".jpg", ".webp", ".tif"};

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        put_picture(*state, "a", suffixes[i], 120, 80, 6);
        assert_size(*state, "[{files: a}, {encode: ppm}]", "80x120x3");
        assert_bright(*state, "[{files: a}, {encode: png}]", 2, 3);
        assert_bright(*state, "[{files: a}, " THUMBNAIL "]", 2, 3);
        assert_bright(*state, "[{files: a}, invert, " THUMBNAIL "]", 3, 2);
    }
}

static void orientation_is_applied_once(void **state)
{
    put_picture(*state, "a.jpg", ".jpg", 120, 80, 6);
    assert_bright(*state, "[{files: a.jpg}, {encode: jpeg}, {encode: png}]", 2, 3);
    assert_bright(*state, "[{files: a.jpg}, copy, {encode: jpeg}, " THUMBNAIL "]", 2, 3);
}

static void orientation_is_left_if_so_wished(void **state)
{
    put_picture(*state, "a.jpg", ".jpg", 120, 80, 6);
    assert_bright(*state, "[{files: a.jpg}, {decode: {autorotate: false}}, {encode: ppm}]", 0, 1);
    assert_bright(*state,
                  "[{files: a.jpg}, {decode: {autorotate: false}}, " THUMBNAIL ", {encode: ppm}]",
                  0, 1);
    assert_bright(*state,
                  "[{files: a.jpg}, {decode: {autorotate: false}}, copy, " THUMBNAIL
                  ", {encode: ppm}]",
                  0, 1);
    assert_bright(
        *state, "[{files: a.jpg}, {thumbnail: {width: 40, no_rotate: true}}, {encode: ppm}]", 0, 1);
}

static void too_many_pixels_are_refused(void **state)
{
    put_picture(*state, "a.png", ".png", 120, 80, 0);
    assert_fault(*state, "[{files: a.png}, {decode: {max_pixels: 9599}}]",
                 "120x80 pixels, more than the limit of 9599: decode: {max_pixels: 9600}");
    assert_fault(*state, "[{files: a.png}, {decode: {max_pixels: 9599}}, " THUMBNAIL "]",
                 "more than the limit");
    assert_size(*state, "[{files: a.png}, {decode: {max_pixels: 9600}}]", "120x80x3");
}

static void pages_count_as_pixels(void **state)
{
    VipsImage *image = picture(20, 60);
    g_autofree void *data = NULL;
    size_t len;

    vips_image_set_int(image, VIPS_META_PAGE_HEIGHT, 20);
    assert_int_equal(vips_tiffsave_buffer(image, &data, &len, NULL), 0);
    g_object_unref(image);
    folder_put(*state, "a.tif", data, len);
    assert_size(*state, "[{files: a.tif}, {encode: png}]", "20x20x3");
    assert_size(*state, "[{files: a.tif}, {decode: {page: 1, n: 2}}, {encode: png}]", "20x40x3");
    assert_size(*state, "[{files: a.tif}, {decode: {n: -1}}, {encode: png}]", "20x60x3");
    assert_fault(*state, "[{files: a.tif}, {decode: {n: -1, max_pixels: 1000}}]", "20x60 pixels");
}

static void options_of_other_formats_are_not_minded(void **state)
{
    put_picture(*state, "a.png", ".png", 60, 40, 0);
    assert_size(*state,
                "[{files: a.png}, {decode: {dpi: 300, subifd: 2, page: 1, unlimited: true}}]",
                "60x40x3");
    assert_size(*state,
                "[{files: a.png}, {decode: {dpi: 300, subifd: 2, page: 1, unlimited: true}}, "
                "{thumbnail: 30}]",
                "30x20x3");
}

static void the_usual_way_is_that_of_the_table(void **state)
{
    const struct decoding usual = DECODING_USUAL;
    const struct decoding *bound;

    put_picture(*state, "a.png", ".png", 60, 40, 0);
    bound = folder_seq(*state, "[{files: a.png}, decode]")->params;
    assert_true(bound->autorotate == usual.autorotate && bound->fail_on == usual.fail_on);
    assert_true(bound->max_pixels == usual.max_pixels && bound->page == usual.page &&
                bound->n == usual.n);
    assert_true(bound->subifd == usual.subifd && bound->dpi == usual.dpi &&
                bound->scale == usual.scale);
    assert_true(bound->unlimited == usual.unlimited && bound->loaders.len == 0);
}

static void arguments_may_be_drawn_for_each_element(void **state)
{
    struct folder *d = *state;
    unsigned refused = 0;

    put_picture(d, "a.png", ".png", 40, 30, 0);
    folder_seq(d, "[{files: a.png}, {cycle: 40}, {decode: {max_pixels: {choice: [10, 5000]}}}]");
    for (uint64_t i = 0; i < d->seq->len; i++) {
        OWN(value_unref) struct value *v = NULL;
        refused += seq_get(d->seq, &d->eval, i, &v) < 0;
        fault_clear(&d->eval.fault);
    }
    assert_in_range(refused, 8, 32);
}

static void wrong_arguments_are_told_at_load(void **state)
{
    put_picture(*state, "a.png", ".png", 60, 40, 0);
    assert_refused(*state, "[{files: a.png}, {decode: {loaders: [png, exif]}}]",
                   "decode: no loader 'exif' in this libvips");
    assert_refused(*state, "[{range: 3}, {thumbnail: 10}]", "int");
    assert_refused(*state, "[{files: a.png}, {thumbnail: {width: 9, crop: center}}]",
                   "did you mean 'centre'?");
}

static int setup(void **state)
{
    return setup_images(state) < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(usual_formats_are_decoded),
        IN_FOLDER(other_formats_are_decoded_only_if_asked_for),
        IN_FOLDER(what_is_no_image_says_so),
        IN_FOLDER(a_damaged_file_fails_however_it_is_decoded),
        IN_FOLDER(damage_can_be_put_up_with),
        IN_FOLDER(orientation_is_applied),
        IN_FOLDER(orientation_is_applied_once),
        IN_FOLDER(orientation_is_left_if_so_wished),
        IN_FOLDER(too_many_pixels_are_refused),
        IN_FOLDER(pages_count_as_pixels),
        IN_FOLDER(options_of_other_formats_are_not_minded),
        IN_FOLDER(the_usual_way_is_that_of_the_table),
        IN_FOLDER(arguments_may_be_drawn_for_each_element),
        IN_FOLDER(wrong_arguments_are_told_at_load),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
