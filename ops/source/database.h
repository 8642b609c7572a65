/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SQLite databases as sources: a connection, and what a query gives. */
#pragma once

#include <sqlite3.h>
#include <sys/stat.h>

#include "ops/op.h"
#include "ops/source/scalars.h"

/* What is asked for: the parameters of the step. */
struct query {
    const char *path; /* as written */
    const char *query;
    const char *index; /* the column that tells rows apart; NULL = they are counted */
};

/* Lifetime: the sequence's.  All-zero is none.  Holds no connection: those do not survive a fork.
 */
struct rows {
    uint64_t len;
    char *sql;          /* of one row: ?1 is its key, or how many come before it; owned */
    int64_t *keys;      /* of each row; owned; NULL = rows are counted */
    GPtrArray *names;   /* of the columns, owned */
    struct type *types; /* of the columns, owned; known where all values are of one type, or null */
    struct columns columns;
    struct scalars values; /* of the columns of numbers and short texts, where there is room */
    char *origin;          /* the path, absolute; owned */
    char *wal;             /* of what was written last, beside it; owned */
    struct stat was[2];    /* of both, before the values were read; of size 0 = there is none */
};

/* One thread at a time, and not across a fork. */
struct connection {
    sqlite3 *db;           /* owned */
    sqlite3_stmt *row;     /* owned, or NULL */
    int64_t deadline;      /* to give up at, as in struct eval; 0 = none */
    const char *path;      /* of the database, as written; borrowed */
    const char *origin;    /* the same, absolute; borrowed */
    struct stat st;        /* of the database's file, just before it was opened */
    const char *complains; /* what faults begin with: "sqlite: " or "" */
};

/* For reading only; waits a while where somebody writes. */
int database_connect(const char *path, const char *origin, const char *complains, struct fault *f,
                     struct connection **ret);
/* Whether another file has taken the place of the one that is open.  Changes of that one are
 * SQLite's matter. */
bool database_is_replaced(const struct connection *c);
void database_disconnect(void *connection); /* takes NULL */
OWN_DEFINE(struct connection, database_disconnect)

/* After a call of SQLite failed: a fault with its words as detail.  Returns -f->err. */
int database_complain(const struct connection *c, struct fault *f, const char *what);

/* Looks at all rows: what they are, how many, by which keys, and which of their values can be kept.
 * May take long.  After a fault, too, *ret is to be finished. */
int database_measure(const struct query *q, const char *folder, struct fault *f, struct rows *ret);
/* Whether the database is as it was when its values were read, by stat(2). */
bool database_is_unchanged(const struct rows *rows);
void database_finish(struct rows *rows);
