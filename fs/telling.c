/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells the names of places, and what they are in. */
#include <inttypes.h>
#include <string.h>

#include "fs/names_parts.h"

/* Whether p is the whole of its kind, rather than a dataset's or view's, or a list's. */
static bool is_whole(const struct names *n, struct place p)
{
    if (p.output == PLACE_ALL)
        return true;
    return p.level == 0 && !n->has_folders && p.output < n->n_datasets;
}

/* What the errors or links of a list are in: those of the list above. */
static struct place above(const struct names *n, struct place p)
{
    const struct output *o = plan_output(n->plan, p.output);

    return names_place_of(p.kind, p.output, shape_list(o, names_spot(p)));
}

static struct place parent_of_numbered(const struct names *n, struct place p)
{
    const struct place root = {.kind = PLACE_DIR};
    const struct place control = {.kind = PLACE_CONTROL_DIR};

    if (is_whole(n, p))
        return p.kind == PLACE_AT ? control : root;
    if (p.level > 0)
        return above(n, p);
    if (p.output >= n->n_datasets)
        return (struct place){.kind = PLACE_VIEW, .output = p.output};
    return names_whole(n, p.kind);
}

/* The errors or links that a file's or record's is among. */
static struct place parent_of_number(const struct names *n, struct place p, enum place_kind kind,
                                     struct spot s)
{
    const struct output *o = plan_output(n->plan, p.output);

    return names_place_of(kind, p.output, shape_list(o, s));
}

static struct spot file_of(const struct names *n, struct place p)
{
    return shape_file(plan_output(n->plan, p.output), p.index);
}

static struct place parent_of_element(const struct names *n, struct place p)
{
    const struct label *l = names_label(n, p.output);

    if (plan_output(n->plan, p.output)->kind == OUTPUT_CONTACT)
        return views_parent(n, (struct place){.kind = PLACE_VIEW, .output = p.output});
    if (plan_output(n->plan, p.output)->kind == OUTPUT_MANIFEST)
        return names_of_spot(n, plan_output(n->plan, p.output)->dataset, (struct spot){0});
    if (l->planted)
        return (struct place){.kind = PLACE_DIR,
                              .output = tree_locate(n->tree, p.output, p.index, NULL)};
    return names_of_spot(n, p.output, label_folder(l, file_of(n, p)));
}

struct place names_parent(const struct names *n, struct place p)
{
    const struct place root = {.kind = PLACE_DIR};

    switch (p.kind) {
    case PLACE_DIR:
        return (struct place){.kind = PLACE_DIR, .output = tree_parent(n->tree, p.output)};
    case PLACE_LIST:
        return names_of_spot(n, p.output, label_folder(names_label(n, p.output), names_spot(p)));
    case PLACE_ELEMENT:
        return parent_of_element(n, p);
    case PLACE_ERRORS:
    case PLACE_AT:
        return parent_of_numbered(n, p);
    case PLACE_ERROR:
        return parent_of_number(n, p, PLACE_ERRORS, file_of(n, p));
    case PLACE_ERROR_ROW:
        return parent_of_number(n, p, PLACE_ERRORS, names_spot(p));
    case PLACE_AT_LINK:
        return parent_of_number(n, p, PLACE_AT, file_of(n, p));
    case PLACE_CONTROL:
        return (struct place){.kind = PLACE_CONTROL_DIR};
    case PLACE_CONTROL_DIR:
        return root;
    case PLACE_VIEWS:
    case PLACE_VIEW:
    case PLACE_SLICE:
    case PLACE_LINK:
        return views_parent(n, p);
    }
    return root;
}

static void print_numbered(const struct names *n, struct place p, GString *ret)
{
    const bool links = p.kind == PLACE_AT;

    if (is_whole(n, p))
        g_string_append(ret, links ? "at" : ".errors");
    else if (p.level > 0)
        shape_print_number(plan_output(n->plan, p.output), names_spot(p), !links, ret);
    else
        g_string_append(ret,
                        p.output < n->n_datasets ? names_dataset_name(n, p.output) : ".errors");
}

