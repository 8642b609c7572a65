/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keeps failures in a file: a line of JSON behind its checksum for each, appended by all who use
 * the file, and written anew without what is out of date by one who has it alone. */
#include "fs/failures.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "fs/failure_json.h"
#include "fs/tidy.h"

#define FILE_MAX                                                                                  \
    (UINT64_C(64) << 20)              /* bytes; then it is written anew, or nothing more is added \
                                       */
#define KEPT_MAX (UINT64_C(16) << 20) /* bytes of lines that are written anew */
#define DEAD_MAX 64                   /* lines out of date, beyond as many as are not */
#define CHECK_LEN 16                  /* hexadecimal digits before a line's JSON */

static const char head[] = "seqfs failures 1\n";

struct failures {
    const struct plan *plan;
    char *folder, *name; /* owned */
    struct log *log;
    atomic_bool told; /* that it cannot be written */
    int fd;           /* owned; appends.  The file behind it is changed with dup3(2) */
    /* Held while a line is added, too: that is what it is for, and is soon done. */
    GMutex lock;
    /* below: under lock */
    GHashTable *known; /* struct key, owned: what the file has, as far as is known here */
};

/* A line of the file.  Lifetime: call. */
struct line {
    struct key key;
    struct identity id;
    json_t *json; /* owned */
    char *text;   /* of the JSON; owned by the text of the file */
    GList link;
};

/* What a file says.  Lifetime: call. */
struct lines {
    char *text;         /* owned */
    unsigned n;         /* lines, with those that are damaged or out of date */
    GHashTable *by_key; /* &line->key to line, owned */
    GQueue by_age;      /* of the same; the oldest first */
};

static void free_line(gpointer data)
{
    struct line *l = data;

    json_decref(l->json);
    g_free(l);
}

static void free_lines(struct lines *all)
{
    g_hash_table_unref(all->by_key);
    g_free(all->text);
}
OWN_DEFINE(struct lines, free_lines)

static bool is_ours(const void *ctx, int fd)
{
    char found[sizeof head - 1];

    return pread(fd, found, sizeof found, 0) == (ssize_t)sizeof found &&
           memcmp(found, head, sizeof found) == 0;
}

/* Which spec, and which steps were made of it. */
static char *name_of(const struct plan *p)
{
    g_autoptr(GString) all = g_string_new(spec_folder(plan_spec(p)));
    XXH128_hash_t hash;
    size_t len;
    const char *text = spec_text(plan_spec(p), &len);

    g_string_append_c(all, '\0');
    g_string_append_len(all, text, (gssize)len);
    for (uint32_t i = 0; i < plan_n_outputs(p); i++)
        g_string_append_printf(all, "%d %s\n", (int)plan_output(p, i)->kind,
                               plan_output(p, i)->name);
    for (uint32_t i = 0; i < plan_n_steps(p); i++) {
        const struct seq *s = plan_step(p, i);

        g_string_append_printf(all, "%s %" PRIu32 ":%" PRIu32 "\n", s->name, s->mark.line,
                               s->mark.column);
    }
    hash = XXH3_128bits(all->str, all->len);
    return g_strdup_printf("%016" PRIx64 "%016" PRIx64 ".failures", hash.high64, hash.low64);
}

static bool parse_hex(const char *text, uint64_t *ret)
{
    if (strspn(text, "0123456789abcdef") < 16)
        return false;
    g_autofree char *digits = g_strndup(text, 16);
    *ret = g_ascii_strtoull(digits, NULL, 16);
    return true;
}

static uint64_t get_number(const json_t *json, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(json, name));
}

static const char *get_text(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));

    return text ? text : "";
}

/* NULL: it is damaged. */
static struct line *parse_line(char *text)
{
    uint64_t check;
    json_t *json;
    const char *id;
    struct line *l;

    if (!parse_hex(text, &check) || text[CHECK_LEN] != ' ')
        return NULL;
    text += CHECK_LEN + 1;
    if (XXH3_64bits(text, strlen(text)) != check)
        return NULL;
    json = json_loads(text, 0, NULL);
    if (!json)
        return NULL;
    l = g_new0(struct line, 1);
    l->json = json;
    l->text = text;
    l->link.data = l;
    l->key = (struct key){(uint32_t)get_number(json, "output"), get_number(json, "index")};
    id = get_text(json, "identity");
    if (strlen(id) == 32 && parse_hex(id, &l->id.a) && parse_hex(id + 16, &l->id.b))
        return l;
    free_line(l);
    return NULL;
}

