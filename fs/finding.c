/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds what is in the folders of the mounted tree, by name and one after the other. */
#include <string.h>

#include "fs/names_parts.h"

bool names_find_manifest(const struct names *n, uint32_t folder, struct place *ret)
{
    const uint32_t output = tree_output(n->tree, folder);

    if (output == TREE_NONE || tree_top(n->tree, output) != folder || n->manifests[output] == 0)
        return false;
    *ret = (struct place){.kind = PLACE_ELEMENT, .output = n->manifests[output]};
    return true;
}

static bool find_in_tree(const struct names *n, uint32_t folder, const char *name,
                         struct place *ret)
{
    const uint32_t subfolder = tree_find_folder(n->tree, folder, name);
    const uint32_t output = tree_output(n->tree, folder);
    struct spot s;
    uint64_t i;

    if (subfolder != TREE_NONE) {
        *ret = (struct place){.kind = PLACE_DIR, .output = subfolder};
        return true;
    }
    if (output == TREE_NONE)
        return false;
    if (strcmp(name, MANIFEST_NAME) == 0 && names_find_manifest(n, folder, ret))
        return true;
    if (names_label(n, output)->planted) {
        if (!tree_find_file(n->tree, folder, name, &i))
            return false;
        *ret = (struct place){.kind = PLACE_ELEMENT, .output = output, .index = i};
        return true;
    }
    if (!label_find(names_label(n, output), (struct spot){0}, name, &s))
        return false;
    *ret = names_of_spot(n, output, s);
    return true;
}

static bool find_in_root(const struct names *n, const char *name, struct place *ret)
{
    if (strcmp(name, ".errors") == 0)
        *ret = names_whole(n, PLACE_ERRORS);
    else if (strcmp(name, ".seqfs") == 0)
        *ret = (struct place){.kind = PLACE_CONTROL_DIR};
    else
        return find_in_tree(n, 0, name, ret);
    return true;
}

static bool find_control(const struct names *n, const char *name, struct place *ret)
{
    if (strcmp(name, "at") == 0) {
        *ret = names_whole(n, PLACE_AT);
        return true;
    }
    for (uint64_t i = 0; i < n->n_controls; i++) {
        if (strcmp(n->controls[i], name) == 0) {
            *ret = (struct place){.kind = PLACE_CONTROL, .index = i};
            return true;
        }
    }
    for (enum views v = 0; v < VIEWS_N; v++) {
        if (views_exist(n, v) && strcmp(views_name(v), name) == 0) {
            *ret = (struct place){.kind = PLACE_VIEWS, .output = PLACE_ALL, .index = v};
            return true;
        }
    }
    return false;
}

static bool find_in_list(const struct names *n, struct place dir, const char *name,
                         struct place *ret)
{
    struct spot s;

    if (!label_find(names_label(n, dir.output), names_spot(dir), name, &s))
        return false;
    *ret = names_of_spot(n, dir.output, s);
    return true;
}

/* The error of a file, of the first of a record's files that failed, or a list's errors. */
static struct place error_of(const struct names *n, uint32_t output, struct spot s)
{
    switch (shape_kind(plan_output(n->plan, output), s)) {
    case SPOT_FILE:
        return (struct place){.kind = PLACE_ERROR, .output = output, .index = s.index};
    case SPOT_RECORD:
        return names_place_of(PLACE_ERROR_ROW, output, s);
    case SPOT_LIST:
        break;
    }
    return names_place_of(PLACE_ERRORS, output, s);
}

/* The link to a file, to the first of a record's files, or a list's links; false = of nothing. */
static bool link_of(const struct names *n, uint32_t output, struct spot s, struct place *ret)
{
    const struct output *o = plan_output(n->plan, output);

    if (!shape_first_leaf(o, s, &s))
        return false;
    *ret = names_place_of(PLACE_AT, output, s);
    if (shape_kind(o, s) == SPOT_FILE)
        *ret = (struct place){.kind = PLACE_AT_LINK, .output = output, .index = s.index};
    return true;
}

static bool find_numbered(const struct names *n, struct place dir, const char *name,
                          struct place *ret)
{
    const bool links = dir.kind == PLACE_AT;
    struct spot s;

