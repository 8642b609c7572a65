/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Binds the threads of a worker to a CPU, and lets them go when somebody else needs it. */
#include "fs/affinity.h"

#include <glib.h>
#include <stdlib.h>
#include <time.h>

#define SHARE 0.6 /* of a job's time on the CPU; with less, others are there too, or it waits */
#define SHORT_NS 2000000 /* jobs shorter than this tell nothing */
#define LOOSE_JOBS 200   /* after which it is tried again */

static int64_t now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* All threads there are; those to come are bound as the one that starts them. */
static void bind_to(const cpu_set_t *cpus)
{
    g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
    const char *tid;

    sched_setaffinity(0, sizeof *cpus, cpus);
    while (tasks && (tid = g_dir_read_name(tasks)))
        sched_setaffinity((pid_t)strtol(tid, NULL, 10), sizeof *cpus, cpus);
}

static int nth_cpu(const cpu_set_t *cpus, int n)
{
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, cpus) && n-- == 0)
            return cpu;
    return -1;
}

static void keep(struct affinity *a)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(a->cpu, &one);
    bind_to(&one);
    a->n_loose = 0;
}

void affinity_init(struct affinity *a, int place)
{
    *a = (struct affinity){.cpu = -1};
    if (place < 0 || sched_getaffinity(0, sizeof a->all, &a->all) < 0 || CPU_COUNT(&a->all) < 2)
        return;
    a->cpu = nth_cpu(&a->all, place % CPU_COUNT(&a->all));
    if (a->cpu >= 0)
        keep(a);
}

void affinity_begin(struct affinity *a)
{
    if (a->cpu < 0)
        return;
    if (a->n_loose > 0 && --a->n_loose == 0)
        keep(a);
    a->began = now(CLOCK_MONOTONIC);
    a->began_cpu = now(CLOCK_PROCESS_CPUTIME_ID);
}

void affinity_end(struct affinity *a)
{
    if (a->cpu < 0 || a->n_loose > 0)
        return;
    int64_t wall = now(CLOCK_MONOTONIC) - a->began;
    int64_t used = now(CLOCK_PROCESS_CPUTIME_ID) - a->began_cpu;
    if (wall < SHORT_NS || (double)used >= SHARE * (double)wall)
        return;
    bind_to(&a->all);
    a->n_loose = LOOSE_JOBS;
}
