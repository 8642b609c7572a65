/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boards in shared memory, and the locks that survive the death of their holders. */
#include "fs/shelf.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fs/cellar.h"
#include "fs/step.h"

#define DESKS 256 /* elements of one step that are computed at a time */

/* Where one element is computed.  In shared memory. */
struct desk {
    pthread_mutex_t taken; /* held by who computes */
    /* Under the board's lock: */
    struct board_key key;
    bool busy; /* with key; whose worker may have died meanwhile, upon which `taken` can be had */
    /* Of who computes: */
    struct identity name; /* on disk, told before it was computed */
};

/* One `cache` step.  In shared memory, its board behind it; no pointers, for processes may have it
 * at different addresses. */
struct place {
    uint64_t hits, misses;   /* atomic */
    struct vault_state disk; /* atomics */
    pthread_mutex_t lock;
    /* Under lock, as the board is: */
    uint32_t next_desk; /* where to look for a free one: not where one was just left, since others
                           may still wait there */
    struct desk desks[DESKS];
};

struct shelf {
    struct keeper keeper;
    struct cellar *cellar; /* owned */
    int fd;        /* owned: the memory of all places, one behind the other; -1 = there are none */
    uint64_t size; /* of it */
    char *memory;  /* owned */
    uint32_t n_steps;
    struct place *places[]; /* borrowed from memory; by the number of the step, NULL for most */
};

/* Bytes of a place before its board. */
static uint64_t head_size(void)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    return (sizeof(struct place) + page - 1) / page * page;
}

static struct board *board_of(const struct place *p)
{
    return (struct board *)((char *)p + head_size());
}

/* Takes a robust lock; false = not within the time (0 = no limit), or this thread has it already.
 * *ret_died: its holder has died. */
static bool take(pthread_mutex_t *lock, int64_t deadline, bool *ret_died)
{
    struct timespec until = {.tv_sec = deadline / G_USEC_PER_SEC,
                             .tv_nsec = deadline % G_USEC_PER_SEC * 1000};
    int r = deadline ? pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &until)
                     : pthread_mutex_lock(lock);

    *ret_died = r == EOWNERDEAD;
    if (*ret_died)
        r = pthread_mutex_consistent(lock);
    return r == 0;
}

static bool try_to_take(pthread_mutex_t *lock)
{
    int r = pthread_mutex_trylock(lock);

    return r == 0 || (r == EOWNERDEAD && pthread_mutex_consistent(lock) == 0);
}

static void lock_place(struct place *p)
{
    bool died;

    if (!take(&p->lock, 0, &died))
        g_assert_not_reached();
    if (died)
        board_clear(board_of(p));
}

static void count(uint64_t *figure)
{
    __atomic_fetch_add(figure, 1, __ATOMIC_RELAXED);
}

static struct desk *find_busy_locked(struct place *p, struct board_key k)
{
    for (unsigned i = 0; i < DESKS; i++) {
        struct desk *d = &p->desks[i];
        if (d->busy && d->key.epoch == k.epoch && d->key.index == k.index)
            return d;
    }
    return NULL;
}

/* A desk that nobody has, now ours; NULL = all are taken. */
static struct desk *claim_locked(struct place *p)
{
    for (unsigned i = 0; i < DESKS; i++) {
        struct desk *d = &p->desks[p->next_desk];
        p->next_desk = (p->next_desk + 1) % DESKS;
        if (try_to_take(&d->taken))
            return d;
    }
    return NULL;
}

/* One look.  mine: a desk that we have, or NULL.  Tells by *ret_desk the one to wait at, with
 * KEEPER_NONE, or the one that is ours now, with KEEPER_MISS. */
static enum keeper_answer look(struct place *p, struct board_key k, struct desk *mine,
                               struct desk **ret_desk, GBytes **ret)
{
    enum keeper_answer answer = KEEPER_NONE;

    lock_place(p);
    *ret_desk = NULL;
    if (board_get(board_of(p), k, ret)) {
        answer = KEEPER_HAS;
        count(&p->hits);
    } else {
        struct desk *busy = find_busy_locked(p, k);
        *ret_desk = busy ? busy : mine ? mine : claim_locked(p);
        if (*ret_desk && (!busy || busy == mine)) {
            (*ret_desk)->key = k;
            (*ret_desk)->busy = true;
            answer = KEEPER_MISS;
            count(&p->misses);
        }
    }
    pthread_mutex_unlock(&p->lock);
    return answer;
}

static struct place *place_of(const struct shelf *s, uint32_t step)
{
    return step < s->n_steps ? s->places[step] : NULL;
}

/* What was begun is over; others who want it find it, or have to compute it.  Returns what it is
 * called on disk. */
static struct identity leave(struct place *p, struct board_key k, GBytes *packed)
{
    lock_place(p);
    if (packed)
        board_put(board_of(p), k, packed);
    struct desk *mine = find_busy_locked(p, k);
    assert(mine);
    struct identity name = mine->name;
    mine->busy = false;
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_unlock(&mine->taken);
    return name;
}

/* It is not on the board, and ours to be computed, unless it lies on disk. */
static enum keeper_answer look_on_disk(const struct shelf *s, const struct seq *seq,
                                       struct board_key k, struct desk *mine, GBytes **ret)
{
    mine->name = cellar_name(s->cellar, seq, k.index);
    if (!cellar_get(s->cellar, seq, mine->name, ret))
        return KEEPER_MISS;
    leave(s->places[seq->id], k, *ret);
    return KEEPER_HAS;
}

