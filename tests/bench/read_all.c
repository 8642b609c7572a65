/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Readers of many files: they open, read to the end and close one after the other.
 *
 *     read_all [OPTION...] FOLDER|LIST
 *
 * FOLDER: its files in the order of their names; LIST: a file with a path a line, in its order.
 * Prints elements, bytes, seconds and those of CPU time; with --memory, also memory at 10, 50 and
 * 100 per cent. */
#include <fcntl.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "memory.h"

#define BUFFER (1 << 20)

static struct {
    int readers, count, rounds, memory;
    int64_t seed;
    char *order;
    gboolean cold;
} options = {.readers = 1, .rounds = 1};

static const GOptionEntry entries[] = {
    {"readers", 'j', 0, G_OPTION_ARG_INT, &options.readers, "each has its stretch of the files",
     "N"},
    {"count", 'n', 0, G_OPTION_ARG_INT, &options.count, "read that many only", "N"},
    {"rounds", 'r', 0, G_OPTION_ARG_INT, &options.rounds, "read all so often", "N"},
    {"seed", 's', 0, G_OPTION_ARG_INT64, &options.seed, "in a random order", "SEED"},
    {"order", 'o', 0, G_OPTION_ARG_FILENAME, &options.order, "write that order there first",
     "FILE"},
    {"memory", 'm', 0, G_OPTION_ARG_INT, &options.memory, "print the memory of its family", "PID"},
    {"cold", 'c', 0, G_OPTION_ARG_NONE, &options.cold, "drop the files' pages; read nothing", NULL},
    {0}};

struct job {
    GPtrArray *paths;
    atomic_size_t read; /* files, by all */
    atomic_size_t bytes, failed;
};

/* One reader's stretch. */
struct stretch {
    struct job *job;
    guint from, end;
};

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_folder(GPtrArray *paths, GDir *dir, const char *folder)
{
    for (const char *name; (name = g_dir_read_name(dir));)
        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, by_name);
}

/* NULL = there is no such thing. */
static GPtrArray *find_paths(const char *name)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(name, 0, NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (dir) {
        add_folder(paths, dir, name);
        return g_steal_pointer(&paths);
    }
    if (!g_file_get_contents(name, &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (**line)
            g_ptr_array_add(paths, g_strdup(*line));
    return g_steal_pointer(&paths);
}

/* Fisher and Yates; ret_order: where each came from, a line each. */
static void shuffle(GPtrArray *paths, guint32 seed, GString *ret_order)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autofree guint *from = g_new(guint, paths->len);

    for (guint i = 0; i < paths->len; i++)
        from[i] = i;
    for (guint i = paths->len; i > 1; i--) {
        guint j = (guint)g_rand_int_range(rand, 0, (gint32)i), was = from[j];
        void *path = paths->pdata[j];

        paths->pdata[j] = paths->pdata[i - 1];
        paths->pdata[i - 1] = path;
        from[j] = from[i - 1];
        from[i - 1] = was;
    }
    for (guint i = 0; i < paths->len; i++)
        g_string_append_printf(ret_order, "%u\n", from[i]);
}

/* As a program that tells its order would: the file is there, and is not made. */
static bool write_order(const char *file, const GString *order)
{
    int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    bool done = fd >= 0;

    for (size_t off = 0; done && off < order->len;) {
        ssize_t n = write(fd, order->str + off, order->len - off);
        done = n > 0;
        off += done ? (size_t)n : 0;
    }
    return fd >= 0 && close(fd) == 0 && done;
}

static ssize_t read_file(const char *path, char *buf)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t total = 0;

    for (ssize_t got = 1; fd >= 0 && got > 0; total += got)
        if ((got = read(fd, buf, BUFFER)) < 0)
            total = -1, got = 0;
    if (fd >= 0)
        close(fd);
    return fd < 0 ? -1 : total;
}

static void print_memory(int percent)
{
    struct memory m;

    memory_look(options.memory, &m);
    printf("memory %d %.1f %.1f %u\n", percent, (double)m.own / (1 << 20),
           (double)m.resident / (1 << 20), m.n_processes);
}

/* Another one has been read: n of total. */
static void note_progress(size_t n, size_t total)
{
    if (options.memory == 0)
        return;
    if (n == total / 10)
        print_memory(10);
    else if (n == total / 2)
        print_memory(50);
    else if (n == total)
        print_memory(100);
}

static void *read_stretch(void *stretch)
{
    const struct stretch *s = stretch;
    struct job *job = s->job;
    g_autofree char *buf = g_malloc(BUFFER);

    for (int round = 0; round < options.rounds; round++) {
        for (guint i = s->from; i < s->end; i++) {
            ssize_t len = read_file(job->paths->pdata[i], buf);

            atomic_fetch_add(len < 0 ? &job->failed : &job->bytes, len < 0 ? 1 : (size_t)len);
            note_progress(atomic_fetch_add(&job->read, 1) + 1,
                          (size_t)job->paths->len * (size_t)options.rounds);
        }
    }
    return NULL;
}

/* Seconds that it took. */
static double read_all(struct job *job)
{
    const guint n = (guint)options.readers;
    g_autofree struct stretch *stretches = g_new0(struct stretch, n);
    g_autofree GThread **threads = g_new0(GThread *, n);
    gint64 start = g_get_monotonic_time();

    for (guint i = 0; i < n; i++) {
        stretches[i] = (struct stretch){job, (guint)((guint64)job->paths->len * i / n),
                                        (guint)((guint64)job->paths->len * (i + 1) / n)};
        threads[i] = g_thread_new("reader", read_stretch, &stretches[i]);
    }
    for (guint i = 0; i < n; i++)
        g_thread_join(threads[i]);
    return (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What has been written back goes; anybody may ask that of a file. */
static int drop_pages(const GPtrArray *paths)
{
    for (guint i = 0; i < paths->len; i++) {
        int fd = open(paths->pdata[i], O_RDONLY | O_CLOEXEC);

        if (fd < 0 || fdatasync(fd) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) {
            perror(paths->pdata[i]);
            return 1;
        }
        close(fd);
    }
    return 0;
}

static bool parse(int *argc, char ***argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("FOLDER|LIST");

    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, NULL) && *argc == 2 && options.readers > 0 &&
           options.rounds > 0 && options.count >= 0;
}

int main(int argc, char **argv)
{
    g_autoptr(GString) order = g_string_new(NULL);
    g_autoptr(GPtrArray) paths = parse(&argc, &argv) ? find_paths(argv[1]) : NULL;
    struct job job = {.paths = paths};
    double seconds, cpu;

    if (!paths) {
        fprintf(stderr, "usage: read_all [OPTION...] FOLDER|LIST; see --help\n");
        return 2;
    }
    if (options.seed)
        shuffle(paths, (guint32)options.seed, order);
    if (options.count && (guint)options.count < paths->len)
        g_ptr_array_set_size(paths, options.count);
    if (options.cold)
        return drop_pages(paths);
    if (options.order && !write_order(options.order, order)) {
        perror(options.order);
        return 1;
    }
    cpu = cpu_seconds();
    seconds = read_all(&job);
    printf("%zu %zu %.6f %.6f\n", atomic_load(&job.read), atomic_load(&job.bytes), seconds,
           cpu_seconds() - cpu);
    return atomic_load(&job.failed) ? 1 : 0;
}
