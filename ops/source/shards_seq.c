/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of the elements of containers without reading them. */
#include "ops/source/shards.h"

#include "ops/base/same.h"
#include "ops/source/paths.h"

#include <string.h>

static const struct shards *shards_of(const struct seq *s)
{
    return s->self;
}

bool shards_is_record(const struct seq *s)
{
    return shards_of(s)->grouped && s->op->part;
}

/* Finding members. */

/* The container of member i of all. */
static uint32_t find_shard(const struct shards *x, uint64_t i)
{
    uint32_t low = 0, high = x->len;

    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (x->starts[middle] <= i)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static struct shard_member member_at(const struct shard *shard, uint64_t i)
{
    return (struct shard_member){
        .shard = shard,
        .at = &shard->members.at[i],
        .name = members_name(&shard->members, i),
    };
}

static void append_key(const char *name, GString *ret)
{
    const char *path = members_trim(name), *field;
    size_t len = strlen(path);

    samples_split(path, &len, &field);
    g_string_append_len(ret, path, (gssize)len);
}

/* The fields of a sample, for a message. */
static void print_fields(const struct shards *x, const struct sample *sample, GString *ret)
{
    const struct members *m = &x->at[sample->table].members;
    bool any = false;

    for (uint64_t i = sample->first; i < sample->first + sample->len && ret->len < 128; i++) {
        const char *field;
        size_t len;

        if (!samples_split(members_name(m, i), &len, &field))
            continue;
        g_string_append_printf(ret, "%s'%.64s'", any ? ", " : "", field);
        any = true;
    }
}

static int refuse(const struct shards *x, uint64_t i, uint32_t k, uint64_t both[2], uint32_t n,
                  struct fault *f)
{
    const struct sample *sample = &x->samples.at[i];
    const struct shard *shard = &x->at[sample->table];
    const char *field = x->samples.fields->pdata[k];
    g_autoptr(GString) key = g_string_new(NULL);
    g_autoptr(GString) fields = g_string_new(NULL);

    append_key(members_name(&shard->members, sample->first), key);
    print_fields(x, sample, fields);
    if (n > 0)
        return fault_set(f, EINVAL, "'%s': sample '%.128s' has '%s' %u times: '%.96s' and '%.96s'",
                         shard->path, key->str, field, n, members_name(&shard->members, both[0]),
                         members_name(&shard->members, both[1]));
    return fault_set(f, ENODATA, "'%s': sample '%.128s' has no '%s', only %s", shard->path,
                     key->str, field, fields->str);
}

int shards_find(const struct seq *s, uint64_t i, struct fault *f, struct shard_member *ret)
{
    const struct shards *x = shards_of(s);
    uint64_t at[2] = {0};
    uint32_t n;

    if (!x->grouped) {
        n = find_shard(x, i);
        *ret = member_at(&x->at[n], i - x->starts[n]);
        return 0;
    }
    n = samples_find(&x->samples, i, s->column, at);
    if (n != 1)
        return f ? refuse(x, i, s->column, at, n, f) : -ENODATA;
    *ret = member_at(&x->at[x->samples.at[i].table], at[0]);
    return 0;
}

/* Types and parts. */

static struct type type_of_field(const struct shards *x, uint64_t k)
{
    const char *field = x->samples.fields->pdata[k], *dot = strrchr(field, '.');

    return (struct type){.known = true, .kind = VALUE_BYTES, .suffix = dot ? dot + 1 : field};
}

static struct type type_of_member(const struct seq *s, uint64_t i)
{
    const struct shards *x = shards_of(s);
    struct type t = {.known = true, .kind = VALUE_BYTES};
    struct shard_member m;
    const char *slash, *ext;

    if (x->forward)
        return t;
    if (i == SEQ_ANY) {
        t.suffix = x->suffix;
    } else if (shards_find(s, i, NULL, &m) == 0) {
        slash = strrchr(m.name, '/');
        ext = paths_ext(slash ? slash + 1 : m.name);
        t.suffix = *ext ? ext : NULL;
    }
    return t;
}

struct type shards_type(const struct seq *s, uint64_t i)
{
    if (shards_is_record(s))
        return (struct type){.known = true, .kind = VALUE_RECORD, .parted = true};
    return shards_of(s)->grouped ? type_of_field(shards_of(s), s->column) : type_of_member(s, i);
}

uint64_t shards_n_parts(const struct seq *s, uint64_t i)
{
    return shards_is_record(s) ? shards_of(s)->samples.fields->len : 0;
}

const char *shards_field(const struct seq *s, uint64_t k)
{
    return shards_is_record(s) ? shards_of(s)->samples.fields->pdata[k] : NULL;
}

bool shards_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                 uint64_t *ret_i)
{
    const struct shards *x = shards_of(s);

    if (k >= x->columns.len)
        return false;
    *ret_s = &x->columns.at[k];
    *ret_i = i;
    return true;
}

