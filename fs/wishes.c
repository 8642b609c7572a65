/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Holds what readers have said they want, and hands it out when a worker is free. */
#include "fs/wishes.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "fs/followers.h"

#define WINDOW_USUAL 32

struct wishes {
    struct roll *roll; /* owned */
    struct log *log;
    GMutex lock;
    /* below: under lock */
    uint64_t claimed; /* positions being written */
    unsigned window;
    struct itinerary *order; /* counted; NULL = none */
    struct followers followers;
    uint64_t serial;              /* of the order: tells the owners of one from those of others */
    struct ranges *warm;          /* owned: still to be handed out */
    GHashTable *under_way;        /* owned; struct key, owned: handed out to be warm, not done */
    uint64_t asked, done, failed; /* elements to be warm */
};

struct wishes *wishes_new(const struct plan *p, const struct names *n, struct log *log)
{
    struct wishes *w = g_new0(struct wishes, 1);

    w->roll = roll_new(p, n);
    w->log = log;
    g_mutex_init(&w->lock);
    w->window = WINDOW_USUAL;
    w->warm = ranges_new();
    w->under_way = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
    return w;
}

void wishes_free(struct wishes *w)
{
    if (!w)
        return;
    assert(w->claimed == 0);
    roll_free(w->roll);
    itinerary_unref(w->order);
    ranges_free(w->warm);
    g_hash_table_unref(w->under_way);
    g_mutex_clear(&w->lock);
    g_free(w);
}

const struct roll *wishes_roll(const struct wishes *w)
{
    return w->roll;
}

struct log *wishes_log(const struct wishes *w)
{
    return w->log;
}

int wishes_claim(struct wishes *w, uint64_t n, struct fault *f)
{
    bool fits;

    g_mutex_lock(&w->lock);
    fits = n <= ITINERARY_MAX - w->claimed;
    if (fits)
        w->claimed += n;
    g_mutex_unlock(&w->lock);
    return fits ? 0
                : fault_set(f, EFBIG, "more than %d elements are too many to be written",
                            ITINERARY_MAX);
}

void wishes_release(struct wishes *w, uint64_t n)
{
    g_mutex_lock(&w->lock);
    assert(n <= w->claimed);
    w->claimed -= n;
    g_mutex_unlock(&w->lock);
}

/* The order. */

void wishes_put_order(struct wishes *w, struct itinerary *own)
{
    struct itinerary *before;

    if (itinerary_len(own) == 0)
        g_clear_pointer(&own, itinerary_unref);
    g_mutex_lock(&w->lock);
    before = w->order;
    w->order = own;
    w->serial++;
    followers_init(&w->followers, w->window);
    g_mutex_unlock(&w->lock);
    itinerary_unref(before);
}

void wishes_set_window(struct wishes *w, unsigned window)
{
    g_mutex_lock(&w->lock);
    w->window = window;
    followers_set_max(&w->followers, window);
    g_mutex_unlock(&w->lock);
}

bool wishes_saw(struct wishes *w, struct key k)
{
    uint64_t number;
    bool followed;

    if (!roll_number(w->roll, k, &number))
        return false;
    g_mutex_lock(&w->lock);
    followed = w->order && followers_saw(&w->followers, w->order, number);
    g_mutex_unlock(&w->lock);
    return followed;
}

/* WISHES_OWNER, the order's serial number, and in the last byte 1 + the follower's number. */
static uint64_t owner_of(uint64_t serial, unsigned follower)
{
    return WISHES_OWNER | (serial << 8 & ~WISHES_OWNER) | (follower + 1);
}

bool wishes_next_order(void *wishes, struct key *ret, uint64_t *ret_owner)
{
    struct wishes *w = wishes;
    uint64_t position;
    unsigned follower;
    bool found;

    g_mutex_lock(&w->lock);
    found = w->order && followers_next(&w->followers, w->order, &position, &follower);
    if (found) {
        *ret = roll_key(w->roll, itinerary_at(w->order, position));
        *ret_owner = owner_of(w->serial, follower);
    }
    g_mutex_unlock(&w->lock);
    return found;
}

void wishes_wasted(struct wishes *w, uint64_t owner)
{
    const unsigned follower = (unsigned)(owner & 0xff) - 1;

    if (!(owner & WISHES_OWNER) || follower >= FOLLOWERS_MAX)
        return;
    g_mutex_lock(&w->lock);
    if (owner == owner_of(w->serial, follower))
        followers_wasted(&w->followers, follower);
    g_mutex_unlock(&w->lock);
}

/* What is to be warm. */

