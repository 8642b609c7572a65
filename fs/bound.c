/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The estimate that all writers share, and the removal of what was not used for the longest time.
 */
#include "fs/bound.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/seal.h"
#include "ops/base/scan.h"

#define BLOCK 4096
#define STALE (60 * 60)                      /* seconds after which who wrote is taken to be dead */
#define PAUSE (INT64_C(60) * G_USEC_PER_SEC) /* after having looked in vain */
#define USAGE_LEN 21                         /* digits and a newline */
#define FINE 6                               /* an age is told to 1 in 2^FINE */
#define N_AGES ((64 - FINE + 1) << FINE)

/* Bytes of the file that stand for two locks. */
enum lock { LOCK_TOTAL, LOCK_SWEEP };

uint64_t bound_cost(uint64_t len)
{
    return len / BLOCK * BLOCK + BLOCK;
}

/* Open file description locks: threads of one process exclude each other, too, and they end with
 * their holder.  Never waits.  A file system without locks has estimates that are less exact. */
static bool lock(int fd, enum lock which)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = which, .l_len = 1};

    return fcntl(fd, F_OFD_SETLK, &l) == 0 || (errno != EAGAIN && errno != EACCES);
}

static void unlock(int fd, enum lock which)
{
    struct flock l = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = which, .l_len = 1};

    fcntl(fd, F_OFD_SETLK, &l);
}

static bool read_total(int fd, uint64_t *ret)
{
    char text[USAGE_LEN + 1] = "";
    int64_t n;

    if (pread(fd, text, USAGE_LEN, 0) != USAGE_LEN || text[USAGE_LEN - 1] != '\n')
        return false;
    text[USAGE_LEN - 1] = '\0';
    if (!scan_int(text, &n) || n < 0)
        return false;
    *ret = (uint64_t)n;
    return true;
}

/* That it is not written does no more harm than that the next one looks at all entries. */
static void write_total(int fd, uint64_t total)
{
    char text[USAGE_LEN + 1];

    snprintf(text, sizeof text, "%0*" PRIu64 "\n", USAGE_LEN - 1, total);
    if (pwrite(fd, text, USAGE_LEN, 0) != USAGE_LEN && ftruncate(fd, 0) < 0)
        return;
}

static uint64_t plus(uint64_t total, int64_t bytes)
{
    if (bytes < 0 && total < (uint64_t)-bytes)
        return 0;
    return total + (uint64_t)bytes;
}

/* Lifetime: one sweep. */
struct sweep {
    int64_t now;     /* ms since 1970 */
    uint64_t *ages;  /* owned; bytes by age */
    uint64_t total;  /* bytes */
    unsigned cutoff; /* what is older goes */
    uint64_t also;   /* bytes that go of those just as old */
    uint64_t removed, n_removed;
};

typedef void visit_fn(struct sweep *s, int dir, const char *name, const struct stat *st);

/* The number of an age, the higher the older: exact up to 2^(FINE + 1) ms, beyond that FINE bits
 * after the first one, as histograms of latencies have it (HdrHistogram, of Gil Tene). */
