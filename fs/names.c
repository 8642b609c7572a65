/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers and places of the mounted tree, turned into each other. */
#include <errno.h>
#include <string.h>

#include "fs/names_parts.h"

/* Whether spots of a level have places of a kind. */
static bool has_places(const struct names *n, uint32_t output, enum place_kind kind, uint32_t level)
{
    const struct output *o = plan_output(n->plan, output);
    const struct level *l = &o->levels[level - 1];
    const bool lists = l->kind == LEVEL_LISTS;
    const bool folders = lists || (l->kind == LEVEL_RECORDS && l->layout == LAYOUT_DIRS);

    switch (kind) {
    case PLACE_LIST:
        return folders && !names_label(n, output)->planted;
    case PLACE_LINK:
        return folders;
    case PLACE_ERRORS:
    case PLACE_AT:
        return lists;
    case PLACE_ERROR_ROW:
        return l->kind == LEVEL_RECORDS;
    default:
        return false;
    }
}

/* Kinds that an output has; the first three have a place a file, the others one a spot. */
static const struct {
    enum place_kind kind;
    bool by_level;
    bool datasets_alone;
} kinds[] = {
    {PLACE_ELEMENT, false, false}, {PLACE_ERROR, false, false}, {PLACE_AT_LINK, false, true},
    {PLACE_LIST, true, false},     {PLACE_ERRORS, true, false}, {PLACE_ERROR_ROW, true, false},
    {PLACE_AT, true, true},        {PLACE_LINK, true, true},    {PLACE_VIEW, false, false},
};

static bool add_range(struct names *n, struct range r)
{
    uint64_t end;

    r.first = 1;
    if (n->ranges->len > 0) {
        const struct range *last = &g_array_index(n->ranges, struct range, n->ranges->len - 1);

        r.first = last->first + last->len;
    }
    /* Below 2^63: some programs take inode numbers for signed. */
    if (__builtin_add_overflow(r.first, r.len, &end) || end > INT64_MAX)
        return false;
    g_array_append_val(n->ranges, r);
    return true;
}

static uint32_t *start_of(const struct names *n, enum place_kind kind, uint32_t output)
{
    return &n->starts[(gsize)kind * (n->n_outputs + 1) + output];
}

/* Ranges of one kind: of each level where it has spots, else one. */
static bool add_kind(struct names *n, uint32_t output, size_t k)
{
    const struct output *o = plan_output(n->plan, output);
    const enum place_kind kind = kinds[k].kind;
    bool fits = true;

    if (kinds[k].datasets_alone && o->kind != OUTPUT_DATASET)
        return true;
    if (o->kind == OUTPUT_CONTACT && kind != PLACE_ELEMENT && kind != PLACE_VIEW)
        return true;
    if (o->kind == OUTPUT_MANIFEST && kind != PLACE_ELEMENT)
        return true;
    *start_of(n, kind, output) = n->ranges->len;
    if (!kinds[k].by_level)
        return add_range(n, (struct range){.len = kind == PLACE_VIEW ? 1 : o->seq->len,
                                           .kind = kind,
                                           .output = output});
    for (uint32_t level = 0; level < o->n_levels && fits; level++) {
        const bool some = level > 0 && has_places(n, output, kind, level);

        fits = add_range(n, (struct range){.len = level == 0 ? 1
                                                  : some     ? o->levels[level - 1].seq->len
                                                             : 0,
                                           .kind = kind,
                                           .output = output,
                                           .level = level});
    }
    return fits;
}

/* All or nothing. */
static bool add_output(struct names *n, uint32_t output)
{
    const guint before = n->ranges->len;
    bool fits = true;

    for (size_t k = 0; k < G_N_ELEMENTS(kinds) && fits; k++)
        fits = add_kind(n, output, k);
    if (fits)
        return true;
    g_array_set_size(n->ranges, before);
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
        *start_of(n, kinds[k].kind, output) = NAMES_NO_RANGE;
    return false;
}

