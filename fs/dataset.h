/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan being served: the one door from an element to its bytes, its size and its failure.
 *
 * Behind it stand the rooms that make and keep contents (sched, store, sizes, errlog, ahead, crew);
 * before it those that speak with the kernel. */
#pragma once

#include "fs/conf.h"
#include "fs/errlog.h"
#include "fs/names.h"
#include "fs/sched.h"
#include "fs/sizes.h"
#include "fs/stats.h"
#include "fs/stores.h"
#include "fs/wishes.h"

/* Lifetime: mount, or until the spec is read again.  Any thread but for new and free. */
struct dataset;
struct zygote;

/* All but the zygote are borrowed. */
struct dataset_rooms {
    const struct conf *conf;
    const struct plan *plan;
    const struct names *names;
    struct stores *stores;
    struct log *log;
};

/* Takes the zygote over (NULL with threads).  Starts the crew's thread. */
int dataset_new(const struct dataset_rooms *rooms, struct zygote *own_z, struct fault *f,
                struct dataset **ret);
void dataset_free(struct dataset *d);
OWN_DEFINE(struct dataset, dataset_free)

/* Opens an element for a reader.  What needs no worker (bytes that lie ready in a file, trivial
 * values) is answered at once; the rest as by sched_want().  Where the kernel has all bytes and we
 * do not, done gets no content and no error: dataset_fetch() then gets them, should the kernel ask
 * for some after all.  Faults become the element's failure.  Counts the opens and those that have
 * to wait.  *ret_direct: it needs no worker. */
struct want *dataset_want(struct dataset *d, struct key k, want_done_fn *done, void *ctx,
                          bool *ret_direct);
/* After that, when the reader has his answer or waits for it, unless it needs no worker: what may
 * come next is begun. */
void dataset_saw(struct dataset *d, struct key k, bool waited);
/* The bytes or the size alone, for no reader who opens it now: nothing follows, nothing is counted.
 * stamp: of the version that is wanted; -ESTALE if it is another now; 0 = any. */
struct want *dataset_fetch(struct dataset *d, struct key k, uint64_t stamp, want_done_fn *done,
                           void *ctx);
bool dataset_unwant(struct dataset *d, struct want *w);

/* The kernel has all bytes of an element now, in the version of that stamp. */
void dataset_kernel_has(struct dataset *d, struct key k, uint64_t stamp);

/* What an element is now: of its sources as they are. */
struct identity dataset_identify(const struct dataset *d, struct key k);

/* Forgets what is known of an element if its source is another by now.  dataset_want() does it,
 * too.
 */
void dataset_refresh(struct dataset *d, struct key k);

/* Logs that an element which had to be computed anew is not what it was when it was opened, so that
 * its reader got an error. */
void dataset_note_differs(struct dataset *d, struct key k);

/* What can be said of the size now, starting nothing: as sizes_look(), but elements that need no
 * worker, or whose steps tell it before they are computed, are measured on the spot.  What cannot
 * be measured (its file is gone) is SIZE_FAILED. */
enum size_state dataset_look_size(struct dataset *d, struct key k, uint64_t *ret);

/* The same for whoever tells the kernel: as sizes_tell(). */
enum size_state dataset_tell_size(struct dataset *d, struct key k, uint64_t *ret);

/* The failure of an element, counted, or NULL. */
struct failure *dataset_look_failure(struct dataset *d, struct key k);
/* Forgets it, so that the next open tries again; false = there was none. */
bool dataset_forget(struct dataset *d, struct key k);

/* Ends all waiting with err (-errno); call before the session is destroyed. */
void dataset_stop(struct dataset *d, int err);

const struct plan *dataset_plan(const struct dataset *d);
struct sizes *dataset_sizes(struct dataset *d);
struct errlog *dataset_errlog(struct dataset *d);
struct stats *dataset_stats(struct dataset *d);
struct log *dataset_log(struct dataset *d);
struct wishes *dataset_wishes(struct dataset *d);

/* Readers have said something new: free workers look. */
void dataset_stir(struct dataset *d);

/* All figures as JSON, for .seqfs/stats.  Appends. */
void dataset_print_stats(struct dataset *d, GString *ret);