static void print_element(const struct names *n, struct place p, GString *ret)
{
    const struct label *l = names_label(n, p.output);

    if (plan_output(n->plan, p.output)->kind == OUTPUT_CONTACT)
        views_print_sheet(n, p, ret);
    else if (plan_output(n->plan, p.output)->kind == OUTPUT_MANIFEST)
        g_string_append(ret, MANIFEST_NAME);
    else if (l->planted)
        tree_locate(n->tree, p.output, p.index, ret);
    else
        label_print(l, file_of(n, p), ret);
}

void names_print(const struct names *n, struct place p, GString *ret)
{
    switch (p.kind) {
    case PLACE_DIR:
        g_string_append(ret, tree_name(n->tree, p.output));
        break;
    case PLACE_LIST:
        label_print(names_label(n, p.output), names_spot(p), ret);
        break;
    case PLACE_ELEMENT:
        print_element(n, p, ret);
        break;
    case PLACE_ERRORS:
    case PLACE_AT:
        print_numbered(n, p, ret);
        break;
    case PLACE_ERROR:
        shape_print_number(plan_output(n->plan, p.output), file_of(n, p), true, ret);
        break;
    case PLACE_ERROR_ROW:
        shape_print_number(plan_output(n->plan, p.output), names_spot(p), true, ret);
        break;
    case PLACE_AT_LINK:
        shape_print_number(plan_output(n->plan, p.output), file_of(n, p), false, ret);
        break;
    case PLACE_CONTROL_DIR:
        g_string_append(ret, ".seqfs");
        break;
    case PLACE_CONTROL:
        g_string_append(ret, n->controls[p.index]);
        break;
    case PLACE_VIEWS:
    case PLACE_VIEW:
    case PLACE_SLICE:
    case PLACE_LINK:
        views_print(n, p, ret);
        break;
    }
}

static bool is_root(struct place p)
{
    return p.kind == PLACE_DIR && p.output == 0;
}

/* For struct naming: below the folder of the dataset. */
static void print_file(void *names, uint32_t output, uint64_t i, GString *ret)
{
    const struct names *n = names;
    const gsize start = ret->len;

    names_print_path(n, (struct place){.kind = PLACE_ELEMENT, .output = output, .index = i}, ret);
    if (n->has_folders)
        g_string_erase(ret, (gssize)start, (gssize)strlen(names_dataset_name(n, output)) + 1);
}

void names_tell(const struct names *n, struct plan *p)
{
    plan_set_naming(p, (struct naming){(void *)n, print_file});
}

void names_print_path(const struct names *n, struct place p, GString *ret)
{
    const gsize start = ret->len;
    g_autoptr(GString) folder = NULL;

    if (is_root(p))
        return;
    names_print(n, p, ret);
    folder = g_string_new(NULL);
    for (p = names_parent(n, p); !is_root(p); p = names_parent(n, p)) {
        g_string_truncate(folder, 0);
        names_print(n, p, folder);
        g_string_append_c(folder, '/');
        g_string_insert_len(ret, (gssize)start, folder->str, (gssize)folder->len);
    }
}

/* Out of all folders that p is in; PLACE_LINK leaves its slice out, which it does not know. */
static void print_way_out(const struct names *n, struct place p, GString *ret)
{
    if (p.kind == PLACE_LINK)
        g_string_append(ret, "../");
    for (p = names_parent(n, p); !is_root(p); p = names_parent(n, p))
        g_string_append(ret, "../");
}

void names_print_link(const struct names *n, struct place p, GString *ret)
{
    print_way_out(n, p, ret);
    if (p.kind == PLACE_LINK) {
        names_print_path(n, names_of_spot(n, p.output, names_spot(p)), ret);
        return;
    }
    p.kind = PLACE_ELEMENT;
    names_print_path(n, p, ret);
}
