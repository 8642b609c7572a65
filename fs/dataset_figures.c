/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks all rooms behind a dataset for their figures. */
#include "fs/dataset_parts.h"
#include "fs/figures.h"

static void look_at_work(const struct dataset *d, struct figures *ret)
{
    struct sched_figures now;

    sched_look_figures(d->sched, &now);
    ret->queues = (struct figures_queues){
        .demand = now.queued, .ahead = now.ahead, .running = now.running, .waiting = now.waiting};
    ret->workers = (struct figures_workers){
        .count = d->n_workers, .alive = crew_alive(d->crew), .busy = crew_busy(d->crew)};
    ret->failures_kept = errlog_len(d->errlog);
}

static void look_at_hints(const struct dataset *d, struct figures *ret)
{
    struct wishes_figures now;

    wishes_look_figures(d->wishes, &now);
    ret->order = (struct figures_order){.len = now.len, .readers = now.readers, .at = now.at};
    ret->warm = (struct figures_warm){.asked = now.asked, .done = now.done, .failed = now.failed};
}

static void look_at_memory(const struct stores *s, struct figures *ret)
{
    struct store_figures kept;
    struct budget_figures budget;
    struct spill_figures spilled;

    store_look_figures(s->store, &kept);
    budget_look(s->budget, &budget);
    spill_look_figures(s->spill, &spilled);
    ret->budget = (struct figures_budget){.limit = budget.limit,
                                          .held = budget.held,
                                          .pinned = budget.pinned,
                                          .reserved = budget.reserved,
                                          .transfer = budget.transfer,
                                          .spilled = spilled.bytes};
    ret->cache = (struct figures_cache){.elements = kept.n,
                                        .bytes = kept.bytes,
                                        .unread = kept.unread,
                                        .hits = kept.hits,
                                        .misses = kept.misses,
                                        .evicted = kept.evicted,
                                        .evicted_unread = kept.evicted_unread,
                                        .evicted_kernel = kept.evicted_kernel};
    ret->ahead.used = kept.used;
    ret->ahead.wasted = kept.evicted_unread + kept.refused;
}

static void look_at_disk(const struct dataset *d, struct figures *ret)
{
    struct disk_figures disk;
    struct ledger_figures sizes;

    if (d->rooms.stores->disk) {
        disk_look_figures(d->rooms.stores->disk, &disk);
        ret->disk = (struct figures_disk){.is_on = true,
                                          .hits = disk.vault.hits,
                                          .misses = disk.vault.misses,
                                          .kept = disk.vault.kept,
                                          .skipped = disk.skipped,
                                          .bytes = disk.vault.total,
                                          .limit = disk.vault.size};
    }
    if (d->ledger) {
        ledger_look_figures(d->ledger, &sizes);
        ret->size_index = (struct figures_size_index){
            .is_on = true, .hits = sizes.hits, .misses = sizes.misses, .kept = sizes.kept};
    }
}

static GArray *look_at_streams(const struct dataset *d)
{
    g_autoptr(GArray) ways = ahead_look_ways(d->ahead);
    GArray *streams = g_array_new(FALSE, FALSE, sizeof(struct figures_stream));

    for (guint i = 0; i < ways->len; i++) {
        const struct ahead_way *w = &g_array_index(ways, struct ahead_way, i);
        const struct figures_stream stream = {.output = w->output,
                                              .at = w->way.at,
                                              .stride = w->way.stride,
                                              .window = w->way.window,
                                              .ahead = w->way.ahead};

        g_array_append_val(streams, stream);
    }
    return streams;
}

void dataset_print_stats(struct dataset *d, GString *ret)
{
    g_autoptr(GArray) streams = look_at_streams(d);
    struct figures now = {.plan = d->rooms.plan, .stats = d->stats, .shelf = crew_shelf(d->crew)};

    now.ahead = (struct figures_ahead){.n_streams = streams->len,
                                       .streams = (const struct figures_stream *)streams->data};
    look_at_work(d, &now);
    look_at_hints(d, &now);
    look_at_memory(d->rooms.stores, &now);
    look_at_disk(d, &now);
    figures_print(&now, ret);
}
