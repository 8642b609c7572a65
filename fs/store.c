/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The store: a table of contents, how they come in, and how they make room for others. */
#include "fs/store.h"

#include "fs/ranks.h"

/* What an entry costs beside its content: itself, its place in the table, and what malloc adds. */
#define ENTRY_COST (sizeof(struct entry) + 5 * sizeof(void *))

/* Less than that costs more in a file. */
#define SPILL_MIN 4096

struct store {
    struct budget *budget;
    struct spill *spill;
    store_wasted_fn *wasted;
    void *ctx;
    struct content_keeper keeper; /* us */
    GMutex lock;
    /* below: under lock */
    GHashTable *entries; /* a set; the entries are ours */
    struct ranks ranks;
    struct store_figures figures;
};

static void repin(void *store, struct identity id, const struct content *c);

static guint hash(const void *identity)
{
    return (guint)((const struct identity *)identity)->a;
}

static gboolean equal(const void *x, const void *y)
{
    return identity_equal(*(const struct identity *)x, *(const struct identity *)y);
}

struct store *store_new(struct budget *b, struct spill *sp, store_wasted_fn *wasted, void *ctx)
{
    struct store *s = g_new0(struct store, 1);

    s->budget = b;
    s->spill = sp;
    s->wasted = wasted;
    s->ctx = ctx;
    s->keeper = (struct content_keeper){.pinned = repin, .ctx = s};
    g_mutex_init(&s->lock);
    s->entries = g_hash_table_new(hash, equal);
    ranks_init(&s->ranks);
    return s;
}

/* The table. */

static struct entry *find_locked(struct store *s, struct identity id)
{
    return g_hash_table_lookup(s->entries, &id);
}

static void read_locked(struct store *s, struct entry *e)
{
    s->figures.unread -= e->unread ? e->cost : 0;
    s->figures.used += e->unread;
    e->unread = false;
}

/* Takes an entry out; it goes to gone, which is to be freed once the lock is not held any more. */
static void take_out_locked(struct store *s, struct entry *e, GQueue *gone)
{
    ranks_leave(&s->ranks, e);
    content_set_keeper(e->content, NULL, e->id);
    g_hash_table_remove(s->entries, &e->id);
    g_queue_push_tail_link(gone, &e->link);
    s->figures.n--;
    s->figures.bytes -= e->cost;
    s->figures.unread -= e->unread ? e->cost : 0;
}

/* told: their owners are told of what was not read. */
static void free_entries(struct store *s, GQueue *gone, bool told)
{
    GList *link;

    while ((link = g_queue_pop_head_link(gone))) {
        struct entry *e = link->data;

        content_unref(e->content);
        budget_give(s->budget, BUDGET_HELD, e->taken);
        if (told && e->unread && s->wasted)
            s->wasted(s->ctx, e->owner);
        g_free(e);
    }
}

void store_free(struct store *s)
{
    GQueue gone = G_QUEUE_INIT;
    GHashTableIter iter;
    void *entry;

    if (!s)
        return;
    g_hash_table_iter_init(&iter, s->entries);
    while (g_hash_table_iter_next(&iter, &entry, NULL)) {
        struct entry *e = entry;

        ranks_leave(&s->ranks, e);
        content_set_keeper(e->content, NULL, e->id);
        g_queue_push_tail_link(&gone, &e->link);
    }
    g_hash_table_unref(s->entries);
    free_entries(s, &gone, false);
    g_mutex_clear(&s->lock);
    g_free(s);
}

/* Making room. */

/* How far bytes more would go past the budget. */
static uint64_t past(const struct store *s, uint64_t bytes)
{
    const uint64_t limit = budget_limit(s->budget), total = budget_total(s->budget);

    if (total >= limit)
        return total - limit + bytes;
    return bytes > limit - total ? bytes - (limit - total) : 0;
}

/* What may go for the sake of a content, or of a job. */
static enum rank last_rank(bool wanted)
{
    return wanted ? RANK_UNREAD : RANK_READ;
}

static void evict_one_locked(struct store *s, struct entry *e, GQueue *gone)
{
    s->figures.evicted++;
    s->figures.evicted_unread += e->unread;
    s->figures.evicted_kernel += e->kernel;
    take_out_locked(s, e, gone);
}

/* Makes room for bytes more, with what ranks no later than last.  What goes is freed, and counted
 * out of the budget, only later. */
static void evict_locked(struct store *s, uint64_t bytes, enum rank last, GQueue *gone)
{
    uint64_t freed = 0;
    struct entry *e;

    while (past(s, bytes) > freed && (e = ranks_next(&s->ranks, last))) {
        freed += e->cost;
        evict_one_locked(s, e, gone);
    }
}

