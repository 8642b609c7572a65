/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the pending signals of a thread from /proc and tells harmless ones. */
#include "fs/interrupt.h"

#include <glib.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

static uint64_t bit(int sig)
{
    return UINT64_C(1) << (sig - 1);
}

/* A line such as "SigPnd:\t0000000000000002"; 0 if it is missing. */
static uint64_t find_mask(const char *status, const char *name)
{
    const char *at = strstr(status, name);

    return at != NULL ? g_ascii_strtoull(at + strlen(name), NULL, 16) : 0;
}

bool interrupt_status_is_real(const char *status)
{
    const uint64_t pending = find_mask(status, "\nSigPnd:") | find_mask(status, "\nShdPnd:");
    const uint64_t deaf = find_mask(status, "\nSigBlk:") | find_mask(status, "\nSigIgn:");
    const uint64_t caught = find_mask(status, "\nSigCgt:");
    const uint64_t harmless =
        bit(SIGURG) | bit(SIGCHLD) | bit(SIGPROF) | bit(SIGWINCH) | bit(SIGVTALRM) | bit(SIGSTOP);
    /* Stopping and going on by default: the call does so once it is answered. */
    const uint64_t stops = bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU) | bit(SIGCONT);

    return (pending & ~deaf & ~harmless & ~(stops & ~caught)) != 0;
}

bool interrupt_is_real(pid_t tid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)tid);
    g_autofree char *status = NULL;

    if (tid <= 0 || !g_file_get_contents(path, &status, NULL, NULL))
        return true;
    return interrupt_status_is_real(status);
}
