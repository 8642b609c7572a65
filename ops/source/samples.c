/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One pass over the names of each table; of a member only the number of its field is kept. */
#include "ops/source/samples.h"

#include "ops/base/filename.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

bool samples_split(const char *path, size_t *ret_key_len, const char **ret_field)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strchr(name, '.');

    if (!dot || dot == name || !filename_is_one(dot + 1) || !g_utf8_validate(dot + 1, -1, NULL))
        return false;
    *ret_key_len = (size_t)(dot - path);
    *ret_field = dot + 1;
    return true;
}

static void add_field(struct samples *s, char *own_field)
{
    g_ptr_array_add(s->fields, own_field);
    g_hash_table_insert(s->known, own_field, GUINT_TO_POINTER(s->fields->len));
}

void samples_init(struct samples *s, const char *const *given, uint32_t n_given)
{
    *s = (struct samples){
        .fields = g_ptr_array_new_with_free_func(g_free),
        .known = g_hash_table_new(g_str_hash, g_str_equal),
        .given = n_given > 0,
    };
    for (uint32_t k = 0; k < n_given; k++)
        add_field(s, g_ascii_strdown(given[k], -1));
}

/* What there is of the field, counted from 1; 0 = not yet. */
static uint32_t look_up(const struct samples *s, const char *field)
{
    char small[64];
    const size_t len = strlen(field);
    g_autofree char *large = len < sizeof small ? NULL : g_malloc(len + 1);
    char *lower = large ? large : small;

    for (size_t n = 0; n <= len; n++)
        lower[n] = g_ascii_tolower(field[n]);
    return GPOINTER_TO_UINT(g_hash_table_lookup(s->known, lower));
}

uint32_t samples_number(const struct samples *s, const char *field)
{
    return look_up(s, field) - 1;
}

static int number_field(struct samples *s, const char *field, struct fault *f, uint32_t *ret)
{
    uint32_t n = look_up(s, field);

    if (n == 0 && !s->given) {
        if (s->fields->len == SAMPLES_FIELDS)
            return fault_set(f, EINVAL,
                             "there are more than %d fields, the last of them '%.64s'; name those "
                             "that are wanted by 'fields'",
                             SAMPLES_FIELDS, field);
        add_field(s, g_ascii_strdown(field, -1));
        n = s->fields->len;
    }
    *ret = n - 1;
    return 0;
}

static int no_memory(struct samples *s, struct fault *f)
{
    fault_set(f, ENOMEM, "no memory for more than %" PRIu64 " samples", s->len);
    f->transient = true;
    return -ENOMEM;
}

static int begin_sample(struct samples *s, uint64_t first, struct fault *f)
{
    if (s->len == s->cap) {
        uint64_t cap = s->cap + s->cap / 2 + 64;
        struct sample *at = g_try_realloc_n(s->at, cap, sizeof *at);

        if (!at)
            return no_memory(s, f);
        s->at = at;
        s->cap = cap;
    }
    s->at[s->len++] = (struct sample){.first = first, .table = s->n_tables - 1};
    return 0;
}

/* What is of no such form stands between others as if it were not there. */
static int add_members(struct samples *s, const struct members *m, uint32_t *numbers,
                       struct fault *f)
{
    const char *last = NULL;
    size_t last_len = 0;
    int r = 0;

    for (uint64_t i = 0; r == 0 && i < m->len; i++) {
        const char *key = members_name(m, i), *field;
        size_t len;

        numbers[i] = SAMPLES_NONE;
        if (!samples_split(key, &len, &field))
            continue;
        if (!last || len != last_len || memcmp(key, last, len) != 0 ||
            i - s->at[s->len - 1].first >= UINT32_MAX)
            r = begin_sample(s, i, f);
        last = key;
        last_len = len;
        if (r == 0)
            r = number_field(s, field, f, &numbers[i]);
        if (r == 0)
            s->at[s->len - 1].len = (uint32_t)(i + 1 - s->at[s->len - 1].first);
    }
    return r;
}

int samples_add(struct samples *s, const struct members *m, struct fault *f)
{
    uint32_t *numbers = g_try_new(uint32_t, m->len + 1);
    uint32_t **tables = g_try_realloc_n(s->numbers, s->n_tables + 1, sizeof *tables);

    if (tables)
        s->numbers = tables;
    if (!numbers || !tables) {
        g_free(numbers);
        return no_memory(s, f);
    }
    s->numbers[s->n_tables++] = numbers;
    return add_members(s, m, numbers, f);
}

/* seen: of each field, the last sample that has it, counted from 1. */
static bool is_whole(const struct samples *s, uint64_t i, uint64_t *seen)
{
    const struct sample *x = &s->at[i];
    uint32_t left = s->fields->len;

    for (uint64_t n = x->first; n < x->first + x->len; n++) {
        uint32_t k = s->numbers[x->table][n];

        if (k == SAMPLES_NONE || seen[k] == i + 1)
            continue;
        seen[k] = i + 1;
        left--;
    }
    return left == 0;
}

void samples_end(struct samples *s, bool only_whole)
{
    g_autofree uint64_t *seen = g_new0(uint64_t, s->fields->len + 1);
    uint64_t len = 0;

    for (uint64_t i = 0; only_whole && i < s->len; i++) {
        const struct sample x = s->at[i];

        if (!is_whole(s, i, seen))
            continue;
        /* Those before i are looked at no more. */
        s->at[len++] = x;
    }
    if (only_whole)
        s->len = len;
}

void samples_finish(struct samples *s)
{
    for (uint32_t n = 0; n < s->n_tables; n++)
        g_free(s->numbers[n]);
    g_free(s->numbers);
    g_free(s->at);
    g_clear_pointer(&s->known, g_hash_table_destroy);
    g_clear_pointer(&s->fields, g_ptr_array_unref);
    *s = (struct samples){0};
}

uint32_t samples_find(const struct samples *s, uint64_t i, uint32_t k, uint64_t ret[2])
{
    const struct sample *x = &s->at[i];
    uint32_t found = 0;

    for (uint64_t n = x->first; n < x->first + x->len; n++) {
        if (s->numbers[x->table][n] != k)
            continue;
        if (found < 2)
            ret[found] = n;
        found++;
    }
    return found;
}

bool samples_has(const struct samples *s, uint32_t table, uint64_t i)
{
    return s->numbers[table][i] != SAMPLES_NONE;
}

bool samples_has_field(const struct samples *s, uint32_t k)
{
    for (uint64_t i = 0; i < s->len; i++) {
        const struct sample *x = &s->at[i];

        for (uint64_t n = x->first; n < x->first + x->len; n++)
            if (s->numbers[x->table][n] == k)
                return true;
    }
    return false;
}
