/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The folders of views in .seqfs: named sequences, stages, slices and contact sheets. */
#include <inttypes.h>
#include <string.h>

#include "fs/names_parts.h"
#include "ops/base/scan.h"

#define SHEET 100 /* elements of a contact sheet that is listed */

static const char *const folder_names[] = {
    [VIEWS_SEQUENCES] = "sequences",
    [VIEWS_STAGES] = "stages",
    [VIEWS_SLICE] = "slice",
    [VIEWS_CONTACT] = "contact",
};

const char *views_name(enum views views)
{
    return folder_names[views];
}

static enum views views_of(const struct output *o)
{
    switch (o->kind) {
    case OUTPUT_SEQUENCE:
        return VIEWS_SEQUENCES;
    case OUTPUT_STAGE:
        return VIEWS_STAGES;
    case OUTPUT_CONTACT:
        return VIEWS_CONTACT;
    case OUTPUT_DATASET:
    case OUTPUT_MANIFEST:
        break;
    }
    return VIEWS_SLICE;
}

/* Whether an output is among the views of a kind; dataset: PLACE_ALL = whatever the dataset. */
static bool is_among(const struct names *n, uint32_t output, enum views views, uint32_t dataset)
{
    const struct output *o = plan_output(n->plan, output);

    if (views_of(o) != views || !names_is_mounted(n, output))
        return false;
    return dataset == PLACE_ALL || o->dataset == dataset;
}

/* The first view of a kind at or behind *output. */
static bool next_view(const struct names *n, enum views views, uint32_t dataset, uint32_t *output)
{
    for (; *output < n->n_outputs; ++*output)
        if (is_among(n, *output, views, dataset))
            return true;
    return false;
}

bool views_exist(const struct names *n, enum views views)
{
    uint32_t output = n->n_datasets;

    return views == VIEWS_SLICE ? n->n_datasets > 0 : next_view(n, views, PLACE_ALL, &output);
}

/* Whether a folder has one for each dataset. */
static bool has_datasets(const struct names *n, struct place dir)
{
    return n->has_folders && dir.output == PLACE_ALL && dir.index != VIEWS_SEQUENCES;
}

/* The folder of a dataset's views; false = it has none. */
static bool of_dataset(const struct names *n, enum views views, uint32_t dataset, struct place *ret)
{
    uint32_t output = n->n_datasets;

    if (views != VIEWS_SLICE && !next_view(n, views, dataset, &output))
        return false;
    *ret = (struct place){.kind = PLACE_VIEWS, .output = dataset, .index = views};
    return true;
}

/* The output of a folder that is that of contact sheets; false = it is not. */
static bool find_sheets(const struct names *n, struct place dir, uint32_t *ret)
{
    *ret = n->n_datasets;
    return dir.kind == PLACE_VIEWS && dir.index == VIEWS_CONTACT && !has_datasets(n, dir) &&
           next_view(n, VIEWS_CONTACT, n->has_folders ? dir.output : PLACE_ALL, ret);
}

static uint64_t n_tiles(const struct names *n, uint32_t sheets)
{
    const struct output *o = plan_output(n->plan, sheets);

    return plan_output(n->plan, o->dataset)->levels[0].seq->len;
}

/* Digits without a needless zero before them; *text is then what is behind. */
static bool read_number(const char **text, uint64_t *ret)
{
    if ((*text)[0] == '0' && g_ascii_isdigit((*text)[1]))
        return false;
    return scan_digits(text, ret);
}

static struct place sheet_of(uint32_t output, uint64_t from, uint64_t to)
{
    return (struct place){
        .kind = PLACE_ELEMENT, .output = output, .index = from * CONTACT_MAX + (to - from)};
}

void views_print_sheet(const struct names *n, struct place sheet, GString *ret)
{
    const uint64_t from = sheet.index / CONTACT_MAX, to = from + sheet.index % CONTACT_MAX;
    const struct label *l = names_label(n, sheet.output);

    g_string_append_printf(ret, "%" PRIu64 "-%" PRIu64 ".%s", from, to,
                           l->suffix != NULL ? l->suffix : "jpg");
}

