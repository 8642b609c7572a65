/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Packing: every kind of value comes back as it was, and damage is a fault. */
#include "ops/core/pack.h"

#include <errno.h>
#include <math.h>

#include "tests/unit/images.h"

static struct value *through(struct value *own)
{
    OWN(value_unref) struct value *v = own;
    g_autofree struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) packed = NULL;
    struct value *back = NULL;

    eval_init(e, NULL);
    if (pack_value(v, e, &packed) < 0 || pack_unpack(packed, e, &back) < 0)
        fail_msg("%s", e->fault.text);
    assert_int_equal(value_kind(back), value_kind(v));
    return back;
}

static void assert_printed(struct value *own, const char *want)
{
    OWN(value_unref) struct value *back = through(own);
    g_autoptr(GString) text = g_string_new(NULL);

    print_element(back, text);
    assert_string_equal(text->str, want);
}

static void scalars_come_back_exactly(void **state)
{
    static const double floats[] = {0.1, -0.0, INFINITY, 5e-324, 1.7976931348623157e308};

    assert_printed(value_new_null(), "null");
    assert_printed(value_new_bool(true), "true");
    assert_printed(value_new_bool(false), "false");
    assert_printed(value_new_int(INT64_MIN), "-9223372036854775808");
    assert_printed(value_new_int(INT64_MAX), "9223372036854775807");
    assert_printed(value_new_text("", -1), "");
    assert_printed(value_new_text("grün", -1), "grün");
    for (unsigned i = 0; i < G_N_ELEMENTS(floats); i++) {
        OWN(value_unref) struct value *back = through(value_new_float(floats[i]));
        double x = value_float(back);
        assert_memory_equal(&x, &floats[i], sizeof x);
    }
    OWN(value_unref) struct value *nan = through(value_new_float(NAN));
    assert_true(isnan(value_float(nan)));
}

static void bytes_short_and_long_come_back(void **state)
{
    static const size_t lens[] = {0, 1, 16383, 16384, 1000000};

    for (unsigned i = 0; i < G_N_ELEMENTS(lens); i++) {
        unsigned char *data = g_malloc(lens[i] + 1);
        for (size_t k = 0; k < lens[i]; k++)
            data[k] = (unsigned char)(k * 7);
        g_autoptr(GBytes) bytes = g_bytes_new_take(data, lens[i]);
        OWN(value_unref) struct value *back = through(value_new_bytes(g_bytes_ref(bytes)));
        assert_true(g_bytes_equal(value_bytes(back), bytes));
    }
}

static struct value *sample(void)
{
    static const char *const names[] = {"id", "", "x"};
    struct value *pair[] = {value_new_text("one", -1), value_new_float(2.5)};
    struct value *fields[] = {value_new_int(7), value_new_list(2, pair), value_new_list(0, NULL)};

    return value_new_record(3, names, fields);
}

static void lists_and_records_come_back_with_names_and_order(void **state)
{
    assert_printed(sample(), "[id: 7, : [one, 2.5], x: []]");
}

static struct value *nested(unsigned depth)
{
    struct value *v = value_new_int(1);

    for (unsigned i = 0; i < depth; i++)
        v = value_new_list(1, &v);
    return v;
}

static void what_is_nested_too_deep_is_refused(void **state)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    OWN(value_unref) struct value *back = through(nested(PACK_DEPTH));
    OWN(value_unref) struct value *deep = nested(PACK_DEPTH + 1);
    GBytes *packed = NULL;

    assert_int_equal(value_kind(back), VALUE_LIST);
    eval_init(e, NULL);
    assert_int_equal(pack_value(deep, e, &packed), -E2BIG);
    assert_null(packed);
    assert_string_equal(e->fault.text, "more than 200 lists within lists");
}

static VipsImage *settled(VipsImage *own)
{
    VipsImage *memory = vips_image_copy_memory(own);

    assert_non_null(memory);
    g_object_unref(own);
    return memory;
}

