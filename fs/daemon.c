/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts the server into the background, once its mount answers. */
#include "fs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child writes when it is ready; messages are text and do not have it. */
#define READY '\0'

static int forget_terminal(struct fault *f)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return fault_set_errno(f, errno, "/dev/null");
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2(null, fd);
    if (null > STDERR_FILENO)
        close(null);
    return 0;
}

/* Copies messages; true once the child said that it is ready. */
static bool pass_on(int from)
{
    char text[4096];
    ssize_t n;

    while ((n = read(from, text, sizeof text)) > 0) {
        char *end = memchr(text, READY, (size_t)n);
        size_t len = end != NULL ? (size_t)(end - text) : (size_t)n;

        if (write(STDERR_FILENO, text, len) < 0)
            return end != NULL;
        if (end != NULL)
            return true;
    }
    return false;
}

static int status_of(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_FAILURE;
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    dprintf(STDERR_FILENO, "seqfs: the server died of signal %d (%s) before the mount answered\n",
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    return EXIT_FAILURE;
}

/* The pipe alone does not tell of the child's end: processes that it forked have it too. */
static int wait_for(pid_t child, int from)
{
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd fds[] = {{.fd = from, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

    fcntl(from, F_SETFL, O_NONBLOCK);
    for (;;) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return EXIT_FAILURE;
        if (pass_on(from))
            return 0;
        if (fds[1].revents != 0 || (fds[0].revents & (POLLHUP | POLLIN)) == POLLHUP)
            return status_of(child);
    }
}

int daemon_start(struct fault *f, int *ret)
{
    int ends[2];
    pid_t parent = getpid(), child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return fault_set_errno(f, errno, "pipe");
    child = fork();
    if (child < 0) {
        int err = errno;

        close(ends[0]);
        close(ends[1]);
        return fault_set_errno(f, err, "fork");
    }
    if (child > 0) {
        close(ends[1]);
        _exit(wait_for(child, ends[0]));
    }
    close(ends[0]);
    /* Who interrupts the command while it waits does not want the mount. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    *ret = ends[1];
    dup2(ends[1], STDERR_FILENO);
    setsid();
    if (chdir("/") < 0)
        return fault_set_errno(f, errno, "/");
    return forget_terminal(f);
}

void daemon_speak(int daemon)
{
    dup2(daemon, STDERR_FILENO);
}

void daemon_ready(int daemon)
{
    struct fault f = {0};
    const char ready = READY;

    prctl(PR_SET_PDEATHSIG, 0);
    forget_terminal(&f);
    /* A parent that was killed meanwhile is not missed. */
    if (write(daemon, &ready, 1) < 0)
        errno = 0;
    close(daemon);
}
