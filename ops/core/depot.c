/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads `disk: true` and `disk: {path, size}`. */
#include "ops/core/depot.h"

#include <errno.h>
#include <string.h>

#include "ops/base/nearest.h"
#include "ops/base/scan.h"

static int wrong(const struct node *n, const char *key, const char *wanted, struct fault *f)
{
    char found[80];

    return fault_set(f, EINVAL, "%s%s%s is %s; wanted is %s", key ? "'" : "", key ? key : "it",
                     key ? "'" : "", node_describe(n, found, sizeof found), wanted);
}

static int take_path(const struct node *n, const char *folder, struct fault *f, struct depot *d)
{
    if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text)
        return wrong(n, "path", "a folder", f);
    d->path = g_canonicalize_filename(n->text, folder);
    return 0;
}

static int take_size(const struct node *n, struct fault *f, struct depot *d)
{
    if (n->kind != NODE_SCALAR || !scan_size(n->text, &d->size))
        return wrong(n, "size", "a size such as 512M or 10G", f);
    if ((double)d->size < DEPOT_SIZE_MIN || (double)d->size > DEPOT_SIZE_MAX)
        return fault_set(f, EINVAL, "'size' is %s; wanted is 1M..1000T", n->text);
    d->sized = true;
    return 0;
}

static int take_key(const struct node *key, const struct node *n, const char *folder,
                    struct fault *f, struct depot *d)
{
    struct nearest near;
    char hint[128];

    if (strcmp(key->text, "path") == 0)
        return take_path(n, folder, f, d);
    if (strcmp(key->text, "size") == 0)
        return take_size(n, f, d);
    nearest_init(&near, key->text);
    nearest_offer(&near, "path");
    nearest_offer(&near, "size");
    return fault_set(f, EINVAL, "no key '%.64s', there are 'path' and 'size'%s", key->text,
                     nearest_hint(&near, hint, sizeof hint));
}

int depot_parse(const struct node *n, const char *folder, struct fault *f, struct depot *ret)
{
    OWN(depot_finish) struct depot d = {0};

    scan_size(DEPOT_SIZE, &d.size);
    if (n && n->kind == NODE_SCALAR) {
        if (n->quoted || !scan_bool(n->text, &d.wanted))
            return wrong(n, NULL, "true, false, or {path: FOLDER, size: " DEPOT_SIZE "}", f);
    } else if (n && n->kind == NODE_LIST) {
        return wrong(n, NULL, "true, false, or {path: FOLDER, size: " DEPOT_SIZE "}", f);
    } else if (n) {
        d.wanted = true;
        for (uint32_t i = 0; i < n->len; i++) {
            int r = take_key(n->keys[i], n->items[i], folder, f, &d);
            if (r < 0)
                return r;
        }
    }
    *ret = d;
    d = (struct depot){0};
    return 0;
}

void depot_finish(struct depot *d)
{
    g_clear_pointer(&d->path, g_free);
}
