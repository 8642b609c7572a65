/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records and lists to tars: a file a field; of lists, shards as WebDataset reads them. */
#include "ops/element/encode_parts.h"

#include <string.h>

#define SIZED_FILES 10000               /* of a tar whose size is told without computing it */
#define NAMED_ITEMS (UINT64_C(1) << 20) /* of a list that is kept on disk by its name */

/* A tar under way: filled with files, or with their sizes.  Lifetime: call. */
struct packing {
    const struct call *call; /* NULL = only sizes */
    const struct encode *params;
    struct tarball *tarball;
    GHashTable *names; /* of the files so far; NULL where there are only sizes */
    uint32_t n_files;
};

/* What a value of the tar is as an element of a sequence.  Plain data. */
struct place {
    const struct seq *seq; /* NULL = it is only known as a part of what is computed */
    uint64_t i;
};

/* Names. */

/* key: of a list's item, field: of a record's; one of them may be NULL. */
static char *new_name(const char *key, const char *field, const char *suffix)
{
    if (!field)
        return g_strconcat(key, ".", suffix, NULL);
    const bool has_suffix = key ? suffix_is_field(field, suffix) : strchr(field, '.') != NULL;
    return g_strconcat(key ? key : "", key ? "." : "", field, has_suffix ? NULL : ".", suffix,
                       NULL);
}

static void cut_suffix(GString *name)
{
    const char *slash = strrchr(name->str, '/');
    const char *leaf = slash ? slash + 1 : name->str;
    const char *dot = strrchr(leaf, '.');

    if (dot && dot > leaf)
        g_string_truncate(name, (gsize)(dot - name->str));
}

/* What a `name` step or the shard that it came from calls an element; a field called `key` is data.
 */
static bool print_own_key(struct place at, GString *ret)
{
    const struct type t = seq_type(at.seq, at.i);
    const enum name_part part = seq_name(at.seq, at.i, ret);
    uint64_t k;

    if (part == NAME_WHOLE)
        cut_suffix(ret);
    if (part != NAME_NONE)
        return true;
    if (t.known && t.kind == VALUE_RECORD && t.parted && seq_find_field(at.seq, "key", &k))
        return false;
    return seq_attr(at.seq, at.i, "key", ret);
}

/* As many digits as the last of n has, so that names are in order. */
static void print_number(uint64_t i, uint64_t n, GString *ret)
{
    int width = 1;

    for (uint64_t last = n > 0 ? n - 1 : 0; last >= 10; last /= 10)
        width++;
    g_string_append_printf(ret, "%0*" PRIu64, width, i);
}

/* Else it is the number of the item among those of all lists. */
static void print_key(const struct seq *s, uint64_t i, uint64_t k, struct place at, GString *ret)
{
    const struct parts *numbers = ((const struct made *)s->self)->numbers;
    const uint64_t first = parts_first(numbers, i);

    if (at.seq && print_own_key(at, ret))
        return;
    if (parts_has(numbers, i)) {
        print_number(first + k, parts_len(numbers), ret);
        return;
    }
    print_number(first, parts_len(numbers), ret);
    g_string_append_printf(ret, "-%06" PRIu64, k);
}

static struct place place_of(const struct seq *list, uint64_t i, uint64_t k)
{
    const struct type t = seq_type(list, i);
    struct place at = {0};

    if (!t.known || !t.parted || !seq_part(list, i, k, &at.seq, &at.i))
        at.seq = NULL;
    return at;
}

/* Where the base name has a dot, readers would take the rest for the field. */
static int check_key(const char *key, struct fault *f)
{
    const char *slash = strrchr(key, '/');
    g_auto(GStrv) parts = g_strsplit(key, "/", -1);

    if (*key == '/' || g_strv_contains((const char *const *)parts, "") ||
        g_strv_contains((const char *const *)parts, "..") ||
        g_strv_contains((const char *const *)parts, "."))
        return fault_set(f, EINVAL, "'%.200s' cannot be the name of an element in a tar", key);
    if (strchr(slash ? slash + 1 : key, '.'))
        return fault_set(f, EINVAL,
                         "'%.200s' cannot be the key of an element in a tar: there is a dot in it, "
                         "which fields begin with; name it otherwise by a `name` step",
                         key);
    return 0;
}

