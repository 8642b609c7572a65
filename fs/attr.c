/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stat tells of each kind of place. */
#include "fs/attr.h"

#include <errno.h>

#include "fs/control.h"
#include "fs/source.h"

#define YEAR (365.0 * 24 * 3600) /* seconds: what never changes */
#define FOLDER_SIZE 4096
#define LONG_LINE 1024 /* bytes: a line of a listing has fewer, nearly always */

static void set_times(struct stat *st, struct timespec t)
{
    st->st_atim = st->st_mtim = st->st_ctim = t;
}

static void set_size(struct stat *st, uint64_t size)
{
    st->st_size = (off_t)size;
    st->st_blocks = (blkcnt_t)((size + 511) / 512);
}

/* The latest of the sources' and the spec's times; the mount's where none has one. */
static struct timespec find_mtime(const struct attr_base *base, const struct plan *plan,
                                  struct key k)
{
    struct timespec t = spec_mtime(plan_spec(plan));

    source_look_time(plan, k, &t);
    return t.tv_sec == 0 && t.tv_nsec == 0 ? base->start : t;
}

static void get_element(const struct attr_base *base, const struct conf *conf, struct dataset *d,
                        struct key k, struct attr *ret)
{
    uint64_t size;

    set_times(&ret->st, find_mtime(base, dataset_plan(d), k));
    ret->guessed = dataset_tell_size(d, k, &size) != SIZE_KNOWN;
    set_size(&ret->st, ret->guessed ? conf->placeholder : size);
    ret->timeout = ret->guessed ? 0 : YEAR;
}

static int get_error(const struct conf *conf, struct dataset *d, const struct names *n,
                     struct place p, struct attr *ret)
{
    OWN(failure_unref) struct failure *failure = control_look_failure(d, n, p);
    g_autoptr(GString) text = NULL;

    if (failure == NULL)
        return -ENOENT;
    text = g_string_new(NULL);
    control_print_error(d, conf, failure, text);
    set_size(&ret->st, text->len);
    set_times(&ret->st, (struct timespec){.tv_sec = failure->when / G_USEC_PER_SEC,
                                          .tv_nsec = failure->when % G_USEC_PER_SEC * 1000});
    return 0;
}

static uint64_t n_elements(const struct plan *p)
{
    uint64_t n = 0;

    for (uint32_t output = 0; output < plan_n_datasets(p); output++)
        n += plan_output(p, output)->seq->len;
    return n;
}

static void get_control(const struct conf *conf, struct dataset *d, const struct names *n,
                        uint64_t control, struct attr *ret)
{
    g_autoptr(GString) text = NULL;
    enum wish ignored;

    if (control_is_written(control, &ignored))
        ret->st.st_mode |= S_IWUSR;
    if (!control_is_quick(control)) {
        set_size(&ret->st, MAX(conf->placeholder,
                               MIN(n_elements(dataset_plan(d)), UINT64_C(1) << 40) * LONG_LINE));
        return;
    }
    text = g_string_new(NULL);
    control_print(control, d, n, text);
    set_size(&ret->st, text->len);
}

static void get_link(const struct names *n, struct place p, struct attr *ret)
{
    g_autoptr(GString) link = g_string_new(NULL);

    names_print_link(n, p, link);
    ret->st.st_mode = S_IFLNK | 0777;
    set_size(&ret->st, link->len);
    ret->timeout = YEAR;
}

static void get_folder(struct attr *ret)
{
    ret->st.st_mode = S_IFDIR | 0555;
    ret->st.st_nlink = 2;
    set_size(&ret->st, FOLDER_SIZE);
    ret->timeout = YEAR;
}

int attr_get(const struct attr_base *base, const struct conf *conf, struct dataset *d,
             const struct names *n, struct place p, struct attr *ret)
{
    struct attr a = {0};
    int r = 0;

    a.st.st_ino = names_ino(n, p);
    a.st.st_mode = S_IFREG | 0444;
    a.st.st_nlink = 1;
    a.st.st_uid = base->uid;
    a.st.st_gid = base->gid;
    a.st.st_blksize = 4096;
    set_times(&a.st, base->start);
    switch (p.kind) {
    case PLACE_ELEMENT:
        get_element(base, conf, d, (struct key){p.output, p.index}, &a);
        break;
    case PLACE_ERROR:
    case PLACE_ERROR_ROW:
        r = get_error(conf, d, n, p, &a);
        break;
    case PLACE_CONTROL:
        get_control(conf, d, n, p.index, &a);
        break;
    case PLACE_AT_LINK:
    case PLACE_LINK:
        get_link(n, p, &a);
        break;
    case PLACE_DIR:
    case PLACE_LIST:
    case PLACE_ERRORS:
    case PLACE_CONTROL_DIR:
    case PLACE_AT:
    case PLACE_VIEWS:
    case PLACE_VIEW:
    case PLACE_SLICE:
        get_folder(&a);
        break;
    }
    if (r == 0)
        *ret = a;
    return r;
}
