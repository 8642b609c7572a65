/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Compares what the headers of a shared object promise with what is in the file.  System V ABI,
 * chapters 4 and 5. */
#include "ops/core/elffile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/base/whole.h"

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define NATIVE_DATA (G_BYTE_ORDER == G_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB)

/* An object under examination.  Lifetime: call. */
struct object {
    const char *path;
    int fd;
    uint64_t size;
    ElfW(Ehdr) head;
    struct fault *fault;
};

static int refuse(const struct object *o)
{
    return fault_set(o->fault, EINVAL, "'%s' is no shared object", o->path);
}

static int cut_off(const struct object *o, const char *what, uint64_t end)
{
    return fault_set(o->fault, EINVAL,
                     "'%s' is cut off: its %s end at byte %" PRIu64 ", and it has %" PRIu64,
                     o->path, what, end, o->size);
}

/* Whether len bytes at off are in the file. */
static int check_extent(const struct object *o, const char *what, uint64_t off, uint64_t len)
{
    if (off <= o->size && len <= o->size - off)
        return 0;
    return cut_off(o, what, off + len < off ? UINT64_MAX : off + len);
}

static int read_at(const struct object *o, void *buf, size_t len, uint64_t off)
{
    const ssize_t n = whole_read_at(o->fd, buf, len, (off_t)off);

    if (n < 0)
        return fault_set_errno(o->fault, (int)-n, "reading '%s'", o->path);
    return (size_t)n == len ? 0 : cut_off(o, "headers", off + len);
}

static int check_segments(const struct object *o)
{
    const ElfW(Ehdr) *head = &o->head;
    int r = check_extent(o, "program headers", head->e_phoff,
                         (uint64_t)head->e_phnum * head->e_phentsize);

    if (r == 0 && (head->e_phnum == 0 || head->e_phentsize != sizeof(ElfW(Phdr))))
        r = refuse(o);
    for (unsigned n = 0; n < head->e_phnum && r == 0; n++) {
        ElfW(Phdr) segment;

        r = read_at(o, &segment, sizeof segment, head->e_phoff + n * sizeof segment);
        if (r == 0 && (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC))
            r = check_extent(o, "segments", segment.p_offset, segment.p_filesz);
    }
    return r;
}

static int check_open(struct object *o)
{
    ElfW(Ehdr) *head = &o->head;
    const size_t len = MIN(o->size, sizeof *head);
    int r = read_at(o, head, len, 0);

    if (r < 0)
        return r;
    if (len < SELFMAG || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0)
        return refuse(o);
    if (len < sizeof *head)
        return cut_off(o, "headers", sizeof *head);
    if (head->e_ident[EI_CLASS] != NATIVE_CLASS || head->e_ident[EI_DATA] != NATIVE_DATA)
        return 0;
    if (head->e_type != ET_DYN)
        return refuse(o);
    r = check_segments(o);
    /* It stands last in what linkers write, and nothing else need tell that the end is missing. */
    return r < 0 ? r
                 : check_extent(o, "section headers", head->e_shoff,
                                (uint64_t)head->e_shnum * head->e_shentsize);
}

int elffile_check(const char *path, struct fault *f)
{
    struct object o = {.path = path, .fault = f};
    struct stat st;

    o.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (o.fd < 0)
        return fault_set_errno(f, errno, "reading '%s'", path);
    int r = fstat(o.fd, &st) < 0 ? fault_set_errno(f, errno, "reading '%s'", path) : 0;
    if (r == 0) {
        o.size = (uint64_t)st.st_size;
        r = check_open(&o);
    }
    close(o.fd);
    return r;
}