static enum keeper_answer begin(void *ctx, const struct seq *s, uint64_t i, int64_t deadline,
                                GBytes **ret)
{
    struct place *p = place_of(ctx, s->id);
    const struct board_key k = {s->epoch, i};
    struct desk *mine = NULL, *desk;
    bool died;

    while (p) {
        enum keeper_answer answer = look(p, k, mine, &desk, ret);
        if (answer == KEEPER_MISS)
            return look_on_disk(ctx, s, k, desk, ret);
        if (mine)
            pthread_mutex_unlock(&mine->taken);
        if (answer == KEEPER_HAS || !desk || !take(&desk->taken, deadline, &died))
            return answer;
        mine = desk;
    }
    return KEEPER_NONE;
}

static void end(void *ctx, const struct seq *s, uint64_t i, GBytes *packed)
{
    const struct shelf *shelf = ctx;
    struct identity name = leave(place_of(shelf, s->id), (struct board_key){s->epoch, i}, packed);

    if (packed)
        cellar_put(shelf->cellar, s, i, name, packed);
}

/* errorcheck: who asks for what it computes itself is told so, instead of waiting for ever. */
static void init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t how;

    pthread_mutexattr_init(&how);
    pthread_mutexattr_settype(&how, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &how);
    pthread_mutexattr_destroy(&how);
}

static void init_place(struct place *p, uint64_t bytes, uint64_t count)
{
    board_init(board_of(p), bytes, count);
    init_lock(&p->lock);
    for (unsigned i = 0; i < DESKS; i++)
        init_lock(&p->desks[i].taken);
}

static void look_bounds(const struct seq *step, uint64_t *ret_bytes, uint64_t *ret_count)
{
    step_number(step, "count", ret_count);
    step_number(step, "bytes", ret_bytes);
}

/* Goes through the places: tells how large they are together, and, where there is memory, finds
 * them in it. */
static uint64_t lay_out(struct shelf *s, const struct plan *p)
{
    uint64_t at = 0, bytes, count;

    for (uint32_t i = 0; i < s->n_steps; i++) {
        const struct seq *step = plan_step(p, i);
        if (!step_is(step, "cache"))
            continue;
        look_bounds(step, &bytes, &count);
        if (s->memory) {
            s->places[i] = (struct place *)(s->memory + at);
            cellar_set_state(s->cellar, i, &s->places[i]->disk);
        }
        at += head_size() + board_size(bytes, count);
    }
    return at;
}

/* Takes the descriptor over. */
static int map(struct shelf *s, const struct plan *p, int own_fd, struct fault *f)
{
    s->fd = own_fd;
    void *memory =
        mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, s->fd, 0);
    if (memory == MAP_FAILED)
        return fault_set_errno(f, errno, "cache: %" PRIu64 " bytes of shared memory", s->size);
    s->memory = memory;
    lay_out(s, p);
    return 0;
}

static struct shelf *empty(const struct plan *p)
{
    uint32_t n = plan_n_steps(p);
    struct shelf *s = g_malloc0(sizeof *s + n * sizeof s->places[0]);

    s->keeper = (struct keeper){.ctx = s, .begin = begin, .end = end};
    s->cellar = cellar_new(p);
    s->fd = -1;
    s->n_steps = n;
    s->size = lay_out(s, p);
    return s;
}

int shelf_new(const struct plan *p, struct fault *f, struct shelf **ret)
{
    OWN(shelf_free) struct shelf *s = empty(p);
    uint64_t bytes, count;

    if (s->size > 0) {
        int fd = memfd_create("seqfs-shelf", MFD_CLOEXEC);
        if (fd >= 0 && ftruncate(fd, (off_t)s->size) < 0) {
            fault_set_errno(f, errno, "cache: %" PRIu64 " bytes of shared memory", s->size);
            close(fd);
            return -f->err;
        }
        if (fd < 0)
            return fault_set_errno(f, errno, "cache: shared memory");
        int r = map(s, p, fd, f);
        if (r < 0)
            return r;
    }
    for (uint32_t i = 0; i < s->n_steps; i++) {
        if (!s->places[i])
            continue;
        look_bounds(plan_step(p, i), &bytes, &count);
        init_place(s->places[i], bytes, count);
    }
    *ret = g_steal_pointer(&s);
    return 0;
}

int shelf_open(const struct plan *p, int own_fd, struct fault *f, struct shelf **ret)
{
    OWN(shelf_free) struct shelf *s = empty(p);
    struct stat st;

    if (s->size > 0 && own_fd >= 0 && fstat(own_fd, &st) == 0 && (uint64_t)st.st_size == s->size) {
        int r = map(s, p, own_fd, f);
        if (r < 0)
            return r;
    } else if (s->size > 0 || own_fd >= 0) {
        if (own_fd >= 0)
            close(own_fd);
        return fault_set(f, EPROTO, "cache: the shared memory is that of other steps");
    }
    *ret = g_steal_pointer(&s);
    return 0;
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    cellar_free(s->cellar); /* it counts in that memory */
    if (s->memory)
        munmap(s->memory, s->size);
    if (s->fd >= 0)
        close(s->fd);
    g_free(s);
}

int shelf_fd(const struct shelf *s)
{
    return s->fd;
}

const struct keeper *shelf_keeper(const struct shelf *s)
{
    return &s->keeper;
}

bool shelf_look_figures(const struct shelf *s, uint32_t step, struct shelf_figures *ret)
{
    const struct place *p = place_of(s, step);

    if (!p)
        return false;
    ret->hits = __atomic_load_n(&p->hits, __ATOMIC_RELAXED);
    ret->misses = __atomic_load_n(&p->misses, __ATOMIC_RELAXED);
    board_look_figures(board_of(p), &ret->kept);
    ret->on_disk = cellar_look_figures(s->cellar, step, &ret->disk);
    return true;
}

bool shelf_take_trouble(const struct shelf *s, struct fault *ret)
{
    return cellar_take_trouble(s->cellar, ret);
}