static bool find_sheet(const struct names *n, uint32_t output, const char *name, struct place *ret)
{
    const uint64_t len = n_tiles(n, output);
    g_autoptr(GString) exact = NULL;
    const char *at = name;
    uint64_t from, to;

    if (!read_number(&at, &from) || *at++ != '-' || !read_number(&at, &to))
        return false;
    if (to < from || to >= len || to - from >= CONTACT_MAX)
        return false;
    *ret = sheet_of(output, from, to);
    if (ret->index >= plan_output(n->plan, output)->seq->len)
        return false;
    exact = g_string_new(NULL);
    views_print_sheet(n, *ret, exact);
    return strcmp(exact->str, name) == 0;
}

static bool next_sheet(const struct names *n, uint32_t output, uint64_t *pos, struct place *ret,
                       GString *name)
{
    const uint64_t len = n_tiles(n, output);
    uint64_t from;

    if (__builtin_mul_overflow(*pos, SHEET, &from) || from >= len)
        return false;
    ++*pos;
    *ret = sheet_of(output, from, MIN(len - from, SHEET) + from - 1);
    views_print_sheet(n, *ret, name);
    return true;
}

static bool find_slice(const struct names *n, uint32_t dataset, const char *name, struct place *ret)
{
    const uint64_t len = plan_output(n->plan, dataset)->levels[0].seq->len;
    uint32_t number;

    if (!slices_find(n->slices, dataset, name, len, &number))
        return false;
    *ret = (struct place){.kind = PLACE_SLICE, .index = number};
    return true;
}

static bool find_views(const struct names *n, struct place dir, const char *name, struct place *ret)
{
    const enum views views = (enum views)dir.index;
    const uint32_t dataset = n->has_folders ? dir.output : 0;
    uint32_t output = n->n_datasets;

    if (has_datasets(n, dir))
        return names_find_dataset(n, name, &output) && of_dataset(n, views, output, ret);
    if (views == VIEWS_SLICE)
        return find_slice(n, dataset, name, ret);
    if (find_sheets(n, dir, &output))
        return find_sheet(n, output, name, ret);
    for (output = n->n_datasets; next_view(n, views, dir.output, &output); output++) {
        if (strcmp(plan_output(n->plan, output)->name, name) == 0) {
            *ret = (struct place){.kind = PLACE_VIEW, .output = output};
            return true;
        }
    }
    return false;
}

static bool next_in_views(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                          GString *name)
{
    const enum views views = (enum views)dir.index;
    uint32_t output;

    if (has_datasets(n, dir)) {
        while (*pos < n->n_datasets)
            if (of_dataset(n, views, (uint32_t)(*pos)++, ret)) {
                g_string_append(name, names_dataset_name(n, ret->output));
                return true;
            }
        return false;
    }
    if (views == VIEWS_SLICE)
        return false; /* any that is asked for is there */
    if (find_sheets(n, dir, &output))
        return next_sheet(n, output, pos, ret, name);
    if (*pos >= n->n_outputs)
        return false;
    output = (uint32_t)*pos;
    if (!next_view(n, views, dir.output, &output))
        return false;
    *pos = (uint64_t)output + 1;
    *ret = (struct place){.kind = PLACE_VIEW, .output = output};
    g_string_append(name, plan_output(n->plan, output)->name);
    return true;
}

/* Slices hold the files themselves; but folders, which can be in one place only, as links. */
static struct place place_in_slice(const struct names *n, uint32_t output, struct spot s)
{
    return label_is_folder(names_label(n, output), s) ? names_place_of(PLACE_LINK, output, s)
                                                      : names_of_spot(n, output, s);
}

/* Appends the own name, or where that has a folder the name by index; true = the own one. */
static bool print_in_slice(const struct label *l, struct spot s, GString *ret)
{
    const gsize start = ret->len;

    label_print(l, s, ret);
    if (strchr(ret->str + start, '/') == NULL)
        return true;
    g_string_truncate(ret, start);
    label_print_indexed(l, s, ret);
    return false;
}

/* Which element of the output's list a spot is in. */
static uint64_t element_of(const struct output *o, struct spot s)
{
    struct spot birth;
    uint64_t k = s.index;

    while (s.level > 0)
        s = shape_parent(o, s, &k, &birth);
    return k;
}

