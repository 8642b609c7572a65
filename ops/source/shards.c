/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds containers, has them indexed, and answers what can be told by the index. */
#include "ops/source/shards.h"

#include "ops/base/same.h"
#include "ops/source/glob.h"
#include "ops/source/kept.h"
#include "ops/source/stream.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { ARG_FIELDS = 2, ARG_MISSING = 3 }; /* their places in the table */

static const struct param_choice groups[] = {{"none", SHARDS_MEMBERS}, {"stem", SHARDS_STEM}, {0}};
static const struct param_choice missings[] = {{"error", SHARDS_ERROR}, {"skip", SHARDS_SKIP}, {0}};

const struct param shards_params[] = {
    PARAM(STRINGS, struct shards_args, path, .required = true, .main = true,
          .brief = "the containers: a path, a pattern, or several of these"),
    PARAM(CHOICE, struct shards_args, group, .choices = groups, .fallback = "none",
          .brief = "what is one element: a member, or all that have the same stem"),
    PARAM(STRINGS, struct shards_args, fields,
          .brief = "with `group`: the fields that are wanted; by default all there are"),
    PARAM(CHOICE, struct shards_args, missing, .choices = missings, .fallback = "error",
          .brief = "with `group`: what becomes of a sample that lacks a field"),
    {0},
};

/* Puts the operator in front of what f says, which the world is to blame for. */
static int blame(const struct seq *s, const char *arg, int item, struct fault *f)
{
    fault_set_arg(f, f->err, arg, item, "%s: %s", s->name, f->text);
    f->source = true;
    return -f->err;
}

/* Finding. */

static int add_shard(struct shards *x, const struct paths *paths, uint64_t n, uint32_t item,
                     const char *folder, struct fault *f)
{
    g_autoptr(GString) path = g_string_new(NULL);

    if (x->len == x->cap) {
        uint32_t cap = x->cap * 2 + 16;
        struct shard *at = g_try_realloc_n(x->at, cap, sizeof *at);

        if (!at)
            return fault_set_errno(f, ENOMEM, "more than %u containers", x->len);
        x->at = at;
        x->cap = cap;
    }
    paths_print(paths, n, path);
    x->at[x->len++] = (struct shard){
        .origin = g_canonicalize_filename(path->str, folder),
        .path = g_strdup(path->str),
        .item = item,
    };
    return 0;
}

/* Adds what a pattern matches and no other did before it, in the order of the names. */
static int add_pattern(const struct seq *s, GHashTable *known, const char *text, uint32_t item,
                       struct fault *f)
{
    OWN(pattern_free) struct pattern *pattern = NULL;
    struct shards *x = s->self;
    struct paths paths = {0};
    int r = pattern_new(text, f, &pattern);

    if (r == 0)
        r = glob_add(&paths, s->folder, pattern, ORDER_NAME, f);
    if (r == 0 && paths.len == 0)
        r = fault_set(f, ENOENT, "no file matches '%s'", text);
    for (uint64_t n = 0; r == 0 && n < paths.len; n++) {
        r = add_shard(x, &paths, n, item, s->folder, f);
        if (r == 0 && !g_hash_table_add(known, g_strdup(x->at[x->len - 1].origin))) {
            x->len--;
            g_free(x->at[x->len].origin);
            g_free(x->at[x->len].path);
        }
    }
    paths_finish(&paths);
    return r;
}

static int find_shards(const struct seq *s, struct fault *f)
{
    const struct strings *patterns = &((const struct shards_args *)s->params)->path;
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    int r = 0;

    for (uint32_t i = 0; i < patterns->len; i++) {
        g_ptr_array_set_size(texts, 0);
        r = pattern_expand(patterns->at[i], texts, f);
        for (guint n = 0; r == 0 && n < texts->len; n++)
            r = add_pattern(s, known, texts->pdata[n], i, f);
        if (r == -ENOENT && strcmp(patterns->at[i], texts->pdata[0]) != 0)
            fault_set(f, ENOENT, "%s of '%s'", f->text, patterns->at[i]);
        if (r < 0)
            return blame(s, "path", (int)i, f);
    }
    if (patterns->len == 0)
        return fault_set_arg(f, EINVAL, "path", -1, "%s: wanted is at least one path", s->name);
    return 0;
}

/* Indexing. */

