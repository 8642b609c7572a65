/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A worker's life, and the crew's line to it, on which nothing a worker says is believed. */
#include "fs/worker.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/affinity.h"
#include "fs/host.h"
#include "fs/process.h"
#include "ops/base/whole.h"

/* A worker that holds more of its own memory than this after a job is replaced, and every one after
 * this many jobs: libraries leak, heaps fragment. */
#define WORKER_HELD (UINT64_C(256) << 20)
#define WORKER_JOBS 50000

/* Bytes of a slot that stay in memory from one result to the next. */
#define SLOT_KEPT (16 << 20)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

G_STATIC_ASSERT(sizeof(struct worker_head) <= WORKER_HEAD);

/* Inside of the worker.  Lifetime: process. */
struct inside {
    const struct worker_start *start;
    struct worker_head *head;
    int statm; /* /proc/self/statm, or -1 */
    struct eval eval;
    struct host_line line;
    struct affinity affinity;
};

/* When the machine runs out of memory, better a worker than the server. */
static void offer_to_oom_killer(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return;
    if (write(fd, "500", 3) < 0)
        errno = 0; /* it is a wish */
    close(fd);
}

static void set_limits(const struct worker_start *start)
{
    struct rlimit none = {0, 0}, data = {start->memory, start->memory};

    setrlimit(RLIMIT_CORE, &none);
    if (start->memory && !SANITIZED) /* a sanitizer's shadow is data, too: terabytes of it */
        setrlimit(RLIMIT_DATA, &data);
    mallopt(M_ARENA_MAX, 2);
    if (start->nice)
        setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + start->nice);
    offer_to_oom_killer();
}

static void settle(const struct worker_start *start)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != start->parent) /* it died before it could be told of */
        _exit(0);
    prctl(PR_SET_NAME, "seqfs-worker");
    setpgid(0, 0);
    process_reset_signals();
    signal(SIGPIPE, SIG_IGN);
    set_limits(start);
    if (mkdir(start->folder, 0700) == 0 || errno == EEXIST)
        setenv("TMPDIR", start->folder, 1);
}

