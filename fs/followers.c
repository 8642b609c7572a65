/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Follows readers through an order that they have told. */
#include "fs/followers.h"

#include <assert.h>
#include <limits.h>

#define WINDOW_START 4 /* of a newcomer; doubled with each element that it then opens */
#define REACH_MIN 16   /* how far from its place a reader may open an element, at least */
#define WINDOW_MAX 65536
#define TRUST_MAX 16

void followers_init(struct followers *fs, unsigned max)
{
    *fs = (struct followers){.clock = 1, .trust = TRUST_MAX};
    followers_set_max(fs, max);
    fs->all[0] = (struct follower){.used = 1, .window = UINT_MAX, .limit = UINT_MAX};
}

void followers_set_max(struct followers *fs, unsigned max)
{
    fs->max = MIN(max, WINDOW_MAX);
}

/* While others have gone on without it, there is nothing to compute for it. */
static bool is_live(const struct followers *fs, const struct follower *fo)
{
    return fo->used > 0 && fs->clock - fo->used <= 4 * FOLLOWERS_MAX + 2 * (uint64_t)fs->max;
}

const struct follower *followers_latest(const struct followers *fs)
{
    const struct follower *latest = &fs->all[0];

    for (unsigned i = 1; i < FOLLOWERS_MAX; i++)
        if (fs->all[i].used > latest->used)
            latest = &fs->all[i];
    return latest;
}

/* Whether an element at this place may be one's next: near by, or handed out for it. */
static bool is_near(const struct follower *fo, uint64_t position, uint64_t reach)
{
    if (position < fo->at)
        return fo->at - position <= reach;
    return position - fo->at <= reach || position < fo->ahead;
}

/* Whose next element this is: *ret_position is its place then.  NULL = a newcomer's. */
static struct follower *find_follower(struct followers *fs, const struct itinerary_places *places,
                                      uint64_t *ret_position)
{
    uint64_t nearest = UINT64_MAX;
    struct follower *found = NULL;

    for (unsigned i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *fo = &fs->all[i];
        const uint64_t position = itinerary_nearest(places, fo->at);
        const uint64_t off = position < fo->at ? fo->at - position : position - fo->at;

        if (fo->used > 0 && off < nearest && is_near(fo, position, MAX(fs->max, REACH_MIN))) {
            nearest = off;
            found = fo;
            *ret_position = position;
        }
    }
    return found;
}

static void add_follower(struct followers *fs, uint64_t position)
{
    struct follower *oldest = &fs->all[0];

    for (unsigned i = 1; i < FOLLOWERS_MAX; i++)
        if (fs->all[i].used < oldest->used)
            oldest = &fs->all[i];
    *oldest = (struct follower){.begin = position,
                                .at = position + 1,
                                .ahead = position + 1,
                                .used = fs->clock,
                                .window = fs->trust > 0 ? WINDOW_START : 0,
                                .limit = UINT_MAX};
    fs->trust -= fs->trust > 0;
}

static void grow_window(struct follower *fo, unsigned max)
{
    if (fo->window < fo->limit)
        fo->window = MIN(fo->window > 0 ? 2 * MIN(fo->window, max) : WINDOW_START, fo->limit);
    if (fo->window < fo->limit || fo->limit >= max || ++fo->credit < fo->limit)
        return;
    fo->credit = 0;
    fo->limit++;
}

bool followers_saw(struct followers *fs, const struct itinerary *t, uint64_t number)
{
    const struct itinerary_places places = itinerary_find(t, number);
    struct follower *fo;
    uint64_t position;

    if (places.n == 0)
        return false;
    fo = find_follower(fs, &places, &position);
    fs->clock++;
    if (!fo) {
        add_follower(fs, itinerary_nearest(&places, followers_latest(fs)->at));
        return true;
    }
    fo->used = fs->clock;
    if (position < fo->at)
        return true;
    fo->at = position + 1;
    fo->ahead = MAX(fo->ahead, fo->at);
    fs->trust = MIN(fs->trust + 1, TRUST_MAX);
    grow_window(fo, fs->max);
    return true;
}

/* What was read or handed out of late around a reader: others need not compute it. */
static bool covers(const struct followers *fs, const struct follower *fo, uint64_t position)
{
    const uint64_t back = MIN(fo->at - fo->begin, 2 * (uint64_t)fs->max);

    return is_live(fs, fo) && position >= fo->at - back && position < fo->ahead;
}

/* Moves one's next position past what others have. */
static void skip_covered(struct followers *fs, struct follower *fo)
{
    bool moved;

    do {
        moved = false;
        for (unsigned i = 0; i < FOLLOWERS_MAX; i++) {
            const struct follower *other = &fs->all[i];

            if (other != fo && covers(fs, other, fo->ahead)) {
                fo->ahead = other->ahead;
                moved = true;
            }
        }
    } while (moved);
}

static bool has_room(const struct followers *fs, const struct follower *fo, uint64_t len)
{
    return fo->ahead < len && fo->ahead - fo->at < MIN(fo->window, fs->max);
}

bool followers_next(struct followers *fs, const struct itinerary *t, uint64_t *ret_position,
                    unsigned *ret_follower)
{
    const uint64_t len = itinerary_len(t);
    struct follower *nearest = NULL;

    for (unsigned i = 0; i < FOLLOWERS_MAX; i++) {
        struct follower *fo = &fs->all[i];

        if (!is_live(fs, fo) || !has_room(fs, fo, len))
            continue;
        skip_covered(fs, fo);
        if (has_room(fs, fo, len) &&
            (!nearest || fo->ahead - fo->at < nearest->ahead - nearest->at))
            nearest = fo;
    }
    if (!nearest)
        return false;
    *ret_follower = (unsigned)(nearest - fs->all);
    *ret_position = nearest->ahead++;
    return true;
}

/* Once between two opens: what is dropped comes in bunches. */
void followers_wasted(struct followers *fs, unsigned follower)
{
    struct follower *fo = &fs->all[follower];

    assert(follower < FOLLOWERS_MAX);
    if (fo->used == 0 || fo->halved == fs->clock)
        return;
    fo->halved = fs->clock;
    fo->limit = MAX(MIN(fo->window, fs->max) / 2, 1);
    fo->window = fo->limit;
    fo->credit = 0;
}
