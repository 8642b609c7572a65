/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limit that a mount is measured against: the same transforms in as many processes, without a
 * filesystem.
 *
 *     limit WORKERS fast|generic < list-of-files      prints elements, bytes and seconds
 *
 * Each file is made a 224x224 centre-cropped thumbnail and saved as JPEG, Q 90, and dropped: by the
 * means that a mount has for JPEG files, or by libvips alone.
 * Processes and not threads, because they are the faster of the two with libvips. */
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vips/vips.h>

#include "ops/image/sketch.h"

#define SIDE 224
#define QUALITY 90

struct shared {
    atomic_size_t next;
    atomic_size_t bytes;
    atomic_size_t failed;
};

static size_t convert_generic(GBytes *file)
{
    gsize len;
    const void *data = g_bytes_get_data(file, &len);
    VipsImage *image = NULL;
    void *jpeg = NULL;
    size_t jpeg_len = 0;

    if (vips_thumbnail_buffer((void *)data, len, &image, SIDE, "height", SIDE, "crop",
                              VIPS_INTERESTING_CENTRE, "option_string", "fail_on=error", NULL) == 0)
        vips_jpegsave_buffer(image, &jpeg, &jpeg_len, "Q", QUALITY, NULL);
    g_clear_object(&image);
    g_free(jpeg);
    return jpeg_len;
}

/* 0 = it is not for this. */
static size_t convert_sketch(GBytes *file, VipsImage *header)
{
    const struct sketch_jpeg options = {.quality = QUALITY,
                                        .subsample = VIPS_FOREIGN_SUBSAMPLE_AUTO};
    OWN(sketch_free) struct sketch *whole = sketch_new(file, header);
    OWN(sketch_free)
    struct sketch *small =
        whole ? sketch_fit(whole, SIDE, SIDE, VIPS_SIZE_BOTH, VIPS_INTERESTING_CENTRE) : NULL;
    g_autofree struct eval *e = g_new(struct eval, 1);
    g_autoptr(GBytes) jpeg = NULL;

    eval_init(e, NULL);
    if (!small || !sketch_is_jpeg(small, &options) ||
        sketch_write_jpeg(small, &options, e, &jpeg) < 0)
        return 0;
    return g_bytes_get_size(jpeg);
}

static size_t convert_fast(GBytes *file)
{
    gsize len;
    const void *data = g_bytes_get_data(file, &len);
    VipsImage *header = NULL;
    size_t ret = 0;

    if (vips_jpegload_buffer((void *)data, len, &header, "autorotate", TRUE, NULL) == 0)
        ret = convert_sketch(file, header);
    g_clear_object(&header);
    return ret ? ret : convert_generic(file);
}

static size_t convert(const char *path, bool fast)
{
    g_autoptr(GBytes) file = NULL;
    char *data = NULL;
    gsize len = 0;

    if (!g_file_get_contents(path, &data, &len, NULL))
        return 0;
    file = g_bytes_new_take(data, len);
    return fast ? convert_fast(file) : convert_generic(file);
}

static void work(struct shared *shared, GPtrArray *paths, bool fast)
{
    for (;;) {
        size_t i = atomic_fetch_add(&shared->next, 1);
        if (i >= paths->len)
            return;
        size_t len = convert(paths->pdata[i], fast);
        atomic_fetch_add(len ? &shared->bytes : &shared->failed, len ? len : 1);
    }
}

static GPtrArray *read_list(FILE *in)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    char *line = NULL;
    size_t cap = 0;

    for (ssize_t len; (len = getline(&line, &cap, in)) > 0;)
        g_ptr_array_add(paths, g_strndup(line, (gsize)(line[len - 1] == '\n' ? len - 1 : len)));
    free(line);
    return paths;
}

int main(int argc, char **argv)
{
    int workers = argc > 1 ? (int)g_ascii_strtoll(argv[1], NULL, 10) : 0;
    g_autoptr(GPtrArray) paths = read_list(stdin);
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (workers < 1 || argc != 3 || shared == MAP_FAILED) {
        fprintf(stderr, "usage: limit WORKERS fast|generic < list-of-files\n");
        return 2;
    }
    if (VIPS_INIT(argv[0]))
        return 1;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    gint64 start = g_get_monotonic_time();
    for (int i = 0; i < workers; i++) {
        if (fork() == 0) {
            work(shared, paths, strcmp(argv[2], "fast") == 0);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    printf("%u %zu %.6f\n", paths->len, atomic_load(&shared->bytes),
           (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
    return atomic_load(&shared->failed) ? 1 : 0;
}
