/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs what evaluates an element in a process of its own, beside another that outlives it and
 * removes what it leaves: the programs of its steps, and their temporary files.
 *
 * The guard is the parent of the evaluation, so that orphaned programs become its children, and in
 * a process group of its own, so that no signal of a terminal ends it.  That the command has ended,
 * however, it sees by a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/command.h"
#include "fs/nursery.h"
#include "fs/process.h"

#define GUARD_NAME "seqfs-guard" /* of the process, in ps(1) */

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* Lifetime: call. */
struct guarding {
    pid_t command;   /* the process that was started */
    int line[2];     /* only the command holds [1] */
    char *folder;    /* of temporary files; owned */
    sigset_t before; /* blocked signals */
    int signals;     /* what would end the command; a signalfd */
};

static bool runs_programs(const struct plan *p)
{
    for (uint32_t i = 0; i < plan_n_steps(p); i++)
        if (plan_step(p, i)->op->flags & OP_RUNS_PROGRAMS)
            return true;
    return false;
}

/* Ends as another process did, for whoever waits for this one. */
static int pass_on(int status)
{
    const struct rlimit none = {0, 0};
    sigset_t one;

    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    setrlimit(RLIMIT_CORE, &none); /* there is one already */
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    sigemptyset(&one);
    sigaddset(&one, WTERMSIG(status));
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    return 128 + WTERMSIG(status); /* where it cannot be done */
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

/* Becomes the evaluation: in the command's group, as if nothing had been forked. */
static void settle(const struct guarding *g, pid_t guard)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guard) /* it died before it could be told of */
        _exit(EXIT_RUNTIME);
    setpgid(0, getpgid(g->command));
    close(g->line[0]);
    setenv("TMPDIR", g->folder, 1);
    sigprocmask(SIG_SETMASK, &g->before, NULL);
}

/* Until the evaluation has ended, or the command has: then that is killed. */
static int watch(const struct guarding *g, pid_t evaluation)
{
    int pidfd = pidfd_open(evaluation, 0);
    struct pollfd fds[] = {{.fd = g->line[0], .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};

    while (pidfd >= 0 && poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno == EINTR)
        continue;
    if (pidfd < 0 || fds[0].revents)
        kill(evaluation, SIGKILL);
    return wait_for(evaluation);
}

/* Returns in the evaluation alone. */
static void guard(const struct guarding *g)
{
    const pid_t self = getpid();

    setpgid(0, 0);
    prctl(PR_SET_NAME, GUARD_NAME);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    close(g->line[1]);
    pid_t pid = fork();
    if (pid == 0) {
        settle(g, self);
        return;
    }
    int status = pid < 0 ? EXIT_RUNTIME << 8 : watch(g, pid);
    process_end_children();
    process_remove_folder(g->folder);
    _exit(pass_on(status));
}

/* In the command: until the guard has ended, after a signal that ends this process, too. */
static int await(struct guarding *g, pid_t pid)
{
    int pidfd = pidfd_open(pid, 0), status;
    struct pollfd fds[] = {{.fd = g->signals, .events = POLLIN}, {.fd = pidfd, .events = POLLIN}};
    struct signalfd_siginfo told;

    close(g->line[0]);
    while (pidfd >= 0 && poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno == EINTR)
        continue;
    const bool stopped =
        pidfd >= 0 && fds[0].revents && read(g->signals, &told, sizeof told) == sizeof told;
    if (stopped)
        close(g->line[1]);
    status = wait_for(pid);
    if (stopped)
        status = (int)told.ssi_signo; /* as waitpid() tells that a signal ended it */
    if (pidfd >= 0)
        close(pidfd);
    return pass_on(status);
}

/* The signals that are ignored stay so. */
static int prepare(struct guarding *g, struct fault *f)
{
    struct sigaction now;
    sigset_t watched;

    sigemptyset(&watched);
    for (unsigned i = 0; i < G_N_ELEMENTS(ends); i++)
        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&watched, ends[i]);
    int r = nursery_make_folder(f, &g->folder);
    if (r < 0)
        return r;
    if (pipe2(g->line, O_CLOEXEC) < 0)
        return fault_set_errno(f, errno, "making a pipe");
    g->signals = signalfd(-1, &watched, SFD_CLOEXEC);
    if (g->signals < 0)
        return fault_set_errno(f, errno, "listening to signals");
    sigprocmask(SIG_BLOCK, &watched, &g->before);
    return 0;
}

/* In the evaluation, what it returns; in the command, what became of it. */
static int run_guarded(struct guarding *g, const struct command_element *element,
                       int (*run)(const struct command_element *element))
{
    struct fault f = {0};

    fflush(NULL); /* what is not written yet would be written twice */
    pid_t pid = fork();
    if (pid < 0) {
        fault_set_errno(&f, errno, "starting a process");
        process_remove_folder(g->folder);
        return command_fail(EXIT_RUNTIME, &f);
    }
    if (pid > 0)
        return await(g, pid);
    guard(g);
    return run(element);
}

int command_guard(const struct command_element *element,
                  int (*run)(const struct command_element *element))
{
    struct guarding g = {.command = getpid(), .line = {-1, -1}, .signals = -1};
    struct fault f = {0};

    if (!runs_programs(element->plan))
        return run(element);
    int status =
        prepare(&g, &f) < 0 ? command_fail(EXIT_RUNTIME, &f) : run_guarded(&g, element, run);
    g_free(g.folder);
    return status;
}
