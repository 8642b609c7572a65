/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps sizes in sparse files of 16 bytes an element.
 *
 * The files are read and written, not mapped: it is the same memory, the kernel's pages, and what
 * another process cuts off or a full disk refuses is an answer, where a mapping would kill the
 * server (SIGBUS).  A page of entries at a time is looked at, so that a listing costs a call for
 * each 256 elements. */
#include "fs/ledger.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "fs/tidy.h"

#define FOLDER_BYTES (UINT64_C(2) << 30) /* what all files of a folder may take of the disk */
#define FOLDER_FILES 1000

#define PAGE 4096 /* bytes; the first one of a file is its header */
#define PAGE_LEN (PAGE / sizeof(struct entry))
#define N_PAGES 16
#define FRESH (1 * G_TIME_SPAN_SECOND) /* a page that was read is believed */

/* A word: the size, and 1 for being there at all. */
#define WORD_THERE UINT64_C(1)
#define SIZE_SHIFT 2
#define SIZE_MAX_KEPT (UINT64_MAX >> SIZE_SHIFT)

static const char magic[16] = "seqfs sizes 1\n";

/* In the file, as all numbers there with the lowest byte first. */
struct entry {
    uint64_t word;  /* 0 = none */
    uint64_t check; /* of the word, the identity and the index */
};

/* Likewise. */
struct header {
    char magic[sizeof magic];
    uint64_t len;  /* elements */
    uint64_t a, b; /* identity of the output */
    uint64_t check;
};

/* A page of a file as it was a short while ago. */
struct page {
    int64_t read_at; /* g_get_monotonic_time(); 0 = nothing is in it */
    uint64_t number;
    uint32_t output;
    struct entry at[PAGE_LEN];
};

struct ledger {
    char *folder; /* owned */
    struct log *log;
    atomic_uint_fast64_t hits, misses, kept, lost;
    atomic_int error;
    GMutex lock;
    /* below: under lock */
    uint64_t n_changes; /* a page that was read while there was one may be out of date */
    struct page pages[N_PAGES];
    /* never changes */
    uint32_t n_files;
    int files[]; /* one a dataset, owned; -1 = none */
};

static struct header header_of(const struct plan *p, uint32_t output)
{
    const struct identity id = plan_identity(p, output);
    struct header h = {
        .len = htole64(plan_output(p, output)->seq->len), .a = htole64(id.a), .b = htole64(id.b)};

    memcpy(h.magic, magic, sizeof magic);
    h.check = htole64(XXH3_64bits(&h, offsetof(struct header, check)));
    return h;
}

static bool is_ours(const void *header, int fd)
{
    struct header found;

    return pread(fd, &found, sizeof found, 0) == (ssize_t)sizeof found &&
           memcmp(&found, header, sizeof found) == 0;
}

static int open_file(struct ledger *l, const struct plan *p, uint32_t output, struct fault *f)
{
    const struct identity id = plan_identity(p, output);
    const struct header h = header_of(p, output);
    g_autofree char *name = g_strdup_printf("%016" PRIx64 "%016" PRIx64 ".sizes", id.a, id.b);
    const struct seq *s = plan_output(p, output)->seq;

    if (s->trivial || s->len == 0 || s->len > LEDGER_MAX || identity_is_none(id))
        return 0;
    l->files[output] = tidy_open(l->folder, name, &h, sizeof h, is_ours, &h);
    if (l->files[output] >= 0)
        return 0;
    return fault_set_errno(f, -l->files[output], "size index: '%s' in '%s' cannot be opened", name,
                           l->folder);
}

int ledger_new(const char *folder, const struct plan *p, struct log *log, struct fault *f,
               struct ledger **ret)
{
    const uint32_t n = plan_n_datasets(p);
    OWN(ledger_free) struct ledger *l = g_malloc0(sizeof *l + n * sizeof l->files[0]);

    l->folder = g_strdup(folder);
    l->log = log;
    g_mutex_init(&l->lock);
    l->n_files = n;
    for (uint32_t i = 0; i < n; i++)
        l->files[i] = -1;
    if (g_mkdir_with_parents(folder, 0700) < 0)
        return fault_set_errno(f, errno, "size index: the folder '%s' cannot be made", folder);
    for (uint32_t i = 0; i < n; i++) {
        int r = open_file(l, p, i, f);

        if (r < 0)
            return r;
    }
    tidy_folder(folder, FOLDER_BYTES, FOLDER_FILES);
    *ret = g_steal_pointer(&l);
    return 0;
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    for (uint32_t i = 0; i < l->n_files; i++)
        if (l->files[i] >= 0)
            close(l->files[i]);
    g_mutex_clear(&l->lock);
    g_free(l->folder);
    g_free(l);
}

bool ledger_covers(const struct ledger *l, uint32_t output)
{
    return output < l->n_files && l->files[output] >= 0;
}

