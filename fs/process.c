/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The small print of starting and ending processes. */
#include "fs/process.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* The lowest of them that is above fd; INT_MAX = none. */
static int next_kept(const int *kept, unsigned n_kept, int fd)
{
    int next = INT_MAX;

    for (unsigned i = 0; i < n_kept; i++)
        if (kept[i] > fd)
            next = MIN(next, kept[i]);
    return next;
}

void process_close_all_but(const int *kept, unsigned n_kept)
{
    int before = STDERR_FILENO, next;

    while ((next = next_kept(kept, n_kept, before)) != INT_MAX) {
        if (before + 1 < next)
            close_range((unsigned)before + 1, (unsigned)next - 1, 0);
        before = next;
    }
    close_range((unsigned)before + 1, ~0U, 0);
}

void process_reset_signals(void)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int s = 1; s < NSIG; s++)
        sigaction(s, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool process_wait(int pidfd, int64_t ms)
{
    int64_t until = g_get_monotonic_time() + ms * 1000;

    for (;;) {
        struct pollfd fd = {pidfd, POLLIN, 0};
        int64_t left = (until - g_get_monotonic_time()) / 1000;
        int r = poll(&fd, 1, (int)CLAMP(left, 0, G_MAXINT));
        if (r >= 0 || errno != EINTR)
            return r > 0;
    }
}

void process_kill_children(bool (*is_spared)(const void *ctx, pid_t pid), const void *ctx)
{
    g_autofree char *pids = NULL;

    if (!g_file_get_contents("/proc/thread-self/children", &pids, NULL, NULL))
        return;
    for (char *at = pids, *end;; at = end) {
        pid_t pid = (pid_t)strtol(at, &end, 10);
        if (end == at)
            return;
        if (!is_spared(ctx, pid))
            kill(pid, SIGKILL);
    }
}

static bool spare_none(const void *ctx, pid_t pid)
{
    return false;
}

void process_end_children(void)
{
    do
        process_kill_children(spare_none, NULL);
    while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    remove(path);
    return 0;
}

void process_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
