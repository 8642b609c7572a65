/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries found by a hash table and ordered by use, their bytes in chains of blocks. */
#include "fs/board.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Everything is known by its number + 1, so that 0 is none and memory that was never touched is
 * right as it is. */

struct entry {
    struct board_key key;
    uint64_t len;          /* bytes */
    uint32_t first;        /* block */
    uint32_t next_in_hash; /* entry; of those that are free: the next free one */
    uint32_t newer, older;
};

struct board {
    uint64_t size; /* of the memory */
    uint32_t n_blocks, n_entries, mask;
    uint64_t hash_at, entries_at, chain_at, blocks_at; /* bytes from the beginning */
    /* Below: what board_clear() resets. */
    uint32_t fresh_blocks, fresh_entries; /* how many have been used at all */
    uint32_t free_block, free_entry;      /* the first of those used before */
    uint32_t unused_blocks;
    uint32_t newest, oldest;
    struct board_figures figures;
};

static uint32_t *hash_of(const struct board *b)
{
    return (uint32_t *)((char *)b + b->hash_at);
}

static struct entry *entry_at(const struct board *b, uint32_t number)
{
    return (struct entry *)((char *)b + b->entries_at) + (number - 1);
}

/* The block behind a block. */
static uint32_t *chain_at(const struct board *b, uint32_t number)
{
    return (uint32_t *)((char *)b + b->chain_at) + (number - 1);
}

static unsigned char *block_at(const struct board *b, uint32_t number)
{
    return (unsigned char *)b + b->blocks_at + (uint64_t)(number - 1) * BOARD_BLOCK;
}

static uint64_t blocks_for(uint64_t bytes)
{
    return bytes == 0 ? 1 : (bytes - 1) / BOARD_BLOCK + 1;
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Where everything lies; the state is that of an empty board. */
static struct board plan(uint64_t bytes, uint64_t count)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t n_blocks = MAX(MIN(bytes, BOARD_MAX) / BOARD_BLOCK, 1);
    uint64_t n_entries = count == 0 ? n_blocks : MIN(count, n_blocks), n_hash = 16;
    struct board b = {.n_blocks = (uint32_t)n_blocks, .n_entries = (uint32_t)n_entries};

    while (n_hash < n_entries)
        n_hash *= 2;
    b.mask = (uint32_t)(n_hash - 1);
    b.unused_blocks = b.n_blocks;
    b.hash_at = round_up(sizeof b, page); /* pages of its own: see board_clear() */
    b.entries_at = round_up(b.hash_at + n_hash * sizeof(uint32_t), page);
    b.chain_at = round_up(b.entries_at + n_entries * sizeof(struct entry), page);
    b.blocks_at = round_up(b.chain_at + n_blocks * sizeof(uint32_t), page);
    b.size = round_up(b.blocks_at + n_blocks * BOARD_BLOCK, page);
    return b;
}

uint64_t board_size(uint64_t bytes, uint64_t count)
{
    return plan(bytes, count).size;
}

struct board *board_init(void *memory, uint64_t bytes, uint64_t count)
{
    struct board *b = memory;

    *b = plan(bytes, count);
    return b;
}

void board_clear(struct board *b)
{
    uint64_t evicted = b->figures.evicted;

    if (madvise((char *)b + b->hash_at, b->size - b->hash_at, MADV_REMOVE) < 0)
        memset(hash_of(b), 0, ((size_t)b->mask + 1) * sizeof(uint32_t));
    b->fresh_blocks = b->fresh_entries = 0;
    b->free_block = b->free_entry = 0;
    b->unused_blocks = b->n_blocks;
    b->newest = b->oldest = 0;
    b->figures = (struct board_figures){.evicted = evicted};
}