int wishes_put_warm(struct wishes *w, const struct ranges *more, bool cancel, struct fault *f)
{
    uint64_t before;
    int r;

    g_mutex_lock(&w->lock);
    if (cancel)
        ranges_clear(w->warm);
    before = ranges_len(w->warm);
    if (cancel || (before == 0 && g_hash_table_size(w->under_way) == 0)) {
        g_hash_table_remove_all(w->under_way);
        w->asked = w->done = w->failed = 0;
    }
    r = ranges_join(w->warm, more, f);
    if (r == 0)
        w->asked += ranges_len(w->warm) - before;
    g_mutex_unlock(&w->lock);
    return r;
}

bool wishes_next_warm(void *wishes, struct key *ret, uint64_t *ret_owner)
{
    struct wishes *w = wishes;
    uint64_t number;
    bool found;

    g_mutex_lock(&w->lock);
    found = ranges_take(w->warm, &number);
    if (found) {
        *ret = roll_key(w->roll, number);
        *ret_owner = WISHES_OWNER;
        g_hash_table_add(w->under_way, g_memdup2(ret, sizeof *ret));
    }
    g_mutex_unlock(&w->lock);
    return found;
}

void wishes_done(struct wishes *w, struct key k, bool failed)
{
    g_mutex_lock(&w->lock);
    if (g_hash_table_remove(w->under_way, &k)) {
        w->done += !failed;
        w->failed += failed;
    }
    g_mutex_unlock(&w->lock);
}

/* Printing. */

static void print_order(struct wishes *w, GString *ret)
{
    struct itinerary *order;
    uint64_t n;

    g_mutex_lock(&w->lock);
    order = w->order ? itinerary_ref(w->order) : NULL;
    g_mutex_unlock(&w->lock);
    n = order ? MIN(itinerary_len(order), WISHES_LINES) : 0;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t number = itinerary_at(order, i);

        roll_print(w->roll, number, number + 1, 1, ret);
    }
    itinerary_unref(order);
}

static void print_warm(struct wishes *w, GString *ret)
{
    g_autoptr(GArray) list = NULL;
    uint64_t lines = 0;

    g_mutex_lock(&w->lock);
    list = ranges_list(w->warm);
    g_mutex_unlock(&w->lock);
    for (guint i = 0; i < list->len && lines < WISHES_LINES; i++) {
        const struct span s = g_array_index(list, struct span, i);

        lines += roll_print(w->roll, s.first, s.end, WISHES_LINES - lines, ret);
    }
}

void wishes_print(struct wishes *w, enum wish which, GString *ret)
{
    if (which == WISH_ORDER)
        print_order(w, ret);
    else
        print_warm(w, ret);
}

static void print_readers_locked(const struct wishes *w, GString *ret)
{
    const char *separator = "";

    for (unsigned i = 0; i < FOLLOWERS_MAX; i++) {
        const struct follower *fo = &w->followers.all[i];

        if (fo->used == 0)
            continue;
        g_string_append_printf(ret,
                               "%s{\"at\": %" PRIu64 ", \"ahead\": %" PRIu64 ", \"window\": %u}",
                               separator, fo->at, fo->ahead - fo->at, MIN(fo->window, w->window));
        separator = ", ";
    }
}

static uint64_t count_readers_locked(const struct wishes *w)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < FOLLOWERS_MAX; i++)
        n += w->followers.all[i].used != 0;
    return n;
}

void wishes_look_figures(struct wishes *w, struct wishes_figures *ret)
{
    g_mutex_lock(&w->lock);
    *ret = (struct wishes_figures){.asked = w->asked, .done = w->done, .failed = w->failed};
    if (w->order) {
        ret->len = itinerary_len(w->order);
        ret->at = followers_latest(&w->followers)->at;
        ret->readers = count_readers_locked(w);
    }
    g_mutex_unlock(&w->lock);
}

void wishes_print_progress(struct wishes *w, GString *ret)
{
    g_mutex_lock(&w->lock);
    g_string_append_printf(
        ret, "{\"order\": {\"len\": %" PRIu64 ", \"at\": %" PRIu64 ", \"readers\": [",
        w->order ? itinerary_len(w->order) : 0, w->order ? followers_latest(&w->followers)->at : 0);
    if (w->order)
        print_readers_locked(w, ret);
    g_string_append_printf(ret,
                           "]}, \"warm\": {\"asked\": %" PRIu64 ", \"done\": %" PRIu64
                           ", \"failed\": %" PRIu64 "}}\n",
                           w->asked, w->done, w->failed);
    g_mutex_unlock(&w->lock);
}
