/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mounts, runs the threads that take the kernel's requests, and ends in order. */
#include "fs/session.h"

#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "fs/front.h"
#include "fs/mountpoint.h"

#define N_SERVERS 2   /* threads: one that answers, one for when it is held up */
#define GRACE_MS 2000 /* that open files have after SIGINT or SIGTERM */
#define NUDGE_MS 10   /* between two attempts to wake a thread that should end */
#define NUDGE SIGUSR1

/* One mount.  Lifetime: session_run(). */
struct session {
    const struct conf *conf;
    struct dataset *dataset;
    struct front *front;     /* owned */
    struct fuse_session *se; /* owned */
    int signals;             /* signalfd; owned */
    int hello;               /* eventfd: the kernel has said hello; owned */
    int ended;               /* eventfd that counts the servers that have ended; owned */
    void (*ready)(void *ctx);
    void *ready_ctx;
    unsigned n_servers; /* started and not joined */
    pthread_t servers[N_SERVERS];
    bool detached; /* the mount is no longer in the tree */
};

static void get_signals(sigset_t *ret)
{
    sigemptyset(ret);
    sigaddset(ret, SIGINT);
    sigaddset(ret, SIGTERM);
    sigaddset(ret, SIGHUP);
}

/* Also in the threads that are started from here on; the dataset's own let none through. */
static void block_signals(void)
{
    sigset_t set;

    get_signals(&set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, NUDGE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void be_nudged(int sig)
{
}

/* One server: takes requests until the mount is gone or the session has ended. */
static void *serve(void *ctx)
{
    const struct session *s = ctx;
    struct fuse_buf buf = {0};
    sigset_t nudge;
    int r = 0;

    sigemptyset(&nudge);
    sigaddset(&nudge, NUDGE);
    pthread_sigmask(SIG_UNBLOCK, &nudge, NULL);
    while (!fuse_session_exited(s->se)) {
        r = fuse_session_receive_buf(s->se, &buf);
        if (r == -EINTR || r == -EAGAIN)
            continue;
        if (r <= 0)
            break;
        fuse_session_process_buf(s->se, &buf);
    }
    free(buf.mem);
    eventfd_write(s->ended, 1);
    return NULL;
}

/* Text within an option: commas end options. */
static void append_escaped(GString *ret, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == ',' || *text == '\\')
            g_string_append_c(ret, '\\');
        g_string_append_c(ret, *text);
    }
}

static int open_session(struct session *s, struct fault *f)
{
    g_autoptr(GString) options = g_string_new("subtype=seqfs,nosuid,nodev,noexec,fsname=seqfs:");
    char *argv[] = {(char *)"seqfs", (char *)"-o", NULL, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, argv);

    append_escaped(options, s->conf->spec);
    if (s->conf->allow_other)
        g_string_append(options, ",allow_other");
    if (s->conf->read_only)
        g_string_append(options, ",ro");
    if (s->conf->debug)
        g_string_append(options, ",debug");
    argv[2] = options->str;
    s->se = fuse_session_new(&args, &front_ops, sizeof front_ops, s->front);
    fuse_opt_free_args(&args);
    if (s->se == NULL)
        return fault_set(f, EINVAL, "libfuse does not take the options '%s'", options->str);
    front_set_session(s->front, s->se);
    if (fuse_session_mount(s->se, s->conf->mountpoint) < 0)
        return fault_set(f, EIO, "cannot mount on '%s'; libfuse has said why above",
                         s->conf->mountpoint);
    return 0;
}

static int start_servers(struct session *s, struct fault *f)
{
    for (; s->n_servers < N_SERVERS; s->n_servers++) {
        int err = pthread_create(&s->servers[s->n_servers], NULL, serve, s);

        if (err != 0)
            return fault_set_errno(f, err, "cannot start a thread for the mount");
    }
    return 0;
}

/* Waits until all servers have ended, by themselves or nudged out of their reads. */
static void join_servers(struct session *s)
{
    struct pollfd ended = {.fd = s->ended, .events = POLLIN};
    uint64_t n_ended = 0;

    fuse_session_exit(s->se);
    while (n_ended < s->n_servers) {
        eventfd_t n = 0;

        for (unsigned i = 0; i < s->n_servers; i++)
            pthread_kill(s->servers[i], NUDGE);
        if (poll(&ended, 1, NUDGE_MS) > 0 && eventfd_read(s->ended, &n) == 0)
            n_ended += n;
    }
    for (unsigned i = 0; i < s->n_servers; i++)
        pthread_join(s->servers[i], NULL);
    s->n_servers = 0;
}

/* The kernel said hello: tells the main thread. */
static void note_hello(void *ctx)
{
    const struct session *s = ctx;

    eventfd_write(s->hello, 1);
}

static void say_ready(const struct session *s)
{
    eventfd_t n;

    if (eventfd_read(s->hello, &n) == 0)
        s->ready(s->ready_ctx);
}

