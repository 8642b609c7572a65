/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the process that workers are forked from, and has the server's line to it. */
#include "fs/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/crew_internal.h"
#include "fs/message.h"
#include "fs/nursery.h"
#include "fs/process.h"
#include "fs/shelf.h"
#include "fs/spawned.h"

#define STARTING "starting the process that workers come from"

/* How long zygote_stop() waits.  A worker that is stuck in the kernel (a dead network disk) cannot
 * be waited for: it goes when the kernel lets it. */
#define STOP_MS 10000

struct zygote {
    int control, pidfd; /* owned */
    pid_t pid;
    char *folder;        /* owned; of the workers' temporary folders */
    struct shelf *shelf; /* owned */
    bool gone;
};

static struct zygote *empty(void)
{
    struct zygote *z = g_new(struct zygote, 1);

    *z = (struct zygote){.control = -1, .pidfd = -1, .pid = -1};
    return z;
}

/* ret: the other end of the line. */
static int prepare(struct zygote *z, const struct plan *p, struct fault *f, int *ret)
{
    int ends[2], r = shelf_new(p, f, &z->shelf);

    if (r < 0)
        return r;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return fault_set_errno(f, errno, STARTING);
    z->control = ends[0];
    *ret = ends[1];
    return 0;
}

static int watch(struct zygote *z, struct fault *f)
{
    z->pidfd = pidfd_open(z->pid, 0);
    return z->pidfd < 0 ? fault_set_errno(f, errno, STARTING) : 0;
}

static int start(struct zygote *z, const struct plan *p, const struct crew_conf *conf,
                 struct fault *f)
{
    int end, r = nursery_make_folder(f, &z->folder);

    if (r == 0)
        r = prepare(z, p, f, &end);
    if (r < 0)
        return r;
    z->pid = fork();
    if (z->pid == 0)
        nursery_main(&(struct nursery_start){.plan = p,
                                             .conf = conf,
                                             .keeper = shelf_keeper(z->shelf),
                                             .folder = z->folder,
                                             .control = end});
    int err = errno;
    close(end);
    return z->pid < 0 ? fault_set_errno(f, err, STARTING) : watch(z, f);
}

int zygote_start(const struct plan *p, const struct crew_conf *conf, struct fault *f,
                 struct zygote **ret)
{
    struct zygote *z = empty();
    int r = start(z, p, conf, f);

    if (r < 0) {
        zygote_stop(z);
        return r;
    }
    *ret = z;
    return 0;
}

int zygote_open_program(void)
{
    int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
    int higher = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, SPAWNED_SOCKET + 1);
    int err = errno;

    if (fd >= 0)
        close(fd);
    return higher < 0 ? -err : higher;
}

static char **make_argv(const struct plan *p, const struct zygote_spawn_conf *conf)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();

    g_ptr_array_add(argv, (gpointer) "seqfs");
    g_ptr_array_add(argv, (gpointer)SPAWNED_WORD);
    g_ptr_array_add(argv, (gpointer)spec_path(plan_spec(p)));
    for (char *const *define = conf->defines; define && *define; define++)
        g_ptr_array_add(argv, *define);
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&argv), FALSE);
}

/* What a fork of the first thread has from the server's beginnings is made here: no signal blocked
 * or caught, a session of its own, nothing on the standard streams. */
