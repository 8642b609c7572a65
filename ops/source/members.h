/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of a container's members: collected once, kept on disk, mapped from there. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/own.h"

#include <glib.h>
#include <stdint.h>

/* As it lies in the kept file. */
struct member {
    uint64_t off;   /* where it is, and */
    uint64_t flags; /* in what manner: whoever collects knows */
    uint64_t len;   /* bytes of its content */
    uint64_t name;  /* where its path begins among the names */
};

/* A table that grows.  Lifetime: call.  All-zero is valid and empty. */
struct collected {
    struct member *at; /* owned */
    uint64_t len, cap;
    char *names; /* each with its NUL; owned */
    uint64_t names_len, names_cap;
};

/* Keeps a text among the names; *ret is where it begins. */
int members_keep(struct collected *c, const char *text, struct fault *f, uint64_t *ret);
/* m->name is set to where a copy of the name begins. */
int members_add(struct collected *c, struct member m, const char *name, struct fault *f);
/* Writes the table to a file, from where that is. */
int members_write(const struct collected *c, int fd, struct fault *f);
void members_drop(struct collected *c);
OWN_DEFINE(struct collected, members_drop)

/* A table to be read.  Lifetime: its owner's.  All-zero is valid and empty. */
struct members {
    const struct member *at; /* in bytes, as the names are */
    uint64_t len;
    const char *names;
    uint64_t names_len;
    GBytes *bytes; /* owned */
};

/* What members_write() wrote, from the beginning of the file, which may be closed thereafter.  A
 * table that contradicts itself is a fault. */
int members_load(int fd, struct fault *f, struct members *ret);
void members_finish(struct members *m);

static inline const char *members_name(const struct members *m, uint64_t i)
{
    return m->names + m->at[i].name;
}

/* A path as attributes tell it: without "./" before it. */
const char *members_trim(const char *path);