/* A kind that is counted by output, or has no output: its start is kept as that of output 0. */
static bool add_single(struct names *n, enum place_kind kind, uint32_t output, uint64_t len)
{
    *start_of(n, kind, output) = n->ranges->len;
    return add_range(n, (struct range){.len = len, .kind = kind, .output = output});
}

/* Small ranges first, so that views fill what is left. */
static bool add_ranges(struct names *n)
{
    const uint32_t all = n->n_outputs; /* in place of PLACE_ALL */
    bool fits = add_single(n, PLACE_DIR, 0, 1);

    for (uint32_t o = 0; o < n->n_datasets; o++)
        fits = fits && add_output(n, o);
    fits = fits && add_single(n, PLACE_ERRORS, all, 1);
    fits = fits && add_single(n, PLACE_AT, all, 1);
    fits = fits && add_single(n, PLACE_CONTROL_DIR, 0, 1);
    fits = fits && add_single(n, PLACE_CONTROL, 0, n->n_controls);
    fits = fits && add_single(n, PLACE_VIEWS, 0, ((uint64_t)n->n_datasets + 1) * VIEWS_N);
    fits = fits && add_single(n, PLACE_SLICE, 0, SLICES_MAX);
    /* The root is the first of all; this is where the other folders are. */
    fits = fits && add_single(n, PLACE_DIR, all, tree_n_folders(n->tree) - 1);
    for (uint32_t o = n->n_datasets; o < n->n_outputs && fits; o++)
        add_output(n, o);
    return fits;
}

/* The manifests have their name before any element may.  Found by names_find(), as long as they are
 * not there themselves. */
static int add_manifests(struct names *n, struct complaints *c)
{
    struct place found;
    int r = 0;

    for (uint32_t i = n->n_datasets; i < n->n_outputs; i++) {
        const struct output *o = plan_output(n->plan, i);
        const struct place top = {.kind = PLACE_DIR, .output = tree_top(n->tree, o->dataset)};

        if (o->kind != OUTPUT_MANIFEST)
            continue;
        if (names_find(n, top, MANIFEST_NAME, &found)) {
            complaints_add(c, COMPLAINT_SPEC, o->mark,
                           "manifest: an element is named '" MANIFEST_NAME
                           "' itself; give it another name with the name step");
            r = -EINVAL;
        }
        n->manifests[o->dataset] = i;
    }
    return r;
}

int names_new(const struct plan *p, const char *const *controls, struct complaints *c,
              struct names **ret)
{
    OWN(names_free) struct names *n = g_new0(struct names, 1);
    int r = tree_new(p, c, &n->tree);
    gsize n_starts;

    if (r < 0)
        return r;
    n->plan = p;
    n->controls = controls;
    n->n_controls = g_strv_length((char **)controls);
    n->n_outputs = plan_n_outputs(p);
    n->n_datasets = plan_n_datasets(p);
    n->has_folders = n->n_datasets != 1 || *plan_output(p, 0)->name != '\0';
    n->manifests = g_new0(uint32_t, n->n_datasets + 1);
    n->slices = slices_new();
    n->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
    n_starts = (gsize)PLACE_N_KINDS * (n->n_outputs + 1);
    n->starts = g_new(uint32_t, n_starts);
    for (gsize i = 0; i < n_starts; i++)
        n->starts[i] = NAMES_NO_RANGE;
    if (!add_ranges(n)) {
        complaints_add(c, COMPLAINT_SPEC, plan_output(p, 0)->mark,
                       "too many elements: the numbers of their files do not fit 63 bits");
        return -EOVERFLOW;
    }
    r = add_manifests(n, c);
    if (r == 0)
        *ret = g_steal_pointer(&n);
    return r;
}

void names_free(struct names *n)
{
    if (n == NULL)
        return;
    tree_free(n->tree);
    slices_free(n->slices);
    if (n->ranges != NULL)
        g_array_unref(n->ranges);
    g_free(n->manifests);
    g_free(n->starts);
    g_free(n);
}

bool names_is_mounted(const struct names *n, uint32_t output)
{
    return *start_of(n, PLACE_ELEMENT, output) != NAMES_NO_RANGE;
}

