/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages between our processes, over sockets that keep them whole, with descriptors. */
#pragma once

#include <sys/types.h>

#define MESSAGE_FDS 3 /* at most, with one message */

/* Sends one with the first n_fds of fds, which stay the caller's.  Waits while the socket is full.
 * 0 or -errno. */
int message_send(int socket, const void *data, size_t len, const int *fds, unsigned n_fds);

/* Receives one; flags as of recvmsg(2).  Returns its length, 0 = the other side has gone, or -errno
 * (-EMSGSIZE: it was longer than len).  ret_fds[0..n_fds-1], now the caller's, are what came with
 * it, or all -1 if it were not so many. */
ssize_t message_receive(int socket, void *ret, size_t len, int flags, int *ret_fds, unsigned n_fds);
