/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers that the kernel has for backing files. */
#include "fs/passthrough.h"

#ifdef FUSE_CAP_PASSTHROUGH

#include <unistd.h>

/* For the others the kernel has it as well, but refuses every file. */
static bool is_root(void)
{
    return geteuid() == 0;
}

void passthrough_init(struct passthrough *p, struct fuse_conn_info *conn)
{
    if (!is_root())
        return;
    conn->max_backing_stack_depth = 0; /* so that an overlay may still be put upon the mount */
    atomic_store(&p->is_on, fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH));
}

/* libfuse complains on stderr each time, hence no second attempt. */
int passthrough_open(struct passthrough *p, fuse_req_t req, const struct content *c,
                     struct log *log)
{
    const int fd = atomic_load(&p->is_on) ? content_passthrough_fd(c) : -1;
    int backing;

    if (fd < 0)
        return 0;
    backing = fuse_passthrough_open(req, fd);
    if (backing > 0)
        return backing;
    if (atomic_exchange(&p->is_on, false))
        log_add(log, "the kernel cannot read the disk cache itself (passthrough); its files are "
                     "served the normal way");
    return 0;
}

void passthrough_close(fuse_req_t req, int backing)
{
    fuse_passthrough_close(req, backing);
}

void passthrough_set(struct fuse_file_info *fi, int backing)
{
    fi->backing_id = backing;
    fi->keep_cache = backing == 0;
}

#else

void passthrough_init(struct passthrough *p, struct fuse_conn_info *conn)
{
}

int passthrough_open(struct passthrough *p, fuse_req_t req, const struct content *c,
                     struct log *log)
{
    return 0;
}

void passthrough_close(fuse_req_t req, int backing)
{
}

void passthrough_set(struct fuse_file_info *fi, int backing)
{
    fi->keep_cache = 1;
}

#endif