static const struct range *range_at(const struct names *n, uint32_t number)
{
    return &g_array_index(n->ranges, struct range, number);
}

static const struct range *range_of(const struct names *n, enum place_kind kind, uint32_t output,
                                    uint32_t level)
{
    return range_at(n, *start_of(n, kind, output) + level);
}

uint64_t names_ino(const struct names *n, struct place p)
{
    const uint32_t output = p.output == PLACE_ALL ? n->n_outputs : p.output;

    switch (p.kind) {
    case PLACE_DIR:
        if (p.output == 0)
            return 1;
        return range_of(n, p.kind, n->n_outputs, 0)->first + p.output - 1;
    case PLACE_VIEWS:
        return range_of(n, p.kind, 0, 0)->first + p.index +
               VIEWS_N * (uint64_t)MIN(output, n->n_datasets);
    case PLACE_CONTROL_DIR:
    case PLACE_CONTROL:
    case PLACE_SLICE:
        return range_of(n, p.kind, 0, 0)->first + p.index;
    default:
        return range_of(n, p.kind, output, p.level)->first + p.index;
    }
}

uint64_t names_end_of_inos(const struct names *n)
{
    const struct range *last = range_at(n, n->ranges->len - 1);

    return last->first + last->len;
}

static struct place place_in(const struct names *n, const struct range *r, uint64_t i)
{
    struct place p = {.kind = r->kind, .output = r->output, .index = i, .level = r->level};

    if (p.kind == PLACE_DIR) {
        p.output = r->output == 0 ? 0 : (uint32_t)i + 1;
        p.index = 0;
    } else if (p.kind == PLACE_VIEWS) {
        p.output = (uint32_t)(i / VIEWS_N);
        p.index = i % VIEWS_N;
        if (p.output == n->n_datasets)
            p.output = PLACE_ALL;
    } else if (r->output == n->n_outputs) {
        p.output = PLACE_ALL;
    }
    return p;
}

bool names_place(const struct names *n, uint64_t ino, struct place *ret)
{
    uint32_t low = 0, high = n->ranges->len;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct range *r = range_at(n, middle);

        if (ino < r->first) {
            high = middle;
        } else if (ino - r->first >= r->len) {
            low = middle + 1;
        } else {
            *ret = place_in(n, r, ino - r->first);
            return r->kind != PLACE_SLICE || slices_look(n->slices, (uint32_t)ret->index) != NULL;
        }
    }
    return false;
}

bool names_is_link(struct place p)
{
    return p.kind == PLACE_AT_LINK || p.kind == PLACE_LINK;
}

bool names_is_dir(struct place p)
{
    switch (p.kind) {
    case PLACE_ELEMENT:
    case PLACE_ERROR:
    case PLACE_ERROR_ROW:
    case PLACE_CONTROL:
    case PLACE_AT_LINK:
    case PLACE_LINK:
        return false;
    default:
        return true;
    }
}

struct place names_of_spot(const struct names *n, uint32_t output, struct spot s)
{
    const struct output *o = plan_output(n->plan, output);

    if (shape_kind(o, s) == SPOT_FILE)
        return (struct place){.kind = PLACE_ELEMENT, .output = output, .index = s.index};
    if (s.level == 0 && o->kind != OUTPUT_DATASET)
        return (struct place){.kind = PLACE_VIEW, .output = output};
    if (s.level == 0)
        return (struct place){.kind = PLACE_DIR, .output = tree_top(n->tree, output)};
    if (names_label(n, output)->planted)
        return (struct place){.kind = PLACE_DIR, .output = tree_locate_folder(n->tree, output, s)};
    return names_place_of(PLACE_LIST, output, s);
}

bool names_find_dataset(const struct names *n, const char *name, uint32_t *ret)
{
    const uint32_t folder = tree_find_folder(n->tree, 0, name);

    if (folder == TREE_NONE)
        return false;
    *ret = tree_output(n->tree, folder);
    return true;
}

const char *names_dataset_name(const struct names *n, uint32_t output)
{
    return tree_name(n->tree, tree_top(n->tree, output));
}
