/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is kept of big files: a folder of entries, each a file of what was made and a seal beside
 * it. */
#include "ops/source/kept.h"

#include "ops/base/own.h"
#include "ops/base/same.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#define MAGIC "seqfs kept 1"
#define SEAL ".seal"            /* behind the name of the entry */
#define ASIDE "aside-"          /* before the names of those being written */
#define NAME_LEN 32             /* hexadecimal digits */
#define CHUNK ((size_t)1 << 16) /* bytes read at once to be summed up */
#define FINE_USE 60             /* seconds: the time of use is not told more exactly */

/* For OWN(close_fd). */
static void close_fd_owned(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The folder.  Owned; NULL = nothing is to be kept. */
static char *find_folder(void)
{
    const char *named = g_getenv("SEQFS_INDEX");

    if (named && strcmp(named, "off") == 0)
        return NULL;
    if (named && *named)
        return g_canonicalize_filename(named, NULL);
    return g_build_filename(g_get_user_cache_dir(), "seqfs", "index", NULL);
}

/* Seals: whose entry it is, how long it is and its sum; the same bytes or no seal. */

static void add_number(GByteArray *to, uint64_t n)
{
    g_byte_array_append(to, (const guint8 *)&n, sizeof n);
}

static void add_bytes(GByteArray *to, const void *bytes, size_t len)
{
    add_number(to, len);
    if (len > 0)
        g_byte_array_append(to, bytes, (guint)len);
}

static void add_place(GByteArray *to, const struct kept_key *key)
{
    add_bytes(to, key->kind, strlen(key->kind));
    add_bytes(to, key->path, strlen(key->path));
    add_bytes(to, key->more, key->more_len);
}

/* What a seal begins with: all that the entry depends on. */
static GByteArray *new_seal(const struct kept_key *key)
{
    GByteArray *seal = g_byte_array_new();

    add_bytes(seal, MAGIC, strlen(MAGIC));
    add_place(seal, key);
    add_number(seal, key->version);
    add_number(seal, (uint64_t)key->st->st_size);
    add_number(seal, (uint64_t)key->st->st_ino);
    add_number(seal, (uint64_t)key->st->st_mtim.tv_sec);
    add_number(seal, (uint64_t)key->st->st_mtim.tv_nsec);
    return seal;
}

/* Adds length and sum of a file's bytes. */
static int seal_file(GByteArray *seal, int fd)
{
    g_autofree unsigned char *chunk = g_malloc(CHUNK);
    XXH3_state_t *state = XXH3_createState();
    XXH128_canonical_t sum;
    uint64_t off = 0;
    ssize_t n = -1;

    if (!state)
        return -ENOMEM;
    XXH3_128bits_reset(state);
    while ((n = TEMP_FAILURE_RETRY(pread(fd, chunk, CHUNK, (off_t)off))) > 0) {
        XXH3_128bits_update(state, chunk, (size_t)n);
        off += (uint64_t)n;
    }
    XXH128_canonicalFromHash(&sum, XXH3_128bits_digest(state));
    XXH3_freeState(state);
    add_number(seal, off);
    g_byte_array_append(seal, sum.digest, sizeof sum.digest);
    return n < 0 ? -errno : 0;
}

/* The entry of a source file for a purpose, whatever the file is by now: one that is stale has the
 * same, and is replaced.  Owned. */
static char *entry_path(const char *folder, const struct kept_key *key)
{
    g_autoptr(GByteArray) place = g_byte_array_new();
    XXH128_hash_t hash;

    add_place(place, key);
    hash = XXH3_128bits(place->data, place->len);
    return g_strdup_printf("%s/%016" PRIx64 "%016" PRIx64, folder, (uint64_t)hash.high64,
                           (uint64_t)hash.low64);
}

/* Finding an entry. */

static bool begins_with(const char *bytes, gsize len, const GByteArray *with)
{
    return len >= with->len && memcmp(bytes, with->data, with->len) == 0;
}

/* That the time of use is not told (a folder that is read only) does no harm. */
static void touch(int fd, const struct stat *st)
{
    const struct timespec now[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};

    if (st->st_mtim.tv_sec + FINE_USE <= g_get_real_time() / G_USEC_PER_SEC)
        futimens(fd, now);
}

static int find(const char *path, const struct kept_key *key, int *ret_fd)
{
    g_autofree char *seal_path = g_strconcat(path, SEAL, NULL);
    g_autofree char *found = NULL;
    g_autoptr(GByteArray) seal = new_seal(key);
    OWN(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat st;
    gsize len;

    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        !g_file_get_contents(seal_path, &found, &len, NULL) || !begins_with(found, len, seal))
        return -ENOENT;
    if (seal_file(seal, fd) < 0 || len != seal->len || !begins_with(found, len, seal))
        return -ENOENT;
    touch(fd, &st);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

/* The bound on all of them. */

/* A file in the folder.  Lifetime: call. */
struct entry {
    char *path; /* owned */
    uint64_t size;
    struct timespec used;
};

static void free_entry(void *data)
{
    struct entry *e = data;

    g_free(e->path);
    g_free(e);
}

static gint by_use(gconstpointer a, gconstpointer b)
{
    const struct timespec *x = &(*(const struct entry *const *)a)->used;
    const struct timespec *y = &(*(const struct entry *const *)b)->used;

    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

static bool is_entry_name(const char *name, const char *suffix)
{
    return strspn(name, "0123456789abcdef") == NAME_LEN && strcmp(name + NAME_LEN, suffix) == 0;
}

/* One that is written is locked by who writes it: what is not, was left by one who was killed. */
static bool is_left_behind(const char *path)
{
    OWN(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* A seal is written after its entry, so what has none is of an entry that is gone. */
static bool is_lonely(const char *seal)
{
    g_autofree char *entry = g_strndup(seal, strlen(seal) - strlen(SEAL));

    return access(entry, F_OK) < 0 && errno == ENOENT;
}

/* Entries without their seals, which are small; and tidies up. */
static GPtrArray *list_entries(const char *folder)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(free_entry);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    struct stat st;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct entry *e;

        if ((g_str_has_prefix(name, ASIDE) && is_left_behind(path)) ||
            (is_entry_name(name, SEAL) && is_lonely(path)))
            unlink(path);
        if (!is_entry_name(name, "") || lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
            continue;
        e = g_new(struct entry, 1);
        *e = (struct entry){.size = (uint64_t)st.st_size, .used = st.st_mtim};
        e->path = g_steal_pointer(&path);
        g_ptr_array_add(entries, e);
    }
    return entries;
}

static void remove_entry(const struct entry *e)
{
    g_autofree char *seal = g_strconcat(e->path, SEAL, NULL);

    unlink(e->path);
    unlink(seal);
}

static void keep_within_bound(const char *folder, const char *but)
{
    g_autoptr(GPtrArray) entries = list_entries(folder);
    uint64_t total = 0;

    for (guint i = 0; i < entries->len; i++)
        total += ((const struct entry *)entries->pdata[i])->size;
    if (total <= KEPT_TOTAL)
        return;
    g_ptr_array_sort(entries, by_use);
    for (guint i = 0; i < entries->len && total > KEPT_TOTAL; i++) {
        const struct entry *e = entries->pdata[i];

        if (strcmp(e->path, but) == 0)
            continue;
        remove_entry(e);
        total -= e->size;
    }
}

/* Making one. */

static int make_in_memory(kept_make_fn *make, void *ctx, struct fault *f, int *ret_fd)
{
    OWN(close_fd) int fd = memfd_create("seqfs-kept", MFD_CLOEXEC);
    int r;

    if (fd < 0)
        return fault_set_errno(f, errno, "no memory for an index");
    r = make(ctx, fd, f);
    if (r < 0)
        return r;
    lseek(fd, 0, SEEK_SET);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static bool put_seal(const char *path, const GByteArray *seal)
{
    g_autofree char *seal_path = g_strconcat(path, SEAL, NULL);

    return g_file_set_contents_full(seal_path, (const char *)seal->data, (gssize)seal->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
}

/* Gives what was made aside its name.  Between the two files there may be a crash, or another
 * process that does the same: then the sum is wrong and it is a miss. */
static bool put(const char *folder, const char *aside, const char *path, int fd,
                const struct kept_key *key)
{
    g_autoptr(GByteArray) seal = new_seal(key);

    /* What was read meanwhile may be half of one file and half of another. */
    if (!same_at(key->path, key->st) || seal_file(seal, fd) < 0 || rename(aside, path) < 0)
        return false;
    if (put_seal(path, seal))
        keep_within_bound(folder, path);
    else
        unlink(path);
    return true;
}

/* 1 = it could not be written there. */
static int make_in_folder(const char *folder, const char *path, const struct kept_key *key,
                          kept_make_fn *make, void *ctx, struct fault *f, int *ret_fd)
{
    g_autofree char *aside = g_build_filename(folder, ASIDE "XXXXXX", NULL);
    OWN(close_fd) int fd = -1;
    int r;

    if (g_mkdir_with_parents(folder, 0700) < 0)
        return 1;
    fd = g_mkstemp_full(aside, O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return 1;
    r = flock(fd, LOCK_EX | LOCK_NB) < 0 ? 1 : make(ctx, fd, f);
    if (r != 0 || !put(folder, aside, path, fd, key))
        unlink(aside);
    if (r == -ENOSPC || r == -EDQUOT)
        fault_clear(f);
    if (r != 0)
        return r == -ENOSPC || r == -EDQUOT ? 1 : r;
    flock(fd, LOCK_UN);
    lseek(fd, 0, SEEK_SET);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

int kept_open(const struct kept_key *key, kept_make_fn *make, void *ctx, struct fault *f,
              int *ret_fd)
{
    g_autofree char *folder = (uint64_t)key->st->st_size >= KEPT_MIN ? find_folder() : NULL;
    g_autofree char *path = folder ? entry_path(folder, key) : NULL;
    int r = 1;

    if (path && find(path, key, ret_fd) == 0)
        return 0;
    if (path)
        r = make_in_folder(folder, path, key, make, ctx, f, ret_fd);
    return r > 0 ? make_in_memory(make, ctx, f, ret_fd) : r;
}
