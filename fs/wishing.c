/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Takes what readers write about their wishes, and hands it over when it is whole. */
#include "fs/wishing.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fs/words.h"

#define CLAIM 1000 /* positions accounted for at a time; divides ITINERARY_MAX */

struct wishing {
    struct wishes *wishes;
    enum wish which;
    struct words *words;     /* owned */
    struct itinerary *order; /* owned; WISH_ORDER: what was written; NULL = it has been told */
    struct itinerary *told;  /* counted; the order that was told last; NULL = none */
    uint64_t told_len;       /* how much of it was complete then */
    uint64_t claimed;        /* of the wishes, for `order` */
    struct ranges *warm;     /* owned; WISH_WARM: what was written and not told yet */
    bool cancels;            /* WISH_WARM: `none` was among it */
    bool is_new;             /* something was written that was not told yet */
    bool was_told;
    struct fault fault; /* err = 0: none so far */
};

static const char *const names[] = {[WISH_ORDER] = "order", [WISH_WARM] = "warm"};

static int take_order(void *ctx, uint64_t first, uint64_t end, struct fault *f)
{
    struct wishing *x = ctx;
    const uint64_t len = itinerary_len(x->order) + (end - first);

    if (len > x->claimed) {
        const uint64_t more = (len - x->claimed + CLAIM - 1) / CLAIM * CLAIM;
        int r = wishes_claim(x->wishes, more, f);

        if (r < 0)
            return r;
        x->claimed += more;
    }
    return itinerary_add(x->order, first, end, f);
}

static int take_warm(void *ctx, uint64_t first, uint64_t end, struct fault *f)
{
    struct wishing *x = ctx;

    return ranges_add(x->warm, (struct span){first, end}, f);
}

static int take_word(void *ctx, const char *word, struct fault *f)
{
    struct wishing *x = ctx;

    if (x->which == WISH_ORDER)
        return roll_find(wishes_roll(x->wishes), word, take_order, x, f);
    if (strcmp(word, "none") != 0)
        return roll_find(wishes_roll(x->wishes), word, take_warm, x, f);
    ranges_clear(x->warm);
    x->cancels = true;
    return 0;
}

struct wishing *wishing_new(struct wishes *w, enum wish which)
{
    struct wishing *x = g_new0(struct wishing, 1);

    x->wishes = w;
    x->which = which;
    x->words = words_new(take_word, x);
    x->warm = ranges_new();
    if (which == WISH_ORDER)
        x->order = itinerary_new(roll_len(wishes_roll(w)));
    return x;
}

void wishing_free(struct wishing *x)
{
    if (!x)
        return;
    wishes_release(x->wishes, x->claimed);
    words_free(x->words);
    itinerary_unref(x->order);
    itinerary_unref(x->told);
    ranges_free(x->warm);
    g_free(x);
}

/* Tells where it is wrong. */
static int explain(const struct wishing *x, struct fault *f)
{
    g_autofree char *why = g_strdup(f->text);

    return fault_set(f, f->err == ENOENT ? EINVAL : f->err, "%s: line %" PRIu64 ": %s",
                     names[x->which], words_line(x->words), why);
}

/* Keeps what is wrong for all that is still written, and drops what was before. */
static int fail(struct wishing *x, struct fault *f)
{
    explain(x, f);
    log_add(wishes_log(x->wishes), "%s", f->text);
    x->fault = *f;
    g_clear_pointer(&x->order, itinerary_unref);
    g_clear_pointer(&x->told, itinerary_unref);
    wishes_release(x->wishes, x->claimed);
    x->claimed = 0;
    ranges_clear(x->warm);
    return -f->err;
}

static int fail_again(const struct wishing *x, struct fault *f)
{
    *f = x->fault;
    return -f->err;
}

/* What has been told already is copied only where a text goes on after that. */
static int go_on(struct wishing *x, struct fault *f)
{
    int r;

    if (x->which == WISH_WARM || x->order)
        return 0;
    r = wishes_claim(x->wishes, x->told_len, f);
    if (r < 0)
        return r;
    x->claimed = x->told_len;
    r = itinerary_copy(x->told, x->told_len, f, &x->order);
    if (r == 0)
        g_clear_pointer(&x->told, itinerary_unref);
    return r;
}

int wishing_write(struct wishing *x, const char *text, size_t len, struct fault *f)
{
    int r;

    if (x->fault.err)
        return fail_again(x, f);
    if (len == 0)
        return 0;
    x->is_new = true;
    r = go_on(x, f);
    if (r == 0)
        r = words_add(x->words, text, len, f);
    return r < 0 ? fail(x, f) : 0;
}

static int tell_order(struct wishing *x, uint64_t complete, struct fault *f)
{
    const uint64_t len = itinerary_len(x->order);
    int r = itinerary_seal(x->order, f);

    if (r < 0)
        return r;
    x->told_len = complete;
    x->told = itinerary_ref(x->order);
    wishes_put_order(x->wishes, g_steal_pointer(&x->order));
    wishes_release(x->wishes, x->claimed);
    x->claimed = 0;
    if (len > 0)
        log_add(wishes_log(x->wishes), "order: %" PRIu64 " elements", len);
    else
        log_add(wishes_log(x->wishes), "order: ended");
    return 0;
}

static int tell_warm(struct wishing *x, struct fault *f)
{
    int r;

    ranges_settle(x->warm);
    r = wishes_put_warm(x->wishes, x->warm, x->cancels, f);
    if (r < 0)
        return r;
    log_add(wishes_log(x->wishes), "warm: %s%" PRIu64 " elements", x->cancels ? "only " : "",
            ranges_len(x->warm));
    ranges_clear(x->warm);
    x->cancels = false;
    return 0;
}

/* A line that is not complete counts as it is, but a text that goes on goes on from before it.  So
 * it is wrong for good only once nothing can follow. */
static int tell(struct wishing *x, bool is_last, struct fault *f)
{
    const uint64_t complete = x->order ? itinerary_len(x->order) : 0;
    int r = words_end(x->words, f);

    if (r < 0 && !is_last) {
        if (x->order)
            itinerary_cut(x->order, complete);
        return explain(x, f);
    }
    if (r == 0)
        r = x->which == WISH_ORDER ? tell_order(x, complete, f) : tell_warm(x, f);
    if (r < 0)
        return fail(x, f);
    x->is_new = false;
    x->was_told = true;
    return 0;
}

int wishing_flush(struct wishing *x, struct fault *f)
{
    if (x->fault.err)
        return fail_again(x, f);
    return x->is_new ? tell(x, false, f) : 0;
}

int wishing_end(struct wishing *x, struct fault *f)
{
    if (x->fault.err)
        return fail_again(x, f);
    if (x->is_new || (x->which == WISH_ORDER && !x->was_told))
        return tell(x, true, f);
    return 0;
}
