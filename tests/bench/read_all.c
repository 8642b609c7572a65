/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One reader in order: opens, reads and closes every file of a folder in the order of names.
 *
 *     read_all FOLDER      prints elements, bytes and seconds */
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static ssize_t read_file(const char *path, char *buf, size_t cap)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t total = 0;

    for (ssize_t got = 1; fd >= 0 && got > 0; total += got)
        if ((got = read(fd, buf, cap)) < 0)
            total = -1, got = 0;
    if (fd >= 0)
        close(fd);
    return fd < 0 ? -1 : total;
}

int main(int argc, char **argv)
{
    static char buf[1 << 20];
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = argc == 2 ? g_dir_open(argv[1], 0, NULL) : NULL;
    size_t bytes = 0, failed = 0;

    if (!dir) {
        fprintf(stderr, "usage: read_all FOLDER\n");
        return 2;
    }
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(names, g_build_filename(argv[1], name, NULL));
    g_ptr_array_sort(names, by_name);
    gint64 start = g_get_monotonic_time();
    for (guint i = 0; i < names->len; i++) {
        ssize_t len = read_file(names->pdata[i], buf, sizeof buf);
        if (len < 0)
            failed++;
        else
            bytes += (size_t)len;
    }
    printf("%u %zu %.6f\n", names->len, bytes,
           (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
    return failed ? 1 : 0;
}
