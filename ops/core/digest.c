/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hashes what values depend on, each thing with its length or kind before it. */
#include "ops/core/digest.h"

#include "ops/core/bind.h"
#include "ops/core/digest_parts.h"
#include "ops/core/draws.h"
#include "ops/core/random.h"

#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

/* Counts up when what an operator gives for the same arguments changes, or what is added here. */
#define FORMAT 1

/* Elements on the way to one: more than that take longer to look at than to compute. */
#define VISITS 100000

/* What stands for one of these instead of a text or a file. */
enum { NOTHING, SOMETHING };

struct digest *digest_new(void)
{
    struct digest *d = g_new(struct digest, 1);

    d->state = XXH3_createState();
    g_assert(d->state);
    XXH3_128bits_reset(d->state);
    d->unknown = false;
    d->visits = VISITS;
    return d;
}

void digest_free(struct digest *d)
{
    if (!d)
        return;
    XXH3_freeState(d->state);
    g_free(d);
}

bool digest_end(const struct digest *d, uint64_t ret[2])
{
    XXH128_hash_t hash;

    if (d->unknown)
        return false;
    hash = XXH3_128bits_digest(d->state);
    ret[0] = hash.high64;
    ret[1] = hash.low64;
    if (ret[0] == 0 && ret[1] == 0)
        ret[1] = 1;
    return true;
}

void digest_cannot_tell(struct digest *d)
{
    d->unknown = true;
}

void digest_number(struct digest *d, uint64_t n)
{
    XXH3_128bits_update(d->state, &n, sizeof n);
}

void digest_bytes(struct digest *d, const void *bytes, size_t len)
{
    digest_number(d, len);
    if (len > 0)
        XXH3_128bits_update(d->state, bytes, len);
}

void digest_text(struct digest *d, const char *text)
{
    digest_number(d, text ? SOMETHING : NOTHING);
    if (text)
        digest_bytes(d, text, strlen(text));
}

/* Recursion ends with the depth of specs. */
void digest_node(struct digest *d, const struct node *n)
{
    digest_number(d, n ? SOMETHING : NOTHING);
    if (!n)
        return;
    digest_number(d, (uint64_t)n->kind << 32 | n->quoted);
    if (n->kind == NODE_SCALAR) {
        digest_text(d, n->text);
        return;
    }
    digest_number(d, n->len);
    for (uint32_t i = 0; i < n->len; i++) {
        if (n->kind == NODE_MAPPING)
            digest_text(d, n->keys[i]->text);
        digest_node(d, n->items[i]);
    }
}

void digest_array(struct digest *d, const struct array_type *t)
{
    digest_number(d, t->dtype);
    digest_bytes(d, t->dims, t->n_dims * sizeof *t->dims);
}

static void add_parts(struct digest *d, const struct value *v)
{
    digest_number(d, value_len(v));
    for (uint32_t k = 0; k < value_len(v); k++) {
        if (value_kind(v) == VALUE_RECORD)
            digest_text(d, value_name(v, k));
        digest_value(d, value_item(v, k));
    }
}

/* Depth is that of the value, which steps bound. */
void digest_value(struct digest *d, const struct value *v)
{
    const enum value_kind kind = value_kind(v);
    gsize len;
    double x;

    digest_number(d, kind);
    switch (kind) {
    case VALUE_NULL:
        break;
    case VALUE_BOOL:
        digest_number(d, value_bool(v));
        break;
    case VALUE_INT:
        digest_number(d, (uint64_t)value_int(v));
        break;
    case VALUE_FLOAT:
        x = value_float(v);
        digest_bytes(d, &x, sizeof x);
        break;
    case VALUE_TEXT:
    case VALUE_BYTES:
        digest_bytes(d, g_bytes_get_data(value_bytes(v), &len), g_bytes_get_size(value_bytes(v)));
        break;
    case VALUE_ARRAY:
        digest_array(d, value_array_type(v));
        digest_bytes(d, g_bytes_get_data(value_bytes(v), &len), g_bytes_get_size(value_bytes(v)));
        break;
    case VALUE_RECORD:
    case VALUE_LIST:
        add_parts(d, v);
        break;
    case VALUE_IMAGE:
        digest_cannot_tell(d);
        break;
    }
}

/* Files. */

void digest_stat(struct digest *d, const char *path, const struct stat *st)
{
    digest_text(d, path);
    digest_number(d, st ? SOMETHING : NOTHING);
    if (!st)
        return;
    digest_number(d, (uint64_t)st->st_ino);
    digest_number(d, (uint64_t)st->st_size);
    digest_number(d, (uint64_t)st->st_mtim.tv_sec);
    digest_number(d, (uint64_t)st->st_mtim.tv_nsec);
}

void digest_file(struct digest *d, const char *path)
{
    struct stat st;

    digest_stat(d, path, stat(path, &st) == 0 ? &st : NULL);
}

