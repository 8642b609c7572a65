/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the arrays of an npz archive by its central directory. */
#include "ops/source/bundle.h"

#include "ops/op.h"

#include <string.h>

int bundle_open_zip(const char *path, const char *origin, struct fault *f, zip_t **ret)
{
    zip_error_t error;
    int code = 0;

    *ret = zip_open(origin, ZIP_RDONLY, &code);
    if (*ret)
        return 0;
    zip_error_init_with_code(&error, code);
    if (code == ZIP_ER_NOZIP)
        fault_set(f, EINVAL, "'%s' is no zip archive, as npz files are, or its end is missing",
                  path);
    else
        fault_set(f, EIO, "'%s' cannot be read: %s", path, zip_error_strerror(&error));
    zip_error_fini(&error);
    return -f->err;
}

int bundle_blame(const char *what, const char *said, struct fault *f)
{
    return fault_set(f, EIO, "%s cannot be read: %s", what, said);
}

int bundle_read(zip_file_t *file, const char *what, char *buf, uint64_t len, struct fault *f)
{
    for (uint64_t done = 0; done < len;) {
        zip_int64_t n = zip_fread(file, buf + done, len - done);

        if (n < 0)
            return bundle_blame(what, zip_file_strerror(file), f);
        if (n == 0)
            return fault_set(f, EIO, "%s is %" PRIu64 " bytes short", what, len - done);
        done += (uint64_t)n;
    }
    return 0;
}

/* Members are called as the arrays, with a suffix. */
char *bundle_name(const struct bundle_member *m)
{
    return g_strndup(m->name, strlen(m->name) - strlen(BUNDLE_SUFFIX));
}

const struct bundle_member *bundle_at(const struct bundle *b, guint k)
{
    return &g_array_index(b->members, struct bundle_member, k);
}

int bundle_check(const struct bundle *b, const struct bundle_member *m, struct fault *f)
{
    const zip_uint64_t wanted = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;

    if ((m->st.valid & wanted) != wanted)
        return fault_set(f, EINVAL, "'%s' does not tell how large its member '%s' is", b->path,
                         m->name);
    if (m->st.valid & ZIP_STAT_ENCRYPTION_METHOD && m->st.encryption_method != ZIP_EM_NONE)
        return fault_set(f, EINVAL, "'%s' has the member '%s' encrypted", b->path, m->name);
    if (m->st.comp_method == ZIP_CM_STORE && m->st.size != m->st.comp_size)
        return fault_set(f, EINVAL,
                         "'%s' is damaged: its member '%s' is stored in %" PRIu64
                         " bytes, and said to have %" PRIu64,
                         b->path, m->name, m->st.comp_size, m->st.size);
    return 0;
}

/* All arrays of the archive. */
static int find_all(struct bundle *b, struct fault *f)
{
    const zip_int64_t n = zip_get_num_entries(b->zip, 0);

    for (zip_int64_t i = 0; i < n; i++) {
        struct bundle_member m = {.name = zip_get_name(b->zip, (zip_uint64_t)i, 0),
                                  .index = (uint64_t)i};

        if (!m.name || !g_str_has_suffix(m.name, BUNDLE_SUFFIX) ||
            strlen(m.name) == strlen(BUNDLE_SUFFIX))
            continue;
        if (zip_stat_index(b->zip, m.index, 0, &m.st) < 0)
            return bundle_blame(m.name, zip_strerror(b->zip), f);
        g_array_append_val(b->members, m);
    }
    if (b->members->len == 0)
        return fault_set(f, EINVAL, "'%s' has no arrays: no member whose name ends in '%s'",
                         b->path, BUNDLE_SUFFIX);
    return 0;
}

static bool is_called(const struct bundle_member *m, const char *name)
{
    g_autofree char *own = bundle_name(m);

    return strcmp(own, name) == 0 || strcmp(m->name, name) == 0;
}

/* The arrays that were asked for, in that order, in place of all. */
int bundle_pick(struct bundle *b, const struct strings *names, struct fault *f)
{
    GArray *picked = g_array_new(false, false, sizeof(struct bundle_member));
    int r = 0;

    for (uint32_t n = 0; r == 0 && n < names->len; n++) {
        struct nearest near;
        char hint[128];
        guint k = 0;

        nearest_init(&near, names->at[n]);
        for (; k < b->members->len && !is_called(bundle_at(b, k), names->at[n]); k++) {
            g_autofree char *name = bundle_name(bundle_at(b, k));

            nearest_offer(&near, name);
        }
        if (k < b->members->len)
            g_array_append_val(picked, *bundle_at(b, k));
        else
            r = fault_set_arg(f, EINVAL, "member", (int)n, "npz: '%s' has no array '%s'%s", b->path,
                              names->at[n], nearest_hint(&near, hint, sizeof hint));
    }
    g_array_unref(b->members);
    b->members = picked;
    return r;
}

/* Fields are files: their names are those of files, each its own. */
int bundle_check_fields(const struct bundle *b, struct fault *f)
{
    if (b->members->len > BUNDLE_MAX)
        return fault_set(f, EINVAL, "'%s' has %u arrays, more than %d; name some by 'member'",
                         b->path, b->members->len, BUNDLE_MAX);
    for (guint k = 0; k < b->members->len; k++) {
        const char *name = bundle_at(b, k)->name;
        g_autofree char *field = bundle_name(bundle_at(b, k));

        if (!filename_is_one(field) || !g_utf8_validate(field, -1, NULL))
            return fault_set(f, EINVAL,
                             "'%s' has an array '%s', which cannot be the name of a field; name "
                             "one array by 'member'",
                             b->path, name);
        for (guint j = 0; j < k; j++)
            if (strcmp(name, bundle_at(b, j)->name) == 0)
                return fault_set(f, EINVAL, "'%s' has, or is asked for, the array '%s' twice",
                                 b->path, name);
    }
    return 0;
}

int bundle_open(const char *path, const char *folder, struct fault *f, struct bundle *ret)
{
    struct bundle b = {.path = path,
                       .members = g_array_new(false, false, sizeof(struct bundle_member))};
    int r = plain_open(path, folder, f, &b.plain);

    if (r == 0)
        r = bundle_open_zip(path, b.plain.origin, f, &b.zip);
    if (r == 0)
        r = find_all(&b, f);
    if (r < 0) {
        bundle_close(&b);
        return r;
    }
    *ret = b;
    return 0;
}

void bundle_close(struct bundle *b)
{
    if (b->zip)
        zip_discard(b->zip);
    if (b->members)
        g_array_unref(b->members);
    plain_close(&b->plain);
    *b = (struct bundle){0};
}
