/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Orders of file names, and sorting many of them. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

enum order {
    ORDER_NONE,    /* as found */
    ORDER_NAME,    /* bytewise */
    ORDER_NATURAL, /* numbers by their value: img2 before img10; else bytewise */
};

/* A string to be sorted and what belongs to it.  Lifetime: its array's. */
struct order_item {
    uint64_t head;   /* used while sorting */
    const char *key; /* compared bytewise */
    const char *name;
    void *data;
};

/* Sorts by key.  Equal keys end up side by side, in no particular order. */
void order_sort(struct order_item *items, size_t len);

/* Appends a text whose bytewise order is the natural order of name.  Different names have different
 * texts, and the text of a path is that of its parts in a row. */
void order_natural(const char *name, GString *ret);
