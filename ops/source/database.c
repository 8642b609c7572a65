/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connects to SQLite databases. */
#include "ops/source/database.h"

#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000      /* to wait for who writes */
#define LOOK_AGAIN 100000 /* SQLite's steps between looks at the clock */

int database_complain(const struct connection *c, struct fault *f, const char *what)
{
    const int code = c->db ? sqlite3_errcode(c->db) : SQLITE_NOMEM;

    fault_set(f, code == SQLITE_INTERRUPT ? ETIMEDOUT : EIO, "%s'%s': %s", c->complains, c->path,
              what);
    fault_detail(f, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code), -1);
    f->source = true;
    f->arg = "path";
    f->transient = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_NOMEM;
    return -f->err;
}

static void finalize(sqlite3_stmt *s)
{
    sqlite3_finalize(s);
}
OWN_DEFINE(sqlite3_stmt, finalize)

static int is_late(void *connection)
{
    const struct connection *c = connection;

    return c->deadline != 0 && g_get_monotonic_time() > c->deadline;
}

void database_disconnect(void *connection)
{
    struct connection *c = connection;

    if (!c)
        return;
    sqlite3_finalize(c->row);
    sqlite3_close(c->db);
    g_free(c);
}

/* SQLite takes what is missing of the last page for zeros. */
static int check_pages(const struct connection *c, struct fault *f)
{
    OWN(finalize) sqlite3_stmt *s = NULL;
    struct stat st;
    int64_t size = 0;

    if (sqlite3_prepare_v2(c->db, "PRAGMA page_size", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        size = sqlite3_column_int64(s, 0);
    if (size <= 0 || stat(c->origin, &st) < 0 || st.st_size % size == 0)
        return 0;
    fault_set_arg(f, EIO, "path", -1, "%s'%s': the database is cut off: it ends within a page",
                  c->complains, c->path);
    f->source = true;
    return -EIO;
}

/* SQLite would wait for who writes into a pipe. */
static int check_file(struct connection *c, struct fault *f)
{
    if (stat(c->origin, &c->st) < 0)
        fault_set_errno(f, errno, "%s'%s'", c->complains, c->path);
    else if (!S_ISREG(c->st.st_mode))
        fault_set(f, EINVAL, "%s'%s' is %s; wanted is a file", c->complains, c->path,
                  S_ISDIR(c->st.st_mode) ? "a folder" : "no regular file");
    else if (access(c->origin, R_OK) < 0)
        fault_set_errno(f, errno, "%s'%s'", c->complains, c->path);
    else
        return 0;
    f->source = true;
    f->arg = "path";
    return -f->err;
}

int database_connect(const char *path, const char *origin, const char *complains, struct fault *f,
                     struct connection **ret)
{
    OWN(database_disconnect) struct connection *c = g_new0(struct connection, 1);

    c->path = path;
    c->origin = origin;
    c->complains = complains;
    if (check_file(c, f) < 0)
        return -f->err;
    if (sqlite3_open_v2(origin, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return database_complain(c, f, "the database cannot be opened");
    if (sqlite3_exec(c->db, "PRAGMA schema_version", NULL, NULL, NULL) != SQLITE_OK)
        return database_complain(c, f, "the database cannot be read");
    if (check_pages(c, f) < 0)
        return -f->err;
    sqlite3_busy_timeout(c->db, BUSY_MS);
    sqlite3_progress_handler(c->db, LOOK_AGAIN, is_late, c);
    *ret = g_steal_pointer(&c);
    return 0;
}

bool database_is_replaced(const struct connection *c)
{
    struct stat st;

    return stat(c->origin, &st) < 0 || st.st_dev != c->st.st_dev || st.st_ino != c->st.st_ino;
}
