/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The limit that a mount is measured against: the same transforms in as many processes, without a
 * filesystem.
 *
 *     limit WORKERS < list-of-files      prints elements, bytes and seconds
 *
 * Each file is made a 224x224 centre-cropped thumbnail and saved as JPEG, Q 90, and dropped.
 * Processes and not threads, because they are the faster of the two with libvips. */
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vips/vips.h>

struct shared {
    atomic_size_t next;
    atomic_size_t bytes;
    atomic_size_t failed;
};

static size_t convert(const char *path)
{
    g_autofree char *data = NULL;
    gsize len = 0;
    VipsImage *image = NULL;
    void *jpeg = NULL;
    size_t jpeg_len = 0;

    if (g_file_get_contents(path, &data, &len, NULL) &&
        vips_thumbnail_buffer(data, len, &image, 224, "height", 224, "crop",
                              VIPS_INTERESTING_CENTRE, "option_string", "fail_on=error", NULL) == 0)
        vips_jpegsave_buffer(image, &jpeg, &jpeg_len, "Q", 90, NULL);
    g_clear_object(&image);
    g_free(jpeg);
    return jpeg_len;
}

static void work(struct shared *shared, GPtrArray *paths)
{
    for (;;) {
        size_t i = atomic_fetch_add(&shared->next, 1);
        if (i >= paths->len)
            return;
        size_t len = convert(paths->pdata[i]);
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

    if (workers < 1 || shared == MAP_FAILED) {
        fprintf(stderr, "usage: limit WORKERS < list-of-files\n");
        return 2;
    }
    if (VIPS_INIT(argv[0]))
        return 1;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    gint64 start = g_get_monotonic_time();
    for (int i = 0; i < workers; i++) {
        if (fork() == 0) {
            work(shared, paths);
            _exit(0);
        }
    }
    while (wait(NULL) > 0)
        ;
    printf("%u %zu %.6f\n", paths->len, atomic_load(&shared->bytes),
           (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
    return atomic_load(&shared->failed) ? 1 : 0;
}
