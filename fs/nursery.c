/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of the process that workers are forked from. */
#include "fs/nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/crew.h"
#include "fs/host.h"
#include "fs/message.h"
#include "fs/process.h"
#include "fs/worker.h"
#include "fs/zygote.h"

/* Lifetime: process. */
struct nursery {
    const struct nursery_start *start;
    int control, children; /* children: a signalfd */
    pid_t self;
    GArray *workers; /* of pid_t */
    int shared[2];   /* of host_connect(); -1 where no step needs readers */
    pid_t host;      /* the process of the readers; 0 = none now */
};

static char *folder_of(const struct nursery *n, pid_t pid)
{
    return g_strdup_printf("%s/%d", n->start->folder, (int)pid);
}

/* Sends an event, with fds unless NULL; 0 or -errno.  If the server has gone, the next poll tells.
 */
static int tell(const struct nursery *n, const struct zygote_event *e, const int *fds)
{
    return message_send(n->control, e, sizeof *e, fds, fds ? MESSAGE_FDS : 0);
}

/* A slot that its worker cannot shrink under the server's hands. */
static int make_slot(void)
{
    int fd = memfd_create("seqfs-slot", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -errno;
    if (ftruncate(fd, WORKER_HEAD) < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
        int err = errno;
        close(fd);
        return -err;
    }
    return fd;
}

/* Programs would be bound to the worker's CPU as well. */
static bool runs_programs(const struct plan *p)
{
    for (uint32_t i = 0; i < plan_n_steps(p); i++)
        if (plan_step(p, i)->op->flags & OP_RUNS_PROGRAMS)
            return true;
    return false;
}

G_NORETURN static void be_worker(const struct nursery *n, uint32_t ticket, int socket, int slot)
{
    g_autofree char *folder = folder_of(n, getpid());

    process_close_all_but((const int[]){socket, slot, n->shared[0]}, 3);
    worker_main(&(struct worker_start){
        .plan = n->start->plan,
        .parent = n->self,
        .folder = folder,
        .keeper = n->start->keeper,
        .readers = n->shared[0],
        .socket = socket,
        .slot = slot,
        .timeout = n->start->conf->timeout,
        .memory = n->start->conf->memory,
        .nice = n->start->conf->nice,
        .place = n->start->conf->pin && !runs_programs(n->start->plan) ? (int)ticket : -1,
    });
}

/* Forks one.  On success fds hold what the server gets, all of them copies of ours. */
static int give_birth(struct nursery *n, uint32_t ticket, int fds[MESSAGE_FDS], pid_t *ret)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -errno;
    int slot = make_slot(), r = slot;
    pid_t pid = slot < 0 ? -1 : fork();
    if (pid == 0)
        be_worker(n, ticket, ends[1], slot);
    if (slot >= 0 && pid < 0)
        r = -errno;
    int pidfd = pid < 0 ? -1 : pidfd_open(pid, 0);
    if (pid > 0 && pidfd < 0) { /* no descriptor left; without its socket it ends */
        r = -errno;
        kill(pid, SIGKILL);
    }
    close(ends[1]);
    if (r < 0) {
        close(ends[0]);
        if (slot >= 0)
            close(slot);
        return r;
    }
    g_array_append_val(n->workers, pid);
    fds[0] = pidfd;
    fds[1] = ends[0];
    fds[2] = slot;
    *ret = pid;
    return 0;
}

static void answer(struct nursery *n, uint32_t ticket)
{
    struct zygote_event e;
    int fds[MESSAGE_FDS];

    memset(&e, 0, sizeof e);
    e.kind = ZYGOTE_BORN;
    e.ticket = ticket;
    e.pidfd = e.socket = e.slot = -1;
    int r = give_birth(n, ticket, fds, &e.pid);
    bool born = r == 0;
    if (born)
        r = tell(n, &e, fds); /* a worker whose line was not sent sees it cut, and ends */
    if (r < 0) {
        e.kind = ZYGOTE_NOT_BORN;
        e.status = -r;
        tell(n, &e, NULL);
    }
    for (int i = 0; born && i < MESSAGE_FDS; i++)
        close(fds[i]);
}

G_NORETURN static void be_host(const struct nursery *n, int line)
{
    g_autofree char *folder = folder_of(n, getpid());

    process_close_all_but((const int[]){n->shared[1], line}, 2);
    host_main(&(struct host_start){
        .plan = n->start->plan,
        .parent = n->self,
        .folder = folder,
        .shared = n->shared[1],
        .line = line,
        .nice = n->start->conf->nice,
    });
}

/* A worker wants an element that is read forward, and nobody is there to read.  If there can be
 * none, it sees its line cut. */