static void add_argument_file(struct digest *d, const char *word, const char *folder)
{
    g_autofree char *path = NULL;
    struct stat st;

    if (*word == '\0' || *word == '-')
        return;
    path = g_path_is_absolute(word) ? g_strdup(word) : g_build_filename(folder, word, NULL);
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
        digest_stat(d, path, &st);
}

void digest_program(struct digest *d, const char *path, const struct strings *argv,
                    const char *folder)
{
    digest_text(d, folder);
    digest_number(d, path ? SOMETHING : NOTHING);
    if (!path)
        return;
    digest_file(d, path);
    for (uint32_t n = 1; n < argv->len; n++)
        add_argument_file(d, argv->at[n], folder);
    digest_number(d, NOTHING);
}

/* Arguments. */

static void add_names(struct digest *d, const char *const *names, uint32_t len)
{
    digest_number(d, len);
    for (uint32_t i = 0; i < len; i++)
        digest_text(d, names[i]);
}

static void add_strings(struct digest *d, const struct strings *list)
{
    add_names(d, list->at, list->len);
}

static void add_weights(struct digest *d, const struct weights *w)
{
    add_names(d, w->names, w->len);
    digest_bytes(d, w->at, w->len * sizeof *w->at);
}

/* Lists of numbers have one layout, and items of 8 bytes. */
static void add_numbers(struct digest *d, const struct ints *list)
{
    digest_bytes(d, list->at, list->len * sizeof *list->at);
}

void digest_argument(struct digest *d, const struct param *p, const void *field)
{
    switch (p->kind) {
    case PARAM_BOOL:
        digest_number(d, *(const bool *)field);
        break;
    case PARAM_INT:
    case PARAM_DOUBLE:
    case PARAM_SIZE:
    case PARAM_DURATION:
    case PARAM_CHOICE:
    case PARAM_FLAGS:
        digest_bytes(d, field, 8);
        break;
    case PARAM_STRING:
    case PARAM_PATH:
        digest_text(d, *(const char *const *)field);
        break;
    case PARAM_INTS:
    case PARAM_DOUBLES:
    case PARAM_CHOICES:
        add_numbers(d, field);
        break;
    case PARAM_STRINGS:
        add_strings(d, field);
        break;
    case PARAM_NODE:
        digest_node(d, *(const struct node *const *)field);
        break;
    case PARAM_SEQ:
        break;
    case PARAM_SEQS:
        digest_number(d, ((const struct seqs *)field)->len);
        break;
    case PARAM_FIELDS:
        add_names(d, ((const struct fields *)field)->names, ((const struct fields *)field)->len);
        break;
    case PARAM_WEIGHTS:
        add_weights(d, field);
        break;
    case PARAM_INPUT:
        digest_number(d, *(const uint32_t *)field);
        break;
    case PARAM_INPUTS:
        digest_bytes(d, ((const struct inputs *)field)->at,
                     ((const struct inputs *)field)->len * sizeof(uint32_t));
        break;
    }
}

/* Of a mapping of all arguments only those that the table does not have: the others are bound. */
static void add_rest(struct digest *d, const struct param *table, const struct node *args)
{
    for (uint32_t i = 0; args && args->kind == NODE_MAPPING && i < args->len; i++) {
        if (param_find(table, args->keys[i]->text))
            continue;
        digest_text(d, args->keys[i]->text);
        digest_node(d, args->items[i]);
    }
    digest_text(d, NULL);
}

/* Whether an argument was written counts only where nothing stands for one that was not. */
static void add_arguments(struct digest *d, const struct op *op, const void *params, uint64_t given)
{
    for (const struct param *p = op->params; p && p->name; p++) {
        const void *field = (const char *)params + p->offset;

        if (!p->fallback && !p->required)
            digest_number(d, given >> (p - op->params) & 1);
        if (p->kind == PARAM_NODE && strcmp(p->name, BIND_REST) == 0)
            add_rest(d, op->params, *(const struct node *const *)field);
        else
            digest_argument(d, p, field);
    }
}

/* Operators of a library may be called as ours are. */
static void add_op(struct digest *d, const struct seq *s)
{
    const struct op *op = s->op;

    digest_number(d, FORMAT);
    digest_text(d, op->name);
    digest_number(d, s->plugged ? s->plugged : op->data != NULL);
    digest_text(d, op->version ? op->version() : NULL);
}

void digest_seal(struct seq *s)
{
    OWN(digest_free) struct digest *d = digest_new();

    add_op(d, s);
    add_arguments(d, s->op, s->params, s->given);
    if (s->draws)
        draws_digest(s->draws, d);
    digest_end(d, s->digest);
}

void digest_step(struct digest *d, const struct call *c)
{
    const struct seq *s = c->seq;

    if (c->params == s->params) {
        digest_bytes(d, s->digest, sizeof s->digest);
    } else {
        add_op(d, s);
        add_arguments(d, s->op, c->params, c->given);
    }
    if (!(s->op->flags & OP_RANDOM))
        return;
    digest_number(d, s->seed);
    digest_number(d, s->use);
    digest_number(d, s->epoch);
    digest_number(d, c->i);
}