/* Files that nobody has open hold no more bytes than the budget has. */
static void trim_files_locked(struct store *s, GQueue *gone)
{
    struct entry *e;

    while ((e = ranks_next_file(&s->ranks, budget_limit(s->budget))))
        evict_one_locked(s, e, gone);
}

/* Whether bytes more of what is unread are no more than half of the budget. */
static bool trim_unread_locked(struct store *s, uint64_t bytes, GQueue *gone)
{
    const uint64_t most = budget_limit(s->budget) / 2;
    struct entry *e;

    while (s->figures.unread + bytes > most && (e = ranks_stale(&s->ranks)))
        evict_one_locked(s, e, gone);
    return s->figures.unread + bytes <= most;
}

bool store_make_room_ahead(struct store *s, uint64_t bytes)
{
    GQueue gone = G_QUEUE_INIT;
    bool fits;

    g_mutex_lock(&s->lock);
    fits = trim_unread_locked(s, bytes, &gone);
    g_mutex_unlock(&s->lock);
    free_entries(s, &gone, true);
    return fits && store_make_room(s, bytes, false);
}

bool store_make_room(struct store *s, uint64_t bytes, bool wanted)
{
    GQueue gone = G_QUEUE_INIT;
    bool fits;

    g_mutex_lock(&s->lock);
    fits = past(s, bytes) <= ranks_loose(&s->ranks, last_rank(wanted));
    if (fits)
        evict_locked(s, bytes, last_rank(wanted), &gone);
    g_mutex_unlock(&s->lock);
    free_entries(s, &gone, true);
    return fits;
}

/* Looking. */

struct content *store_look(struct store *s, struct identity id, bool read)
{
    struct content *c = NULL;
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = find_locked(s, id);
    if (e) {
        c = content_ref(e->content);
        ranks_leave(&s->ranks, e);
        if (read)
            read_locked(s, e);
        ranks_enter(&s->ranks, e);
    }
    s->figures.hits += read && e;
    s->figures.misses += read && !e;
    g_mutex_unlock(&s->lock);
    return c;
}

void store_kernel_has(struct store *s, struct identity id)
{
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = find_locked(s, id);
    if (e) {
        ranks_leave(&s->ranks, e);
        read_locked(s, e);
        e->kernel = true;
        ranks_enter(&s->ranks, e);
    }
    g_mutex_unlock(&s->lock);
}

void store_drop(struct store *s, struct identity id)
{
    GQueue gone = G_QUEUE_INIT;
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = find_locked(s, id);
    if (e)
        take_out_locked(s, e, &gone);
    g_mutex_unlock(&s->lock);
    free_entries(s, &gone, false);
}

/* The content was pinned for the first time, or unpinned for the last: in whatever order these
 * calls come, the last one finds how it is.  What is pinned no longer may be past the budget. */
static void repin(void *store, struct identity id, const struct content *c)
{
    struct store *s = store;
    GQueue gone = G_QUEUE_INIT;
    struct entry *e;

    g_mutex_lock(&s->lock);
    e = find_locked(s, id);
    if (e && e->content == c) {
        ranks_leave(&s->ranks, e);
        ranks_enter(&s->ranks, e);
        if (!content_is_pinned(c)) {
            evict_locked(s, 0, RANK_UNREAD, &gone);
            trim_files_locked(s, &gone);
        }
    }
    g_mutex_unlock(&s->lock);
    free_entries(s, &gone, true);
}

/* Putting. */

/* A content on its way in.  Lifetime: call. */
struct arrival {
    struct identity id;
    uint64_t owner;
    bool wanted;
    struct content *ret; /* owned; what to hand out, once the verdict is no excess */
};

enum verdict {
    VERDICT_TAKEN,
    VERDICT_REFUSED, /* nobody waits, and there is no room */
    VERDICT_EXCESS,  /* a reader waits, and memory is full of what others hold */
};

/* Bytes that the store counts for a content, since the content does not. */
static uint64_t uncounted(const struct store *s, const struct content *c)
{
    return ENTRY_COST + (content_budget(c) == s->budget ? 0 : content_cost(c));
}