struct type shards_part_type(const struct seq *s, uint64_t i, uint64_t k)
{
    return shards_is_record(s) ? type_of_field(shards_of(s), k) : (struct type){0};
}

/* Attributes and identities. */

/* The container that element i is in; NULL = not known. */
static const struct shard *shard_of(const struct seq *s, uint64_t i)
{
    const struct shards *x = shards_of(s);

    if (x->forward)
        return x->len == 1 ? &x->at[0] : NULL;
    return &x->at[x->grouped ? x->samples.at[i].table : find_shard(x, i)];
}

static bool path_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    const char *path, *slash, *leaf;
    g_autofree char *folder = NULL;
    struct shard_member m;

    if (shards_find(s, i, NULL, &m) < 0)
        return false;
    path = members_trim(m.name);
    slash = strrchr(path, '/');
    leaf = slash ? slash + 1 : path;
    folder = g_strndup(path, (gsize)(leaf - path));
    return paths_attr(folder, leaf, name, ret);
}

/* A sample has its key and container also where it lacks the field. */
bool shards_attr(const struct seq *s, uint64_t i, const char *name, GString *ret)
{
    const struct shards *x = shards_of(s);
    const struct shard *shard = shard_of(s, i);
    struct shard_member m;

    if (shard && strcmp(name, "container") == 0) {
        g_string_append(ret, shard->path);
        return true;
    }
    if (x->forward)
        return false;
    if (strcmp(name, "key") != 0)
        return path_attr(s, i, name, ret);
    if (x->grouped)
        m.name = members_name(&shard->members, x->samples.at[i].first);
    else
        shards_find(s, i, NULL, &m);
    append_key(m.name, ret);
    return true;
}

char *shards_origin(const struct seq *s, uint64_t i)
{
    const struct shard *shard = shard_of(s, i);

    return shard ? g_strdup(shard->origin) : NULL;
}

static void identify_forward(const struct call *c, struct digest *d)
{
    const struct shards *x = shards_of(c->seq);

    digest_step(d, c);
    digest_number(d, x->digest[0]);
    digest_number(d, x->digest[1]);
    digest_number(d, c->i);
}

/* What has changed since it was indexed fails until it is indexed anew. */
static void identify_shard(const struct shard *shard, struct digest *d)
{
    struct stat st;
    const bool found = stat(shard->origin, &st) == 0, same = found && same_file(&st, &shard->st);

    digest_stat(d, shard->origin, found ? &st : NULL);
    digest_number(d, same);
    if (!same)
        digest_stat(d, shard->origin, &shard->st);
}

void shards_identify(const struct call *c, struct digest *d)
{
    const struct shards *x = shards_of(c->seq);
    struct fault f = {0};
    struct shard_member m;

    digest_text(d, x->kind->noun);
    if (x->forward) {
        identify_forward(c, d);
        return;
    }
    if (shards_is_record(c->seq)) {
        if (!digest_parts(d, c->seq, c->i))
            digest_cannot_tell(d);
        return;
    }
    identify_shard(shard_of(c->seq, c->i), d);
    if (shards_find(c->seq, c->i, &f, &m) < 0) {
        digest_text(d, f.text);
        return;
    }
    digest_number(d, m.at->off);
    digest_number(d, m.at->flags);
    digest_number(d, m.at->len);
}
