/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a waiting thread was interrupted by a signal that is meant to get it out.
 *
 * The kernel tells of every signal alike.  Failing a call with EINTR for one that its program
 * hardly notices (Go's runtime sends SIGURG to its own threads many times a second) would make it
 * fail for ever. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Looks at the signals that are pending for a thread: true = one of them is to end its call, or the
 * thread has gone, or nothing can be found out (tid 0: of another PID namespace).  Reads /proc: not
 * on a FUSE thread. */
bool interrupt_is_real(pid_t tid);

/* The same from the text of /proc/TID/status. */
bool interrupt_status_is_real(const char *status);
