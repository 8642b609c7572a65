/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cannot be written in which format, as far as kinds tell. */
#include "ops/element/encode_parts.h"

#include <string.h>

static const char *const common_keys[] = {"format", "newline", NULL};
static const char *const csv_keys[] = {"format", "newline", "delimiter", "header", NULL};

static bool is_pixels(enum value_kind kind)
{
    return kind == VALUE_BYTES || kind == VALUE_IMAGE;
}

static bool is_parted(enum value_kind kind)
{
    return kind == VALUE_RECORD || kind == VALUE_LIST;
}

static bool can_be(const struct made *m, enum value_kind kind)
{
    switch (m->target) {
    case TARGET_TEXT:
        return encode_is_scalar(kind) || kind == VALUE_ARRAY;
    case TARGET_JSON:
        return !is_pixels(kind);
    case TARGET_NPY:
    case TARGET_RAW:
        return numbers_has(kind) || kind == VALUE_ARRAY || kind == VALUE_LIST;
    case TARGET_CSV:
    case TARGET_NPZ:
    case TARGET_TAR:
        return is_parted(kind);
    case TARGET_IMAGE:
        return is_pixels(kind) || kind == VALUE_ARRAY;
    case TARGET_BY_KIND:
        break;
    }
    return true;
}

/* What to do about an element of a kind that is no array yet. */
static const char *way_to_array(enum value_kind kind)
{
    if (is_pixels(kind))
        return ": put an `array` step before";
    if (kind == VALUE_TEXT)
        return ": put a `parse` step before";
    return kind == VALUE_RECORD ? ": say on: FIELD, or npz" : "";
}

int encode_check_kind(const struct made *m, enum value_kind kind, struct fault *f)
{
    const char *name = value_kind_name(kind);

    if (can_be(m, kind))
        return 0;
    switch (m->target) {
    case TARGET_CSV:
        return fault_set(f, EINVAL,
                         "only a record or a list of records becomes csv, and this is %s", name);
    case TARGET_NPY:
    case TARGET_RAW:
        return fault_set(f, EINVAL, "only arrays and numbers become %s, and this is %s%s",
                         encode_target_name(m), name, way_to_array(kind));
    case TARGET_NPZ:
        return fault_set(f, EINVAL,
                         "only a record or a list of arrays becomes npz, and this is %s%s", name,
                         kind == VALUE_ARRAY ? ": say npy" : "");
    case TARGET_TAR:
        return fault_set(f, EINVAL, "only a record or a list becomes a tar, and this is %s", name);
    case TARGET_IMAGE:
        return fault_set(f, EINVAL, "%s is a format of images, but this is %s%s",
                         format_name(m->format), name,
                         kind == VALUE_RECORD ? ": say on: FIELD" : "");
    default:
        return fault_set(f, EINVAL, "%s cannot be written as %s", name, encode_target_name(m));
    }
}

/* whole: of what it is a part, a list or a record. */
static bool can_be_part(enum target target, enum value_kind whole, enum value_kind kind)
{
    switch (target) {
    case TARGET_JSON:
    case TARGET_BY_KIND:
        return !is_pixels(kind);
    case TARGET_CSV:
        return whole == VALUE_LIST ? kind == VALUE_RECORD : encode_is_scalar(kind);
    case TARGET_NPY:
    case TARGET_RAW:
        return numbers_has(kind) || kind == VALUE_LIST;
    case TARGET_NPZ:
        return numbers_has(kind) || kind == VALUE_LIST || kind == VALUE_ARRAY;
    default:
        return true;
    }
}

static const char *way_for_part(enum target target, enum value_kind kind)
{
    if (target != TARGET_NPY && target != TARGET_RAW && target != TARGET_NPZ)
        return "";
    if (kind == VALUE_ARRAY)
        return ": put a `stack` step before";
    return is_pixels(kind) ? ": put an `array` step before" : "";
}

/* Arrays that become text. */
static int check_items(const struct made *m, struct type t, struct fault *f)
{
    if (!t.known || t.kind != VALUE_ARRAY || !t.array ||
        (m->target != TARGET_TEXT && m->target != TARGET_JSON))
        return 0;
    return items_check(t.array, f);
}

static int check_part(const struct made *m, enum value_kind whole, struct type part,
                      struct fault *f)
{
    if (!part.known || can_be_part(m->target, whole, part.kind))
        return check_items(m, part, f);
    return fault_set(f, EINVAL, "%s cannot be written as %s, and each %s has some%s",
                     value_kind_name(part.kind),
                     m->target == TARGET_BY_KIND ? "json" : encode_target_name(m),
                     value_kind_name(whole), way_for_part(m->target, part.kind));
}

