/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers from a counter: exact in integers and in double additions, so that no library of
 * mathematics makes them differ between machines. */
#include "ops/core/random.h"

#include "ops/base/splitmix.h"

/* One more number into a key. */
static uint64_t stir(uint64_t key, uint64_t x)
{
    return splitmix_finish((key ^ x) + SPLITMIX_STEP);
}

/* FNV-1a of 64 bits, by Fowler, Noll and Vo. */
static uint64_t hash(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return h;
}

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4])
{
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    uint32_t k[2] = {key[0], key[1]};

    for (unsigned round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)c[0] * 0xd2511f53, b = (uint64_t)c[2] * 0xcd9e8d57;

        c[0] = (uint32_t)(b >> 32) ^ c[1] ^ k[0];
        c[2] = (uint32_t)(a >> 32) ^ c[3] ^ k[1];
        c[1] = (uint32_t)b;
        c[3] = (uint32_t)a;
        k[0] += 0x9e3779b9;
        k[1] += 0xbb67ae85;
    }
    for (unsigned i = 0; i < 4; i++)
        ret[i] = c[i];
}

/* The counter is the block, the index and the epoch; its upper half, which the counter has no room
 * for, goes to the key. */
void random_init(struct random *r, const struct seq *s, uint64_t i, uint32_t stream)
{
    uint64_t key = stir(0, s->seed);

    key = stir(key, hash(s->op->name));
    key = stir(key, (uint64_t)s->use << 32 | stream);
    key = stir(key, s->epoch >> 32);
    *r = (struct random){
        .key = {(uint32_t)key, (uint32_t)(key >> 32)},
        .counter = {0, (uint32_t)i, (uint32_t)(i >> 32), (uint32_t)s->epoch},
    };
}

uint32_t random_bits(struct random *r)
{
    if (r->left == 0) {
        random_philox(r->counter, r->key, r->block);
        r->counter[0]++;
        r->left = 4;
    }
    return r->block[4 - r->left--];
}

/* In two statements: an expression might draw the lower half first, as its compiler likes. */
uint64_t random_bits64(struct random *r)
{
    uint64_t high = random_bits(r);

    return high << 32 | random_bits(r);
}

double random_uniform(struct random *r)
{
    return (double)(random_bits64(r) >> 11) * 0x1p-53;
}

uint64_t random_below(struct random *r, uint64_t n)
{
    const uint64_t odd = (0 - n) % n; /* 2^64 modulo n: so many would come once too often */
    uint64_t x;

    do {
        x = random_bits64(r);
    } while (x < odd);
    return x % n;
}

/* True with the chance exp(-x * m), x and m within 0..1: the descending run below x that begins a
 * row of numbers, each of which counts with the chance m, has an even length.  Von Neumann,
 * "Various techniques used in connection with random digits" (1951). */
static bool decay(struct random *r, double x, double m)
{
    bool even = true;

    for (;;) {
        double z = random_uniform(r);

        if (z >= x || (m < 1 && random_uniform(r) >= m))
            return even;
        x = z;
        even = !even;
    }
}

/* True with the chance exp(-n/2). */
static bool decay_halves(struct random *r, unsigned n)
{
    while (n > 0 && decay(r, 0.5, 1))
        n--;
    return n == 0;
}

/* Algorithm N of Karney, "Sampling exactly from the normal distribution" (2016): k whole and x of a
 * fraction; it compares and adds, and so is the same everywhere, which logarithms are not. */
double random_normal(struct random *r)
{
    for (;;) {
        unsigned k = 0, left;
        double x;

        while (decay(r, 0.5, 1))
            k++;
        if (k > 1 && !decay_halves(r, k * (k - 1)))
            continue;
        x = random_uniform(r);
        left = k + 1; /* exp(-x * (2k + x) / 2), as k + 1 equal parts */
        while (left > 0 && decay(r, x, (2 * k + x) / (2 * k + 2)))
            left--;
        if (left == 0)
            return random_bits(r) & 1 ? -(k + x) : k + x;
    }
}

uint64_t random_key(uint64_t seed, uint64_t epoch, uint32_t salt)
{
    return stir(stir(stir(0, seed), epoch), salt);
}