static int read_signal(const struct session *s)
{
    struct signalfd_siginfo info;

    if (read(s->signals, &info, sizeof info) != sizeof info)
        return 0;
    if (info.ssi_signo == SIGHUP)
        log_add(dataset_log(s->dataset),
                "SIGHUP has no effect: a changed spec is read at the next mount");
    return info.ssi_signo != SIGHUP ? (int)info.ssi_signo : 0;
}

/* Waits for a signal to end or the end of a server: the signal, 0 for an end, -1 when the time (-1:
 * for ever) is up. */
static int wait_for_end(const struct session *s, int timeout_ms)
{
    const gint64 deadline = g_get_monotonic_time() + timeout_ms * G_TIME_SPAN_MILLISECOND;
    struct pollfd fds[] = {{.fd = s->ended, .events = POLLIN},
                           {.fd = s->signals, .events = POLLIN},
                           {.fd = s->hello, .events = POLLIN}};

    for (;;) {
        const gint64 left = (deadline - g_get_monotonic_time() + 999) / G_TIME_SPAN_MILLISECOND;
        const int n = poll(fds, G_N_ELEMENTS(fds), timeout_ms < 0 ? -1 : (int)MAX(left, 0));
        int sig = 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        if (fds[2].revents != 0)
            say_ready(s);
        if (fds[0].revents != 0)
            return 0;
        if (fds[1].revents != 0)
            sig = read_signal(s);
        if (sig != 0)
            return sig;
    }
}

static void detach(struct session *s)
{
    struct fault f = {0};

    s->detached = mountpoint_detach(s->conf->mountpoint, &f) == 0;
    if (!s->detached)
        log_add(dataset_log(s->dataset), "%s", f.text);
}

/* libfuse would unmount whatever is at the mountpoint by now, which may be the next mount already,
 * unless its device says that the mount has gone.  A pipe that nobody reads says the same. */
static void forget_mount(struct session *s)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    close(ends[0]);
    dup3(ends[1], fuse_session_fd(s->se), O_CLOEXEC);
    close(ends[1]);
}

/* Serves until the mount is gone or a signal comes. */
static void run(struct session *s)
{
    int sig = wait_for_end(s, -1);

    if (sig > 0) {
        log_add(dataset_log(s->dataset), "%s: the mount ends",
                sig == SIGINT ? "SIGINT" : "SIGTERM");
        detach(s);
        /* The connection ends by itself when the last file is closed; a second signal ends it at
         * once. */
        wait_for_end(s, GRACE_MS);
    }
    dataset_stop(s->dataset, -ENODEV);
    join_servers(s);
}

static int open_fds(struct session *s, struct fault *f)
{
    sigset_t set;

    get_signals(&set);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC);
    s->hello = eventfd(0, EFD_CLOEXEC);
    s->ended = eventfd(0, EFD_CLOEXEC);
    if (s->signals < 0 || s->hello < 0 || s->ended < 0)
        return fault_set_errno(f, errno, "cannot watch for signals");
    return 0;
}

static void close_session(struct session *s)
{
    dataset_stop(s->dataset, -ENODEV);
    if (s->front != NULL)
        front_drain(s->front, -ENODEV);
    if (s->se != NULL) {
        if (s->detached)
            forget_mount(s);
        fuse_session_unmount(s->se);
        fuse_session_destroy(s->se);
    }
    front_free(s->front);
    if (s->signals >= 0)
        close(s->signals);
    if (s->hello >= 0)
        close(s->hello);
    if (s->ended >= 0)
        close(s->ended);
}

int session_run(const struct conf *conf, struct dataset *d, const struct names *n,
                void (*ready)(void *ctx), void *ctx, struct fault *f)
{
    struct session s = {.conf = conf,
                        .dataset = d,
                        .signals = -1,
                        .hello = -1,
                        .ended = -1,
                        .ready = ready,
                        .ready_ctx = ctx};
    struct front_rooms rooms = {
        .conf = conf,
        .dataset = d,
        .names = n,
        .base = {.uid = getuid(), .gid = getgid()},
        .ready = note_hello,
        .ready_ctx = &s,
    };
    struct sigaction old, nudged = {.sa_handler = be_nudged};
    int r;

    block_signals();
    sigemptyset(&nudged.sa_mask);
    sigaction(NUDGE, &nudged, &old);
    clock_gettime(CLOCK_REALTIME, &rooms.base.start);
    r = open_fds(&s, f);
    if (r == 0) {
        s.front = front_new(&rooms);
        r = open_session(&s, f);
    }
    if (r == 0)
        r = start_servers(&s, f);
    if (r == 0)
        run(&s);
    else if (s.n_servers > 0)
        join_servers(&s);
    close_session(&s);
    sigaction(NUDGE, &old, NULL);
    return r;
}
