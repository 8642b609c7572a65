/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adds up /proc/PID/smaps_rollup of a family. */
#include "memory.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* The number behind a word; 0 = it is not there. */
static uint64_t find_number(const char *text, const char *word)
{
    const char *at = text ? strstr(text, word) : NULL;

    return at ? g_ascii_strtoull(at + strlen(word), NULL, 10) : 0;
}

static char *read_proc(const char *pid, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/%s", pid, name);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

static pid_t parent_of(const char *pid)
{
    g_autofree char *text = read_proc(pid, "status");

    return (pid_t)find_number(text, "\nPPid:");
}

/* Of each process its parent's. */
static GHashTable *read_parents(void)
{
    GHashTable *parents = g_hash_table_new(NULL, NULL);
    g_autoptr(GDir) proc = g_dir_open("/proc", 0, NULL);

    for (const char *name; proc && (name = g_dir_read_name(proc));)
        if (g_ascii_isdigit(name[0]))
            g_hash_table_insert(parents, GINT_TO_POINTER(g_ascii_strtoll(name, NULL, 10)),
                                GINT_TO_POINTER(parent_of(name)));
    return parents;
}

static bool is_of_family(GHashTable *parents, int pid, int root)
{
    for (int depth = 0; pid > 1 && depth < 64; depth++) {
        if (pid == root)
            return true;
        pid = GPOINTER_TO_INT(g_hash_table_lookup(parents, GINT_TO_POINTER(pid)));
    }
    return false;
}

void memory_look(pid_t root, struct memory *ret)
{
    g_autoptr(GHashTable) parents = read_parents();
    GHashTableIter iter;
    void *pid;

    *ret = (struct memory){0};
    g_hash_table_iter_init(&iter, parents);
    while (g_hash_table_iter_next(&iter, &pid, NULL)) {
        g_autofree char *name = g_strdup_printf("%d", GPOINTER_TO_INT(pid));
        g_autofree char *text = NULL;

        if (!is_of_family(parents, GPOINTER_TO_INT(pid), root) ||
            !(text = read_proc(name, "smaps_rollup")))
            continue;
        ret->n_processes++;
        ret->resident += find_number(text, "\nRss:") * 1024;
        ret->own += find_number(text, "\nPss_Anon:") * 1024;
        ret->own += find_number(text, "\nPss_Shmem:") * 1024;
    }
}
