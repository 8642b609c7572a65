/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the stores of a mount. */
#include "fs/stores.h"

#include "fs/machine.h"

/* The store is told who listens once and for all; who does may change. */
struct stores_listener {
    GMutex lock;
    /* below: under lock */
    store_wasted_fn *wasted;
    void *ctx;
};

static void pass_on(void *ctx, uint64_t owner)
{
    struct stores_listener *l = ctx;

    g_mutex_lock(&l->lock);
    if (l->wasted)
        l->wasted(l->ctx, owner);
    g_mutex_unlock(&l->lock);
}

void stores_set_wasted(struct stores *s, store_wasted_fn *wasted, void *ctx)
{
    g_mutex_lock(&s->listener->lock);
    s->listener->wasted = wasted;
    s->listener->ctx = ctx;
    g_mutex_unlock(&s->listener->lock);
}

void stores_unset_wasted(struct stores *s, const void *ctx)
{
    g_mutex_lock(&s->listener->lock);
    if (s->listener->ctx == ctx)
        s->listener->wasted = NULL;
    g_mutex_unlock(&s->listener->lock);
}

/* A mount can do without. */
static struct disk *open_disk(const struct conf *conf, struct log *log)
{
    g_autofree char *folder = conf_disk(conf);
    struct vault *vault;
    struct fault f = {0};

    if (!folder)
        return NULL;
    if (vault_new(folder, conf->cache.disk_size, &f, &vault) == 0)
        return disk_new(vault, log);
    log_add(log, "nothing is kept on disk: %s", f.text);
    return NULL;
}

struct stores *stores_new(const struct conf *conf, struct log *log)
{
    g_autofree char *folder = g_build_filename(g_get_user_cache_dir(), "seqfs", NULL);
    struct stores *s = g_new0(struct stores, 1);

    s->listener = g_new0(struct stores_listener, 1);
    g_mutex_init(&s->listener->lock);
    s->disk = open_disk(conf, log);
    s->budget = budget_new(conf->cache.memory ? conf->cache.memory : machine_memory("") / 4);
    s->spill = spill_new(folder);
    s->store = store_new(s->budget, s->spill, pass_on, s->listener);
    return s;
}

void stores_free(struct stores *s)
{
    if (!s)
        return;
    disk_free(s->disk);
    store_free(s->store);
    spill_free(s->spill);
    budget_free(s->budget);
    g_mutex_clear(&s->listener->lock);
    g_free(s->listener);
    g_free(s);
}