static void insert_locked(struct store *s, const struct arrival *a, struct content *c, bool excess)
{
    struct entry *e = g_new0(struct entry, 1);

    e->id = a->id;
    e->content = content_ref(c);
    e->cost = content_cost(c) + ENTRY_COST;
    e->taken = uncounted(s, c);
    e->owner = a->owner;
    e->unread = !a->wanted && a->owner != 0;
    e->excess = excess;
    budget_take(s->budget, BUDGET_HELD, e->taken);
    g_hash_table_add(s->entries, e);
    content_set_keeper(c, &s->keeper, e->id);
    ranks_enter(&s->ranks, e); /* after the keeper is set, so that no pin is missed */
    s->figures.n++;
    s->figures.bytes += e->cost;
    s->figures.unread += e->unread ? e->cost : 0;
}

/* Whether the budget would hold if all went that may.  A reader's content does not give way to jobs
 * under way: their memory comes back. */
static bool fits_locked(const struct store *s, const struct arrival *a, const struct content *c)
{
    const uint64_t loose = ranks_loose(&s->ranks, last_rank(a->wanted)), more = uncounted(s, c);
    uint64_t held;

    if (!content_memory(c))
        return true;
    if (!a->wanted)
        return past(s, more) <= loose;
    held = budget_used(s->budget, BUDGET_HELD) + more;
    return held <= loose || held - loose <= budget_limit(s->budget);
}

/* Hands out what is kept already, if it will do; what will not is taken out. */
static bool know_locked(struct store *s, struct arrival *a, const struct content *c, GQueue *gone)
{
    struct entry *e = find_locked(s, a->id);

    if (!e)
        return false;
    ranks_leave(&s->ranks, e);
    if (a->wanted || content_len(e->content) != content_len(c))
        read_locked(s, e);
    if (content_len(e->content) != content_len(c)) {
        take_out_locked(s, e, gone);
        return false;
    }
    ranks_enter(&s->ranks, e);
    a->ret = content_ref(e->content);
    return true;
}

static enum verdict judge_locked(struct store *s, struct arrival *a, struct content *c,
                                 GQueue *gone)
{
    const bool has_name = !identity_is_none(a->id);

    if (has_name && know_locked(s, a, c, gone))
        return VERDICT_TAKEN;
    if (a->wanted && !fits_locked(s, a, c))
        return VERDICT_EXCESS;
    a->ret = content_ref(c);
    if (!a->wanted && (!has_name || !fits_locked(s, a, c))) {
        s->figures.refused++;
        return VERDICT_REFUSED;
    }
    if (has_name) {
        evict_locked(s, uncounted(s, c), last_rank(a->wanted), gone);
        insert_locked(s, a, c, false);
        trim_files_locked(s, gone);
    }
    return VERDICT_TAKEN;
}

/* Hands out a copy in a file; where that cannot be, the content itself, which goes as soon as no
 * open file holds it. */
static void hand_out_excess(struct store *s, struct arrival *a, struct content *c, GQueue *gone)
{
    OWN(content_unref) struct content *twin = NULL;

    if (s->spill && content_len(c) >= SPILL_MIN)
        spill_content(s->spill, c, &twin);
    g_mutex_lock(&s->lock);
    if (twin) {
        judge_locked(s, a, twin, gone);
        s->figures.spilled++;
    } else if (identity_is_none(a->id) || !know_locked(s, a, c, gone)) {
        a->ret = content_ref(c);
        evict_locked(s, 0, RANK_FIRST, gone);
        if (!identity_is_none(a->id))
            insert_locked(s, a, c, true);
        s->figures.unspilled++;
    }
    g_mutex_unlock(&s->lock);
}

struct content *store_put(struct store *s, struct identity id, struct content *own, uint64_t owner,
                          bool wanted)
{
    struct arrival a = {.id = id, .owner = owner, .wanted = wanted};
    GQueue gone = G_QUEUE_INIT;
    enum verdict verdict;

    g_mutex_lock(&s->lock);
    verdict = judge_locked(s, &a, own, &gone);
    s->figures.used += wanted && owner != 0;
    g_mutex_unlock(&s->lock);
    if (verdict == VERDICT_EXCESS)
        hand_out_excess(s, &a, own, &gone);
    free_entries(s, &gone, true);
    content_unref(own);
    if (verdict == VERDICT_REFUSED && owner != 0 && s->wasted)
        s->wasted(s->ctx, owner);
    return a.ret;
}

/* Figures. */

uint64_t store_unread(struct store *s)
{
    struct store_figures now;

    store_look_figures(s, &now);
    return now.unread;
}

void store_look_figures(struct store *s, struct store_figures *ret)
{
    g_mutex_lock(&s->lock);
    *ret = s->figures;
    ret->budget = budget_limit(s->budget);
    g_mutex_unlock(&s->lock);
}
