/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Questions to a node of a spec. */
#include "ops/spec/node.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

struct node *node_find(const struct node *mapping, const char *key)
{
    for (uint32_t i = 0; i < mapping->len; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->items[i];
    return NULL;
}

bool node_is_null(const struct node *n)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return n->kind == NODE_SCALAR && !n->quoted && g_strv_contains(words, n->text);
}

/* How many bytes of a text are shown: whole characters, at most 40 and at most max bytes. */
static int shown_len(const char *text, size_t max)
{
    const char *end = text;

    for (int i = 0; i < 40 && *end && (size_t)(g_utf8_next_char(end) - text) <= max; i++)
        end = g_utf8_next_char(end);
    return (int)(end - text);
}

const char *node_describe(const struct node *n, char *buf, unsigned size)
{
    const size_t around = sizeof "'...'";
    int len;

    if (n->kind != NODE_SCALAR || node_is_null(n)) {
        const char *kind = n->kind == NODE_MAPPING ? "a mapping" : "a list";

        g_strlcpy(buf, n->kind == NODE_SCALAR ? "nothing" : kind, size);
        return buf;
    }
    len = shown_len(n->text, size > around ? size - around : 0);
    snprintf(buf, size, "'%.*s%s'", len, n->text, n->text[len] ? "..." : "");
    return buf;
}