    if (dir.output == PLACE_ALL) {
        *ret = (struct place){.kind = dir.kind};
        return names_find_dataset(n, name, &ret->output);
    }
    if (!label_find_number(names_label(n, dir.output), names_spot(dir), name, links, &s))
        return false;
    if (links)
        return link_of(n, dir.output, s, ret);
    *ret = error_of(n, dir.output, s);
    return true;
}

bool names_find(const struct names *n, struct place dir, const char *name, struct place *ret)
{
    switch (dir.kind) {
    case PLACE_DIR:
        return dir.output == 0 ? find_in_root(n, name, ret)
                               : find_in_tree(n, dir.output, name, ret);
    case PLACE_VIEW:
        if (strcmp(name, ".errors") == 0) {
            *ret = (struct place){.kind = PLACE_ERRORS, .output = dir.output};
            return true;
        }
        return find_in_list(n, dir, name, ret);
    case PLACE_LIST:
        return find_in_list(n, dir, name, ret);
    case PLACE_ERRORS:
    case PLACE_AT:
        return find_numbered(n, dir, name, ret);
    case PLACE_CONTROL_DIR:
        return find_control(n, name, ret);
    case PLACE_VIEWS:
    case PLACE_SLICE:
        return views_find(n, dir, name, ret);
    default:
        return false;
    }
}

bool names_is_full(const struct names *n, struct place dir)
{
    return dir.kind == PLACE_VIEWS && dir.index == VIEWS_SLICE && slices_is_full(n->slices);
}

/* The children of a list by label_next(). */
static bool next_child(const struct names *n, uint32_t output, struct spot folder, uint64_t *pos,
                       struct place *ret, GString *name)
{
    const struct label *l = names_label(n, output);
    struct spot s;

    if (!label_next(l, folder, pos, &s))
        return false;
    *ret = names_of_spot(n, output, s);
    label_print(l, s, name);
    return true;
}

static bool next_element(const struct names *n, uint32_t folder, uint64_t *pos, struct place *ret,
                         GString *name)
{
    const uint32_t n_folders = tree_n_subfolders(n->tree, folder);
    const uint32_t output = tree_output(n->tree, folder);
    uint64_t i = *pos;
    bool found;

    if (i < n_folders) {
        *ret = (struct place){.kind = PLACE_DIR,
                              .output = tree_subfolder(n->tree, folder, (uint32_t)i)};
    } else if (output != TREE_NONE && !names_label(n, output)->planted) {
        i -= n_folders;
        found = next_child(n, output, (struct spot){0}, &i, ret, name);
        *pos = i + n_folders;
        return found;
    } else if (i - n_folders < tree_n_files(n->tree, folder)) {
        *ret = (struct place){.kind = PLACE_ELEMENT,
                              .output = output,
                              .index = tree_file(n->tree, folder, i - n_folders)};
    } else {
        return false;
    }
    ++*pos;
    names_print(n, *ret, name);
    return true;
}

/* A manifest comes first. */
static bool next_in_tree(const struct names *n, uint32_t folder, uint64_t *pos, struct place *ret,
                         GString *name)
{
    struct place manifest;
    uint64_t i;
    bool found;

    if (!names_find_manifest(n, folder, &manifest))
        return next_element(n, folder, pos, ret, name);
    if (*pos == 0) {
        *ret = manifest;
        g_string_append(name, MANIFEST_NAME);
        *pos = 1;
        return true;
    }
    i = *pos - 1;
    found = next_element(n, folder, &i, ret, name);
    *pos = i + 1;
    return found;
}

static bool next_dataset(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                         GString *name)
{
    if (*pos >= n->n_datasets)
        return false;
    *ret = (struct place){.kind = dir.kind, .output = (uint32_t)*pos};
    g_string_append(name, names_dataset_name(n, ret->output));
    ++*pos;
    return true;
}

/* An element's link is called by its index alone. */
static bool next_link(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                      GString *name)
{
    const struct output *o = plan_output(n->plan, dir.output);
    const uint64_t len = shape_n_children(o, names_spot(dir));

    for (; *pos < len; ++*pos) {
        if (link_of(n, dir.output, shape_child(o, names_spot(dir), *pos), ret)) {
            shape_print_index(*pos, 0, name);
            ++*pos;
            return true;
        }
    }
    return false;
}

