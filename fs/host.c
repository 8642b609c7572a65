/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One thread a line, so that whoever waits for a slow source stands in nobody's way. */
#include "fs/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/process.h"
#include "ops/base/whole.h"
#include "ops/core/forward.h"
#include "ops/core/pack.h"

#define INLINE 65536 /* bytes of a packed value that go by message */

/* How long after the deadline an answer is awaited: that it was not kept is best told there. */
#define GRACE_US (200 * INT64_C(1000))

struct request {
    uint64_t index;
    int64_t deadline; /* monotonic microseconds, which are the same in all processes; 0 = none */
    uint32_t step;
    uint32_t zero;
};

/* What an answer begins with.  The fault, or len bytes, or a memory file with as many, follow. */
struct answer {
    uint64_t len;
    uint32_t failed;
    uint32_t as_file;
};

/* Sends a message with a descriptor, unless that is -1. */
static int say(int socket, struct iovec *parts, size_t n_parts, int fd)
{
    alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof fd)] = "";
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = n_parts};

    if (fd >= 0) {
        m.msg_control = room;
        m.msg_controllen = sizeof room;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    ssize_t n;
    do
        n = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* Receives one; *ret_fd = -1 where none came with it.  Returns its length. */
static ssize_t hear(int socket, struct iovec *parts, size_t n_parts, int flags, int *ret_fd)
{
    alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof *ret_fd)];
    struct msghdr m = {.msg_iov = parts,
                       .msg_iovlen = n_parts,
                       .msg_control = room,
                       .msg_controllen = sizeof room};
    ssize_t n;

    *ret_fd = -1;
    do
        n = recvmsg(socket, &m, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof *ret_fd))
        memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
    return n < 0 ? -errno : n;
}

