/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes pictures to test with: make-photos FOLDER COUNT [WIDTH HEIGHT [SUFFIX]] writes
 * FOLDER/00.jpg, 01.jpg..., gradients with noise, different from each other and the same on every
 * run. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <vips/vips.h>

#define MAX_SIDE 20000

/* Noise that needs no state: a hash of the place. */
static uint8_t noise(uint32_t seed, uint32_t x, uint32_t y)
{
    uint32_t h = seed * 0x9e3779b1u ^ x * 0x85ebca6bu ^ y * 0xc2b2ae35u;

    h ^= h >> 15;
    h *= 0x2c1b3c6du;
    h ^= h >> 13;
    return (uint8_t)(h & 31);
}

static void fill(uint8_t *pixels, uint32_t seed, int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t *p = pixels + 3 * ((size_t)y * (size_t)width + (size_t)x);
            uint8_t n = noise(seed, (uint32_t)x, (uint32_t)y);

            p[0] = (uint8_t)(x * 200 / width + n);
            p[1] = (uint8_t)(y * 200 / height + n);
            p[2] =
                (uint8_t)((seed * 37 + (uint32_t)(x + y) * 100 / (uint32_t)(width + height)) % 200 +
                          n);
        }
}

static int write_one(const char *path, uint32_t seed, int width, int height)
{
    size_t size = 3 * (size_t)width * (size_t)height;
    g_autofree uint8_t *pixels = g_malloc(size);
    VipsImage *image;
    int r;

    fill(pixels, seed, width, height);
    image = vips_image_new_from_memory(pixels, size, width, height, 3, VIPS_FORMAT_UCHAR);
    if (image == NULL)
        return -1;
    image->Type = VIPS_INTERPRETATION_sRGB;
    r = vips_image_write_to_file(image, path, NULL);
    g_object_unref(image);
    return r;
}

int main(int argc, char **argv)
{
    unsigned count = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
    int width = argc > 4 ? (int)strtol(argv[3], NULL, 10) : 320;
    int height = argc > 4 ? (int)strtol(argv[4], NULL, 10) : 240;
    const char *suffix = argc > 5 ? argv[5] : "jpg";
    char last[32];
    int digits = snprintf(last, sizeof last, "%u", count > 0 ? count - 1 : 0);

    if (argc < 3 || width < 1 || width > MAX_SIDE || height < 1 || height > MAX_SIDE) {
        fprintf(stderr, "usage: make-photos FOLDER COUNT [WIDTH HEIGHT [SUFFIX]]\n");
        return 2;
    }
    if (VIPS_INIT(argv[0]) || g_mkdir_with_parents(argv[1], 0777) < 0) {
        perror(argv[1]);
        return 1;
    }
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *path = g_strdup_printf("%s/%0*u.%s", argv[1], MAX(digits, 2), i, suffix);
        if (write_one(path, i + 1, width, height) < 0) {
            fprintf(stderr, "%s: %s", path, vips_error_buffer());
            return 1;
        }
    }
    return 0;
}
