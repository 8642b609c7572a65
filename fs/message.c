/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends and receives messages with descriptors. */
#include "fs/message.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM CMSG_SPACE(MESSAGE_FDS * sizeof(int))

int message_send(int socket, const void *data, size_t len, const int *fds, unsigned n_fds)
{
    struct iovec io = {(void *)data, len};
    alignas(struct cmsghdr) char room[ROOM] = "";
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1};
    ssize_t sent;

    assert(n_fds <= MESSAGE_FDS);
    if (n_fds > 0) {
        m.msg_control = room;
        m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    do
        sent = sendmsg(socket, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

/* What came with a message; where it is not as many as wanted, none is kept. */
static void take_fds(struct msghdr *m, int *ret_fds, unsigned n_fds)
{
    const struct cmsghdr *c = CMSG_FIRSTHDR(m);
    size_t n = c && c->cmsg_type == SCM_RIGHTS ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;
    int came[MESSAGE_FDS];

    n = MIN(n, MESSAGE_FDS);
    if (n > 0)
        memcpy(came, CMSG_DATA(c), n * sizeof(int));
    for (size_t i = 0; i < n; i++) {
        if (n == n_fds)
            ret_fds[i] = came[i];
        else
            close(came[i]);
    }
}

ssize_t message_receive(int socket, void *ret, size_t len, int flags, int *ret_fds, unsigned n_fds)
{
    struct iovec io = {ret, len};
    alignas(struct cmsghdr) char room[ROOM];
    struct msghdr m = {
        .msg_iov = &io, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    ssize_t n;

    assert(n_fds <= MESSAGE_FDS);
    for (unsigned i = 0; i < n_fds; i++)
        ret_fds[i] = -1;
    do
        n = recvmsg(socket, &m, flags | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    if (m.msg_flags & MSG_TRUNC) {
        take_fds(&m, NULL, 0);
        return -EMSGSIZE;
    }
    take_fds(&m, ret_fds, n_fds);
    return n;
}
