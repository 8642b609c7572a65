/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs stats: the live figures of a mount, once or again and again. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fs/arguments.h"
#include "fs/command.h"
#include "fs/dashboard.h"
#include "ops/base/scan.h"

static const char usage[] = "seqfs stats [--watch[=TIME]] MOUNT";

#define INTERVAL 2.0 /* seconds */
#define INTERVAL_MIN 0.1
#define INTERVAL_MAX 86400.0
#define TEXT_MAX (64u << 20) /* bytes of .seqfs/stats */
#define READ_MAX 65536

/* Lifetime: the command's. */
struct stats_view {
    char *mount; /* owned, as file: the folder that .seqfs is in */
    char *file;
    double interval; /* seconds; 0 = once */
    bool is_screen;  /* drawn over and over, not one after the other */
};

static void free_view(struct stats_view *v)
{
    g_free(v->mount);
    g_free(v->file);
}
OWN_DEFINE(struct stats_view, free_view)

/* A folder of the mount, or anything in it, will do. */

static int cannot_look(const char *path, int err, struct fault *f)
{
    if (err == ENOTCONN)
        return fault_set(
            f, err, "'%s' is a dead mount, its server has gone; seqfs umount takes it away", path);
    return fault_set_errno(f, err, "'%s'", path);
}

static bool is_absent(int err)
{
    return err == ENOENT || err == ENOTDIR;
}

/* Looks into a path and the folders above it, up to where another filesystem begins. */
static int find(struct stats_view *v, const char *path, struct fault *f)
{
    g_autofree char *real = realpath(path, NULL); /* of malloc(), as GLib's own */
    struct stat at, top;

    if (!real || stat(real, &top) < 0)
        return cannot_look(path, errno, f);
    for (;;) {
        g_autofree char *file = g_build_filename(real, ".seqfs", "stats", NULL);

        if (access(file, F_OK) == 0) {
            v->mount = g_steal_pointer(&real);
            v->file = g_steal_pointer(&file);
            return 0;
        }
        if (!is_absent(errno))
            return cannot_look(path, errno, f);
        g_autofree char *above = g_path_get_dirname(real);
        if (strcmp(above, real) == 0 || stat(above, &at) < 0 || at.st_dev != top.st_dev)
            return fault_set(f, ENOENT, "'%s' is not in a mount of seqfs", path);
        g_free(real);
        real = g_steal_pointer(&above);
    }
}

/* Its size is not known before it is read. */
static int read_all(int fd, GString *ret)
{
    char buf[READ_MAX];
    ssize_t n;

    while ((n = read(fd, buf, sizeof buf)) != 0) {
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0)
            g_string_append_len(ret, buf, n);
        if (ret->len > TEXT_MAX)
            return -EFBIG;
    }
    return 0;
}

static int read_figures(const struct stats_view *v, struct fault *f, json_t **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct fault why;
    int fd = open(v->file, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -errno : read_all(fd, text);

    if (fd >= 0)
        close(fd);
    if (r < 0)
        return cannot_look(v->file, -r, f);
    r = dashboard_parse(text->str, text->len, &why, ret);
    return r < 0 ? fault_set(f, -r, "'%s': %s", v->file, why.text) : 0;
}

/* Over what was there before, no wider and no higher than the screen. */
static void draw(char *text)
{
    struct winsize size = {0};
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    guint n = g_strv_length(lines);

    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    if (size.ws_row > 0)
        n = MIN(n, size.ws_row - 1u);
    fputs("\033[H", stdout);
    for (guint i = 0; i < n; i++) {
        const glong len = g_utf8_strlen(lines[i], -1);
        g_autofree char *line =
            g_utf8_substring(lines[i], 0, size.ws_col > 0 ? MIN(len, size.ws_col) : len);

        printf("%s\033[K\n", line);
    }
    fputs("\033[J", stdout);
}

/* Returns EXIT_RUNTIME after having said why it could not be written. */
static int show(const struct stats_view *v, const json_t *now, const json_t *before)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct fault f;

    dashboard_print(v->mount, now, before, text);
    if (v->is_screen)
        draw(text->str);
    else
        printf("%s%s", before ? "\n" : "", text->str);
    if (fflush(stdout) == 0)
        return EXIT_WELL;
    fault_set_errno(&f, errno, "standard output");
    return command_fail(EXIT_RUNTIME, &f);
}