static bool next_control(const struct names *n, uint64_t *pos, struct place *ret, GString *name)
{
    const uint64_t i = (*pos)++;

    if (i < n->n_controls) {
        *ret = (struct place){.kind = PLACE_CONTROL, .index = i};
    } else if (i == n->n_controls) {
        *ret = names_whole(n, PLACE_AT);
    } else {
        uint64_t v = i - n->n_controls - 1;

        while (v < VIEWS_N && !views_exist(n, (enum views)v))
            v++;
        if (v >= VIEWS_N)
            return false;
        *pos = v + n->n_controls + 2;
        *ret = (struct place){.kind = PLACE_VIEWS, .output = PLACE_ALL, .index = v};
    }
    names_print(n, *ret, name);
    return true;
}

bool names_next(const struct names *n, struct place dir, uint64_t *pos, struct place *ret,
                GString *name)
{
    switch (dir.kind) {
    case PLACE_DIR:
        return next_in_tree(n, dir.output, pos, ret, name);
    case PLACE_LIST:
    case PLACE_VIEW:
        return next_child(n, dir.output, names_spot(dir), pos, ret, name);
    case PLACE_ERRORS:
        return dir.output == PLACE_ALL && next_dataset(n, dir, pos, ret, name);
    case PLACE_AT:
        return dir.output == PLACE_ALL ? next_dataset(n, dir, pos, ret, name)
                                       : next_link(n, dir, pos, ret, name);
    case PLACE_CONTROL_DIR:
        return next_control(n, pos, ret, name);
    case PLACE_VIEWS:
    case PLACE_SLICE:
        return views_next(n, dir, pos, ret, name);
    default:
        return false;
    }
}

void names_span(const struct names *n, struct place p, uint64_t *ret_first, uint64_t *ret_end)
{
    const struct output *o = plan_output(n->plan, p.output);

    if (p.kind == PLACE_ERROR) {
        *ret_first = p.index;
        *ret_end = p.index + 1;
    } else {
        *ret_first = shape_first(o, names_spot(p));
        *ret_end = shape_end(o, names_spot(p));
    }
}

void names_error_entry(const struct names *n, struct place dir, uint64_t file, struct place *ret,
                       GString *name)
{
    const struct output *o = plan_output(n->plan, dir.output);
    struct spot s = shape_file(o, file);
    struct spot list = shape_list(o, s);

    while (list.level > dir.level) {
        s = list;
        list = shape_list(o, s);
    }
    *ret = error_of(n, dir.output, s);
    shape_print_number(o, s, true, name);
}

/* Walks down a path as far as it leads, or to the first view; *path is then what is behind. */
static struct place walk(const struct names *n, struct place from, bool into_views,
                         const char **path)
{
    struct place p = from;

    while (**path != '\0' && (into_views || p.kind != PLACE_VIEW)) {
        const char *slash = strchrnul(*path, '/');
        g_autofree char *part = g_strndup(*path, (gsize)(slash - *path));

        if (*part != '\0' && strcmp(part, ".") != 0 && !names_find(n, p, part, &p))
            break;
        *path = *slash == '/' ? slash + 1 : slash;
    }
    return p;
}

bool names_find_path(const struct names *n, const char *path, struct place *ret)
{
    const struct place p = walk(n, (struct place){.kind = PLACE_DIR}, true, &path);

    if (*path == '\0')
        *ret = p;
    return *path == '\0';
}

bool names_find_index(const struct names *n, const char *path, struct place *ret)
{
    struct place p = names_whole(n, PLACE_AT);

    if (g_str_has_prefix(path, ".seqfs/")) {
        p = walk(n, (struct place){.kind = PLACE_DIR}, false, &path);
        if (p.kind != PLACE_VIEW || !names_find(n, p, ".errors", &p))
            return false;
    }
    p = walk(n, p, true, &path);
    if (*path == '\0')
        *ret = p;
    return *path == '\0';
}