static struct value *picture_value(VipsImage *own, bool upright)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    struct image image = {.pixels = own, .upright = upright};
    struct value *v = NULL;

    eval_init(e, NULL);
    assert_int_equal(image_done(&image, e, &v), 0);
    return v;
}

/* With metadata of every kind. */
static struct value *rich_picture(int width)
{
    VipsImage *image = picture(width, 5);

    image->Xres = 11.5;
    image->Yres = 0.25;
    image->Xoffset = -3;
    image->Yoffset = 4;
    vips_image_set_int(image, VIPS_META_ORIENTATION, 6);
    vips_image_set_double(image, "gain", 0.1);
    vips_image_set_string(image, "comment", "a cat");
    vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, "p\0q", 3);
    vips_image_set_array_int(image, "delay", (int[]){10, 20, 30}, 3);
    vips_image_set_array_double(image, "background", (double[]){0.5, 1}, 2);
    return picture_value(image, true);
}

static void assert_metadata(VipsImage *image)
{
    double gain, *background;
    const char *comment;
    const void *profile;
    int orientation, n, *delay;
    size_t len;

    assert_int_equal(vips_image_get_int(image, VIPS_META_ORIENTATION, &orientation), 0);
    assert_int_equal(orientation, 6);
    assert_int_equal(vips_image_get_double(image, "gain", &gain), 0);
    assert_true(gain == 0.1);
    assert_int_equal(vips_image_get_string(image, "comment", &comment), 0);
    assert_string_equal(comment, "a cat");
    assert_int_equal(vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &len), 0);
    assert_int_equal(len, 3);
    assert_memory_equal(profile, "p\0q", 3);
    assert_int_equal(vips_image_get_array_int(image, "delay", &delay, &n), 0);
    assert_int_equal(n, 3);
    assert_int_equal(delay[2], 30);
    assert_int_equal(vips_image_get_array_double(image, "background", &background, &n), 0);
    assert_int_equal(n, 2);
    assert_true(background[0] == 0.5);
}

static void a_picture_comes_back_with_pixels_place_and_metadata(void **state)
{
    OWN(value_unref) struct value *v = rich_picture(9);
    OWN(value_unref) struct value *back = through(value_ref(v));
    VipsImage *a = image_of(v)->pixels, *b = image_of(back)->pixels;

    assert_int_equal(b->Xsize, 9);
    assert_int_equal(b->Ysize, 5);
    assert_int_equal(b->Bands, 3);
    assert_int_equal(b->BandFmt, VIPS_FORMAT_UCHAR);
    assert_int_equal(b->Type, VIPS_INTERPRETATION_sRGB);
    assert_true(b->Xres == 11.5 && b->Yres == 0.25 && b->Xoffset == -3 && b->Yoffset == 4);
    assert_memory_equal(VIPS_IMAGE_ADDR(b, 0, 0), VIPS_IMAGE_ADDR(a, 0, 0), 9 * 5 * 3);
    assert_metadata(b);
    assert_true(image_of(back)->upright);
    assert_null(image_of(back)->bytes);
    OWN(value_unref) struct value *lying = through(picture_value(picture(2, 2), false));
    assert_false(image_of(lying)->upright);
}

static void pictures_of_every_format_come_back(void **state)
{
    for (int format = 0; format < VIPS_FORMAT_LAST; format++) {
        VipsImage *image = picture(7, 3), *cast;
        assert_int_equal(vips_cast(image, &cast, (VipsBandFormat)format, NULL), 0);
        g_object_unref(image);
        cast = settled(cast);
        OWN(value_unref) struct value *back = through(picture_value(g_object_ref(cast), false));
        VipsImage *got = image_of(back)->pixels;
        assert_int_equal(got->BandFmt, format);
        assert_memory_equal(VIPS_IMAGE_ADDR(got, 0, 0), VIPS_IMAGE_ADDR(cast, 0, 0),
                            VIPS_IMAGE_SIZEOF_IMAGE(cast));
        g_object_unref(cast);
    }
}

