/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds out how much memory there is for us. */
#include "fs/machine.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "ops/base/scan.h"

/* What one group allows; "max" stands for any amount. */
static uint64_t group_limit(const char *files, const char *group)
{
    g_autofree char *path = g_strconcat(files, "/sys/fs/cgroup", group, "/memory.max", NULL);
    g_autofree char *text = NULL;
    int64_t limit;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !scan_int(g_strchomp(text), &limit))
        return UINT64_MAX;
    return (uint64_t)limit;
}

/* The path of our group, "" for the topmost; NULL if groups are of version 1 alone. */
static char *find_group(const char *files)
{
    g_autofree char *path = g_strconcat(files, "/proc/self/cgroup", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, "0::/"))
            return g_strdup(strcmp(*line, "0::/") == 0 ? "" : *line + strlen("0::"));
    return NULL;
}

uint64_t machine_memory(const char *files)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    g_autofree char *group = find_group(files);

    while (group) {
        char *end = strrchr(group, '/');

        memory = MIN(memory, group_limit(files, group));
        if (!end)
            break;
        *end = '\0';
    }
    return memory;
}
