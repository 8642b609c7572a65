/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Everything that depends on the spec, made once more beside what is served. */
#pragma once

#include "fs/conf.h"
#include "fs/names.h"
#include "fs/zygote.h"

/* Lifetime: its holder's.  All owned; all-zero is none. */
struct reload {
    struct conf conf; /* as the options and the new spec have it */
    struct plan *plan;
    struct names *names;
    struct zygote *zygote; /* for crew_new(); NULL with ISOLATION_THREAD */
};

/* Loads the spec of a mount anew and starts the process that its workers come from.  conf: the
 * mount's, its spec by a path that still leads there; of what the old spec said nothing is kept.
 * program: of zygote_open_program(), from before the mount.  If anything is wrong: negative,
 * nothing is left of the attempt, and lines for a person are appended to why, each ended by a
 * newline.  Takes as long as loading does, twice.  Any thread, one at a time. */
int reload_plan(const struct conf *conf, int program, GString *why, struct reload *ret);

/* Frees what is still there: whoever takes a part over sets its field to NULL. */
void reload_finish(struct reload *r);
OWN_DEFINE(struct reload, reload_finish)