static void a_picture_in_coded_pixels_comes_back(void **state)
{
    VipsImage *image = picture(6, 4), *lab, *coded;

    assert_int_equal(vips_colourspace(image, &lab, VIPS_INTERPRETATION_LABQ, NULL), 0);
    g_object_unref(image);
    coded = settled(lab);
    OWN(value_unref) struct value *back = through(picture_value(coded, false));
    assert_int_equal(image_of(back)->pixels->Coding, VIPS_CODING_LABQ);
    assert_int_equal(image_of(back)->pixels->Type, VIPS_INTERPRETATION_LABQ);
}

static void a_picture_in_a_record_keeps_its_pixels_when_the_record_has_gone(void **state)
{
    static const char *const names[] = {"a", "image"};
    struct value *fields[] = {value_new_int(1), rich_picture(40)};
    struct value *back = through(value_new_record(2, names, fields));
    OWN(value_unref) struct value *image = value_ref(value_field(back, "image"));
    double mean;

    value_unref(back);
    assert_int_equal(vips_avg(image_of(image)->pixels, &mean, NULL), 0);
    assert_true(mean > 50 && mean < 200);
}

static void an_image_that_can_be_read_once_is_computed_when_it_is_packed(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    g_autoptr(GBytes) packed = NULL;
    OWN(value_unref) struct value *back = NULL;

    put_picture(d, "a.jpg", ".jpg", 64, 48, 0);
    const struct seq *s = folder_seq(d, "[{files: a.jpg}, decode]");
    assert_int_equal(seq_get(s, &d->eval, 0, &v), 0);
    assert_true(image_streams(image_of(v)->pixels));
    assert_int_equal(pack_value(v, &d->eval, &packed), 0);
    assert_int_equal(pack_unpack(packed, &d->eval, &back), 0);
    assert_false(image_streams(image_of(back)->pixels));
    assert_int_equal(image_of(back)->pixels->Xsize, 64);
}

static GHashTable *fields_of(VipsImage *image)
{
    g_auto(GStrv) names = vips_image_get_fields(image);
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (unsigned i = 0; names[i]; i++)
        if (strcmp(names[i], VIPS_META_SEQUENTIAL) != 0)
            g_hash_table_add(set, g_strdup(names[i]));
    return set;
}

/* libvips would find the orientation in the EXIF data once more. */
static void a_photo_that_was_turned_upright_is_not_to_be_turned_again(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;

    put_picture(d, "a.jpg", ".jpg", 64, 48, 6);
    const struct seq *s = folder_seq(d, "[{files: a.jpg}, decode]");
    assert_int_equal(seq_get(s, &d->eval, 0, &v), 0);
    g_autoptr(GHashTable) before = fields_of(image_of(v)->pixels);
    OWN(value_unref) struct value *back = through(g_steal_pointer(&v));
    g_autoptr(GHashTable) after = fields_of(image_of(back)->pixels);
    assert_int_equal(image_of(back)->pixels->Xsize, 48);
    assert_int_equal(vips_image_get_orientation(image_of(back)->pixels), 1);
    assert_true(g_hash_table_contains(after, "exif-data"));
    assert_false(g_hash_table_contains(after, VIPS_META_ORIENTATION));
    assert_int_equal(g_hash_table_size(after), g_hash_table_size(before));
}

static void damaged_pixels_are_a_late_fault_when_they_are_packed(void **state)
{
    struct folder *d = *state;
    OWN(value_unref) struct value *v = NULL;
    GBytes *packed = NULL;

    put_picture(d, "a.jpg", ".jpg", 64, 48, 0);
    cut(d, "a.jpg", "half.jpg", 60);
    const struct seq *s = folder_seq(d, "[{files: half.jpg}, decode]");
    assert_int_equal(seq_get(s, &d->eval, 0, &v), 0);
    assert_true(pack_value(v, &d->eval, &packed) < 0);
    assert_null(packed);
    assert_true(d->eval.fault.late);
}