/* In place of what was said of that element before; one without a text takes it back. */
static void take_line(struct lines *all, struct line *own_line)
{
    struct line *old = g_hash_table_lookup(all->by_key, &own_line->key);

    if (old) {
        g_queue_unlink(&all->by_age, &old->link);
        g_hash_table_remove(all->by_key, &old->key);
    }
    if (get_text(own_line->json, "text")[0] == '\0') {
        free_line(own_line);
        return;
    }
    g_hash_table_insert(all->by_key, &own_line->key, own_line);
    g_queue_push_tail_link(&all->by_age, &own_line->link);
}

/* The file as text; empty where it cannot be read.  Owned by the caller. */
static char *read_text(int fd)
{
    struct stat st;
    char *text = NULL;
    ssize_t n = 0, len = 0;

    if (fstat(fd, &st) == 0 && st.st_size > 0 && (uint64_t)st.st_size <= 2 * FILE_MAX)
        text = g_try_malloc((size_t)st.st_size + 1);
    if (!text)
        return g_strdup("");
    while (len < st.st_size && (n = pread(fd, text + len, (size_t)(st.st_size - len), len)) > 0)
        len += n;
    text[len] = '\0';
    return text;
}

static void read_lines(int fd, struct lines *ret)
{
    char *next;

    *ret = (struct lines){
        .text = read_text(fd),
        .by_key = g_hash_table_new_full(key_hash, key_equal, NULL, free_line),
        .by_age = G_QUEUE_INIT,
    };
    for (char *at = ret->text; at; at = next) {
        struct line *l;

        next = strchr(at, '\n');
        if (next)
            *next++ = '\0';
        l = parse_line(at);
        ret->n++;
        if (l)
            take_line(ret, l);
    }
}

/* A line begins with its newline, so that one that was cut off (a full disk) does not spoil it. */
static void print_line(const char *json, GString *ret)
{
    g_string_append_printf(ret, "\n%016" PRIx64 " %s", (uint64_t)XXH3_64bits(json, strlen(json)),
                           json);
}

static void remember_locked(struct failures *x, struct key k)
{
    g_hash_table_add(x->known, g_memdup2(&k, sizeof k));
}

/* What the file is to be: the youngest of the lines, the oldest of them first. */
static GString *select_lines(struct failures *x, struct lines *all)
{
    GString *text = g_string_new(head);
    GList *first = all->by_age.tail;
    uint64_t bytes = 0;
    unsigned n = 0;

    g_hash_table_remove_all(x->known);
    for (; first; first = first->prev) {
        bytes += strlen(((const struct line *)first->data)->text);
        if (++n > FAILURES_MAX || bytes > KEPT_MAX)
            break;
    }
    for (GList *at = first ? first->next : all->by_age.head; at; at = at->next) {
        const struct line *l = at->data;

        print_line(l->text, text);
        remember_locked(x, l->key);
    }
    return text;
}

/* Whoever adds a line does it at the end, wherever that is by now. */
static void set_appending(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    fcntl(fd, F_SETFL, flags | O_APPEND);
}

/* Writes the file anew, with what is up to date in it.  false = it stays as it is: others use it,
 * or it cannot be written. */
static bool rewrite_locked(struct failures *x, struct lines *all)
{
    g_autoptr(GString) text = NULL;
    int fd;

    text = select_lines(x, all);
    fd = tidy_replace(x->folder, x->name, text->str, text->len);
    if (fd < 0)
        return false;
    set_appending(fd);
    dup3(fd, x->fd, O_CLOEXEC); /* and so the claim on the old one ends */
    close(fd);
    return true;
}

static bool shrink_locked(struct failures *x)
{
    struct lines all;
    OWN(free_lines) struct lines *owned = &all;
    bool done;

    if (!tidy_claim(x->fd))
        return false;
    read_lines(x->fd, owned);
    done = rewrite_locked(x, owned);
    if (!done)
        tidy_share(x->fd);
    return done;
}

/* Learns what the file has; if more of it is out of date than not, that is left out. */
static void read_file(struct failures *x)
{
    struct lines all;
    OWN(free_lines) struct lines *owned = &all;
    GHashTableIter iter;
    gpointer key;
    guint n;

    g_mutex_lock(&x->lock);
    read_lines(x->fd, owned);
    n = g_hash_table_size(all.by_key);
    g_hash_table_iter_init(&iter, all.by_key);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        remember_locked(x, *(const struct key *)key);
    if (all.n > 2 * n + DEAD_MAX || n > FAILURES_MAX)
        shrink_locked(x);
    g_mutex_unlock(&x->lock);
}

