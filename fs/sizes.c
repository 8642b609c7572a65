/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size index: two atomic words an element, in a tree that grows where it is touched. */
#include "fs/sizes.h"

#include <assert.h>
#include <glib.h>
#include <stdatomic.h>

/* Each output has a tree: leaves of 4096 entries, above them as many levels of nodes as its length
 * needs, so that `range: 1000000000000` costs nothing until its elements are touched.  Nodes are
 * put in by compare-and-swap and stay until the end. */
#define LEAF_BITS 12
#define NODE_BITS 9
#define LEAF_LEN (UINT64_C(1) << LEAF_BITS)
#define NODE_LEN (UINT64_C(1) << NODE_BITS)

/* A word: the size, the version, the notes, the state. */
#define STATE_MASK UINT64_C(3)
#define GUESSED UINT64_C(4)
#define KEPT UINT64_C(8)
#define OPENED UINT64_C(16)
#define VERSION_SHIFT 5
#define VERSION_MASK ((uint64_t)(SIZES_VERSIONS - 1) << VERSION_SHIFT)
#define STAYS (GUESSED | KEPT | OPENED | VERSION_MASK) /* when the size changes */
#define SIZE_SHIFT 12

G_STATIC_ASSERT(VERSION_MASK >> SIZE_SHIFT == 0);

struct tree {
    _Atomic(void *) root;
    uint64_t len;
    unsigned height; /* levels of nodes above the leaves */
};

struct sizes {
    atomic_bool starved; /* there was no memory for a leaf, so a note may be missing */
    atomic_uint newest;  /* the highest version that there was */
    uint32_t n_trees;
    struct tree trees[];
};

struct node {
    _Atomic(void *) at[NODE_LEN];
};

struct entry {
    atomic_uint_fast64_t word;
    atomic_uint_fast64_t stamp;
};

struct leaf {
    struct entry at[LEAF_LEN];
};

static unsigned height_for(uint64_t len)
{
    unsigned height = 0;

    for (unsigned bits = LEAF_BITS; bits < 64 && len > UINT64_C(1) << bits; bits += NODE_BITS)
        height++;
    return height;
}

struct sizes *sizes_new(uint32_t n_outputs, const uint64_t *lens)
{
    struct sizes *s = g_malloc0(sizeof *s + n_outputs * sizeof *s->trees);

    s->n_trees = n_outputs;
    for (uint32_t i = 0; i < n_outputs; i++) {
        s->trees[i].len = lens[i];
        s->trees[i].height = height_for(lens[i]);
    }
    return s;
}

static void free_node(void *at, unsigned height)
{
    struct node *node = at;

    if (node && height > 0) {
        for (unsigned i = 0; i < NODE_LEN; i++)
            free_node(atomic_load_explicit(&node->at[i], memory_order_relaxed), height - 1);
    }
    g_free(at);
}

void sizes_free(struct sizes *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->n_trees; i++)
        free_node(atomic_load(&s->trees[i].root), s->trees[i].height);
    g_free(s);
}

/* What stands in a slot; puts something new there if nothing does. */
static void *fill(struct sizes *s, _Atomic(void *) *slot, size_t size)
{
    void *found = NULL, *made = g_try_malloc0(size);

    if (!made) {
        atomic_store(&s->starved, true);
        return NULL;
    }
    if (atomic_compare_exchange_strong(slot, &found, made))
        return made;
    g_free(made);
    return found;
}

/* The entry of an element; NULL if it was never touched, or with grow, if there is no memory for
 * it.
 */
static struct entry *find_entry(struct sizes *s, struct key k, bool grow)
{
    struct tree *tree = &s->trees[k.output];
    _Atomic(void *) *slot = &tree->root;

    assert(k.output < s->n_trees && k.index < tree->len);
    for (unsigned level = tree->height;; level--) {
        void *at = atomic_load_explicit(slot, memory_order_acquire);

        if (!at && grow)
            at = fill(s, slot, level ? sizeof(struct node) : sizeof(struct leaf));
        if (!at)
            return NULL;
        if (level == 0)
            return &((struct leaf *)at)->at[k.index & (LEAF_LEN - 1)];
        slot = &((struct node *)at)
                    ->at[k.index >> (LEAF_BITS + (level - 1) * NODE_BITS) & (NODE_LEN - 1)];
    }
}

static atomic_uint_fast64_t *find_word(struct sizes *s, struct key k, bool grow)
{
    struct entry *e = find_entry(s, k, grow);

    return e ? &e->word : NULL;
}

static enum size_state read_word(uint64_t word, uint64_t *ret)
{
    enum size_state state = word & STATE_MASK;

    if (state == SIZE_KNOWN)
        *ret = word >> SIZE_SHIFT;
    return state;
}

