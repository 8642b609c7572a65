/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at folders before they are mounted on, and unmounts. */
#include "fs/mountpoint.h"

#include <errno.h>
#include <mntent.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/session.h"
#include "ops/base/child.h"

#define FUSERMOUNT_TIMEOUT 10.0 /* seconds */

/* The path without links.  A dead mount cannot be looked at, so only its folder is followed. */
static char *find_real(const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(absolute);
    g_autofree char *name = g_path_get_basename(absolute);
    char *real = realpath(absolute, NULL);
    char *ret;

    if (real == NULL && errno == ENOTCONN) {
        char *real_folder = realpath(folder, NULL);

        ret = g_build_filename(real_folder != NULL ? real_folder : folder, name, NULL);
        free(real_folder);
        return ret;
    }
    ret = g_strdup(real != NULL ? real : absolute);
    free(real);
    return ret;
}

/* The type of what is mounted there, the uppermost; NULL = nothing. */
static char *find_type(const char *real)
{
    FILE *mounts = setmntent("/proc/self/mounts", "re");
    char *type = NULL;
    struct mntent entry;
    char buf[16384];

    if (mounts == NULL)
        return NULL;
    while (getmntent_r(mounts, &entry, buf, sizeof buf) != NULL) {
        if (strcmp(entry.mnt_dir, real) == 0) {
            g_free(type);
            type = g_strdup(entry.mnt_type);
        }
    }
    endmntent(mounts);
    return type;
}

static int run_fusermount(const char *path, const char *flags, struct fault *f)
{
    char *argv[] = {(char *)"fusermount3", (char *)flags, (char *)"--", (char *)path, NULL};
    const struct child_run run = {
        .argv = argv, .timeout = FUSERMOUNT_TIMEOUT, .max_output = 1 << 16};
    GBytes *out;
    int r = child_run(&run, f, &out);

    if (r == 0)
        g_bytes_unref(out);
    return r;
}

int mountpoint_detach(const char *path, struct fault *f)
{
    if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
        return 0;
    if (errno != EPERM)
        return fault_set_errno(f, errno, "cannot unmount '%s'", path);
    return run_fusermount(path, "-uz", f);
}

static int remove_dead(const char *mountpoint, struct fault *f)
{
    g_autofree char *real = find_real(mountpoint);
    g_autofree char *type = find_type(real);

    if (g_strcmp0(type, MOUNTPOINT_TYPE) != 0)
        return fault_set(f, ENOTCONN, "'%s' is a dead mount of %s; unmount it first", mountpoint,
                         type != NULL ? type : "another file system");
    return mountpoint_detach(real, f);
}

static int check_device(struct fault *f)
{
    struct stat st;

    if (stat("/dev/fuse", &st) < 0)
        return fault_set(f, ENODEV,
                         "there is no /dev/fuse; load the kernel's module (modprobe fuse), or "
                         "start the container "
                         "with --device /dev/fuse");
    return 0;
}

static bool is_below(const char *path, const char *folder)
{
    g_autofree char *real = find_real(path);
    size_t len = strlen(folder);

    return strncmp(real, folder, len) == 0 && (real[len] == '/' || real[len] == '\0');
}

static int check_source(const struct conf *conf, const struct seq *s, const char *real,
                        struct fault *f)
{
    const bool looks = s->op->kind == OP_SOURCE && s->len != SEQ_UNCOUNTED;
    const uint64_t len = looks ? s->len : 0;

    for (uint64_t i = 0; i < len; i++) {
        g_autofree char *origin = seq_origin(s, i);

        if (origin == NULL)
            break;
        if (is_below(origin, real))
            return fault_set(f, EINVAL,
                             "the source '%s' lies below the mountpoint '%s' and would be "
                             "hidden by the mount",
                             origin, conf->mountpoint);
    }
    return 0;
}

/* What the dataset is made of must not vanish below its own mount. */
static int check_sources(const struct conf *conf, const struct plan *p, const char *real,
                         struct fault *f)
{
    if (is_below(conf->spec, real))
        return fault_set(
            f, EINVAL,
            "the spec '%s' lies below the mountpoint '%s' and would be hidden by the mount",
            conf->spec, conf->mountpoint);
    for (uint32_t id = 0; id < plan_n_steps(p); id++) {
        int r = check_source(conf, plan_step(p, id), real, f);

        if (r < 0)
            return r;
    }
    return 0;
}

static int check_folder(const struct conf *conf, const struct plan *p, const struct stat *st,
                        struct fault *f)
{
    g_autofree char *real = find_real(conf->mountpoint);
    g_autofree char *type = find_type(real);
    g_autoptr(GDir) dir = NULL;

    if (!S_ISDIR(st->st_mode))
        return fault_set(f, ENOTDIR, "'%s' is not a folder", conf->mountpoint);
    if (g_strcmp0(type, MOUNTPOINT_TYPE) == 0)
        return fault_set(f, EBUSY,
                         "seqfs is mounted on '%s' already; unmount it first: seqfs umount %s",
                         conf->mountpoint, conf->mountpoint);
    dir = g_dir_open(conf->mountpoint, 0, NULL);
    if (dir == NULL)
        return fault_set_errno(f, EACCES, "cannot look into '%s'", conf->mountpoint);
    /* Nothing can lie below an empty folder. */
    if (g_dir_read_name(dir) == NULL)
        return 0;
    if (!conf->nonempty)
        return fault_set(f, ENOTEMPTY, "'%s' is not empty; --nonempty mounts over what is there",
                         conf->mountpoint);
    return check_sources(conf, p, real, f);
}

int session_check_mountpoint(const struct conf *conf, const struct plan *p, struct fault *f)
{
    struct stat st;
    int r = stat(conf->mountpoint, &st);

    if (r < 0 && errno == ENOTCONN) {
        r = remove_dead(conf->mountpoint, f);
        if (r < 0)
            return r;
        r = stat(conf->mountpoint, &st);
    }
    if (r < 0)
        return fault_set_errno(f, errno, "cannot mount on '%s'", conf->mountpoint);
    r = check_folder(conf, p, &st, f);
    return r < 0 ? r : check_device(f);
}

int session_unmount(const char *mountpoint, struct fault *f)
{
    g_autofree char *real = find_real(mountpoint);
    g_autofree char *type = find_type(real);

    if (g_strcmp0(type, MOUNTPOINT_TYPE) != 0)
        return fault_set(f, EINVAL, "'%s' is not a mount of seqfs", mountpoint);
    if (umount2(real, UMOUNT_NOFOLLOW) == 0)
        return 0;
    if (errno == EBUSY)
        return fault_set(f, EBUSY,
                         "'%s' is busy: a program has files open there or works in it; end it "
                         "first, or detach the "
                         "mount with umount -l",
                         mountpoint);
    if (errno != EPERM)
        return fault_set_errno(f, errno, "cannot unmount '%s'", mountpoint);
    return run_fusermount(real, "-u", f);
}
