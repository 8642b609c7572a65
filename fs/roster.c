/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds and searches the names of lists. */
#include "fs/roster.h"

#include <string.h>
#include <xxhash.h>

#include "fs/table.h"

#define PART_MAX 255

struct roster {
    const struct output *output;
    uint32_t level; /* of spots: that of output->levels and 1 */
    bool mixed;     /* others beside them are named by their index */
    struct table table;
};

static const char *check_part(const char *part, size_t len)
{
    if (len == 0)
        return "has an empty part";
    if (len == 1 && part[0] == '.')
        return "ends in '.'";
    if (len == 2 && part[0] == '.' && part[1] == '.')
        return "leads out of its folder by '..'; of a source elsewhere {parent}/{stem} takes the "
               "last folder alone";
    if (len > PART_MAX)
        return "has a part of more than 255 bytes";
    return NULL;
}

const char *roster_check_path(const char *path, size_t len)
{
    const char *end = path + len;

    if (memchr(path, '\0', len) != NULL)
        return "has a NUL byte";
    if (len > 0 && *path == '/')
        return "begins with '/', as the paths of its sources do; {parent}/{stem} takes their last "
               "folder alone";
    for (;;) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *why = check_part(path, (size_t)((slash != NULL ? slash : end) - path));

        if (why != NULL || slash == NULL)
            return why;
        path = slash + 1;
    }
}

static uint64_t hash_name(struct spot list, const char *name, size_t len)
{
    return XXH3_64bits_withSeed(name, len, list.index * OUTPUT_LEVELS + list.level);
}

static enum name_part print_name(const struct roster *r, uint64_t i, GString *ret)
{
    g_string_truncate(ret, 0);
    return seq_name(r->output->levels[r->level - 1].seq, i, ret);
}

bool roster_find(const struct roster *r, struct spot list, const char *name, struct spot *ret)
{
    const uint64_t hash = hash_name(list, name, strlen(name));
    g_autoptr(GString) text = NULL;
    uint64_t at = hash, k;
    struct spot birth;
    uint32_t i;

    while (table_next(&r->table, hash, &at, &i)) {
        const struct spot found = shape_settle(r->output, (struct spot){r->level, i});
        const struct spot parent = shape_parent(r->output, found, &k, &birth);

        if (text == NULL)
            text = g_string_new(NULL);
        print_name(r, i, text);
        if (parent.level == list.level && parent.index == list.index &&
            strcmp(text->str, name) == 0) {
            *ret = found;
            return true;
        }
    }
    return false;
}

/* A name that can stand in a folder beside those that the index gives. */
static bool is_fit(const struct roster *r, const GString *name)
{
    if (strchr(name->str, '/') != NULL || roster_check_path(name->str, name->len) != NULL)
        return false;
    if (strcmp(name->str, ".errors") == 0 || strcmp(name->str, ".seqfs") == 0)
        return false;
    return !r->mixed || !g_ascii_isdigit(name->str[0]);
}

/* false = its name does not fit. */
static bool add(struct roster *r, uint32_t i, GString *text)
{
    const struct spot n = shape_settle(r->output, (struct spot){r->level, i});
    struct spot birth, other;
    uint64_t k;

    if (print_name(r, i, text) == NAME_NONE)
        return true;
    const struct spot parent = shape_parent(r->output, n, &k, &birth);
    if (!shape_is_folder(r->output, n) || !is_fit(r, text) ||
        roster_find(r, parent, text->str, &other))
        return false;
    table_put(&r->table, hash_name(parent, text->str, text->len), i);
    return true;
}

/* Whether some of its elements have names. */
static bool count(struct roster *r, uint64_t len, GString *text)
{
    bool named = false;

    for (uint64_t i = 0; i < len; i++) {
        const struct spot n = shape_settle(r->output, (struct spot){r->level, i});

        if (print_name(r, i, text) == NAME_NONE || !shape_is_folder(r->output, n))
            r->mixed = true;
        else
            named = true;
    }
    return named;
}

enum roster_answer roster_new(const struct output *o, uint32_t level, struct roster **ret)
{
    OWN(roster_free) struct roster *r = g_new0(struct roster, 1);
    g_autoptr(GString) text = g_string_new(NULL);
    const uint64_t len = o->levels[level].seq->len;

    r->output = o;
    r->level = level + 1;
    /* Too many to look at all: then the first speaks for them. */
    if (len > ROSTER_MAX)
        return print_name(r, 0, text) == NAME_NONE ? ROSTER_UNNAMED : ROSTER_UNFIT;
    bool named = count(r, len, text);
    if (!named && !r->mixed)
        return ROSTER_UNNAMED;
    if (!table_reserve(&r->table, len))
        return ROSTER_UNFIT;
    for (uint32_t i = 0; i < len; i++)
        if (!add(r, i, text))
            return ROSTER_UNFIT;
    if (!named)
        return ROSTER_UNNAMED;
    *ret = g_steal_pointer(&r);
    return ROSTER_BUILT;
}

void roster_free(struct roster *r)
{
    if (r == NULL)
        return;
    table_finish(&r->table);
    g_free(r);
}
