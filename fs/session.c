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
    struct session_rooms rooms;
    const char *mountpoint;
    struct front *front;     /* owned */
    struct fuse_session *se; /* owned */
    int signals;             /* signalfd; owned */
    int hello;               /* eventfd: the kernel has said hello; owned */
    int ended;               /* eventfd that counts the servers that have ended; owned */
    unsigned n_servers;      /* started and not joined */
    pthread_t servers[N_SERVERS];
    bool detached; /* the mount is no longer in the tree */
    pthread_rwlock_t
        swapping;      /* held to process a request, and exclusively to swap what is served */
    GThread *reloader; /* reads the spec again; NULL = never wanted */
    GMutex lock;
    GCond stirred;
    /* below: under lock */
    bool reload, ending; /* the reloader is to read it again; to end */
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
    struct session *s = ctx;
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
        pthread_rwlock_rdlock(&s->swapping);
        fuse_session_process_buf(s->se, &buf);
        pthread_rwlock_unlock(&s->swapping);
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
    const struct conf *conf = &s->rooms.service->conf;
    char *argv[] = {(char *)"seqfs", (char *)"-o", NULL, NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, argv);

    append_escaped(options, conf->spec);
    if (conf->allow_other)
        g_string_append(options, ",allow_other");
    if (conf->read_only)
        g_string_append(options, ",ro");
    if (conf->debug)
        g_string_append(options, ",debug");
    argv[2] = options->str;
    s->se = fuse_session_new(&args, &front_ops, sizeof front_ops, s->front);
    fuse_opt_free_args(&args);
    if (s->se == NULL)
        return fault_set(f, EINVAL, "libfuse does not take the options '%s'", options->str);
    front_set_session(s->front, s->se);
    if (fuse_session_mount(s->se, s->mountpoint) < 0)
        return fault_set(f, EIO, "cannot mount on '%s'; libfuse has said why above", s->mountpoint);
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
        s->rooms.ready(s->rooms.ctx);
}

static struct front_rooms rooms_of(const struct session *s, const struct service *service)
{
    return (struct front_rooms){.conf = &service->conf,
                                .dataset = service->dataset,
                                .stores = s->rooms.stores,
                                .names = service->names};
}

/* Serves what was loaded, from one request to the next. */
static void swap(struct session *s, struct service *own)
{
    struct service *old = s->rooms.service;
    const struct front_rooms rooms = rooms_of(s, own);
    struct front_rooms before;

    pthread_rwlock_wrlock(&s->swapping);
    front_swap(s->front, &rooms, &before);
    s->rooms.service = own;
    pthread_rwlock_unlock(&s->swapping);
    front_tell_swap(s->front, &before);
    /* Before the old one goes, whose threads may be at work for a while. */
    log_add(s->rooms.log, "SIGHUP: the spec was read again");
    service_free(old);
}

static void log_lines(struct log *log, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
            log_add(log, "%s", *line);
}

static void reload(struct session *s)
{
    g_autoptr(GString) why = g_string_new(NULL);
    struct service *service = NULL;
    struct reload loaded = {0};
    struct fault f = {0};
    int r = reload_plan(&s->rooms.service->conf, s->rooms.program, why, &loaded);

    if (r == 0) {
        r = service_new(&loaded, s->rooms.stores, s->rooms.log, &f, &service);
        g_string_append(why, f.text);
    }
    if (r < 0) {
        log_lines(s->rooms.log, why->str);
        log_add(s->rooms.log, "SIGHUP: the spec was not read again, what was mounted stays");
        return;
    }
    swap(s, service);
}

static void *reload_when_told(void *ctx)
{
    struct session *s = ctx;

    g_mutex_lock(&s->lock);
    while (!s->ending) {
        if (!s->reload) {
            g_cond_wait(&s->stirred, &s->lock);
            continue;
        }
        s->reload = false;
        g_mutex_unlock(&s->lock);
        reload(s);
        g_mutex_lock(&s->lock);
    }
    g_mutex_unlock(&s->lock);
    return NULL;
}

static void want_reload(struct session *s)
{
    if (s->rooms.program < 0) {
        log_add(s->rooms.log, "SIGHUP has no effect: this program's own file cannot be opened");
        return;
    }
    g_mutex_lock(&s->lock);
    s->reload = true;
    g_cond_signal(&s->stirred);
    g_mutex_unlock(&s->lock);
    if (s->reloader == NULL)
        s->reloader = g_thread_new("reload", reload_when_told, s);
}

static void end_reloads(struct session *s)
{
    if (s->reloader == NULL)
        return;
    g_mutex_lock(&s->lock);
    s->ending = true;
    g_cond_signal(&s->stirred);
    g_mutex_unlock(&s->lock);
    g_thread_join(g_steal_pointer(&s->reloader));
}

static int read_signal(struct session *s)
{
    struct signalfd_siginfo info;

    if (read(s->signals, &info, sizeof info) != sizeof info)
        return 0;
    if (info.ssi_signo == SIGHUP)
        want_reload(s);
    return info.ssi_signo != SIGHUP ? (int)info.ssi_signo : 0;
}

/* Waits for a signal to end or the end of a server: the signal, 0 for an end, -1 when the time (-1:
 * for ever) is up. */
static int wait_for_end(struct session *s, int timeout_ms)
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

    s->detached = mountpoint_detach(s->mountpoint, &f) == 0;
    if (!s->detached)
        log_add(s->rooms.log, "%s", f.text);
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
        log_add(s->rooms.log, "%s: the mount ends", sig == SIGINT ? "SIGINT" : "SIGTERM");
        detach(s);
        /* The connection ends by itself when the last file is closed; a second signal ends it at
         * once. */
        wait_for_end(s, GRACE_MS);
    }
    fuse_session_exit(s->se); /* a swap tells the kernel no more names */
    end_reloads(s);
    dataset_stop(s->rooms.service->dataset, -ENODEV);
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
    dataset_stop(s->rooms.service->dataset, -ENODEV);
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

/* A swap need not wait until no request comes. */
static void init_locks(struct session *s)
{
    pthread_rwlockattr_t how;

    pthread_rwlockattr_init(&how);
    pthread_rwlockattr_setkind_np(&how, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&s->swapping, &how);
    pthread_rwlockattr_destroy(&how);
    g_mutex_init(&s->lock);
    g_cond_init(&s->stirred);
}

static void finish_locks(struct session *s)
{
    pthread_rwlock_destroy(&s->swapping);
    g_mutex_clear(&s->lock);
    g_cond_clear(&s->stirred);
}

static struct front *new_front(struct session *s)
{
    struct front_rooms rooms = rooms_of(s, s->rooms.service);

    rooms.base = (struct attr_base){.uid = getuid(), .gid = getgid()};
    rooms.ready = note_hello;
    rooms.ready_ctx = s;
    clock_gettime(CLOCK_REALTIME, &rooms.base.start);
    return front_new(&rooms);
}

int session_run(const struct session_rooms *rooms, struct fault *f)
{
    struct session s = {.rooms = *rooms, .signals = -1, .hello = -1, .ended = -1};
    g_autofree char *mountpoint = g_strdup(rooms->service->conf.mountpoint);
    struct sigaction old, nudged = {.sa_handler = be_nudged};
    int r;

    s.mountpoint = mountpoint; /* the service may be another at the end */
    init_locks(&s);
    block_signals();
    sigemptyset(&nudged.sa_mask);
    sigaction(NUDGE, &nudged, &old);
    r = open_fds(&s, f);
    if (r == 0) {
        s.front = new_front(&s);
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
    finish_locks(&s);
    service_free(s.rooms.service);
    return r;
}
