/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads files whole. */
#include "ops/source/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads all there is: the file may have another size by now than it had when it was looked at. */
static int read_all(int fd, const char *path, struct fault *f, GBytes **ret)
{
    g_autofree char *bytes = NULL;
    struct stat st;
    size_t len = 0, cap = 0;
    ssize_t n = 1;

    if (fstat(fd, &st) < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", path);
    if (!S_ISREG(st.st_mode))
        return fault_set(f, EINVAL, "'%s' is %s; wanted is a file", path,
                         S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    while (n > 0) {
        if (len == cap) {
            size_t more = cap == 0 ? (size_t)st.st_size + 1 : cap + cap / 2 + 4096;
            char *larger = more <= SLURP_MAX ? g_try_realloc(bytes, more) : NULL;

            if (more > SLURP_MAX)
                return fault_set(f, EFBIG, "'%s' has more than %" PRIu64 " bytes", path, SLURP_MAX);
            if (!larger)
                return fault_set(f, ENOMEM, "no memory for the %zu bytes of '%s'", more, path);
            bytes = larger;
            cap = more;
        }
        n = TEMP_FAILURE_RETRY(read(fd, bytes + len, cap - len));
        if (n < 0)
            return fault_set_errno(f, errno, "cannot read '%s'", path);
        len += (size_t)n;
    }
    *ret = g_bytes_new_take(g_steal_pointer(&bytes), len);
    return 0;
}

int slurp_file(const char *origin, const char *path, struct fault *f, GBytes **ret)
{
    int fd = open(origin, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int r;

    if (fd < 0)
        return fault_set_errno(f, errno, "cannot read '%s'", path);
    r = read_all(fd, path, f, ret);
    close(fd);
    return r;
}
