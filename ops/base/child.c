/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts one program, feeds it, listens to it until its end or the deadline, and leaves nothing of
 * it behind.
 *
 * Input goes by way of an anonymous file, not a pipe: it cannot deadlock, cannot raise SIGPIPE, and
 * the program may seek in it. */
#include "ops/base/child_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK 65536
#define WORDS 64 /* chunks of last words that are waited for */

void child_shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The group's number cannot have been
 * given to others, because the program itself is reaped after that. */
void child_finish(struct child *c)
{
    if (c->pid > 0) {
        kill(-c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    for (int i = 0; i < 2; i++) {
        child_shut(&c->in[i]);
        child_shut(&c->out[i]);
        child_shut(&c->err[i]);
        child_shut(&c->started[i]);
    }
    child_shut(&c->pidfd);
    g_free(c->program);
    g_free(c->output.at);
    g_free(c->said.at);
}

static void child_finish_owned(struct child *c)
{
    child_finish(c);
}

/* Keeps clear of 0 to 2, which the program's own three will be put over. */
static int lift(int *fd)
{
    if (*fd > STDERR_FILENO)
        return 0;
    int higher = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (higher < 0)
        return -errno;
    close(*fd);
    *fd = higher;
    return 0;
}

static int make_pipe(int ends[2])
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int r = lift(&ends[0]);
    return r < 0 ? r : lift(&ends[1]);
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

static int write_input(int fd, GBytes *input)
{
    size_t len;
    const char *data = g_bytes_get_data(input, &len);
    int r = write_all(fd, data, len);

    return r == 0 && lseek(fd, 0, SEEK_SET) < 0 ? -errno : r;
}

static int make_input(struct child *c)
{
    GBytes *input = c->run->input;

    if (c->run->talks)
        return make_pipe(c->in);
    c->in[0] = input ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (c->in[0] < 0)
        return -errno;
    int r = lift(&c->in[0]);
    return r == 0 && input ? write_input(c->in[0], input) : r;
}

/* An error to be told by errno; async-signal-safe. */
static int settle(const struct child *c)
{
    const struct child_run *run = c->run;
    const struct rlimit file = {run->max_file, run->max_file};

    if (run->cwd && chdir(run->cwd) < 0)
        return -1;
    if (run->max_file > 0 && setrlimit(RLIMIT_FSIZE, &file) < 0)
        return -1;
    if (dup2(c->in[0], STDIN_FILENO) < 0 || dup2(c->err[1], STDERR_FILENO) < 0)
        return -1;
    return dup2(run->mute ? c->err[1] : c->out[1], STDOUT_FILENO);
}

/* Between fork and exec in what may have been a process with threads: async-signal-safe calls only.
 */
G_NORETURN static void become(const struct child *c, pid_t parent)
{
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it could be told of */
        _exit(127);
    for (int s = 1; s < NSIG; s++)
        sigaction(s, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (settle(c) >= 0)
        execve(c->program, c->run->argv, c->run->env ? c->run->env : environ);

    int err = errno;
    if (write(c->started[1], &err, sizeof err) < 0)
        _exit(126);
    _exit(127);
}

/* Returns once the program runs, or the reason why it does not. */
static int start(struct child *c)
{
    sigset_t all, before;
    pid_t self = getpid();
    int err = 0;

    /* No handler of ours may run in the child. */
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        become(c, self);
    int fork_err = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid < 0)
        return -fork_err;

    c->pid = pid;
    child_shut(&c->in[0]);
    child_shut(&c->out[1]);
    child_shut(&c->err[1]);
    child_shut(&c->started[1]);
    ssize_t n;
    do
        n = read(c->started[0], &err, sizeof err); /* ends with exec, which closes the other end */
    while (n < 0 && errno == EINTR);
    if (n == sizeof err)
        return -err;
    c->pidfd = pidfd_open(pid, 0);
    return c->pidfd < 0 ? -errno : 0;
}

static int prepare(struct child *c)
{
    int r = make_input(c);
    if (r == 0 && !c->run->mute)
        r = make_pipe(c->out);
    if (r == 0)
        r = make_pipe(c->err);
    if (r == 0)
        r = make_pipe(c->started);
    if (r == 0)
        r = start(c);
    for (size_t i = 0; i < 3 && r == 0; i++) {
        const int ours = (const int[]){c->in[1], c->out[0], c->err[0]}[i];
        r = ours >= 0 && fcntl(ours, F_SETFL, O_NONBLOCK) < 0 ? -errno : 0;
    }
    return r;
}

static int grow(struct child_buffer *b, size_t more)
{
    if (b->cap - b->len >= more)
        return 0;
    size_t cap = MAX(b->cap * 2, b->len + more);
    char *at = g_try_realloc(b->at, cap);
    if (!at)
        return -ENOMEM;
    b->at = at;
    b->cap = cap;
    return 0;
}

/* Reads what is there.  1 = more may come, 0 = it ended, or -errno. */
static int take(int *fd, struct child_buffer *b)
{
    int r = grow(b, CHUNK);
    if (r < 0)
        return r;
    ssize_t n = read(*fd, b->at + b->len, CHUNK);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : -errno;
    if (n == 0) {
        child_shut(fd);
        return 0;
    }
    b->len += (size_t)n;
    return 1;
}

int child_take_said(struct child *c)
{
    int r = take(&c->err[0], &c->said);
    if (c->said.len > FAULT_DETAIL) {
        memmove(c->said.at, c->said.at + c->said.len - FAULT_DETAIL, FAULT_DETAIL);
        c->said.len = FAULT_DETAIL;
    }
    return r;
}

static int too_much(const struct child *c, struct fault *f)
{
    return fault_set(f, EFBIG, "'%s' wrote more than the %" PRIu64 " bytes allowed",
                     c->run->argv[0], c->run->max_output);
}

double child_round(double seconds)
{
    return seconds < 1 ? round(seconds * 1000) / 1000 : round(seconds * 100) / 100;
}

static int too_late(const struct child *c, struct fault *f)
{
    if (c->ended)
        return fault_set(f, ETIMEDOUT,
                         "'%s' has ended, but what it started held its output for %g s",
                         c->run->argv[0], child_round(c->run->timeout));
    return fault_set(f, ETIMEDOUT, "'%s' was still running after %g s", c->run->argv[0],
                     child_round(c->run->timeout));
}

int child_time_left(const struct child *c)
{
    if (c->deadline == 0)
        return -1;
    int64_t left = c->deadline - g_get_monotonic_time();
    return left <= 0 ? 0 : (int)MIN((left + 999) / 1000, INT_MAX);
}

/* What a helper says that it has left behind need never end. */
void child_hear_last_words(struct child *c)
{
    for (int n = 0; n < WORDS && c->err[0] >= 0; n++)
        if (poll(&(struct pollfd){.fd = c->err[0], .events = POLLIN}, 1, 0) <= 0 ||
            child_take_said(c) < 0)
            break;
}

/* Until the program has ended and its output too.  Its standard error may stay open: a helper that
 * it leaves behind often holds it. */
static int listen_to(struct child *c, struct fault *f)
{
    while (c->out[0] >= 0 || !c->ended) {
        struct pollfd fds[] = {
            {.fd = c->out[0], .events = POLLIN},
            {.fd = c->err[0], .events = POLLIN},
            {.fd = c->ended ? -1 : c->pidfd, .events = POLLIN},
        };
        int left = child_time_left(c);
        int r = poll(fds, G_N_ELEMENTS(fds), left);
        if (r < 0 && errno != EINTR)
            return fault_set_errno(f, errno, "listening to '%s'", c->run->argv[0]);
        if (left == 0)
            return too_late(c, f);
        if (r <= 0)
            continue;
        r = fds[1].revents ? child_take_said(c) : 0;
        if (r >= 0 && fds[0].revents)
            r = take(&c->out[0], &c->output);
        if (r < 0)
            return fault_set_errno(f, -r, "reading from '%s'", c->run->argv[0]);
        if (c->output.len > c->run->max_output)
            return too_much(c, f);
        c->ended = c->ended || fds[2].revents;
    }
    child_hear_last_words(c);
    return 0;
}

int child_judge(struct child *c, struct fault *f)
{
    int status = 0;

    kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    c->pid = 0;
    if (WIFSIGNALED(status))
        return fault_set(f, EIO, "'%s' was ended by signal %d (%s)", c->run->argv[0],
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0)
        return fault_set(f, EIO, "'%s' exited with status %d", c->run->argv[0],
                         WEXITSTATUS(status));
    return 0;
}

static bool has_slash(const char *name)
{
    return strchr(name, '/') != NULL;
}

void child_init(struct child *c, const struct child_run *run)
{
    *c = (struct child){
        .run = run,
        .in = {-1, -1},
        .out = {-1, -1},
        .err = {-1, -1},
        .started = {-1, -1},
        .pidfd = -1,
    };
}

int child_launch(struct child *c, struct fault *f)
{
    const char *name = c->run->argv[0];

    /* A path is left to exec, so that it starts at cwd. */
    if (c->run->program || has_slash(name))
        c->program = g_strdup(c->run->program ? c->run->program : name);
    else
        c->program = g_find_program_in_path(name);
    if (!c->program)
        return fault_set(f, ENOENT, "no program '%s' in PATH", name);
    int r = prepare(c);
    if (r < 0) {
        fault_set_errno(f, -r, "starting '%s'", name);
        f->transient = r == -EAGAIN || r == -ENOMEM || r == -EMFILE || r == -ENFILE;
    }
    return r;
}

int child_tell_said(const struct child *c, struct fault *f)
{
    return fault_detail(f, c->said.at ? c->said.at : "", (gssize)c->said.len);
}

int child_run(const struct child_run *run, struct fault *f, GBytes **ret)
{
    __attribute__((cleanup(child_finish_owned))) struct child c;

    child_init(&c, run);
    c.deadline = run->timeout > 0 ? g_get_monotonic_time() + (int64_t)(run->timeout * 1e6) : 0;
    int r = child_launch(&c, f);
    if (r < 0)
        return r;
    r = listen_to(&c, f);
    if (r == 0)
        r = child_judge(&c, f);
    if (r < 0)
        return child_tell_said(&c, f);
    *ret = g_bytes_new_take(g_steal_pointer(&c.output.at), c.output.len);
    return 0;
}

const char **child_argv(const char *const *words, uint32_t n, bool shell)
{
    const char **argv = g_new0(const char *, (gsize)n + 3);
    uint32_t len = 0;

    if (shell) {
        argv[len++] = "/bin/sh";
        argv[len++] = "-c";
    }
    for (uint32_t i = 0; i < n; i++)
        argv[len++] = words[i];
    return argv;
}

char *child_find_program(const char *name, const char *folder)
{
    g_autofree char *found =
        has_slash(name) ? g_canonicalize_filename(name, folder) : g_find_program_in_path(name);

    return found && access(found, X_OK) == 0 && !g_file_test(found, G_FILE_TEST_IS_DIR)
               ? g_steal_pointer(&found)
               : NULL;
}

bool child_is_program(const char *name, const char *folder)
{
    g_autofree char *found = child_find_program(name, folder);

    return found;
}
