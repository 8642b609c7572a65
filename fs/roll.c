/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds what readers mean by numbers, ranges, paths and folders. */
#include "fs/roll.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "ops/base/scan.h"
#include "ops/core/shape.h"

struct roll {
    const struct plan *plan;
    const struct names *names;
    uint32_t n;        /* datasets */
    uint64_t starts[]; /* n + 1: the number of each one's first file; behind the last */
};

/* A word on its way to be found. */
struct hunt {
    const struct roll *roll;
    const char *word;
    roll_take_fn *take;
    void *ctx;
    struct fault *fault;
};

struct roll *roll_new(const struct plan *p, const struct names *n)
{
    const uint32_t n_datasets = plan_n_datasets(p);
    struct roll *r = g_malloc0(sizeof *r + (n_datasets + 1) * sizeof *r->starts);

    r->plan = p;
    r->names = n;
    r->n = n_datasets;
    for (uint32_t i = 0; i < n_datasets; i++)
        r->starts[i + 1] = r->starts[i] + plan_output(p, i)->seq->len;
    return r;
}

void roll_free(struct roll *r)
{
    g_free(r);
}

uint64_t roll_len(const struct roll *r)
{
    return r->starts[r->n];
}

struct key roll_key(const struct roll *r, uint64_t number)
{
    uint32_t low = 0, high = r->n;