static int show_once(const struct stats_view *v)
{
    json_t *now;
    struct fault f;
    int r = read_figures(v, &f, &now);

    if (r < 0)
        return command_fail(EXIT_RUNTIME, &f);
    r = show(v, now, NULL);
    json_decref(now);
    return r;
}

static void find_endings(sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGTERM);
}

/* false = a signal has come that asks for the end. */
static bool wait_for(double seconds)
{
    sigset_t endings;
    const struct timespec time = {
        .tv_sec = (time_t)seconds,
        .tv_nsec = (long)((seconds - floor(seconds)) * 1e9),
    };

    find_endings(&endings);
    return sigtimedwait(&endings, NULL, &time) < 0;
}

/* Only while it waits and shows is it asked to end: a look at a mount that hangs can be killed. */
static void hold_endings(bool hold)
{
    sigset_t endings;

    find_endings(&endings);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &endings, NULL);
}

/* Whether it was unmounted, or its server has ended, since the last look. */
static bool has_gone(int err)
{
    return is_absent(err) || err == ENOTCONN || err == ECONNABORTED || err == ESHUTDOWN ||
           err == ENODEV || err == EIO;
}

static int end_watch(const struct stats_view *v, const struct fault *f)
{
    if (!has_gone(f->err))
        return command_fail(EXIT_RUNTIME, f);
    fprintf(stderr, "seqfs: '%s' is no longer mounted\n", v->mount);
    return EXIT_WELL;
}

static int watch(const struct stats_view *v)
{
    json_t *before = NULL, *now;
    struct fault f;
    int status = EXIT_WELL;

    if (v->is_screen)
        fputs("\033[2J", stdout);
    for (;;) {
        hold_endings(false);
        if (read_figures(v, &f, &now) < 0) {
            status = before ? end_watch(v, &f) : command_fail(EXIT_RUNTIME, &f);
            break;
        }
        hold_endings(true);
        status = show(v, now, before);
        json_decref(before);
        before = now;
        if (status != EXIT_WELL || !wait_for(v->interval))
            break;
    }
    json_decref(before);
    return status;
}

static int parse_interval(const char *text, double *ret, struct fault *f)
{
    double seconds;

    if (!scan_duration(text, &seconds) || seconds < INTERVAL_MIN || seconds > INTERVAL_MAX)
        return fault_set(
            f, EINVAL,
            "option '--watch': '%s' is no time from 100ms to 24h; wanted is one as 2, 500ms or 1m",
            text);
    *ret = seconds;
    return 0;
}

/* Of two entries of one name, GLib takes the first for the option alone, and the second for that
 * with a value behind `=`; an optional value would take in the mountpoint that follows. */
static int parse_options(struct stats_view *v, int *argc, char ***argv, struct fault *f)
{
    gboolean again = FALSE;
    g_autofree char *interval = NULL;
    const GOptionEntry entries[] = {
        {.long_name = "watch", .arg = G_OPTION_ARG_NONE, .arg_data = &again},
        {.long_name = "watch", .arg = G_OPTION_ARG_STRING, .arg_data = &interval},
        {0},
    };
    int r = arguments_parse(entries, NULL, argc, argv, f);

    if (r < 0)
        return r;
    v->interval = again ? INTERVAL : 0;
    v->is_screen = (again || interval) && isatty(STDOUT_FILENO);
    return interval ? parse_interval(interval, &v->interval, f) : 0;
}

int command_stats(int argc, char **argv)
{
    struct stats_view view = {0};
    OWN(free_view) struct stats_view *v = &view;
    struct fault f = {0};

    if (parse_options(v, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 2)
        return command_usage(usage, "one mountpoint is wanted");
    if (find(v, argv[1], &f) < 0)
        return command_fail(EXIT_RUNTIME, &f);
    /* Whoever reads what is shown may stop at any time. */
    signal(SIGPIPE, SIG_DFL);
    return v->interval > 0 ? watch(v) : show_once(v);
}