static GBytes *pack(struct value *own)
{
    OWN(value_unref) struct value *v = own;
    g_autofree struct eval *e = g_new(struct eval, 1);
    GBytes *packed = NULL;

    eval_init(e, NULL);
    assert_int_equal(pack_value(v, e, &packed), 0);
    return packed;
}

/* In memory of exactly that size, so that reading beyond it is seen. */
static int unpack_copy(const void *data, size_t len, struct value **ret)
{
    g_autofree struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) bytes = g_bytes_new(data, len);

    eval_init(e, NULL);
    int r = pack_unpack(bytes, e, ret);
    if (r < 0)
        assert_string_equal(e->fault.text, "what was packed is damaged");
    return r;
}

static void assert_no_truncation(struct value *own)
{
    g_autoptr(GBytes) packed = pack(own);
    const unsigned char *data = g_bytes_get_data(packed, NULL);

    for (size_t len = 0; len < g_bytes_get_size(packed); len++) {
        struct value *back = NULL;
        assert_true(unpack_copy(data, len, &back) < 0);
        assert_null(back);
    }
}

static void every_truncation_is_a_fault(void **state)
{
    assert_no_truncation(sample());
    assert_no_truncation(rich_picture(9));
}

static void what_stands_behind_a_value_is_a_fault(void **state)
{
    g_autoptr(GBytes) packed = pack(sample());
    size_t len = g_bytes_get_size(packed);
    g_autofree unsigned char *longer = g_malloc0(len + 1);
    struct value *back = NULL;

    memcpy(longer, g_bytes_get_data(packed, NULL), len);
    assert_true(unpack_copy(longer, len + 1, &back) < 0);
    assert_null(back);
}

/* Some of them are still values, others than before; what counts is that nothing else happens. */
static void no_change_of_a_byte_is_more_than_a_fault(void **state)
{
    static const unsigned char changes[] = {0x01, 0x80, 0xff};
    g_autoptr(GBytes) records = pack(sample());
    g_autoptr(GBytes) pictures = pack(rich_picture(2));
    GBytes *all[] = {records, pictures};
    unsigned n_faults = 0;

    for (unsigned n = 0; n < G_N_ELEMENTS(all); n++) {
        size_t len;
        const void *data = g_bytes_get_data(all[n], &len);
        for (size_t i = 0; i < len * G_N_ELEMENTS(changes); i++) {
            g_autofree unsigned char *changed = g_memdup2(data, len);
            OWN(value_unref) struct value *back = NULL;
            changed[i / G_N_ELEMENTS(changes)] ^= changes[i % G_N_ELEMENTS(changes)];
            n_faults += unpack_copy(changed, len, &back) < 0;
        }
    }
    assert_in_range(n_faults, 100, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_come_back_exactly),
        cmocka_unit_test(bytes_short_and_long_come_back),
        cmocka_unit_test(lists_and_records_come_back_with_names_and_order),
        cmocka_unit_test(what_is_nested_too_deep_is_refused),
        cmocka_unit_test(a_picture_comes_back_with_pixels_place_and_metadata),
        cmocka_unit_test(pictures_of_every_format_come_back),
        cmocka_unit_test(a_picture_in_coded_pixels_comes_back),
        cmocka_unit_test(a_picture_in_a_record_keeps_its_pixels_when_the_record_has_gone),
        IN_FOLDER(an_image_that_can_be_read_once_is_computed_when_it_is_packed),
        IN_FOLDER(a_photo_that_was_turned_upright_is_not_to_be_turned_again),
        IN_FOLDER(damaged_pixels_are_a_late_fault_when_they_are_packed),
        cmocka_unit_test(every_truncation_is_a_fault),
        cmocka_unit_test(what_stands_behind_a_value_is_a_fault),
        cmocka_unit_test(no_change_of_a_byte_is_more_than_a_fault),
    };

    return cmocka_run_group_tests(tests, setup_images, NULL);
}
