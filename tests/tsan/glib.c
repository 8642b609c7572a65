/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GLib's locks over those of pthreads, for builds with the thread sanitizer: GLib's own are futexes
 * in a library that is not built for it, so it would not see that they order anything.  libvips
 * gets these, too. */
#include <dlfcn.h>
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

void __tsan_acquire(void *addr);
void __tsan_release(void *addr);

/* GMutex and GCond begin with a pointer, which is NULL in one that lies in zeroed memory. */
static void *made_once(void **at, void *(*make)(void))
{
    void *found = __atomic_load_n(at, __ATOMIC_ACQUIRE), *made;

    if (found != NULL)
        return found;
    made = make();
    if (__atomic_compare_exchange_n(at, &found, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    free(made);
    return found;
}

static void *make_mutex(void)
{
    pthread_mutex_t *m = malloc(sizeof *m);

    pthread_mutex_init(m, NULL);
    return m;
}

static void *make_cond(void)
{
    pthread_cond_t *c = malloc(sizeof *c);
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    return c;
}

static pthread_mutex_t *mutex_of(GMutex *m)
{
    return made_once(&m->p, make_mutex);
}

static pthread_cond_t *cond_of(GCond *c)
{
    return made_once(&c->p, make_cond);
}

void g_mutex_init(GMutex *m)
{
    m->p = NULL;
}

void g_mutex_clear(GMutex *m)
{
    if (m->p != NULL)
        pthread_mutex_destroy(m->p);
    free(m->p);
    m->p = NULL;
}

void g_mutex_lock(GMutex *m)
{
    pthread_mutex_lock(mutex_of(m));
}

gboolean g_mutex_trylock(GMutex *m)
{
    return pthread_mutex_trylock(mutex_of(m)) == 0;
}

void g_mutex_unlock(GMutex *m)
{
    pthread_mutex_unlock(mutex_of(m));
}

void g_cond_init(GCond *c)
{
    c->p = NULL;
}

void g_cond_clear(GCond *c)
{
    if (c->p != NULL)
        pthread_cond_destroy(c->p);
    free(c->p);
    c->p = NULL;
}

void g_cond_wait(GCond *c, GMutex *m)
{
    pthread_cond_wait(cond_of(c), mutex_of(m));
}

gboolean g_cond_wait_until(GCond *c, GMutex *m, gint64 end)
{
    struct timespec at = {.tv_sec = end / G_USEC_PER_SEC, .tv_nsec = end % G_USEC_PER_SEC * 1000};

    return pthread_cond_timedwait(cond_of(c), mutex_of(m), &at) != ETIMEDOUT;
}

void g_cond_signal(GCond *c)
{
    pthread_cond_signal(cond_of(c));
}

void g_cond_broadcast(GCond *c)
{
    pthread_cond_broadcast(cond_of(c));
}

void(g_atomic_ref_count_init)(gatomicrefcount *count)
{
    __atomic_store_n(count, 1, __ATOMIC_SEQ_CST);
}

void(g_atomic_ref_count_inc)(gatomicrefcount *count)
{
    __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
}

gboolean(g_atomic_ref_count_dec)(gatomicrefcount *count)
{
    return __atomic_sub_fetch(count, 1, __ATOMIC_SEQ_CST) == 0;
}

/* What is pushed is seen by who takes it. */
struct pool_function {
    GFunc run;
    gpointer ctx;
};

static void run_pooled(gpointer data, gpointer ctx)
{
    struct pool_function *function = ctx;

    __tsan_acquire(data);
    function->run(data, function->ctx);
}

GThreadPool *g_thread_pool_new(GFunc run, gpointer ctx, gint max_threads, gboolean exclusive,
                               GError **error)
{
    GThreadPool *(*real)(GFunc, gpointer, gint, gboolean, GError **) =
        (GThreadPool * (*)(GFunc, gpointer, gint, gboolean, GError **))
            dlsym(RTLD_NEXT, "g_thread_pool_new");
    static struct pool_function functions[64]; /* a pool lives as long as its process here */
    static unsigned n;
    struct pool_function *function = &functions[__atomic_fetch_add(&n, 1, __ATOMIC_RELAXED) % 64];

    *function = (struct pool_function){run, ctx};
    return real(run_pooled, function, max_threads, exclusive, error);
}

gboolean g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error)
{
    gboolean (*real)(GThreadPool *, gpointer, GError **) =
        (gboolean(*)(GThreadPool *, gpointer, GError **))dlsym(RTLD_NEXT, "g_thread_pool_push");

    __tsan_release(data);
    return real(pool, data, error);
}
