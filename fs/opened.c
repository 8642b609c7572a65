/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files, counted by inode. */
#include "fs/opened.h"

#include <assert.h>
#include <glib.h>

struct inode {
    uint64_t ino, len;
    uint64_t n; /* open files */
};

struct opened {
    GMutex lock;
    /* below: under lock */
    GHashTable *inodes; /* &inode->ino to inode, owned */
};

struct opened *opened_new(void)
{
    struct opened *o = g_new0(struct opened, 1);

    g_mutex_init(&o->lock);
    o->inodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return o;
}

void opened_free(struct opened *o)
{
    if (!o)
        return;
    g_hash_table_unref(o->inodes);
    g_mutex_clear(&o->lock);
    g_free(o);
}

void opened_add(struct opened *o, uint64_t ino, uint64_t len)
{
    struct inode *i;

    g_mutex_lock(&o->lock);
    i = g_hash_table_lookup(o->inodes, &ino);
    if (!i) {
        i = g_new0(struct inode, 1);
        i->ino = ino;
        g_hash_table_insert(o->inodes, &i->ino, i);
    }
    i->len = len;
    i->n++;
    g_mutex_unlock(&o->lock);
}

void opened_remove(struct opened *o, uint64_t ino)
{
    struct inode *i;

    g_mutex_lock(&o->lock);
    i = g_hash_table_lookup(o->inodes, &ino);
    assert(i);
    if (--i->n == 0)
        g_hash_table_remove(o->inodes, &ino);
    g_mutex_unlock(&o->lock);
}

bool opened_look(struct opened *o, uint64_t ino, uint64_t *ret)
{
    const struct inode *i;

    g_mutex_lock(&o->lock);
    i = g_hash_table_lookup(o->inodes, &ino);
    if (i)
        *ret = i->len;
    g_mutex_unlock(&o->lock);
    return i;
}
