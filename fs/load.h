/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spec with all that a server makes of it: its plan, its knobs, its tree of names. */
#pragma once

#include "fs/conf.h"
#include "fs/names.h"

/* Loads conf->spec with conf->defines, fills conf from its sections and builds the tree of names.
 * All that is wrong is added to c: then negative, and no ret_ is touched, but conf may be.  Any
 * thread, as long as no other changes conf; the process's first load must be before its second
 * thread. */
int load_spec(struct conf *conf, struct complaints *c, struct plan **ret_plan,
              struct names **ret_names);
