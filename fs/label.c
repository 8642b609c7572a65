/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes and reads the names of elements' files. */
#include "fs/label.h"

#include <string.h>

#define SUFFIX_MAX 64 /* what is longer is no suffix */

static const struct seq *find_step(const struct seq *s, GHashTable *seen)
{
    if (!g_hash_table_add(seen, (void *)s))
        return NULL;
    if (s->op->name_of != NULL)
        return s;
    for (uint32_t n = 0; n < s->n_in; n++) {
        const struct seq *step = find_step(s->in[n], seen);

        if (step != NULL)
            return step;
    }
    return NULL;
}

static const char *usable(const char *suffix)
{
    if (suffix == NULL || *suffix == '\0' || strlen(suffix) > SUFFIX_MAX ||
        strchr(suffix, '/') != NULL)
        return "bin";
    return suffix;
}

static unsigned count_digits(uint64_t n)
{
    unsigned digits = 1;

    for (; n > 9; n /= 10)
        digits++;
    return digits;
}

void label_init(struct label *l, const struct seq *s)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const struct type type = seq_type(s, SEQ_ANY);

    *l = (struct label){
        .seq = s,
        .step = find_step(s, seen),
        .width = count_digits(s->len > 0 ? s->len - 1 : 0),
        .suffix = type.known && type.suffix != NULL ? usable(type.suffix) : NULL,
    };
}

static const char *suffix_of(const struct label *l, uint64_t i)
{
    return l->suffix != NULL ? l->suffix : usable(seq_type(l->seq, i).suffix);
}

void label_print_index(const struct label *l, uint64_t i, GString *ret)
{
    char digits[24];
    char *p = digits + sizeof digits;

    for (unsigned n = 0; n < l->width || i > 0; n++) {
        *--p = (char)('0' + i % 10);
        i /= 10;
    }
    g_string_append_len(ret, p, digits + sizeof digits - p);
}

void label_print(const struct label *l, uint64_t i, GString *ret)
{
    const gsize start = ret->len;
    const enum name_part part = l->step != NULL ? seq_name(l->seq, i, ret) : NAME_NONE;

    if (part == NAME_NONE)
        label_print_index(l, i, ret);
    if (part == NAME_WHOLE)
        return;
    /* An empty stem stays empty, so that label_check() finds it. */
    if (ret->len == start || ret->str[ret->len - 1] == '/')
        return;
    g_string_append_c(ret, '.');
    g_string_append(ret, suffix_of(l, i));
}

bool label_parse(const struct label *l, const char *name, uint64_t *ret)
{
    uint64_t i = 0;

    for (unsigned n = 0; n < l->width; n++) {
        if (name[n] < '0' || name[n] > '9')
            return false;
        if (__builtin_mul_overflow(i, 10u, &i) ||
            __builtin_add_overflow(i, (uint64_t)(name[n] - '0'), &i))
            return false;
    }
    if (name[l->width] != '.' || i >= l->seq->len)
        return false;
    if (strcmp(name + l->width + 1, suffix_of(l, i)) != 0)
        return false;
    *ret = i;
    return true;
}

static const char *check_part(const char *part, size_t len)
{
    if (len == 0)
        return "has an empty part";
    if (len == 1 && part[0] == '.')
        return "ends in '.'";
    if (len == 2 && part[0] == '.' && part[1] == '.')
        return "leads out of its folder by '..'";
    if (len > LABEL_MAX)
        return "has a part of more than 255 bytes";
    return NULL;
}

const char *label_check(const char *path, size_t len)
{
    const char *end = path + len;

    if (memchr(path, '\0', len) != NULL)
        return "has a NUL byte";
    for (;;) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *why = check_part(path, (size_t)((slash != NULL ? slash : end) - path));

        if (why != NULL || slash == NULL)
            return why;
        path = slash + 1;
    }
}