static uint64_t check_of(uint64_t word, uint64_t index, struct identity id)
{
    const uint64_t all[] = {htole64(word), htole64(index), htole64(id.a), htole64(id.b)};

    return XXH3_64bits(all, sizeof all);
}

/* The header is a page long. */
static off_t offset_of(uint64_t index)
{
    return (off_t)(PAGE + index * sizeof(struct entry));
}

static struct page *page_of_locked(struct ledger *l, struct key k)
{
    return &l->pages[(k.index / PAGE_LEN + k.output * 7) % N_PAGES];
}

static bool is_in_locked(const struct page *page, struct key k)
{
    return page->read_at != 0 && page->output == k.output && page->number == k.index / PAGE_LEN;
}

/* Reads a page; what is beyond the end of the file, or cannot be read, is not known. */
static void read_page(const struct ledger *l, struct key k, struct page *ret)
{
    ssize_t n;

    ret->output = k.output;
    ret->number = k.index / PAGE_LEN;
    ret->read_at = g_get_monotonic_time();
    n = pread(l->files[k.output], ret->at, sizeof ret->at, offset_of(ret->number * PAGE_LEN));
    n = MAX(n, 0);
    memset((char *)ret->at + n, 0, sizeof ret->at - (size_t)n);
}

static struct entry get_entry(struct ledger *l, struct key k)
{
    const int64_t now = g_get_monotonic_time();
    const size_t at = k.index % PAGE_LEN;
    struct page fresh, *page;
    uint64_t n_changes;

    g_mutex_lock(&l->lock);
    page = page_of_locked(l, k);
    if (is_in_locked(page, k) && now - page->read_at < FRESH) {
        const struct entry found = page->at[at];

        g_mutex_unlock(&l->lock);
        return found;
    }
    n_changes = l->n_changes;
    g_mutex_unlock(&l->lock);
    read_page(l, k, &fresh);
    g_mutex_lock(&l->lock);
    if (l->n_changes == n_changes)
        *page = fresh;
    g_mutex_unlock(&l->lock);
    return fresh.at[at];
}

static void note_loss(struct ledger *l, int err)
{
    int none = 0;

    atomic_fetch_add(&l->lost, 1);
    if (atomic_compare_exchange_strong(&l->error, &none, err))
        log_add(l->log,
                "size index: '%s' cannot be written (%s); sizes found from now on last as long as "
                "this mount",
                l->folder, g_strerror(err));
}

static bool put_entry(struct ledger *l, struct key k, struct entry e)
{
    ssize_t n = pwrite(l->files[k.output], &e, sizeof e, offset_of(k.index));
    struct page *page;

    if (n != (ssize_t)sizeof e) {
        note_loss(l, n < 0 ? errno : ENOSPC);
        return false;
    }
    g_mutex_lock(&l->lock);
    l->n_changes++;
    page = page_of_locked(l, k);
    if (is_in_locked(page, k))
        page->at[k.index % PAGE_LEN] = e;
    g_mutex_unlock(&l->lock);
    return true;
}

bool ledger_may_have(struct ledger *l, struct key k)
{
    return ledger_covers(l, k.output) && get_entry(l, k).word != 0;
}

enum size_state ledger_look(struct ledger *l, struct key k, struct identity id, uint64_t *ret)
{
    struct entry e = {0};
    uint64_t word;

    if (ledger_covers(l, k.output) && !identity_is_none(id))
        e = get_entry(l, k);
    word = le64toh(e.word);
    if (!(word & WORD_THERE) || le64toh(e.check) != check_of(word, k.index, id)) {
        atomic_fetch_add(&l->misses, 1);
        return SIZE_UNKNOWN;
    }
    atomic_fetch_add(&l->hits, 1);
    *ret = word >> SIZE_SHIFT;
    return SIZE_KNOWN;
}

void ledger_put(struct ledger *l, struct key k, struct identity id, uint64_t size)
{
    const uint64_t word = size << SIZE_SHIFT | WORD_THERE;
    const struct entry e = {htole64(word), htole64(check_of(word, k.index, id))};
    struct entry old;

    if (!ledger_covers(l, k.output) || identity_is_none(id) || size > SIZE_MAX_KEPT)
        return;
    old = get_entry(l, k);
    if (memcmp(&old, &e, sizeof e) != 0 && put_entry(l, k, e))
        atomic_fetch_add(&l->kept, 1);
}

void ledger_forget(struct ledger *l, struct key k)
{
    if (ledger_may_have(l, k))
        put_entry(l, k, (struct entry){0});
}

void ledger_look_figures(struct ledger *l, struct ledger_figures *ret)
{
    *ret = (struct ledger_figures){
        .hits = atomic_load(&l->hits),
        .misses = atomic_load(&l->misses),
        .kept = atomic_load(&l->kept),
        .lost = atomic_load(&l->lost),
        .error = atomic_load(&l->error),
    };
}