int host_connect(int ends[2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

static int take_line(int shared, int flags)
{
    char greeting;
    int line;
    ssize_t n = hear(shared, &(struct iovec){&greeting, 1}, 1, flags, &line);

    if (line >= 0)
        return line;
    return n < 0 ? (int)n : -EPROTO;
}

int host_take_line(int shared)
{
    return take_line(shared, MSG_DONTWAIT);
}

/* The process. */

/* Lifetime: process. */
struct host {
    const struct plan *plan;
    struct readers_kept *readers;
};

static int fill_file(GBytes *bytes)
{
    size_t len;
    const void *data = g_bytes_get_data(bytes, &len);
    int fd = memfd_create("seqfs-value", MFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    int r = whole_write(fd, data, len);
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

static int answer_fault(int line, const struct fault *f)
{
    struct answer a = {.failed = 1};
    struct iovec parts[] = {{&a, sizeof a}, {(void *)f, sizeof *f}};

    return say(line, parts, G_N_ELEMENTS(parts), -1);
}

static int answer_bytes(int line, GBytes *bytes)
{
    size_t len;
    const void *at = g_bytes_get_data(bytes, &len);
    struct answer a = {.len = len, .as_file = len > INLINE};
    struct iovec parts[] = {{&a, sizeof a}, {(void *)at, len}};
    struct fault f = {0};

    if (!a.as_file)
        return say(line, parts, G_N_ELEMENTS(parts), -1);
    int fd = fill_file(bytes);
    if (fd < 0) {
        fault_set_errno(&f, -fd, "handing over its %zu bytes", len);
        f.transient = true;
        return answer_fault(line, &f);
    }
    int r = say(line, parts, 1, fd);
    close(fd);
    return r;
}

static int find(const struct host *h, const struct request *q, struct eval *e, GBytes **ret)
{
    const struct seq *s = q->step < plan_n_steps(h->plan) ? plan_step(h->plan, q->step) : NULL;
    const struct readers *door = readers_door(h->readers);
    OWN(value_unref) struct value *v = NULL;

    if (!s || !forward_is_read(s) || q->index >= s->len)
        return fault_set(&e->fault, EPROTO, "there is no such element to be read");
    int r = door->get(door->ctx, s, q->index, q->deadline, &e->fault, &v);
    return r < 0 ? r : pack_value(v, e, ret);
}

static void serve_line(void *data, void *ctx)
{
    const struct host *h = ctx;
    g_autofree struct eval *e = g_new0(struct eval, 1);
    int line = GPOINTER_TO_INT(data), r = 0;
    struct request q;

    while (r == 0 && TEMP_FAILURE_RETRY(recv(line, &q, sizeof q, 0)) == sizeof q) {
        g_autoptr(GBytes) bytes = NULL;

        eval_init(e, NULL);
        r = find(h, &q, e, &bytes);
        r = r < 0 ? answer_fault(line, &e->fault) : answer_bytes(line, bytes);
    }
    close(line);
}

static void settle(const struct host_start *start)
{
    struct rlimit none = {0, 0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->parent) /* it died before it could be told of */
        _exit(0);
    prctl(PR_SET_NAME, "seqfs-readers");
    setpgid(0, 0);
    process_reset_signals();
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &none);
    if (start->nice)
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + start->nice);
    if (mkdir(start->folder, 0700) == 0 || errno == EEXIST)
        setenv("TMPDIR", start->folder, 1);
}

void host_main(const struct host_start *start)
{
    struct host h = {.plan = start->plan, .readers = readers_new(start->plan)};
    int line = start->line;

    settle(start);
    /* A program dies with the thread that started it: threads never end, but serve other lines. */
    GThreadPool *pool = g_thread_pool_new(serve_line, &h, -1, FALSE, NULL);
    g_thread_pool_set_max_unused_threads(-1);
    g_thread_pool_set_max_idle_time(0);
    for (;;) {
        if (line >= 0)
            g_thread_pool_push(pool, GINT_TO_POINTER(line), NULL);
        else if (line != -EPROTO && line != -EMFILE)
            _exit(0);
        line = take_line(start->shared, 0);
    }
}

/* A worker's end. */

static int tell_lost(struct host_line *l, int64_t deadline, struct fault *f)
{
    if (l->line >= 0)
        close(l->line);
    l->line = -1;
    if (deadline && g_get_monotonic_time() > deadline)
        return fault_set(f, ETIMEDOUT,
                         "the source was not read far enough within the time allowed");
    fault_set(f, EIO, "the process that reads its source has died");
    f->transient = true;
    return -EIO;
}

static int open_line(struct host_line *l)
{
    int ends[2];
    char greeting = 0;

    if (l->line >= 0)
        return 0;
    int r = host_connect(ends);
    if (r < 0)
        return r;
    r = say(l->shared, &(struct iovec){&greeting, 1}, 1, ends[1]);
    close(ends[1]);
    if (r < 0)
        close(ends[0]);
    else
        l->line = ends[0];
    return r;
}

/* false = it is not readable by then. */
static bool wait_for(int fd, int64_t deadline)
{
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        int64_t left = deadline ? (deadline - g_get_monotonic_time() + 999) / 1000 : -1;
        int r = poll(&p, 1, deadline ? (int)CLAMP(left, 0, G_MAXINT) : -1);
        if (r > 0 || (r < 0 && errno != EINTR) || (r == 0 && left <= 0))
            return r > 0;
    }
}

static int ask(struct host_line *l, const struct request *q, struct fault *f)
{
    int r = open_line(l);

    if (r < 0) {
        fault_set_errno(f, -r, "asking the process that reads its source");
        f->transient = true;
        return r;
    }
    if (say(l->line, &(struct iovec){(void *)q, sizeof *q}, 1, -1) < 0 ||
        !wait_for(l->line, q->deadline ? q->deadline + GRACE_US : 0))
        return tell_lost(l, q->deadline, f);
    return 0;
}

static int read_file(int fd, uint64_t len, struct fault *f, GBytes **ret)
{
    g_autofree char *copy = g_try_malloc(len);

    if (!copy) {
        fault_set(f, ENOMEM, "no memory for its %" PRIu64 " bytes", len);
        f->transient = true;
        return -ENOMEM;
    }
    ssize_t n = whole_read_at(fd, copy, len, 0);
    if (n < 0 || (uint64_t)n < len)
        return fault_set(f, EIO, "only %" PRIu64 " of its %" PRIu64 " bytes are there",
                         (uint64_t)MAX(n, 0), len);
    *ret = g_bytes_new_take(g_steal_pointer(&copy), len);
    return 0;
}

/* What an answer says, that is len bytes with its beginning. */
static int read_answer(const struct answer *a, const char *body, size_t len, int fd,
                       struct fault *f, GBytes **ret)
{
    if (a->failed && len == sizeof *a + sizeof *f) {
        memcpy(f, body, sizeof *f);
        return f->err > 0 ? -f->err : fault_set(f, EIO, "its fault was lost on the way");
    }
    if (!a->failed && a->as_file && fd >= 0)
        return read_file(fd, a->len, f, ret);
    if (a->failed || a->as_file || len != sizeof *a + a->len)
        return fault_set(f, EPROTO, "the process that reads its source talks nonsense");
    *ret = g_bytes_new(body, a->len);
    return 0;
}

static int receive(struct host_line *l, int64_t deadline, struct fault *f, GBytes **ret)
{
    struct answer a;
    g_autofree char *body = g_malloc(INLINE);
    struct iovec parts[] = {{&a, sizeof a}, {body, INLINE}};
    int fd;
    ssize_t n = hear(l->line, parts, G_N_ELEMENTS(parts), 0, &fd);

    if (n < (ssize_t)sizeof a) {
        if (fd >= 0)
            close(fd);
        return tell_lost(l, deadline, f);
    }
    int r = read_answer(&a, body, (size_t)n, fd, f, ret);
    if (fd >= 0)
        close(fd);
    return r;
}

static int get(void *ctx, const struct seq *uniter, uint64_t i, int64_t deadline, struct fault *f,
               struct value **ret)
{
    struct host_line *l = ctx;
    g_autoptr(GBytes) packed = NULL;
    g_autofree struct eval *e = NULL;
    struct request q = {.step = uniter->id, .index = i, .deadline = deadline};

    if (!deadline || (l->deadline && l->deadline < deadline))
        q.deadline = l->deadline;
    int r = ask(l, &q, f);
    if (r == 0)
        r = receive(l, q.deadline, f, &packed);
    if (r < 0)
        return r;
    e = g_new0(struct eval, 1);
    eval_init(e, NULL);
    r = pack_unpack(packed, e, ret);
    if (r < 0)
        *f = e->fault;
    return r;
}

void host_line_init(struct host_line *l, int shared)
{
    *l = (struct host_line){.door = {.ctx = l, .get = get}, .shared = shared, .line = -1};
}
