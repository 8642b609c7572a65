/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vaults: how entries are named, found and checked, and what is told of them. */
#include "fs/vault_parts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/seal.h"
#include "ops/base/whole.h"

#define CHUNK (64 * 1024)
#define FINE_USE 60 /* seconds: the time of use is not told more exactly */

char *vault_default_path(void)
{
    return g_build_filename(g_get_user_cache_dir(), "seqfs", "disk", NULL);
}

/* Errors. */

enum vault_trouble vault_trouble_of(int err)
{
    switch (err) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return VAULT_FULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return VAULT_DENIED;
    default:
        return VAULT_OTHER;
    }
}

void vault_note(struct vault *v, enum vault_trouble t, int err)
{
    int32_t nothing = 0;

    __atomic_compare_exchange_n(&v->state->troubles[t], &nothing, err, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
}

bool vault_take_trouble(struct vault *v, struct fault *ret)
{
    static const char *const texts[] = {
        [VAULT_DAMAGED] = "an entry was damaged; it and others like it are computed again",
        [VAULT_REMOVED] = "the folder was removed, and is made again",
        [VAULT_FULL] = "there is no room; nothing is kept there until there is",
        [VAULT_DENIED] = "access is refused; what is not there is computed",
        [VAULT_OTHER] = "input and output fail; what is not there is computed",
    };

    for (unsigned t = 0; t < VAULT_N_TROUBLES; t++) {
        int32_t *at = &v->state->troubles[t];
        int32_t err = __atomic_load_n(at, __ATOMIC_RELAXED);

        if (err <= 0 ||
            !__atomic_compare_exchange_n(at, &err, -1, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        if (t == VAULT_DAMAGED || t == VAULT_REMOVED)
            fault_set(ret, err, "disk cache '%s': %s", v->path, texts[t]);
        else
            fault_set_errno(ret, err, "disk cache '%s': %s", v->path, texts[t]);
        return true;
    }
    return false;
}

/* Entries. */

/* Lifetime: call.  Of one that was opened. */
struct entry {
    char *path; /* owned */
    int fd;     /* owned; -1 = none */
    struct stat st;
};

static void entry_finish(struct entry *e)
{
    if (e->fd >= 0)
        close(e->fd);
    g_free(e->path);
}

char *vault_path_of(const struct vault *v, struct identity id)
{
    char name[BOUND_NAME + 3];

    snprintf(name, sizeof name, "%016" PRIx64 "%016" PRIx64, id.a, id.b);
    return g_strdup_printf("%s/%c/%c/%s", v->path, name[0], name[1], name + 2);
}

static int open_entry(struct vault *v, struct identity id, struct entry *ret)
{
    *ret = (struct entry){.path = vault_path_of(v, id), .fd = -1};
    if (identity_is_none(id))
        return -ENOENT;
    ret->fd = open(ret->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* no FIFO */
    if (ret->fd < 0 || fstat(ret->fd, &ret->st) < 0) {
        if (errno != ENOENT)
            vault_note(v, vault_trouble_of(errno), errno);
        return -ENOENT;
    }
    return S_ISREG(ret->st.st_mode) ? 0 : -ENOENT;
}

/* Not if another has put one in its place meanwhile. */
static int drop_damaged(struct vault *v, const struct entry *e)
{
    g_autofree char *seal = g_strconcat(e->path, SEAL_BESIDE, NULL);
    struct stat now;

    vault_count(&v->state->figures.damaged, 1);
    vault_note(v, VAULT_DAMAGED, EBADMSG);
    if (lstat(e->path, &now) == 0 && now.st_dev == e->st.st_dev && now.st_ino == e->st.st_ino &&
        unlink(e->path) == 0) {
        unlink(seal);
        bound_add(&v->bound, -(int64_t)bound_cost((uint64_t)e->st.st_size));
    }
    return -ENOENT;
}

static int sum_file(const struct entry *e, XXH128_hash_t *ret)
{
    unsigned char chunk[CHUNK];
    XXH3_state_t *state = XXH3_createState();
    uint64_t off = 0;
    ssize_t n;

    if (!state)
        return -ENOMEM;
    XXH3_128bits_reset(state);
    while ((n = whole_read_at(e->fd, chunk, sizeof chunk, off)) > 0) {
        XXH3_128bits_update(state, chunk, (size_t)n);
        off += (uint64_t)n;
    }
    *ret = XXH3_128bits_digest(state);
    XXH3_freeState(state);
    return n < 0 ? (int)n : 0;
}

static int read_bytes(const struct entry *e, XXH128_hash_t *ret, GBytes **ret_bytes)
{
    size_t len = (size_t)e->st.st_size;
    g_autofree unsigned char *all = g_try_malloc(len);

    if (!all && len > 0)
        return -ENOMEM;
    ssize_t n = whole_read_at(e->fd, all, len, 0);
    if (n < 0)
        return (int)n;
    *ret = XXH3_128bits(all, (size_t)n);
    *ret_bytes = g_bytes_new_take(g_steal_pointer(&all), (size_t)n);
    return 0;
}

/* That the time of use is not told (a folder that is read only) does no harm. */
static void touch(const struct entry *e)
{
    const struct timespec now[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}};

    if (e->st.st_mtim.tv_sec + FINE_USE <= g_get_real_time() / G_USEC_PER_SEC)
        futimens(e->fd, now);
}

/* Reads an entry to its end, into *ret_bytes unless that is NULL, and compares it with its seal. */
static int check(struct vault *v, struct identity id, const struct entry *e, GBytes **ret_bytes)
{
    struct seal found, made;
    XXH128_hash_t sum;
    int r;

    if (!seal_look(e->fd, e->path, &found))
        return -ENOENT;
    if (ret_bytes)
        r = read_bytes(e, &sum, ret_bytes);
    else
        r = sum_file(e, &sum);
    if (r < 0) {
        vault_note(v, VAULT_OTHER, -r);
        return -ENOENT;
    }
    made = seal_make(id, (uint64_t)e->st.st_size, sum);
    return seal_equal(&found, &made) ? 0 : drop_damaged(v, e);
}

static int get(struct vault *v, struct identity id, struct entry *ret, GBytes **ret_bytes)
{
    int r = open_entry(v, id, ret);

    if (r == 0)
        r = check(v, id, ret, ret_bytes);
    if (r < 0) {
        vault_count(&v->state->figures.misses, 1);
        return r;
    }
    touch(ret);
    vault_count(&v->state->figures.hits, 1);
    vault_count(&v->state->figures.bytes_read, (uint64_t)ret->st.st_size);
    return 0;
}

int vault_get(struct vault *v, struct identity id, int *ret_fd, uint64_t *ret_len)
{
    struct entry e;
    int r = get(v, id, &e, NULL);

    if (r == 0) {
        *ret_fd = e.fd;
        *ret_len = (uint64_t)e.st.st_size;
        e.fd = -1;
    }
    entry_finish(&e);
    return r;
}

int vault_get_bytes(struct vault *v, struct identity id, GBytes **ret)
{
    g_autoptr(GBytes) bytes = NULL;
    struct entry e;
    int r = get(v, id, &e, &bytes);

    if (r == 0)
        *ret = g_steal_pointer(&bytes);
    entry_finish(&e);
    return r;
}

/* The whole. */

/* The folder, for this user alone: what is computed may be of files that nobody else may read.  Who
 * opens it to others has what is in it follow the umask. */
int vault_make_folder(const struct vault *v)
{
    g_autofree char *temporary = g_build_filename(v->path, BOUND_TEMPORARY, NULL);

    if (g_mkdir_with_parents(v->path, 0700) < 0 || (mkdir(temporary, 0777) < 0 && errno != EEXIST))
        return -errno;
    return 0;
}

int vault_new(const char *path, uint64_t size, struct fault *f, struct vault **ret)
{
    OWN(vault_free) struct vault *v = g_new0(struct vault, 1);

    assert(g_path_is_absolute(path));
    v->path = g_strdup(path);
    v->state = &v->own_state;
    v->bound = (struct bound){.folder = v->path, .size = size, .state = &v->own_state.bound};
    int r = vault_make_folder(v);
    if (r < 0 && !(g_file_test(path, G_FILE_TEST_IS_DIR) && access(path, R_OK | X_OK) == 0))
        return fault_set_errno(f, -r, "disk cache '%s'", path);
    bound_clean(&v->bound);
    *ret = g_steal_pointer(&v);
    return 0;
}

void vault_free(struct vault *v)
{
    if (!v)
        return;
    bound_finish(&v->bound);
    g_free(v->path);
    g_free(v);
}

void vault_set_state(struct vault *v, struct vault_state *s)
{
    v->state = s;
    v->bound.state = &s->bound;
}

void vault_look_figures(const struct vault *v, struct vault_figures *ret)
{
    const struct vault_figures *from = &v->state->figures;

    *ret = (struct vault_figures){
        .hits = __atomic_load_n(&from->hits, __ATOMIC_RELAXED),
        .misses = __atomic_load_n(&from->misses, __ATOMIC_RELAXED),
        .kept = __atomic_load_n(&from->kept, __ATOMIC_RELAXED),
        .failed = __atomic_load_n(&from->failed, __ATOMIC_RELAXED),
        .damaged = __atomic_load_n(&from->damaged, __ATOMIC_RELAXED),
        .evicted = __atomic_load_n(&v->state->bound.evicted, __ATOMIC_RELAXED),
        .bytes_read = __atomic_load_n(&from->bytes_read, __ATOMIC_RELAXED),
        .bytes_written = __atomic_load_n(&from->bytes_written, __ATOMIC_RELAXED),
        .total = __atomic_load_n(&v->state->bound.total, __ATOMIC_RELAXED),
        .size = v->bound.size,
    };
}
