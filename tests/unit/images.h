/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pictures for tests, made by libvips, and looked at with it. */
#pragma once

#include <vips/vips.h>

#include "ops/image/image.h"
#include "tests/unit/folder.h"

/* Hard to compress, so that half of its file is half of the image; the left half is brighter. */
static inline VipsImage *picture(int width, int height)
{
    VipsImage *image;
    GRand *random = g_rand_new_with_seed(7);
    g_autofree uint8_t *pixels = g_malloc((size_t)width * (size_t)height * 3);

    for (int i = 0; i < width * height * 3; i++)
        pixels[i] =
            (uint8_t)(g_rand_int_range(random, 0, 100) + (i / 3 % width < width / 2 ? 150 : 0));
    g_rand_free(random);
    image = vips_image_new_from_memory_copy(pixels, (size_t)width * (size_t)height * 3, width,
                                            height, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    return image;
}

/* Writes picture() by a suffix with libvips' options: ".jpg[Q=90]". */
static inline void put_picture(struct folder *d, const char *name, const char *suffix, int width,
                               int height, int orientation)
{
    VipsImage *image = picture(width, height);
    g_autofree void *data = NULL;
    size_t len;

    if (orientation > 0)
        vips_image_set_int(image, VIPS_META_ORIENTATION, orientation);
    assert_int_equal(vips_image_write_to_buffer(image, suffix, &data, &len, NULL), 0);
    g_object_unref(image);
    folder_put(d, name, data, len);
}

/* Cuts off the end of a file. */
static inline void cut(struct folder *d, const char *name, const char *ret_name, size_t percent)
{
    g_autofree char *path = folder_path(d, name);
    g_autofree char *data = NULL;
    size_t len;

    assert_true(g_file_get_contents(path, &data, &len, NULL));
    folder_put(d, ret_name, data, len * percent / 100);
}

static inline VipsImage *load(GBytes *bytes)
{
    size_t len;
    const void *data = g_bytes_get_data(bytes, &len);

    vips_operation_block_set("VipsForeignLoad", FALSE);
    VipsImage *image = vips_image_new_from_buffer(data, len, "", NULL);
    if (!image)
        fail_msg("%s", vips_error_buffer());
    VipsImage *memory = vips_image_copy_memory(image);
    assert_non_null(memory);
    g_object_unref(image);
    return memory;
}

/* "WIDTHxHEIGHTxBANDS" of the file of element 0. */
static inline void assert_size(struct folder *d, const char *sequence, const char *want)
{
    g_autoptr(GBytes) bytes = folder_bytes(d, sequence);
    VipsImage *image = load(bytes);
    char size[64];

    g_snprintf(size, sizeof size, "%dx%dx%d", image->Xsize, image->Ysize, image->Bands);
    g_object_unref(image);
    if (strcmp(size, want) != 0)
        fail_msg("%s: wanted %s, got %s", sequence, want, size);
}

/* Two sequences whose elements 0 are files of the same pixels. */
static inline void assert_same_pixels(struct folder *d, const char *one, const char *other)
{
    g_autoptr(GBytes) a = folder_bytes(d, one);
    g_autoptr(GBytes) b = folder_bytes(d, other);
    VipsImage *images[] = {load(a), load(b)};

    assert_int_equal(images[0]->Xsize, images[1]->Xsize);
    assert_int_equal(images[0]->Ysize, images[1]->Ysize);
    assert_memory_equal(VIPS_IMAGE_ADDR(images[0], 0, 0), VIPS_IMAGE_ADDR(images[1], 0, 0),
                        VIPS_IMAGE_SIZEOF_IMAGE(images[0]));
    g_object_unref(images[0]);
    g_object_unref(images[1]);
}

/* The brightness of the middle of an edge: 0 left, 1 right, 2 top, 3 bottom. */
static inline double edge(VipsImage *image, int which)
{
    int w = image->Xsize, h = image->Ysize;
    const int left[] = {0, w * 3 / 4, w / 4, w / 4};
    const int top[] = {h / 4, h / 4, 0, h * 3 / 4};
    VipsImage *part;
    double mean;

    assert_int_equal(vips_crop(image, &part, left[which], top[which], which < 2 ? w / 4 : w / 2,
                               which < 2 ? h / 2 : h / 4, NULL),
                     0);
    assert_int_equal(vips_avg(part, &mean, NULL), 0);
    g_object_unref(part);
    return mean;
}

/* Every pixel tells where it is: its bands are x, y and 0. */
static inline void put_map(struct folder *d, const char *name, int width, int height)
{
    g_autofree uint8_t *pixels = g_malloc0((size_t)width * (size_t)height * 3);
    g_autofree void *data = NULL;
    size_t len;

    for (int i = 0; i < width * height; i++) {
        pixels[3 * i] = (uint8_t)(i % width);
        pixels[3 * i + 1] = (uint8_t)(i / width);
    }
    VipsImage *image = vips_image_new_from_memory(pixels, (size_t)width * (size_t)height * 3, width,
                                                  height, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    assert_int_equal(vips_image_write_to_buffer(image, ".png", &data, &len, NULL), 0);
    g_object_unref(image);
    folder_put(d, name, data, len);
}

/* Element i of the sequence that was loaded last, in memory.  Owned by the caller. */
static inline VipsImage *element_pixels(struct folder *d, uint64_t i)
{
    OWN(value_unref) struct value *v = NULL;

    if (seq_get(d->seq, &d->eval, i, &v) < 0)
        fail_msg("element %d: %s", (int)i, d->eval.fault.text);
    assert_int_equal(value_kind(v), VALUE_IMAGE);
    VipsImage *pixels;
    if (image_pixels(image_of(v), &d->eval, &pixels) < 0)
        fail_msg("element %d: %s", (int)i, d->eval.fault.text);
    VipsImage *memory = vips_image_copy_memory(pixels);
    if (!memory)
        fail_msg("%s", vips_error_buffer());
    return memory;
}

/* One sample of an image of bytes. */
static inline int sample_at(VipsImage *image, int x, int y, int band)
{
    return VIPS_IMAGE_ADDR(image, x, y)[band];
}

static inline int setup_images(void **state)
{
    struct fault f;

    return image_setup(&f);
}
