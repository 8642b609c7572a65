/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door to the two kinds of crew, and what both need. */
#include "fs/crew.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "fs/crew_internal.h"
#include "fs/shelf.h"
#include "fs/zygote.h"

struct crew {
    struct crew_common common;
    const struct crew_kind *kind;
    void *self;              /* owned */
    struct shelf *own_shelf; /* of threads; that of processes is the zygote's */
};

static int start_threads(struct crew *c, struct fault *f)
{
    int r = shelf_new(c->common.plan, f, &c->own_shelf);

    if (r < 0)
        return r;
    c->common.shelf = c->own_shelf;
    r = crew_thread_new(&c->common, f, &c->self);
    if (r < 0)
        shelf_free(c->own_shelf);
    return r;
}

int crew_new(const struct crew_conf *conf, const struct plan *p, struct zygote *own_z,
             struct stats *stats, struct log *log, crew_done_fn *done, void *ctx, struct fault *f,
             struct crew **ret)
{
    struct crew *c = g_new(struct crew, 1);
    int r;

    *c = (struct crew){
        .common = {*conf, p, stats, log, done, ctx, own_z ? zygote_shelf(own_z) : NULL},
        .kind = conf->isolation == ISOLATION_THREAD ? &crew_threads : &crew_processes,
    };
    if (conf->isolation == ISOLATION_THREAD)
        r = start_threads(c, f);
    else
        r = crew_process_new(&c->common, own_z, f, &c->self);
    if (r < 0) {
        g_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void crew_set_budget(struct crew *c, struct budget *b)
{
    c->common.budget = b;
}

void crew_free(struct crew *c)
{
    if (!c)
        return;
    c->kind->free(c->self);
    shelf_free(c->own_shelf);
    g_free(c);
}

const struct shelf *crew_shelf(const struct crew *c)
{
    return c->common.shelf;
}

bool crew_offer(struct crew *c, struct key k)
{
    return c->kind->offer(c->self, k);
}

unsigned crew_busy(const struct crew *c)
{
    return c->kind->busy(c->self);
}

unsigned crew_alive(const struct crew *c)
{
    return c->kind->alive(c->self);
}

/* The step nearest to the source, so that it is the spec's and not one that it implied. */
static const struct seq *find_unsafe(const struct seq *s, GHashTable *seen)
{
    if (!g_hash_table_add(seen, (gpointer)s))
        return NULL;
    for (uint32_t i = 0; i < s->n_in; i++) {
        const struct seq *found = find_unsafe(s->in[i], seen);
        if (found)
            return found;
    }
    return s->isolate ? s : NULL;
}

const struct seq *crew_unsafe_step(const struct plan *p)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const struct seq *found = NULL;

    for (uint32_t i = 0; i < plan_n_outputs(p) && !found; i++)
        if (plan_output(p, i)->kind != OUTPUT_CONTACT)
            found = find_unsafe(plan_output(p, i)->seq, seen);
    return found;
}

GThread *crew_start_thread(const char *name, GThreadFunc run, void *arg, struct fault *f)
{
    g_autoptr(GError) error = NULL;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    GThread *thread = g_thread_try_new(name, run, arg, &error);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!thread)
        fault_set(f, EAGAIN, "no thread could be started: %s", error->message);
    return thread;
}

/* "1 GiB", "1000000 bytes". */
static void print_memory(uint64_t bytes, GString *ret)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    unsigned unit = 0;

    while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < G_N_ELEMENTS(units)) {
        bytes /= 1024;
        unit++;
    }
    g_string_append_printf(ret, "%" G_GUINT64_FORMAT " %s", bytes, units[unit]);
}

/* Libraries that get no memory abort (C++, glibc), trap (GLib), or the kernel kills. */
static void print_guess(const struct crew_conf *conf, int signal, GString *ret)
{
    if (conf->memory && (signal == SIGABRT || signal == SIGTRAP || signal == SIGKILL)) {
        g_string_append(ret, "; perhaps out of its ");
        print_memory(conf->memory, ret);
        g_string_append(ret, " of memory");
    } else if (signal == SIGKILL) {
        g_string_append(ret, "; perhaps the machine is out of memory");
    }
}

void crew_describe_end(const struct crew_conf *conf, int status, GString *ret)
{
    if (!WIFSIGNALED(status)) {
        g_string_append_printf(ret, "exited with status %d", WEXITSTATUS(status));
        return;
    }
    g_autofree char *name = g_strdup(strsignal(WTERMSIG(status)));
    name[0] = g_ascii_tolower(name[0]);
    g_string_append_printf(ret, "was killed by signal %d (%s)", WTERMSIG(status), name);
    print_guess(conf, WTERMSIG(status), ret);
}