/* The last step of MurmurHash3, of Austin Appleby. */
static uint64_t mix(uint64_t h)
{
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

static uint32_t *slot_of(const struct board *b, struct board_key k)
{
    return &hash_of(b)[(mix(k.epoch) * 31 + mix(k.index)) & b->mask];
}

static uint32_t find(const struct board *b, struct board_key k)
{
    uint32_t number = *slot_of(b, k);

    while (number) {
        const struct entry *e = entry_at(b, number);
        if (e->key.epoch == k.epoch && e->key.index == k.index)
            break;
        number = e->next_in_hash;
    }
    return number;
}

static void set_figure(uint64_t *figure, uint64_t n)
{
    __atomic_store_n(figure, n, __ATOMIC_RELAXED);
}

static void unlink_use(struct board *b, uint32_t number)
{
    struct entry *e = entry_at(b, number);

    if (e->newer)
        entry_at(b, e->newer)->older = e->older;
    else
        b->newest = e->older;
    if (e->older)
        entry_at(b, e->older)->newer = e->newer;
    else
        b->oldest = e->newer;
}

static void link_newest(struct board *b, uint32_t number)
{
    struct entry *e = entry_at(b, number);

    e->newer = 0;
    e->older = b->newest;
    if (b->newest)
        entry_at(b, b->newest)->newer = number;
    else
        b->oldest = number;
    b->newest = number;
}

static void unlink_hash(struct board *b, uint32_t number)
{
    const struct entry *e = entry_at(b, number);
    uint32_t *at = slot_of(b, e->key);

    while (*at != number)
        at = &entry_at(b, *at)->next_in_hash;
    *at = e->next_in_hash;
}

static void free_blocks(struct board *b, const struct entry *e)
{
    uint32_t last = e->first, n = 1;

    for (; *chain_at(b, last); n++)
        last = *chain_at(b, last);
    *chain_at(b, last) = b->free_block;
    b->free_block = e->first;
    b->unused_blocks += n;
}

static void drop(struct board *b, uint32_t number)
{
    struct entry *e = entry_at(b, number);

    unlink_use(b, number);
    unlink_hash(b, number);
    free_blocks(b, e);
    set_figure(&b->figures.n, b->figures.n - 1);
    set_figure(&b->figures.bytes, b->figures.bytes - e->len);
    e->next_in_hash = b->free_entry;
    b->free_entry = number;
}

static uint32_t take_block(struct board *b)
{
    uint32_t number = b->free_block;

    if (number)
        b->free_block = *chain_at(b, number);
    else
        number = ++b->fresh_blocks;
    *chain_at(b, number) = 0;
    b->unused_blocks--;
    return number;
}

static uint32_t take_entry(struct board *b)
{
    uint32_t number = b->free_entry;

    if (number)
        b->free_entry = entry_at(b, number)->next_in_hash;
    else
        number = ++b->fresh_entries;
    return number;
}

/* A chain of blocks with these bytes, for which there is room; at least one block. */
static uint32_t write_chain(struct board *b, const unsigned char *from, size_t len)
{
    uint32_t first = take_block(b), at = first;

    while (len > BOARD_BLOCK) {
        uint32_t next = take_block(b);
        memcpy(block_at(b, at), from, BOARD_BLOCK);
        *chain_at(b, at) = next;
        at = next;
        from += BOARD_BLOCK;
        len -= BOARD_BLOCK;
    }
    if (len > 0)
        memcpy(block_at(b, at), from, len);
    return first;
}

static void read_chain(const struct board *b, const struct entry *e, unsigned char *to)
{
    uint32_t at = e->first;

    for (uint64_t left = e->len; left > 0; at = *chain_at(b, at)) {
        size_t n = MIN(left, BOARD_BLOCK);
        memcpy(to, block_at(b, at), n);
        to += n;
        left -= n;
    }
}

bool board_has(const struct board *b, struct board_key k)
{
    return find(b, k) != 0;
}

bool board_get(struct board *b, struct board_key k, GBytes **ret)
{
    uint32_t number = find(b, k);

    *ret = NULL;
    if (!number)
        return false;
    const struct entry *e = entry_at(b, number);
    unsigned char *copy = g_try_malloc(e->len);
    if (!copy && e->len > 0)
        return false;
    read_chain(b, e, copy);
    *ret = g_bytes_new_take(copy, e->len);
    unlink_use(b, number);
    link_newest(b, number);
    return true;
}

static void evict(struct board *b)
{
    drop(b, b->oldest);
    set_figure(&b->figures.evicted, b->figures.evicted + 1);
}

void board_put(struct board *b, struct board_key k, GBytes *bytes)
{
    size_t len;
    const unsigned char *from = g_bytes_get_data(bytes, &len);
    uint32_t old = find(b, k);

    if (old)
        drop(b, old);
    if (blocks_for(len) > b->n_blocks)
        return;
    while (b->figures.n == b->n_entries || b->unused_blocks < blocks_for(len))
        evict(b);
    uint32_t number = take_entry(b), *slot = slot_of(b, k);
    *entry_at(b, number) = (struct entry){
        .key = k, .len = len, .first = write_chain(b, from, len), .next_in_hash = *slot};
    *slot = number;
    link_newest(b, number);
    set_figure(&b->figures.n, b->figures.n + 1);
    set_figure(&b->figures.bytes, b->figures.bytes + len);
}

void board_look_figures(const struct board *b, struct board_figures *ret)
{
    ret->n = __atomic_load_n(&b->figures.n, __ATOMIC_RELAXED);
    ret->bytes = __atomic_load_n(&b->figures.bytes, __ATOMIC_RELAXED);
    ret->evicted = __atomic_load_n(&b->figures.evicted, __ATOMIC_RELAXED);
}