    assert(number < roll_len(r));
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (r->starts[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return (struct key){.output = low, .index = number - r->starts[low]};
}

bool roll_number(const struct roll *r, struct key k, uint64_t *ret)
{
    if (k.output >= r->n)
        return false;
    *ret = r->starts[k.output] + k.index;
    return true;
}

/* Files of one dataset. */
static int take_files(const struct hunt *h, uint32_t output, uint64_t first, uint64_t end)
{
    const uint64_t start = h->roll->starts[output];

    return h->take(h->ctx, start + first, start + end, h->fault);
}

/* Numbers. */

struct position {
    bool from_end; /* -1 is the last one */
    uint64_t n;
};

static bool scan_position(const char **text, struct position *ret)
{
    const char *at = *text;

    ret->from_end = *at == '-';
    at += ret->from_end;
    if (!scan_digits(&at, &ret->n))
        return false;
    *text = at;
    return true;
}

/* "7", "-1", "0-99", "-100--1". */
static bool scan_range(const char *text, struct position *ret_from, struct position *ret_to)
{
    if (!scan_position(&text, ret_from))
        return false;
    *ret_to = *ret_from;
    if (*text == '-') {
        text++;
        if (!scan_position(&text, ret_to))
            return false;
    }
    return *text == '\0';
}

static int find_position(const struct hunt *h, struct position p, uint64_t len, uint64_t *ret)
{
    if (p.from_end ? p.n == 0 || p.n > len : p.n >= len)
        return fault_set(h->fault, EINVAL,
                         "index %s%" PRIu64 ", but there are only %" PRIu64 " elements",
                         p.from_end ? "-" : "", p.n, len);
    *ret = p.from_end ? len - p.n : p.n;
    return 0;
}

/* Elements of a list, each with all the files that are of it. */
static int take_elements(const struct hunt *h, uint32_t output, struct spot list,
                         const struct position between[2])
{
    const struct output *o = plan_output(h->roll->plan, output);
    const uint64_t len = shape_n_children(o, list);
    uint64_t from, to;
    int r = find_position(h, between[0], len, &from);

    if (r == 0)
        r = find_position(h, between[1], len, &to);
    if (r < 0)
        return r;
    if (from > to)
        return fault_set(h->fault, EINVAL, "'%.64s' ends before it begins", h->word);
    return take_files(h, output, shape_first(o, shape_child(o, list, from)),
                      shape_end(o, shape_child(o, list, to)));
}

static int find_number(const struct hunt *h, const struct position between[2])
{
    if (h->roll->n != 1)
        return fault_set(h->fault, EINVAL,
                         "'%.64s' may be of %" PRIu32
                         " datasets; wanted is a path, as '%.64s/%.64s'",
                         h->word, h->roll->n, plan_output(h->roll->plan, 0)->name, h->word);
    return take_elements(h, 0, (struct spot){0}, between);
}

/* "train/0-99": within a list that its path or its index path leads to. */
static int find_range(const struct hunt *h)
{
    const char *slash = strrchr(h->word, '/');
    const struct names *n = h->roll->names;
    struct position between[2];
    g_autofree char *above = NULL;
    struct place p;

    if (!scan_range(slash ? slash + 1 : h->word, &between[0], &between[1]))
        return -ENOENT;
    if (!slash)
        return find_number(h, between);
    above = g_strndup(h->word, (gsize)(slash - h->word));
    if (!names_find_index(n, above, &p) || p.output == PLACE_ALL)
        return -ENOENT;
    if (p.kind == PLACE_AT)
        return take_elements(h, p.output, (struct spot){p.level, p.index}, between);
    return -ENOENT;
}

/* Paths. */

static int refuse(const struct hunt *h, const char *what)
{
    return fault_set(h->fault, EINVAL, "'%.64s' is %s; wanted is a file or a folder of the dataset",
                     h->word, what);
}

static int take_place(const struct hunt *h, struct place p);

/* All that is listed in a folder. */
static int take_folder(const struct hunt *h, struct place dir)
{
    g_autoptr(GString) name = g_string_new(NULL);
    struct place p;
    int r = 0;

    for (uint64_t pos = 0; r == 0 && names_next(h->roll->names, dir, &pos, &p, name);) {
        r = take_place(h, p);
        g_string_truncate(name, 0);
    }
    return r;
}

static int take_place(const struct hunt *h, struct place p)
{
    uint64_t first, end;

    if (p.kind == PLACE_AT && p.output == PLACE_ALL)
        return h->take(h->ctx, 0, roll_len(h->roll), h->fault);
    switch (p.kind) {
    case PLACE_DIR:
    case PLACE_SLICE:
        return take_folder(h, p);
    case PLACE_ELEMENT:
    case PLACE_AT_LINK:
        if (p.output >= h->roll->n)
            break;
        return take_files(h, p.output, p.index, p.index + 1);
    case PLACE_AT:
    case PLACE_LIST:
    case PLACE_LINK:
        if (p.output >= h->roll->n)
            break;
        names_span(h->roll->names, p, &first, &end);
        return take_files(h, p.output, first, end);
    case PLACE_VIEW:
        break;
    default:
        return refuse(h, "about the mount");
    }
    return refuse(h, "a view");
}

/* An index path that does not name a field means all of them, but leads to the first one. */
static int take_row(const struct hunt *h, struct place p)
{
    const char *slash = strrchr(h->word, '/');
    struct spot s = {p.level, p.index}, birth;
    const struct output *o;
    uint64_t k;

    if (p.output >= h->roll->n)
        return refuse(h, "a view");
    if (strchr(slash ? slash + 1 : h->word, '.'))
        return take_place(h, p);
    o = plan_output(h->roll->plan, p.output);
    if (p.kind == PLACE_AT_LINK)
        s = shape_file(o, p.index);
    while (s.level > 0 && shape_kind(o, shape_parent(o, s, &k, &birth)) == SPOT_RECORD)
        s = shape_parent(o, s, &k, &birth);
    return take_files(h, p.output, shape_first(o, s), shape_end(o, s));
}

static int find_path(const struct hunt *h)
{
    const struct names *n = h->roll->names;
    struct place p, whole;

    if (!names_find_path(n, h->word, &p))
        return names_find_index(n, h->word, &p) ? take_row(h, p) : -ENOENT;
    /* A dataset's own folder may be large, and need not be listed. */
    if (p.kind == PLACE_DIR && names_find_index(n, h->word, &whole) && whole.kind == PLACE_AT &&
        whole.level == 0)
        p = whole;
    return take_place(h, p);
}

int roll_find(const struct roll *r, const char *word, roll_take_fn *take, void *ctx,
              struct fault *f)
{
    const struct hunt h = {.roll = r, .word = word, .take = take, .ctx = ctx, .fault = f};
    struct position between[2];
    const char *rest = word;
    int err;

    if (scan_position(&rest, &between[0]) && *rest == '\0') {
        between[1] = between[0];
        return find_number(&h, between);
    }
    if (strcmp(word, "all") == 0)
        return take(ctx, 0, roll_len(r), f);
    err = find_path(&h);
    if (err == -ENOENT)
        err = find_range(&h);
    if (err == -ENOENT)
        fault_set(f, ENOENT,
                  "'%.128s' is not there; wanted is an index, a range as 0-99, or a path below the "
                  "mountpoint",
                  word);
    return err;
}

/* Printing. */

static void print_name(const struct output *o, GString *ret)
{
    if (*o->name != '\0')
        g_string_append_printf(ret, "%s/", o->name);
}

uint64_t roll_print(const struct roll *r, uint64_t first, uint64_t end, uint64_t max, GString *ret)
{
    uint64_t lines = 0;

    for (uint64_t i = first; i < end && lines < max; lines++) {
        const struct key k = roll_key(r, i);
        const struct output *o = plan_output(r->plan, k.output);
        const uint64_t stop = MIN(end, r->starts[k.output + 1]) - r->starts[k.output];

        print_name(o, ret);
        if (o->n_levels > 1) {
            shape_print_path(o, shape_file(o, k.index), ret);
            i++;
        } else {
            g_string_append_printf(ret, "%" PRIu64, k.index);
            if (stop - k.index > 1)
                g_string_append_printf(ret, "-%" PRIu64, stop - 1);
            i = r->starts[k.output] + stop;
        }
        g_string_append_c(ret, '\n');
    }
    return lines;
}