/* Suffixes of fields that differ are looked at when they are known. */
static int check_fields(const struct seq *s, bool keyed, struct fault *f)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const uint64_t n = seq_n_parts(s, SEQ_ANY);

    for (uint64_t k = 0; n != SEQ_ANY && k < n; k++) {
        const struct type t = seq_part_type(s, SEQ_ANY, k);
        const char *field = seq_field(s, k);
        if (!t.known || !field || (!t.suffix && (t.kind == VALUE_BYTES || t.kind == VALUE_IMAGE)))
            continue;
        g_autofree char *name =
            new_name(keyed ? "KEY" : NULL, field, encode_suffix(t.kind, t.suffix));
        if (!g_hash_table_add(names, g_strdup(name)))
            return fault_set(f, EEXIST,
                             "two fields of each record are files of one name in the tar: '%.200s'",
                             name);
    }
    return 0;
}

int encode_tar_check(const struct seq *in, struct fault *f)
{
    const struct type t = seq_type(in, SEQ_ANY);
    const struct seq *item;
    uint64_t j;

    if (!t.known || !t.parted)
        return 0;
    if (t.kind == VALUE_RECORD)
        return check_fields(in, false, f);
    if (in->len == 0 || seq_n_parts(in, 0) == 0 || !seq_part(in, 0, 0, &item, &j) ||
        !item->any.known || item->any.kind != VALUE_RECORD || !item->any.parted)
        return 0;
    return check_fields(item, true, f);
}

/* Files. */

static int fault_of(struct fault *f, int r, const char *what, const char *name)
{
    g_autofree char *why = g_strdup(f->text);

    g_snprintf(f->text, sizeof f->text, "%s'%.128s': %s", what, name, why);
    return r;
}

/* Of an array only the header is made anew. */
static int add_array(struct packing *p, const char *name, struct value *v)
{
    GString *header = g_string_new(NULL);

    npy_print(value_array_type(v), header);
    g_autoptr(GBytes) head = g_string_free_to_bytes(header);
    tarball_add(p->tarball, name, head, value_bytes(v));
    return 0;
}

static int add_file(struct packing *p, const char *key, const char *field, struct type t,
                    struct value *v)
{
    const char *suffix = encode_suffix(value_kind(v), t.suffix);
    OWN(value_unref) struct value *file = NULL;
    struct fault *f = &p->call->eval->fault;

    if (field && (!*field || strchr(field, '/')))
        return fault_set(f, EINVAL, "a field called '%.64s' cannot be a file in a tar", field);
    g_autofree char *name = new_name(key, field, suffix);
    if (!g_hash_table_add(p->names, g_strdup(name)))
        return fault_set(f, EEXIST, "two files of the tar are called '%.200s'", name);
    if (value_kind(v) == VALUE_ARRAY)
        return add_array(p, name, v);
    int r = encode_by_kind(p->call, t.suffix, v, &file);
    if (r < 0)
        return fault_of(f, r, key ? "" : "field ", key ? name : field);
    tarball_add(p->tarball, name, NULL, value_bytes(file));
    return 0;
}

static struct type type_of_field(struct place at, const char *name)
{
    const struct type t = at.seq ? seq_type(at.seq, at.i) : (struct type){0};
    uint64_t k;

    if (!t.known || !t.parted || !seq_find_field(at.seq, name, &k))
        return (struct type){0};
    return seq_part_type(at.seq, at.i, k);
}