/* Bytes in memory that are no file's and not shared; 0 = unknown. */
static uint64_t held(const struct inside *in)
{
    char line[128];
    ssize_t n = pread(in->statm, line, sizeof line - 1, 0);
    uint64_t resident, shared;

    if (n <= 0)
        return 0;
    line[n] = '\0';
    if (sscanf(line, "%*u %" SCNu64 " %" SCNu64, &resident, &shared) != 2 || resident < shared)
        return 0;
    return (resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool is_worn_out(const struct inside *in)
{
    uint64_t most = WORKER_HELD;

    if (in->start->memory)
        most = MIN(most, in->start->memory / 2);
    return in->head->taken >= WORKER_JOBS || held(in) > most;
}

static int put_result(const struct inside *in, GBytes *bytes, struct fault *f)
{
    size_t len;
    const void *data = g_bytes_get_data(bytes, &len);
    int r = whole_write_at(in->start->slot, data, len, WORKER_HEAD);

    if (r == 0)
        return 0;
    fault_set_errno(f, -r, "handing over its %zu bytes", len);
    f->transient = true;
    return -f->err;
}

/* When to stop waiting for readers and programs, so that it can be told what they said last: a
 * little before the crew loses patience with this worker. */
static int64_t own_deadline(const struct inside *in)
{
    double us = in->start->timeout * 1e6;

    if (us <= 0 || us >= 1e15)
        return 0;
    return g_get_monotonic_time() + (int64_t)(us - MIN(us / 10, 1e6));
}

static void do_job(struct inside *in, struct key k, struct worker_reply *ret)
{
    g_autoptr(GBytes) bytes = NULL;

    in->line.deadline = in->eval.deadline = own_deadline(in);
    __atomic_store_n(&in->head->taken, in->head->taken + 1, __ATOMIC_RELEASE);
    int r = plan_eval(in->start->plan, &in->eval, k.output, k.index, &bytes);
    if (r == 0)
        r = put_result(in, bytes, &in->eval.fault);
    ret->failed = r < 0;
    ret->len = r < 0 ? 0 : g_bytes_get_size(bytes);
    ret->n_timings = in->eval.n_timings;
    memcpy(ret->timings, in->eval.timings, in->eval.n_timings * sizeof ret->timings[0]);
    if (r < 0)
        ret->fault = in->eval.fault;
    ret->notes_len = (uint32_t)strlen(in->eval.notes);
    memcpy(ret->notes, in->eval.notes, ret->notes_len);
}

static size_t reply_len(const struct worker_reply *r)
{
    if (r->notes_len)
        return sizeof *r;
    return r->failed ? offsetof(struct worker_reply, notes) : offsetof(struct worker_reply, fault);
}

/* 1 = a job, 0 = the crew has hung up. */
static int next_job(int socket, struct key *ret)
{
    ssize_t n;

    do
        n = recv(socket, ret, sizeof *ret, 0);
    while (n < 0 && errno == EINTR);
    return n == sizeof *ret;
}

void worker_main(const struct worker_start *start)
{
    static struct inside in; /* large; of this process alone, which does nothing else */
    struct worker_reply reply = {0};
    struct key k;

    settle(start);
    in.start = start;
    in.head = mmap(NULL, WORKER_HEAD, PROT_READ | PROT_WRITE, MAP_SHARED, start->slot, 0);
    if (in.head == MAP_FAILED)
        _exit(1);
    in.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    host_line_init(&in.line, start->readers);
    eval_init(&in.eval, &in.head->stack);
    in.eval.keeper = start->keeper;
    in.eval.readers = start->readers >= 0 ? &in.line.door : NULL;
    affinity_init(&in.affinity, start->place);
    while (!reply.leaving && next_job(start->socket, &k)) {
        affinity_begin(&in.affinity);
        do_job(&in, k, &reply);
        affinity_end(&in.affinity);

        reply.leaving = is_worn_out(&in);
        if (send(start->socket, &reply, reply_len(&reply), MSG_NOSIGNAL) < 0)
            break;
    }
    _exit(0);
}

/* The crew's end. */

int worker_open(struct worker *w, int own_socket, int own_slot)
{
    void *map = mmap(NULL, WORKER_HEAD, PROT_READ, MAP_SHARED, own_slot, 0);

    *w = (struct worker){.socket = own_socket, .slot = own_slot, .mapped = WORKER_HEAD, .map = map};
    if (map != MAP_FAILED)
        return 0;
    int err = errno;
    w->map = NULL;
    close(own_socket);
    close(own_slot);
    *w = (struct worker){0};
    return -err;
}

void worker_close(struct worker *w)
{
    if (!w->map)
        return;
    munmap(w->map, w->mapped);
    close(w->socket);
    close(w->slot);
    *w = (struct worker){0};
}

int worker_send(struct worker *w, struct key k)
{
    struct key job;

    memset(&job, 0, sizeof job); /* the padding, too */
    job.output = k.output;
    job.index = k.index;
    if (send(w->socket, &job, sizeof job, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return -errno;
    w->sent++;
    return 0;
}

static bool is_step(const struct plan *p, const struct fault_step *at)
{
    return at->step < plan_n_steps(p) && at->index < plan_step(p, at->step)->len;
}

/* A flag of a worker's, whose byte may be anything: reading it as a bool would be undefined. */
static bool flag(const bool *b)
{
    unsigned char byte;

    memcpy(&byte, b, sizeof byte);
    return byte != 0;
}

static void sound_fault(const struct plan *p, struct fault *f)
{
    struct fault sound;

    f->text[sizeof f->text - 1] = '\0';
    f->detail[sizeof f->detail - 1] = '\0';
    fault_set(&sound, f->err > 0 && f->err < 4096 ? f->err : EIO, "%s", f->text);
    fault_detail(&sound, f->detail, -1);
    sound.transient = flag(&f->transient);
    sound.late = flag(&f->late);
    sound.source = flag(&f->source);
    for (uint32_t i = 0; i < MIN(f->trail_len, FAULT_TRAIL); i++)
        if (is_step(p, &f->trail[i]))
            fault_pass(&sound, f->trail[i].step, f->trail[i].index);
    *f = sound;
}

static void sound_timings(const struct plan *p, struct worker_reply *r)
{
    uint32_t n = MIN(r->n_timings, EVAL_TIMINGS);

    r->n_timings = 0;
    for (uint32_t i = 0; i < n; i++)
        if (r->timings[i].step < plan_n_steps(p))
            r->timings[r->n_timings++] = r->timings[i];
}

static void sound_notes(struct worker_reply *r)
{
    size_t len = MIN(r->notes_len, sizeof r->notes - 1);
    g_autofree char *valid = g_utf8_make_valid(r->notes, (gssize)len);
    const char *end;

    g_strlcpy(r->notes, valid, sizeof r->notes); /* what was no UTF-8 has grown */
    g_utf8_validate(r->notes, -1, &end);
    r->notes_len = (uint32_t)(end - r->notes);
    r->notes[r->notes_len] = '\0';
}

int worker_receive(struct worker *w, const struct plan *p, struct worker_reply *ret)
{
    ssize_t n;

    do
        n = recv(w->socket, ret, sizeof *ret, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -errno;
    if (n == 0)
        return -EPIPE;
    if ((size_t)n < offsetof(struct worker_reply, fault) || (size_t)n != reply_len(ret))
        return -EPROTO;
    if (ret->failed)
        sound_fault(p, &ret->fault);
    if (ret->notes_len)
        sound_notes(ret);
    else
        ret->notes[0] = '\0';
    sound_timings(p, ret);
    return 1;
}

/* Maps the slot up to len bytes of result. */
static int reach(struct worker *w, uint64_t len)
{
    struct stat st;

    if (fstat(w->slot, &st) < 0)
        return -errno;
    if (st.st_size < WORKER_HEAD || len > (uint64_t)st.st_size - WORKER_HEAD)
        return -EPROTO;
    if (WORKER_HEAD + len <= w->mapped)
        return 0;
    void *map = mremap(w->map, w->mapped, WORKER_HEAD + len, MREMAP_MAYMOVE);
    if (map == MAP_FAILED)
        return -errno;
    w->map = map;
    w->mapped = WORKER_HEAD + len;
    return 0;
}

/* A large result's memory is given back; its address space may stay. */
static void shed(const struct worker *w, uint64_t len)
{
    if (len > SLOT_KEPT)
        fallocate(w->slot, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, WORKER_HEAD + SLOT_KEPT,
                  (off_t)(len - SLOT_KEPT));
}

int worker_take(struct worker *w, uint64_t len, struct fault *f, GBytes **ret)
{
    int r = reach(w, len);

    if (r == -EPROTO)
        return fault_set(f, EIO, "its worker spoke of %" PRIu64 " bytes that are not there", len);
    char *copy = r < 0 ? NULL : g_try_malloc(len);
    if (r < 0 || (len > 0 && !copy)) {
        shed(w, len);
        fault_set(f, ENOMEM, "no memory for its %" PRIu64 " bytes", len);
        f->transient = true;
        return -ENOMEM;
    }
    if (len > 0)
        memcpy(copy, w->map + WORKER_HEAD, len);
    shed(w, len);
    *ret = g_bytes_new_take(copy, len);
    return 0;
}

static const struct worker_head *head_of(const struct worker *w)
{
    return (const void *)w->map;
}

bool worker_has_begun(const struct worker *w)
{
    return w->sent > 0 && __atomic_load_n(&head_of(w)->taken, __ATOMIC_ACQUIRE) >= w->sent;
}

void worker_trail(const struct worker *w, const struct plan *p, struct fault *f)
{
    const struct eval_stack *stack = &head_of(w)->stack;

    uint32_t depth = __atomic_load_n(&stack->depth, __ATOMIC_RELAXED);

    for (uint32_t i = MIN(depth, EVAL_DEPTH); i-- > 0;) {
        struct fault_step at = stack->at[i]; /* a worker stuck in the kernel may yet write */
        if (is_step(p, &at))
            fault_pass(f, at.step, at.index);
    }
}
