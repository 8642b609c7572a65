/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens and measures the elements that need no worker. */
#include "fs/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* TRIVIAL: elements are evaluated on the spot.  MIXED: some may be, such as a label beside its
 * image. EXTENT: some elements, or all, lie ready in files, which is better still. */
enum mode { MODE_NONE, MODE_TRIVIAL = 1, MODE_EXTENT = 2, MODE_MIXED = 4 };

struct direct {
    const struct plan *plan;
    unsigned modes[]; /* of each output: bits of enum mode */
};

/* Whether any element of a step can have an extent, if known tells so of its inputs. */
static bool may_have_extents(const struct seq *s, const bool *known)
{
    if (s->op->kind == OP_SOURCE)
        return s->op->extent || s->op->part;
    if (s->op->kind == OP_ELEMENT && !s->op->extent)
        return false;
    for (uint32_t i = 0; i < s->n_in; i++)
        if (known[s->in[i]->id])
            return true;
    return false;
}

/* For each step, whether it is of any use to ask for extents: paths need not be put together for
 * that.  The ids of inputs may be higher than those of the steps above, hence several rounds, at
 * most one a depth. */
static bool *find_extents(const struct plan *p)
{
    uint32_t n = plan_n_steps(p);
    bool *known = g_new0(bool, n ? n : 1);

    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t id = 0; id < n; id++) {
            if (known[id] || !may_have_extents(plan_step(p, id), known))
                continue;
            known[id] = true;
            changed = true;
        }
    }
    return known;
}

struct direct *direct_new(const struct plan *p)
{
    uint32_t n = plan_n_outputs(p);
    struct direct *d = g_malloc0(sizeof *d + n * sizeof *d->modes);
    g_autofree bool *known = find_extents(p);

    d->plan = p;
    for (uint32_t i = 0; i < n; i++) {
        const struct seq *s = plan_output(p, i)->seq;

        const bool mixed = !s->trivial && !plan_output(p, i)->unencoded->any.known;

        d->modes[i] = (s->trivial ? MODE_TRIVIAL : 0) | (known[s->id] ? MODE_EXTENT : 0) |
                      (mixed ? MODE_MIXED : 0);
    }
    return d;
}

void direct_free(struct direct *d)
{
    g_free(d);
}

/* The trail of a failure that no evaluation met: all steps from the source up. */
static void pass(struct fault *f, const struct seq *s, uint64_t i)
{
    const struct seq *in;
    uint64_t j;

    seq_route(s, i, &in, &j);
    if (in)
        pass(f, in, j);
    fault_pass(f, s->id, i);
}

static int cannot(struct fault *f, int err, const char *what, const char *path)
{
    fault_set_errno(f, err, "'%s' cannot be %s", path, what);
    f->source = true;
    f->transient = err == EMFILE || err == ENFILE || err == ENOMEM;
    return -err;
}

/* The length of an extent, now that its file is known. */
static int measure(const struct extent *x, const struct stat *st, struct fault *f, uint64_t *ret)
{
    uint64_t size = (uint64_t)st->st_size;
    bool to_end = x->len == UINT64_MAX;

    if (!S_ISREG(st->st_mode)) {
        fault_set(f, EINVAL, "'%s' is not a regular file", x->path);
    } else if (x->off > size || (!to_end && x->len > size - x->off)) {
        fault_set(f, EIO,
                  "'%s' has become shorter: it has %" PRIu64
                  " bytes, the element begins at %" PRIu64,
                  x->path, size, x->off);
    } else {
        *ret = to_end ? size - x->off : x->len;
        return 0;
    }
    f->source = true;
    return -f->err;
}

/* Never waits for a writer: what turns out to be a pipe was opened without blocking. */
static int open_extent(const struct extent *x, struct fault *f, struct content **ret)
{
    int fd = open(x->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), r;
    struct stat st;
    uint64_t len;

    if (fd < 0)
        return cannot(f, errno, "opened", x->path);
    r = fstat(fd, &st) < 0 ? cannot(f, errno, "measured", x->path) : measure(x, &st, f, &len);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret = content_new_stretch(fd, x->off, len, x->tail);
    return 0;
}

static int size_extent(const struct extent *x, struct fault *f, uint64_t *ret)
{
    uint64_t len = x->len;
    struct stat st;
    int r;

    if (len == UINT64_MAX) {
        if (stat(x->path, &st) < 0)
            return cannot(f, errno, "measured", x->path);
        r = measure(x, &st, f, &len);
        if (r < 0)
            return r;
    }
    *ret = len + (x->tail ? strlen(x->tail) : 0);
    return 0;
}

static int evaluate(const struct direct *d, struct key k, struct fault *f, GBytes **ret)
{
    struct eval e;
    int r;

    eval_init(&e, NULL);
    r = plan_eval(d->plan, &e, k.output, k.index, ret);
    /* It may have had an extent before its source was changed. */
    if (r < 0 && d->modes[k.output] & MODE_EXTENT)
        return DIRECT_NOT;
    if (r < 0)
        *f = e.fault;
    return r;
}

/* What to do with an element: answer it from *ret_x, evaluate it, or leave it to a worker. */
static enum mode mode_of(const struct direct *d, struct key k, struct extent *ret_x)
{
    const unsigned modes = d->modes[k.output];

    const struct seq *s = plan_output(d->plan, k.output)->seq;

    if (modes & MODE_EXTENT && seq_extent(s, k.index, ret_x))
        return MODE_EXTENT;
    if (modes & MODE_TRIVIAL || (modes & MODE_MIXED && seq_is_quick(s, k.index)))
        return MODE_TRIVIAL;
    return MODE_NONE;
}

/* Ends the story of an extent. */
static int close_extent(const struct direct *d, struct key k, struct extent *x, struct fault *f,
                        int r)
{
    g_free(x->path);
    if (r < 0)
        pass(f, plan_output(d->plan, k.output)->seq, k.index);
    return r;
}

int direct_open(const struct direct *d, struct key k, struct fault *f, struct content **ret)
{
    GBytes *bytes;
    struct extent x;
    int r;

    switch (mode_of(d, k, &x)) {
    case MODE_EXTENT:
        return close_extent(d, k, &x, f, open_extent(&x, f, ret));
    case MODE_TRIVIAL:
        r = evaluate(d, k, f, &bytes);
        if (r == 0)
            *ret = content_new_bytes(bytes, NULL);
        return r;
    default:
        return DIRECT_NOT;
    }
}

int direct_size(const struct direct *d, struct key k, struct fault *f, uint64_t *ret)
{
    const struct output *o = plan_output(d->plan, k.output);
    g_autoptr(GBytes) bytes = NULL;
    struct extent x;
    enum mode mode;
    int r;

    *ret = o->each;
    if (o->each != OUTPUT_DIFFER)
        return 0;
    mode = mode_of(d, k, &x);
    if (mode != MODE_EXTENT && o->sized && seq_size(o->seq, k.index, ret))
        return 0;
    switch (mode) {
    case MODE_EXTENT:
        return close_extent(d, k, &x, f, size_extent(&x, f, ret));
    case MODE_TRIVIAL:
        r = evaluate(d, k, f, &bytes);
        if (r == 0)
            *ret = g_bytes_get_size(bytes);
        return r;
    default:
        return DIRECT_NOT;
    }
}
