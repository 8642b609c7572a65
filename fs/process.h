/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a process does to itself after a fork, and to what another has left. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Closes every descriptor beyond standard error but these; -1 among them is none. */
void process_close_all_but(const int *kept, unsigned n_kept);

/* The signals' default actions, and none blocked, so that programs that it runs start like that. */
void process_reset_signals(void);

/* Waits until the process of a pidfd has ended, but ms at most: then false. */
bool process_wait(int pidfd, int64_t ms);

/* Kills the children of this thread for which is_spared() is false.  Without /proc there are none
 * to be found. */
void process_kill_children(bool (*is_spared)(const void *ctx, pid_t pid), const void *ctx);

/* Kills all children, and of a subreaper all that becomes its child by that, until none is left. */
void process_end_children(void);

/* Removes a folder with all that is in it, as far as that can be. */
void process_remove_folder(const char *path);