static int spawn(struct zygote *z, const struct zygote_spawn_conf *conf, int end, char **argv)
{
    g_autofree char *program = g_strdup_printf("/proc/self/fd/%d", conf->program);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawn_file_actions_init(&files);
    int err = posix_spawn_file_actions_adddup2(&files, end, SPAWNED_SOCKET);
    for (int fd = STDIN_FILENO; err == 0 && fd <= STDERR_FILENO; fd++)
        if (fd != STDERR_FILENO || !conf->crew->debug)
            err = posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
    if (err == 0)
        err = posix_spawn(&z->pid, program, &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return -err;
}

/* For one that hung up.  It stays a zombie, for zygote_stop(). */
static int tell_end(const struct zygote *z, const struct crew_conf *conf, struct fault *f)
{
    g_autoptr(GString) how = g_string_new(NULL);
    siginfo_t end = {0};

    if (waitid(P_PID, (id_t)z->pid, &end, WEXITED | WNOWAIT) < 0)
        return fault_set_errno(f, errno, STARTING);
    bool exited = end.si_code == CLD_EXITED;
    crew_describe_end(conf, exited ? W_EXITCODE(end.si_status, 0) : end.si_status, how);
    return fault_set(f, EIO, "the process that workers come from %s before it was ready", how->str);
}

/* Waits until it is ready, or says why not, or has gone. */
static int hear_report(struct zygote *z, const struct crew_conf *conf, struct fault *f)
{
    struct spawned_report report;
    ssize_t n = message_receive(z->control, &report, sizeof report, 0, NULL, 0);

    if (n == 0 || n == -ECONNRESET)
        return tell_end(z, conf, f);
    if (n != sizeof report)
        return fault_set(f, EPROTO, "the process that workers come from is none of this version");
    if (report.fault.err != 0)
        *f = report.fault;
    else
        z->folder = g_strdup(report.folder);
    return -report.fault.err;
}

static int hand_over(struct zygote *z, const struct plan *p, const struct zygote_spawn_conf *conf,
                     struct fault *f)
{
    struct spawned_charge charge;
    int shelf = shelf_fd(z->shelf);

    memset(&charge, 0, sizeof charge);
    charge.conf = *conf->crew;
    charge.digest = fingerprint_plan(p);
    charge.has_shelf = shelf >= 0;
    int r = message_send(z->control, &charge, sizeof charge, &shelf, charge.has_shelf);
    return r < 0 ? fault_set_errno(f, -r, STARTING) : 0;
}

static int start_anew(struct zygote *z, const struct plan *p, const struct zygote_spawn_conf *conf,
                      struct fault *f)
{
    int end, r = prepare(z, p, f, &end);

    if (r < 0)
        return r;
    r = hand_over(z, p, conf, f);
    if (r == 0) {
        g_autofree char **argv = make_argv(p, conf);
        r = spawn(z, conf, end, argv);
        if (r < 0) {
            z->pid = -1;
            fault_set_errno(f, -r, STARTING);
        }
    }
    close(end);
    if (r == 0)
        r = watch(z, f);
    return r < 0 ? r : hear_report(z, conf->crew, f);
}

int zygote_spawn(const struct plan *p, const struct zygote_spawn_conf *conf, struct fault *f,
                 struct zygote **ret)
{
    struct zygote *z = empty();
    int r = start_anew(z, p, conf, f);

    if (r < 0) {
        zygote_stop(z);
        return r;
    }
    *ret = z;
    return 0;
}

void zygote_stop(struct zygote *z)
{
    if (!z)
        return;
    if (z->control >= 0)
        close(z->control);
    if (z->pidfd >= 0 && !process_wait(z->pidfd, STOP_MS))
        pidfd_send_signal(z->pidfd, SIGKILL, NULL, 0);
    while (z->pid > 0 && waitpid(z->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (z->pidfd >= 0)
        close(z->pidfd);
    if (z->folder)
        process_remove_folder(z->folder); /* if it was killed */
    g_free(z->folder);
    shelf_free(z->shelf);
    g_free(z);
}

const struct shelf *zygote_shelf(const struct zygote *z)
{
    return z->shelf;
}

int zygote_fd(const struct zygote *z)
{
    return z->control;
}

int zygote_ask(struct zygote *z, uint32_t ticket)
{
    return send(z->control, &ticket, sizeof ticket, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static bool say_gone(struct zygote *z, struct zygote_event *ret)
{
    if (z->gone)
        return false;
    z->gone = true;
    *ret = (struct zygote_event){
        .kind = ZYGOTE_GONE, .pid = z->pid, .pidfd = -1, .socket = -1, .slot = -1};
    return true;
}

bool zygote_next(struct zygote *z, struct zygote_event *ret)
{
    struct zygote_event e;
    int fds[MESSAGE_FDS];
    ssize_t n = message_receive(z->control, &e, sizeof e, MSG_DONTWAIT, fds, MESSAGE_FDS);

    if (n == -EAGAIN)
        return false;
    if (n != sizeof e)
        return say_gone(z, ret);
    if (e.kind == ZYGOTE_BORN &&
        fds[0] < 0) { /* too many open files; the worker sees its line cut */
        e.kind = ZYGOTE_NOT_BORN;
        e.status = EMFILE;
    }
    e.pidfd = fds[0];
    e.socket = fds[1];
    e.slot = fds[2];
    *ret = e;
    return true;
}
