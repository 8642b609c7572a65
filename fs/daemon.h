/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Going to the background: the caller waits until its child is ready, or tells why it is not. */
#pragma once

#include "ops/base/fault.h"

/* Forks.  The parent passes on what the child writes to standard error until daemon_ready(), or
 * until the child ends, and then leaves this process with 0 or the child's exit status.  Returns in
 * the child alone: in a session of its own, in the root folder, with nothing but /dev/null as
 * standard input, output and error; processes that it forks from here on keep these.  The caller
 * must have no other thread yet.  *ret is what the two functions below want. */
int daemon_start(struct fault *f, int *ret);

/* From here on standard error reaches the waiting parent. */
void daemon_speak(int daemon);

/* Lets the parent go; nothing is said to it any more. */
void daemon_ready(int daemon);