static int add_record(struct packing *p, const char *key, struct place at, const struct value *v)
{
    int r = 0;

    for (uint32_t k = 0; k < value_len(v) && r == 0; k++)
        r = add_file(p, key, value_name(v, k), type_of_field(at, value_name(v, k)),
                     value_item(v, k));
    return r;
}

static int add_item(struct packing *p, const struct value *list, uint32_t k, GHashTable *keys)
{
    const struct seq *s = p->call->seq;
    const struct place at = place_of(s->in[0], p->call->i, k);
    g_autoptr(GString) key = g_string_new(NULL);
    struct value *v = value_item(list, k);
    struct fault *f = &p->call->eval->fault;

    print_key(s, p->call->i, k, at, key);
    int r = check_key(key->str, f);
    if (r < 0)
        return r;
    if (!g_hash_table_add(keys, g_strdup(key->str)))
        return fault_set(f, EEXIST, "two elements of the tar are called '%.200s'", key->str);
    if (value_kind(v) == VALUE_RECORD)
        return add_record(p, key->str, at, v);
    return add_file(p, key->str, NULL, at.seq ? seq_type(at.seq, at.i) : (struct type){0}, v);
}

static int add_list(struct packing *p, const struct value *list)
{
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int r = 0;

    for (uint32_t k = 0; k < value_len(list) && r == 0; k++)
        r = add_item(p, list, k, keys);
    return r;
}

int encode_tar(const struct call *c, struct value *in, struct value **ret)
{
    OWN(tarball_free) struct tarball *tarball = tarball_new();
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct packing p = {.call = c, .params = c->params, .tarball = tarball, .names = names};
    GBytes *bytes;

    if (value_kind(in) == VALUE_LIST && !((const struct made *)c->seq->self)->numbers)
        return fault_set(&c->eval->fault, EPROTO, "the step before promised a record");
    int r = value_kind(in) == VALUE_RECORD
                ? add_record(&p, NULL, (struct place){c->seq->in[0], c->i}, in)
                : add_list(&p, in);
    if (r == 0)
        r = tarball_write(tarball, &c->eval->fault, &bytes);
    if (r == 0)
        *ret = value_new_bytes(bytes);
    return r;
}

/* Sizes, without computing anything that takes longer than a look. */

/* A text that lies ready, or what attributes are made of, too. */
static bool scalar_size(const struct packing *p, struct place at, struct type t, uint64_t *ret)
{
    OWN(value_unref) struct value *v = NULL;
    g_autoptr(GString) text = NULL;
    struct eval e;

    if (t.kind == VALUE_TEXT && seq_size(at.seq, at.i, ret)) {
        *ret += p->params->newline;
        return true;
    }
    if (!seq_is_quick(at.seq, at.i))
        return false;
    eval_init(&e, NULL);
    text = g_string_new(NULL);
    if (seq_get(at.seq, &e, at.i, &v) < 0 || !value_print(v, text))
        return false;
    *ret = text->len + p->params->newline;
    return true;
}

static bool file_size(const struct packing *p, struct place at, struct type t, uint64_t *ret)
{
    if (!t.known)
        return false;
    if (t.kind == VALUE_ARRAY)
        return encode_npy_size(t, ret);
    if (!at.seq)
        return false;
    if (t.kind == VALUE_BYTES)
        return seq_size(at.seq, at.i, ret);
    return encode_is_scalar(t.kind) && scalar_size(p, at, t, ret);
}

static bool announce_file(struct packing *p, const char *key, const char *field, struct place at,
                          struct type t)
{
    uint64_t len;

    if (p->n_files++ >= SIZED_FILES || !file_size(p, at, t, &len))
        return false;
    g_autofree char *name = new_name(key, field, encode_suffix(t.kind, t.suffix));
    tarball_announce(p->tarball, name, len);
    return true;
}