/* What has this name at the top of a dataset, or its name by index where its own has a folder. */
static bool find_at_top(const struct names *n, uint32_t output, const char *name, struct spot *ret)
{
    const struct label *l = names_label(n, output);
    g_autoptr(GString) own = NULL;
    uint64_t file;

    if (!l->planted)
        return label_find(l, (struct spot){0}, name, ret);
    if (tree_find_file(n->tree, tree_top(n->tree, output), name, &file)) {
        *ret = shape_file(l->output, file);
        return true;
    }
    own = g_string_new(NULL);
    if (label_find_indexed(l, (struct spot){0}, name, ret) && !print_in_slice(l, *ret, own))
        return true;
    return tree_find_list(n->tree, output, name, ret);
}

static bool find_in_slice(const struct names *n, const struct slice *slice, const char *name,
                          struct place *ret)
{
    const struct output *o = plan_output(n->plan, slice->output);
    struct spot s;
    uint64_t at;

    if (!find_at_top(n, slice->output, name, &s) ||
        label_folder(names_label(n, slice->output), s).level != 0 ||
        !stretch_find(&slice->stretch, element_of(o, s), &at))
        return false;
    *ret = place_in_slice(n, slice->output, s);
    return true;
}

static bool next_in_slice(const struct names *n, const struct slice *slice, uint64_t *pos,
                          struct place *ret, GString *name)
{
    const struct label *l = names_label(n, slice->output);
    const uint64_t width = l->rows[1];
    uint64_t sub = *pos % width;
    struct spot s;

    for (uint64_t at = *pos / width; at < slice->stretch.len; at++) {
        const uint64_t k = slice->stretch.start + at * slice->stretch.step;

        if (label_next_of_child(l, (struct spot){0}, k, &sub, &s)) {
            *pos = at * width + sub + 1;
            *ret = place_in_slice(n, slice->output, s);
            print_in_slice(l, s, name);
            return true;
        }
        sub = 0;
    }
    return false;
}

bool views_find(const struct names *n, struct place dir, const char *name, struct place *ret)
{
    if (dir.kind == PLACE_VIEWS)
        return find_views(n, dir, name, ret);
    return find_in_slice(n, slices_look(n->slices, (uint32_t)dir.index), name, ret);
}

bool views_next(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                GString *name)
{
    if (dir.kind == PLACE_VIEWS)
        return next_in_views(n, dir, pos, ret, name);
    return next_in_slice(n, slices_look(n->slices, (uint32_t)dir.index), pos, ret, name);
}

static struct place folder_of(const struct names *n, enum views views, uint32_t dataset)
{
    const bool deep = n->has_folders && views != VIEWS_SEQUENCES;

    return (struct place){
        .kind = PLACE_VIEWS, .output = deep ? dataset : PLACE_ALL, .index = views};
}

struct place views_parent(const struct names *n, struct place p)
{
    const struct output *o;

    switch (p.kind) {
    case PLACE_VIEW:
        o = plan_output(n->plan, p.output);
        return folder_of(n, views_of(o), o->dataset);
    case PLACE_SLICE:
        return folder_of(n, VIEWS_SLICE, slices_look(n->slices, (uint32_t)p.index)->output);
    case PLACE_LINK: /* it is in any slice: as deep as each of them */
        return folder_of(n, VIEWS_SLICE, p.output);
    default:
        break;
    }
    if (p.output != PLACE_ALL)
        return (struct place){.kind = PLACE_VIEWS, .output = PLACE_ALL, .index = p.index};
    return (struct place){.kind = PLACE_CONTROL_DIR};
}

void views_print(const struct names *n, struct place p, GString *ret)
{
    switch (p.kind) {
    case PLACE_VIEW:
        g_string_append(ret, plan_output(n->plan, p.output)->name);
        break;
    case PLACE_SLICE:
        g_string_append(ret, slices_look(n->slices, (uint32_t)p.index)->text);
        break;
    case PLACE_LINK:
        print_in_slice(names_label(n, p.output), names_spot(p), ret);
        break;
    default:
        g_string_append(ret, p.output == PLACE_ALL ? folder_names[p.index]
                                                   : names_dataset_name(n, p.output));
    }
}