/* 0: nothing is known. */
static uint64_t look(const struct sizes *s, struct key k)
{
    const atomic_uint_fast64_t *word = find_word((struct sizes *)s, k, false);

    return word ? atomic_load(word) : 0;
}

enum size_state sizes_look(const struct sizes *s, struct key k, uint64_t *ret)
{
    return read_word(look(s, k), ret);
}

enum size_state sizes_tell(struct sizes *s, struct key k, uint64_t *ret)
{
    atomic_uint_fast64_t *word = find_word(s, k, true);
    uint64_t now = word ? atomic_load(word) : 0;

    while (word && (now & STATE_MASK) != SIZE_KNOWN && !(now & GUESSED))
        if (atomic_compare_exchange_weak(word, &now, now | GUESSED))
            break;
    return read_word(now, ret);
}

/* All but the notes and the version is replaced. */
static void set(struct sizes *s, struct key k, enum size_state state, uint64_t size)
{
    atomic_uint_fast64_t *word = find_word(s, k, state != SIZE_UNKNOWN);
    uint64_t now;

    assert(size <= UINT64_MAX >> SIZE_SHIFT);
    if (!word)
        return;
    now = atomic_load(word);
    while (!atomic_compare_exchange_weak(word, &now, size << SIZE_SHIFT | (now & STAYS) | state))
        continue;
}

void sizes_put(struct sizes *s, struct key k, uint64_t size)
{
    set(s, k, SIZE_KNOWN, size);
}

void sizes_fail(struct sizes *s, struct key k)
{
    set(s, k, SIZE_FAILED, 0);
}

void sizes_forget(struct sizes *s, struct key k)
{
    set(s, k, SIZE_UNKNOWN, 0);
}

/* Where notes may have been lost, too many corrections of the kernel are better than too few. */
bool sizes_has_guess(const struct sizes *s, struct key k)
{
    return atomic_load(&s->starved) || look(s, k) & GUESSED;
}

void sizes_clear_guess(struct sizes *s, struct key k)
{
    atomic_uint_fast64_t *word = find_word(s, k, false);

    if (word)
        atomic_fetch_and(word, ~GUESSED);
}

void sizes_keep(struct sizes *s, struct key k)
{
    atomic_uint_fast64_t *word = find_word(s, k, false);

    if (word)
        atomic_fetch_or(word, KEPT);
}

void sizes_unkeep(struct sizes *s, struct key k)
{
    atomic_uint_fast64_t *word = find_word(s, k, false);

    if (word)
        atomic_fetch_and(word, ~KEPT);
}

bool sizes_is_kept(const struct sizes *s, struct key k)
{
    const uint64_t now = look(s, k);

    return (now & STATE_MASK) == SIZE_KNOWN && now & KEPT;
}

static void note_newest(struct sizes *s, unsigned version)
{
    unsigned before = atomic_load(&s->newest);

    while (version > before && !atomic_compare_exchange_weak(&s->newest, &before, version))
        continue;
}

void sizes_open(struct sizes *s, struct key k)
{
    atomic_uint_fast64_t *word = find_word(s, k, true);

    if (word && !(atomic_load(word) & OPENED))
        atomic_fetch_or(word, OPENED);
}

/* What the kernel knows nothing of but a placeholder can be another without another number. */
static uint64_t renewed(uint64_t word)
{
    if (!(word & OPENED) && (word & STATE_MASK) != SIZE_KNOWN)
        return word & (VERSION_MASK | GUESSED);
    return ((word & VERSION_MASK) + (1 << VERSION_SHIFT)) & VERSION_MASK;
}

bool sizes_renew(struct sizes *s, struct key k)
{
    struct entry *e = find_entry(s, k, true);
    uint64_t now, next;

    if (!e)
        return false;
    atomic_store(&e->stamp, 0);
    now = atomic_load(&e->word);
    do
        next = renewed(now);
    while (!atomic_compare_exchange_weak(&e->word, &now, next));
    note_newest(s, (unsigned)((next & VERSION_MASK) >> VERSION_SHIFT));
    return (next & VERSION_MASK) != (now & VERSION_MASK);
}

unsigned sizes_newest(const struct sizes *s)
{
    return atomic_load(&s->newest);
}

unsigned sizes_version(const struct sizes *s, struct key k)
{
    return (unsigned)((look(s, k) & VERSION_MASK) >> VERSION_SHIFT);
}

void sizes_stamp(struct sizes *s, struct key k, uint64_t stamp)
{
    struct entry *e = stamp != 0 ? find_entry(s, k, true) : NULL;

    if (e)
        atomic_store(&e->stamp, stamp);
}

uint64_t sizes_look_stamp(const struct sizes *s, struct key k)
{
    struct entry *e = find_entry((struct sizes *)s, k, false);

    return e ? atomic_load(&e->stamp) : 0;
}