/* at.i: SEQ_ANY where all are the same. */
static bool announce_record(struct packing *p, const char *key, struct place at)
{
    const uint64_t n = seq_n_parts(at.seq, at.i);

    for (uint64_t k = 0; k < n; k++) {
        const char *field = seq_field(at.seq, k);
        struct place part = {0};
        if (at.i == SEQ_ANY || !seq_part(at.seq, at.i, k, &part.seq, &part.i))
            part.seq = NULL;
        if (!field || !announce_file(p, key, field, part, seq_part_type(at.seq, at.i, k)))
            return false;
    }
    return true;
}

static bool is_record(struct type t)
{
    return t.known && t.kind == VALUE_RECORD && t.parted;
}

static bool announce_item(struct packing *p, const struct seq *s, uint64_t i, uint64_t k)
{
    const struct place at = place_of(s->in[0], i, k);
    const struct type t = at.seq ? seq_type(at.seq, at.i) : (struct type){0};
    g_autoptr(GString) key = NULL;

    if (!t.known || (t.kind == VALUE_RECORD && !t.parted))
        return false;
    key = g_string_new(NULL);
    print_key(s, i, k, at, key);
    return t.kind == VALUE_RECORD ? announce_record(p, key->str, at)
                                  : announce_file(p, key->str, NULL, at, t);
}

static bool announce_list(struct packing *p, const struct seq *s, uint64_t i)
{
    const uint64_t n = seq_n_parts(s->in[0], i);

    for (uint64_t k = 0; k < n; k++)
        if (!announce_item(p, s, i, k))
            return false;
    return true;
}

bool encode_tar_size(const struct seq *s, uint64_t i, uint64_t *ret)
{
    OWN(tarball_free) struct tarball *tarball = NULL;
    struct packing p = {.params = s->params};
    const struct type t = seq_type(s->in[0], i);
    bool known;

    if (!t.known || !t.parted || s->draws || (t.kind == VALUE_LIST && i == SEQ_ANY) ||
        seq_n_parts(s->in[0], i) > SIZED_FILES)
        return false;
    p.tarball = tarball = tarball_new();
    known = is_record(t) ? announce_record(&p, NULL, (struct place){s->in[0], i})
                         : announce_list(&p, s, i);
    return known && tarball_size(tarball, ret);
}

/* What the files are called, which is not in what they are made of. */

static void identify_suffix(struct type t, struct digest *d)
{
    digest_text(d, t.known ? encode_suffix(t.kind, t.suffix) : t.suffix);
}

static void identify_record(struct place at, struct digest *d)
{
    const uint64_t n = seq_n_parts(at.seq, at.i);

    for (uint64_t k = 0; k < n; k++)
        identify_suffix(seq_part_type(at.seq, at.i, k), d);
}

static void identify_item(const struct seq *s, uint64_t i, uint64_t k, struct digest *d)
{
    const struct place at = place_of(s->in[0], i, k);
    const struct type t = at.seq ? seq_type(at.seq, at.i) : (struct type){0};
    g_autoptr(GString) key = g_string_new(NULL);

    print_key(s, i, k, at, key);
    digest_text(d, key->str);
    if (is_record(t))
        identify_record(at, d);
    else
        identify_suffix(t, d);
}

void encode_tar_identify(const struct seq *s, uint64_t i, struct digest *d)
{
    const struct parts *numbers = ((const struct made *)s->self)->numbers;
    const struct type t = seq_type(s->in[0], i);
    uint64_t n;

    if (is_record(t))
        identify_record((struct place){s->in[0], i}, d);
    if (!numbers || t.kind == VALUE_RECORD)
        return;
    digest_number(d, parts_first(numbers, i));
    digest_number(d, parts_len(numbers));
    n = t.known && t.parted ? seq_n_parts(s->in[0], i) : 0;
    if (n > NAMED_ITEMS)
        digest_cannot_tell(d);
    for (uint64_t k = 0; k < n && n <= NAMED_ITEMS; k++)
        identify_item(s, i, k, d);
}