static int open_file(const struct shard *shard, struct fault *f, int *ret_fd)
{
    *ret_fd = open(shard->origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *ret_fd < 0 ? fault_set_errno(f, errno, "cannot read '%s'", shard->path) : 0;
}

static int measure(const struct shards *x, struct shard *shard, struct fault *f)
{
    int fd, r = open_file(shard, f, &fd);

    if (r < 0)
        return r;
    if (fstat(fd, &shard->st) < 0)
        r = fault_set_errno(f, errno, "cannot read '%s'", shard->path);
    else if (!S_ISREG(shard->st.st_mode))
        r = fault_set(f, EINVAL, "'%s' is no regular file", shard->path);
    else if (shard->st.st_size == 0)
        r = fault_set(f, EIO, "'%s' is empty, wanted is a %s", shard->path, x->kind->noun);
    shard->packed = r == 0 && x->kind->may_be_packed && stream_is_packed(fd);
    close(fd);
    return r;
}

/* What make_index() is told.  Lifetime: call. */
struct indexing {
    const struct shards *of;
    const struct shard *shard;
};

static int make_index(void *ctx, int to, struct fault *f)
{
    const struct indexing *x = ctx;
    struct collected none = {0};
    OWN(members_drop) struct collected *collected = &none;
    int fd, r = shards_reopen(x->shard, f, &fd);

    if (r < 0)
        return r;
    r = x->of->kind->index(x->shard, fd, collected, f);
    close(fd);
    return r < 0 ? r : members_write(collected, to, f);
}

static int load_index(const struct shards *x, struct shard *shard, struct fault *f)
{
    const struct kept_key key = {
        .kind = x->kind->noun,
        .version = x->kind->version,
        .path = shard->origin,
        .st = &shard->st,
    };
    struct indexing indexing = {x, shard};
    int fd, r = kept_open(&key, make_index, &indexing, f, &fd);

    if (r < 0)
        return r;
    r = members_load(fd, f, &shard->members);
    close(fd);
    return r;
}

static int load_indices(const struct seq *s, struct fault *f)
{
    struct shards *x = s->self;

    x->starts = g_new0(uint64_t, x->len + 1);
    for (uint32_t n = 0; n < x->len; n++) {
        if (load_index(x, &x->at[n], f) < 0)
            return blame(s, "path", (int)x->at[n].item, f);
        x->starts[n + 1] = x->starts[n] + x->at[n].members.len;
    }
    return 0;
}

static const char *common_suffix(const struct shards *x)
{
    const char *common = NULL;

    for (uint32_t n = 0; n < x->len; n++) {
        const struct members *m = &x->at[n].members;

        for (uint64_t i = 0; i < m->len; i++) {
            const char *name = members_name(m, i), *slash = strrchr(name, '/');
            const char *ext = paths_ext(slash ? slash + 1 : name);

            if (common && strcmp(common, ext) != 0)
                return NULL;
            common = ext;
        }
    }
    return common && *common ? common : NULL;
}

/* Grouping. */

static int check_fields(const struct seq *s, struct fault *f)
{
    const struct shards_args *p = s->params;
    const uint64_t of_groups = UINT64_C(1) << ARG_FIELDS | UINT64_C(1) << ARG_MISSING;

    if (p->group != SHARDS_STEM && s->given & of_groups)
        return fault_set_arg(f, EINVAL, s->given >> ARG_FIELDS & 1 ? "fields" : "missing",
                             FAULT_KEY,
                             "%s: only members that are grouped have fields; add "
                             "'group: stem'",
                             s->name);
    for (uint32_t i = 0; i < p->fields.len; i++) {
        const char *name = p->fields.at[i];

        if (!filename_is_one(name))
            return fault_set_arg(f, EINVAL, "fields", (int)i,
                                 "%s: '%.64s' cannot be the name of a field, which files are named "
                                 "by",
                                 s->name, name);
        for (uint32_t n = 0; n < i; n++)
            if (g_ascii_strcasecmp(p->fields.at[n], name) == 0)
                return fault_set_arg(f, EINVAL, "fields", (int)i,
                                     "%s: field '%.64s' is there twice", s->name, name);
    }
    return 0;
}

static int check_samples(const struct seq *s, uint64_t n_samples, struct fault *f)
{
    const struct shards *x = s->self;

    if (x->samples.len > 0)
        return 0;
    if (n_samples == 0)
        fault_set(f, EINVAL, "there is nothing to group: '%s' has no member called KEY.FIELD",
                  x->at[0].path);
    else
        fault_set(f, EINVAL, "none of %" PRIu64 " samples has all of the fields", n_samples);
    return blame(s, "group", -1, f);
}

/* Offers the fields that there are. */
static void offer_fields(const struct members *m, struct nearest *near)
{
    const char *field;
    size_t len;

    for (uint64_t i = 0; i < m->len; i++)
        if (samples_split(members_name(m, i), &len, &field))
            nearest_offer(near, field);
}

/* A field that no sample has is one that was written wrong. */
static int check_given(const struct seq *s, struct fault *f)
{
    const struct strings *fields = &((const struct shards_args *)s->params)->fields;
    const struct shards *x = s->self;
    struct nearest near;
    char hint[128];

    for (uint32_t k = 0; x->samples.len > 0 && k < fields->len; k++) {
        if (samples_has_field(&x->samples, k))
            continue;
        nearest_init(&near, fields->at[k]);
        for (uint32_t n = 0; n < x->len; n++)
            offer_fields(&x->at[n].members, &near);
        return fault_set_arg(f, EINVAL, "fields", (int)k,
                             "%s: no sample of '%s'%s has a field '%.64s'%s", s->name,
                             x->at[0].path, x->len > 1 ? " and the others" : "", fields->at[k],
                             nearest_hint(&near, hint, sizeof hint));
    }
    return 0;
}

static int group(struct seq *s, struct fault *f)
{
    const struct shards_args *p = s->params;
    struct shards *x = s->self;
    uint64_t n_samples;

    for (uint32_t n = 0; n < x->len; n++)
        if (samples_add(&x->samples, &x->at[n].members, f) < 0)
            return blame(s, "group", -1, f);
    n_samples = x->samples.len;
    if (check_given(s, f) < 0)
        return -f->err;
    samples_end(&x->samples, p->missing == SHARDS_SKIP);
    s->len = x->samples.len;
    return check_samples(s, n_samples, f);
}

static void init_columns(struct seq *s)
{
    struct shards *x = s->self;
    const uint32_t len = x->samples.fields->len;
    g_autofree const struct op **ops = g_new(const struct op *, len + 1);

    for (uint32_t k = 0; k < len; k++)
        ops[k] = x->kind->column;
    columns_init(&x->columns, s, ops, len);
}

/* Of what is read forward, which container an element is in is not known. */
static int open_forward(struct seq *s, struct fault *f)
{
    const struct shards_args *p = s->params;
    struct shards *x = s->self;
    OWN(digest_free) struct digest *d = digest_new();
    const char *packed = NULL;

    for (uint32_t n = 0; n < x->len; n++) {
        digest_stat(d, x->at[n].origin, &x->at[n].st);
        if (x->at[n].packed && !packed)
            packed = x->at[n].path;
    }
    digest_end(d, x->digest);
    if (x->grouped && p->fields.len == 0)
        return fault_set_arg(f, EINVAL, "group", FAULT_KEY,
                             "%s: '%s' is compressed, so what fields there are is not known before "
                             "it was read; name them by 'fields'",
                             s->name, packed);
    s->len = SEQ_UNCOUNTED;
    return 0;
}

int shards_open(struct seq *s, const struct shard_kind *kind, struct fault *f)
{
    const struct shards_args *p = s->params;
    struct shards *x = g_new0(struct shards, 1);
    int r = check_fields(s, f);

    s->self = x;
    x->kind = kind;
    x->grouped = p->group == SHARDS_STEM;
    if (r == 0)
        r = find_shards(s, f);
    for (uint32_t n = 0; r == 0 && n < x->len; n++) {
        if (measure(x, &x->at[n], f) < 0)
            return blame(s, "path", (int)x->at[n].item, f);
        x->forward = x->forward || x->at[n].packed;
    }
    if (r == 0 && x->grouped)
        samples_init(&x->samples, p->fields.at, p->fields.len);
    if (r < 0 || x->forward)
        return r < 0 ? r : open_forward(s, f);
    r = load_indices(s, f);
    if (r < 0)
        return r;
    if (x->grouped) {
        r = group(s, f);
        if (r == 0)
            init_columns(s);
        return r;
    }
    s->len = x->starts[x->len];
    x->suffix = common_suffix(x);
    return 0;
}

void shards_close(struct seq *s)
{
    struct shards *x = s->self;

    if (!x)
        return;
    columns_finish(&x->columns);
    samples_finish(&x->samples);
    for (uint32_t n = 0; n < x->len; n++) {
        g_free(x->at[n].path);
        g_free(x->at[n].origin);
        members_finish(&x->at[n].members);
    }
    g_free(x->at);
    g_free(x->starts);
    g_free(x);
}

/* Containers. */

bool shards_is_unchanged(const struct shard *shard)
{
    return same_at(shard->origin, &shard->st);
}

int shards_check(const struct shard *shard, int fd, struct fault *f)
{
    struct stat st;

    return fstat(fd, &st) == 0 && same_file(&st, &shard->st) ? 0 : same_refuse(shard->path, f);
}

int shards_reopen(const struct shard *shard, struct fault *f, int *ret_fd)
{
    int fd, r = open_file(shard, f, &fd);

    if (r == 0 && (r = shards_check(shard, fd, f)) < 0)
        close(fd);
    if (r == 0)
        *ret_fd = fd;
    return r;
}