#define LOOKED_AT 64 /* records of other fields each that are looked at */

static int check_record(const struct made *m, const struct seq *in, uint64_t i, struct fault *f)
{
    const struct type t = seq_type(in, i);
    const uint64_t n = t.known && t.parted && t.kind == VALUE_RECORD ? seq_n_parts(in, i) : 0;

    for (uint64_t k = 0; k < n; k++) {
        const struct type part = seq_part_type(in, i, k);
        if (part.known && !can_be_part(m->target, t.kind, part.kind))
            return fault_set(f, EINVAL,
                             "the records do not all have the same fields, so each would be "
                             "one file, and %s cannot be written as %s: give them the same by "
                             "a `fields` step",
                             value_kind_name(part.kind),
                             m->target == TARGET_BY_KIND ? "json" : encode_target_name(m));
    }
    return 0;
}

/* Whether only computing tells which of the inputs behind the first element i is of. */
static bool is_chosen_late(const struct seq *in, uint64_t i)
{
    uint32_t n = 0;
    uint64_t j;

    if (in->op->route && in->op->get && in->n_in > 1)
        in->op->route(in, i, &n, &j);
    return n == SEQ_NO_INPUT;
}

/* Records that do not have the same fields are written whole, each. */
static int check_mixed(const struct made *m, const struct seq *in, struct fault *f)
{
    int r = 0;

    for (uint64_t i = 0; i < MIN(in->len, LOOKED_AT) && r == 0; i++) {
        r = check_record(m, in, i, f);
        for (uint32_t n = 1; r == 0 && is_chosen_late(in, i) && n < in->n_in; n++)
            if (i < in->in[n]->len)
                r = check_record(m, in->in[n], i, f);
    }
    return r;
}

int encode_check_parts(const struct made *m, const struct seq *in, struct fault *f)
{
    const struct type t = seq_type(in, SEQ_ANY);
    const bool parted = t.known && t.parted && is_parted(t.kind);
    uint64_t n = parted && t.kind == VALUE_RECORD ? seq_n_parts(in, SEQ_ANY) : parted;
    const struct seq *part;
    uint64_t j;
    int r = check_items(m, t, f);

    if (r == 0 && t.known && t.kind == VALUE_RECORD && !t.parted)
        r = check_mixed(m, in, f);
    for (uint64_t k = 0; k < n && r == 0; k++)
        r = check_part(m, t.kind, seq_part_type(in, SEQ_ANY, k), f);
    /* The cells of a table are parts of parts. */
    if (r == 0 && m->target == TARGET_CSV && parted && t.kind == VALUE_LIST && in->len > 0 &&
        seq_n_parts(in, 0) > 0 && seq_part(in, 0, 0, &part, &j))
        r = encode_check_parts(m, part, f);
    return r;
}

static int unknown_key(const char *key, const char *const *known, const struct made *m,
                       struct fault *f)
{
    struct nearest near;
    char hint[128];

    nearest_init(&near, key);
    for (; *known; known++)
        nearest_offer(&near, *known);
    if (*nearest_hint(&near, hint, sizeof hint))
        return fault_set_arg(f, EINVAL, key, FAULT_KEY, "no argument '%s'%s", key, hint);
    return fault_set_arg(f, EINVAL, key, FAULT_KEY, "argument '%s': %s", key,
                         m->target == TARGET_BY_KIND ? "an option of which 'format'"
                                                     : "only formats of images have options");
}

int encode_check_keys(const struct encode *p, const struct made *m, struct fault *f)
{
    const char *const *known = m->target == TARGET_CSV ? csv_keys : common_keys;

    for (uint32_t i = 0; p->rest && i < p->rest->len; i++) {
        const char *key = p->rest->keys[i]->text;
        if (g_strv_contains(known, key))
            continue;
        if (!g_strv_contains(csv_keys, key))
            return unknown_key(key, known, m, f);
        return fault_set_arg(f, EINVAL, key, FAULT_KEY, "argument '%s': only tables of csv have it",
                             key);
    }
    return 0;
}

int encode_check_delimiter(const struct encode *p, struct fault *f)
{
    const unsigned char c = (unsigned char)*p->delimiter;

    if (c != '\0' && p->delimiter[1] == '\0' && c < 0x80 && !strchr("\"\r\n", c))
        return 0;
    return fault_set_arg(f, EINVAL, "delimiter", -1,
                         "argument 'delimiter': '%.16s' is not one character of ASCII that is no "
                         "quote and no end of a line",
                         p->delimiter);
}