static unsigned number_of(int64_t now, const struct stat *st)
{
    int64_t then = (int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
    uint64_t age = then < now ? (uint64_t)(now - then) : 0;
    unsigned bits = age ? 63 - (unsigned)__builtin_clzll(age) : 0;

    if (bits <= FINE)
        return (unsigned)age;
    unsigned shift = bits - FINE;
    return (shift << FINE) + (unsigned)(age >> shift);
}

static bool is_stale(const struct stat *st)
{
    return st->st_mtim.tv_sec + STALE < g_get_real_time() / G_USEC_PER_SEC;
}

static bool is_entry(const char *name, const char *ending)
{
    return strspn(name, "0123456789abcdef") == BOUND_NAME && strcmp(name + BOUND_NAME, ending) == 0;
}

/* A seal whose entry was never put beside it, or removed by one who did not see the seal. */
static void drop_lone_seal(int dir, const char *seal, const struct stat *st)
{
    char name[BOUND_NAME + 1];

    g_strlcpy(name, seal, sizeof name);
    if (is_stale(st) && faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        unlinkat(dir, seal, 0);
}

static void measure(struct sweep *s, int dir, const char *name, const struct stat *st)
{
    uint64_t cost = bound_cost((uint64_t)st->st_size);

    if (is_entry(name, SEAL_BESIDE))
        drop_lone_seal(dir, name, st);
    if (!is_entry(name, ""))
        return;
    s->ages[number_of(s->now, st)] += cost;
    s->total += cost;
}

static void remove_old(struct sweep *s, int dir, const char *name, const struct stat *st)
{
    uint64_t cost = bound_cost((uint64_t)st->st_size);
    char seal[BOUND_NAME + sizeof SEAL_BESIDE];

    if (!is_entry(name, ""))
        return;
    unsigned number = number_of(s->now, st);
    if (number < s->cutoff || (number == s->cutoff && s->also == 0))
        return;
    if (number == s->cutoff)
        s->also -= MIN(s->also, cost);
    if (unlinkat(dir, name, 0) < 0)
        return;
    snprintf(seal, sizeof seal, "%s" SEAL_BESIDE, name);
    unlinkat(dir, seal, 0);
    s->removed += cost;
    s->n_removed++;
}

static void visit_folder(const char *path, struct sweep *s, visit_fn *visit)
{
    DIR *dir = opendir(path);
    const struct dirent *at;
    struct stat st;

    if (!dir)
        return;
    while ((at = readdir(dir)))
        if (at->d_name[0] != '.' &&
            fstatat(dirfd(dir), at->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            visit(s, dirfd(dir), at->d_name, &st);
    closedir(dir);
}

static void visit_all(const struct bound *b, struct sweep *s, visit_fn *visit)
{
    for (unsigned i = 0; i < 256; i++) {
        g_autofree char *path = g_strdup_printf("%s/%x/%x", b->folder, i / 16, i % 16);

        visit_folder(path, s, visit);
    }
}

/* From the oldest age on, until so many bytes are found. */
static void choose(struct sweep *s, uint64_t wanted)
{
    for (s->cutoff = N_AGES - 1; s->cutoff > 0 && s->ages[s->cutoff] < wanted; s->cutoff--)
        wanted -= s->ages[s->cutoff];
    s->also = wanted;
}

/* Looks at all entries, twice if there are too many; what it holds does not grow with their number.
 * Returns how many bytes are left. */
static uint64_t sweep(const struct bound *b)
{
    struct sweep s = {.now = g_get_real_time() / 1000, .ages = g_new0(uint64_t, N_AGES)};

    visit_all(b, &s, measure);
    if (s.total > b->size) {
        choose(&s, s.total - b->size / 10 * 9);
        visit_all(b, &s, remove_old);
        __atomic_fetch_add(&b->state->evicted, s.n_removed, __ATOMIC_RELAXED);
    }
    g_free(s.ages);
    return s.total - s.removed;
}

/* What others put meanwhile may be counted twice, which only makes the next sweep come earlier. */
static void sweep_and_tell(const struct bound *b, int fd, uint64_t before)
{
    uint64_t left = sweep(b), now;

    if (left > b->size)
        __atomic_store_n(&b->state->again, g_get_monotonic_time() + PAUSE, __ATOMIC_RELAXED);
    if (!lock(fd, LOCK_TOTAL))
        return;
    if (read_total(fd, &now) && now > before)
        left += now - before;
    write_total(fd, left);
    unlock(fd, LOCK_TOTAL);
    __atomic_store_n(&b->state->total, left, __ATOMIC_RELAXED);
}

/* Adds what is pending to the file.  Returns what it says then; UINT64_MAX = it does not know. */
static uint64_t settle(const struct bound *b, int fd)
{
    int64_t pending = __atomic_exchange_n(&b->state->pending, 0, __ATOMIC_RELAXED);
    uint64_t total;

    if (!read_total(fd, &total))
        return UINT64_MAX;
    total = plus(total, pending);
    write_total(fd, total);
    __atomic_store_n(&b->state->total, total, __ATOMIC_RELAXED);
    return total;
}

static int open_usage(const struct bound *b)
{
    g_autofree char *path = g_build_filename(b->folder, "usage", NULL);

    return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
}

void bound_add(const struct bound *b, int64_t bytes)
{
    int64_t pending = __atomic_add_fetch(&b->state->pending, bytes, __ATOMIC_RELAXED);
    uint64_t total = 0;

    if (pending < (int64_t)(b->size / 1024) &&
        __atomic_load_n(&b->state->total, __ATOMIC_RELAXED) > 0)
        return;
    int fd = open_usage(b);
    if (fd < 0)
        return;
    if (lock(fd, LOCK_TOTAL)) { /* else the next one adds it */
        total = settle(b, fd);
        unlock(fd, LOCK_TOTAL);
    }
    if (total > b->size &&
        g_get_monotonic_time() >= __atomic_load_n(&b->state->again, __ATOMIC_RELAXED) &&
        lock(fd, LOCK_SWEEP))
        sweep_and_tell(b, fd, total);
    close(fd);
}

void bound_finish(const struct bound *b)
{
    if (__atomic_load_n(&b->state->pending, __ATOMIC_RELAXED) == 0)
        return;
    int fd = open_usage(b);
    if (fd >= 0 && lock(fd, LOCK_TOTAL))
        settle(b, fd);
    if (fd >= 0)
        close(fd);
}

static void drop_stale(struct sweep *s, int dir, const char *name, const struct stat *st)
{
    if (g_str_has_prefix(name, BOUND_TEMPORARY_PREFIX) && is_stale(st))
        unlinkat(dir, name, 0);
}

void bound_clean(const struct bound *b)
{
    g_autofree char *path = g_build_filename(b->folder, BOUND_TEMPORARY, NULL);

    visit_folder(path, NULL, drop_stale);
}