static void raise_host(struct nursery *n)
{
    int line = host_take_line(n->shared[1]);

    if (line < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        be_host(n, line);
    n->host = MAX(pid, 0);
    close(line);
}

/* false = it was none of the workers. */
static bool strike_off(struct nursery *n, pid_t pid)
{
    for (unsigned i = 0; i < n->workers->len; i++) {
        if (g_array_index(n->workers, pid_t, i) == pid) {
            g_array_remove_index_fast(n->workers, i);
            return true;
        }
    }
    return false;
}

static bool is_ours(const void *ctx, pid_t pid)
{
    const struct nursery *n = ctx;

    if (pid == n->host)
        return true;
    for (unsigned i = 0; i < n->workers->len; i++)
        if (g_array_index(n->workers, pid_t, i) == pid)
            return true;
    return false;
}

/* Programs of workers that died have become our children. */
static void kill_strays(const struct nursery *n)
{
    process_kill_children(is_ours, n);
}

static void bury(struct nursery *n, pid_t pid, int status)
{
    struct zygote_event e;
    g_autofree char *folder = folder_of(n, pid);
    bool host = pid == n->host;

    if (host)
        n->host = 0;
    else if (!strike_off(n, pid))
        return;
    memset(&e, 0, sizeof e);
    e.kind = host ? ZYGOTE_HOST_DIED : ZYGOTE_DIED;
    e.pid = pid;
    e.pidfd = e.socket = e.slot = -1;
    e.status = status;
    tell(n, &e, NULL);
    process_remove_folder(folder);
}

static void reap(struct nursery *n)
{
    struct signalfd_siginfo told;
    int status;
    pid_t pid;

    while (read(n->children, &told, sizeof told) > 0)
        continue;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(n, pid, status);
    kill_strays(n); /* each that dies brings us here again, with what it leaves behind */
}

G_NORETURN static void end(struct nursery *n)
{
    for (unsigned i = 0; i < n->workers->len; i++)
        kill(g_array_index(n->workers, pid_t, i), SIGKILL);
    g_array_set_size(n->workers, 0);
    if (n->host)
        kill(n->host, SIGKILL);
    process_end_children();
    process_remove_folder(n->start->folder);
    _exit(0);
}

/* Until the server has gone. */
static void serve(struct nursery *n)
{
    for (;;) {
        struct pollfd fds[] = {{n->control, POLLIN, 0},
                               {n->children, POLLIN, 0},
                               {n->host ? -1 : n->shared[1], POLLIN, 0}};
        uint32_t ticket;

        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
            continue;
        if (fds[1].revents)
            reap(n);
        if (fds[2].revents)
            raise_host(n);
        if (!fds[0].revents)
            continue;
        ssize_t len = recv(n->control, &ticket, sizeof ticket, MSG_DONTWAIT);
        if (len == sizeof ticket)
            answer(n, ticket);
        else if (len >= 0 || (errno != EAGAIN && errno != EINTR))
            return;
    }
}

/* The server's terminal, its end and its standard streams are none of our business: whoever waits
 * for the end of them must not wait for us. */
static void withdraw(struct nursery *n)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigset_t died;

    setsid();
    process_reset_signals();
    for (unsigned i = 0; i < G_N_ELEMENTS(ignored); i++)
        sigaction(ignored[i], &ignore, NULL);
    sigemptyset(&died);
    sigaddset(&died, SIGCHLD);
    sigprocmask(SIG_SETMASK, &died, NULL);

    n->control = fcntl(n->control, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (n->control < 0 || null < 0)
        _exit(1);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fd != STDERR_FILENO || !n->start->conf->debug)
            dup2(null, fd);
    process_close_all_but(&n->control, 1);
    if (readers_are_needed(n->start->plan) && host_connect(n->shared) < 0)
        _exit(1);
    n->children = signalfd(-1, &died, SFD_CLOEXEC | SFD_NONBLOCK);
    if (n->children < 0)
        _exit(1);
}

/* Not g_get_tmp_dir(): it would remember this folder for the workers, each of which has another. */
int nursery_make_folder(struct fault *f, char **ret)
{
    const char *given = g_getenv("TMPDIR"), *tmp = given && *given ? given : "/tmp";
    g_autofree char *folder = g_build_filename(tmp, "seqfs-XXXXXX", NULL);

    if (!g_mkdtemp_full(folder, 0700))
        return fault_set_errno(f, errno, "making a temporary folder in '%s'", tmp);
    *ret = g_steal_pointer(&folder);
    return 0;
}

void nursery_main(const struct nursery_start *start)
{
    struct nursery n = {
        .start = start,
        .control = start->control,
        .self = getpid(),
        .workers = g_array_new(FALSE, FALSE, sizeof(pid_t)),
        .shared = {-1, -1},
    };

    withdraw(&n);
    prctl(PR_SET_NAME, NURSERY_NAME);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    serve(&n);
    end(&n);
}