int failures_new(const char *folder, const struct plan *p, struct log *log, struct fault *f,
                 struct failures **ret)
{
    OWN(failures_free) struct failures *x = g_new0(struct failures, 1);

    x->plan = p;
    x->folder = g_strdup(folder);
    x->name = name_of(p);
    x->log = log;
    x->fd = -1;
    g_mutex_init(&x->lock);
    x->known = g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
    if (g_mkdir_with_parents(folder, 0700) < 0)
        return fault_set_errno(f, errno, "size index: the folder '%s' cannot be made", folder);
    x->fd = tidy_open(folder, x->name, head, sizeof head - 1, is_ours, NULL);
    if (x->fd < 0)
        return fault_set_errno(f, -x->fd, "size index: '%s' in '%s' cannot be opened", x->name,
                               folder);
    set_appending(x->fd);
    read_file(x);
    *ret = g_steal_pointer(&x);
    return 0;
}

void failures_free(struct failures *x)
{
    if (!x)
        return;
    if (x->fd >= 0)
        close(x->fd);
    g_hash_table_unref(x->known);
    g_mutex_clear(&x->lock);
    g_free(x->name);
    g_free(x->folder);
    g_free(x);
}

static void tell_loss(struct failures *x, const char *why)
{
    if (!atomic_exchange(&x->told, true))
        log_add(x->log,
                "size index: failures cannot be written to '%s' (%s); those found from now on last "
                "as long as this mount",
                x->folder, why);
}

static bool is_full_locked(const struct failures *x)
{
    struct stat st;

    return g_hash_table_size(x->known) >= 2 * FAILURES_MAX ||
           (fstat(x->fd, &st) == 0 && (uint64_t)st.st_size > FILE_MAX);
}

static bool append_locked(struct failures *x, json_t *own_json)
{
    g_autoptr(GString) line = g_string_new(NULL);
    char *text = json_dumps(own_json, JSON_COMPACT);
    ssize_t n;

    json_decref(own_json);
    if (!text)
        return false;
    print_line(text, line);
    free(text);
    if (is_full_locked(x) && !shrink_locked(x)) {
        tell_loss(x, "it is full, and others use it");
        return false;
    }
    n = write(x->fd, line->str, line->len);
    if (n == (ssize_t)line->len)
        return true;
    tell_loss(x, n < 0 ? g_strerror(errno) : g_strerror(ENOSPC));
    return false;
}

static json_t *describe(struct key k, struct identity id)
{
    char digits[33];

    g_snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, id.a, id.b);
    return json_pack("{s:I, s:I, s:s}", "output", (json_int_t)k.output, "index",
                     (json_int_t)k.index, "identity", digits);
}

/* Whether the element is there, and is still what it was. */
static bool is_present(const struct plan *p, const struct line *l)
{
    const struct seq *s;

    if (l->key.output >= plan_n_outputs(p))
        return false;
    s = plan_output(p, l->key.output)->seq;
    return l->key.index < s->len && identity_equal(seq_identity(s, l->key.index), l->id);
}

void failures_each(struct failures *x, failures_visit_fn *visit, void *ctx)
{
    g_autofree struct failure *f = g_new0(struct failure, 1);
    struct lines all;
    OWN(free_lines) struct lines *owned = &all;

    g_mutex_lock(&x->lock);
    read_lines(x->fd, owned);
    g_mutex_unlock(&x->lock);
    for (const GList *at = all.by_age.head; at; at = at->next) {
        const struct line *l = at->data;

        f->key = l->key;
        if (is_present(x->plan, l) && failure_json_get(l->json, x->plan, f))
            visit(ctx, f, l->id);
    }
}

/* A limit of time is the mount's, and how much was done in it the machine's. */
static bool is_of_the_moment(const struct fault *f)
{
    return f->transient || f->err == ETIMEDOUT || f->err == ECANCELED;
}

void failures_put(struct failures *x, const struct failure *f, struct identity id)
{
    json_t *json;

    if (identity_is_none(id) || is_of_the_moment(&f->fault))
        return;
    json = describe(f->key, id);
    failure_json_put(f, json);
    g_mutex_lock(&x->lock);
    if (append_locked(x, json))
        remember_locked(x, f->key);
    g_mutex_unlock(&x->lock);
}

void failures_forget(struct failures *x, struct key k)
{
    g_mutex_lock(&x->lock);
    if (g_hash_table_remove(x->known, &k))
        append_locked(x, describe(k, (struct identity){0}));
    g_mutex_unlock(&x->lock);
}
