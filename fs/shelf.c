/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boards in shared memory, and the locks that survive the death of their holders. */
#include "fs/shelf.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fs/step.h"

#define DESKS 256 /* elements of one step that are computed at a time */

/* Where one element is computed.  In shared memory. */
struct desk {
    pthread_mutex_t taken; /* held by who computes */
    /* Under the board's lock: */
    struct board_key key;
    bool busy; /* with key; whose worker may have died meanwhile, upon which `taken` can be had */
};

/* One `cache` step.  In shared memory. */
struct place {
    size_t size; /* of the memory */
    struct board *board;
    uint64_t hits, misses; /* atomic */
    pthread_mutex_t lock;
    /* Under lock, as the board is: */
    uint32_t next_desk; /* where to look for a free one: not where one was just left, since others
                           may still wait there */
    struct desk desks[DESKS];
};

struct shelf {
    struct keeper keeper;
    uint32_t n_steps;
    struct place *places[]; /* owned; by the number of the step, NULL for most */
};

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
        board_clear(p->board);
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
    if (board_get(p->board, k, ret)) {
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
            return answer;
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
    struct place *p = place_of(ctx, s->id);
    const struct board_key k = {s->epoch, i};

    lock_place(p);
    if (packed)
        board_put(p->board, k, packed);
    struct desk *mine = find_busy_locked(p, k);
    assert(mine);
    mine->busy = false;
    pthread_mutex_unlock(&p->lock);
    pthread_mutex_unlock(&mine->taken);
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

static int make_place(const struct seq *s, struct fault *f, struct place **ret)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t head = (sizeof(struct place) + page - 1) / page * page;
    uint64_t n, bytes;

    step_number(s, "count", &n);
    step_number(s, "bytes", &bytes);
    size_t size = head + board_size(bytes, n);
    struct place *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return fault_set_errno(f, errno, "cache: %" PRIu64 " bytes of shared memory", bytes);
    p->size = size;
    p->board = board_init((char *)p + head, bytes, n);
    init_lock(&p->lock);
    for (unsigned i = 0; i < DESKS; i++)
        init_lock(&p->desks[i].taken);
    *ret = p;
    return 0;
}

int shelf_new(const struct plan *p, struct fault *f, struct shelf **ret)
{
    uint32_t n = plan_n_steps(p);
    OWN(shelf_free) struct shelf *s = g_malloc0(sizeof *s + n * sizeof s->places[0]);

    s->n_steps = n;
    s->keeper = (struct keeper){.ctx = s, .begin = begin, .end = end};
    for (uint32_t i = 0; i < n; i++) {
        const struct seq *step = plan_step(p, i);
        if (!step_is(step, "cache") || step->id >= n || s->places[step->id])
            continue;
        int r = make_place(step, f, &s->places[step->id]);
        if (r < 0)
            return r;
    }
    *ret = g_steal_pointer(&s);
    return 0;
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->n_steps; i++)
        if (s->places[i])
            munmap(s->places[i], s->places[i]->size);
    g_free(s);
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
    board_look_figures(p->board, &ret->kept);
    return true;
}
