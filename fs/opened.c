/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open files, counted by inode, and backing files that outlive them. */
#include "fs/opened.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>

struct inode {
    struct opened_file file;
    uint64_t n;  /* open files; 0 = idle: it is there for its backing file alone */
    int backing; /* 0 = none */
    GList link;  /* in idle, while it is */
};

struct opened {
    GMutex lock;
    /* below: under lock */
    GHashTable *inodes; /* &inode->file.ino to inode, owned */
    GQueue idle;        /* of inode, the one that was closed last first */
    uint64_t idle_bytes;
    GArray *spent; /* struct opened_spent */
};

struct opened *opened_new(void)
{
    struct opened *o = g_new0(struct opened, 1);

    g_mutex_init(&o->lock);
    o->inodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    o->spent = g_array_new(FALSE, FALSE, sizeof(struct opened_spent));
    return o;
}

void opened_free(struct opened *o)
{
    if (!o)
        return;
    g_hash_table_unref(o->inodes);
    g_array_unref(o->spent);
    g_mutex_clear(&o->lock);
    g_free(o);
}

static void spend_locked(struct opened *o, int backing, uint64_t ino)
{
    const struct opened_spent spent = {backing, ino};

    if (backing != 0)
        g_array_append_val(o->spent, spent);
}

static struct inode *make_locked(struct opened *o, const struct opened_file *file)
{
    struct inode *i = g_new0(struct inode, 1);

    i->file = *file;
    i->link.data = i;
    g_hash_table_insert(o->inodes, &i->file.ino, i);
    return i;
}

static void wake_locked(struct opened *o, struct inode *i)
{
    g_queue_unlink(&o->idle, &i->link);
    o->idle_bytes -= i->file.len;
}

static void drop_oldest_locked(struct opened *o)
{
    struct inode *i = g_queue_peek_tail(&o->idle);

    wake_locked(o, i);
    spend_locked(o, i->backing, i->file.ino);
    g_hash_table_remove(o->inodes, &i->file.ino);
}

static void rest_locked(struct opened *o, struct inode *i)
{
    g_queue_push_head_link(&o->idle, &i->link);
    o->idle_bytes += i->file.len;
    while (o->idle.length > OPENED_IDLE_MAX || o->idle_bytes > OPENED_IDLE_BYTES)
        drop_oldest_locked(o);
}

/* Of one that is not open, as if it had never been, if it is of another version. */
static void renew_locked(struct opened *o, struct inode *i, const struct opened_file *file)
{
    if (i->file.stamp != file->stamp) {
        spend_locked(o, i->backing, 0);
        i->backing = 0;
    }
    i->file = *file;
}

static int add_locked(struct opened *o, const struct opened_file *file, int own_backing)
{
    struct inode *i = g_hash_table_lookup(o->inodes, &file->ino);

    if (i && i->n == 0) {
        wake_locked(o, i);
        renew_locked(o, i, file);
    } else if (i && i->backing != 0 && i->file.stamp != file->stamp) {
        spend_locked(o, own_backing, 0);
        return -ESTALE;
    }
    if (!i)
        i = make_locked(o, file);
    if (i->n == 0 && i->backing == 0)
        i->backing = own_backing;
    else
        spend_locked(o, own_backing, 0);
    i->file = *file;
    i->n++;
    return i->backing;
}

int opened_add(struct opened *o, const struct opened_file *file, int own_backing)
{
    g_mutex_lock(&o->lock);
    const int backing = add_locked(o, file, own_backing);
    g_mutex_unlock(&o->lock);
    return backing;
}

void opened_remove(struct opened *o, uint64_t ino)
{
    struct inode *i;

    g_mutex_lock(&o->lock);
    i = g_hash_table_lookup(o->inodes, &ino);
    assert(i && i->n > 0);
    if (--i->n == 0 && i->backing != 0)
        rest_locked(o, i);
    else if (i->n == 0)
        g_hash_table_remove(o->inodes, &ino);
    g_mutex_unlock(&o->lock);
}

bool opened_may_back(struct opened *o, uint64_t ino)
{
    g_mutex_lock(&o->lock);
    const bool known = g_hash_table_contains(o->inodes, &ino);
    g_mutex_unlock(&o->lock);
    return !known;
}

bool opened_take_spent(struct opened *o, struct opened_spent *ret)
{
    g_mutex_lock(&o->lock);
    const guint n = o->spent->len;
    if (n > 0) {
        *ret = g_array_index(o->spent, struct opened_spent, n - 1);
        g_array_set_size(o->spent, n - 1);
    }
    g_mutex_unlock(&o->lock);
    return n > 0;
}

bool opened_look(struct opened *o, uint64_t ino, uint64_t *ret)
{
    const struct inode *i;
    bool is_open;

    g_mutex_lock(&o->lock);
    i = g_hash_table_lookup(o->inodes, &ino);
    is_open = i && i->n > 0;
    if (is_open)
        *ret = i->file.len;
    g_mutex_unlock(&o->lock);
    return is_open;
}
