/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One spec being served, with all that depends on it: what changes when it is read again. */
#pragma once

#include "fs/dataset.h"
#include "fs/reload.h"

/* Lifetime: mount, or until the spec is read again.  Fields are owned, and for reading. */
struct service {
    struct conf conf;
    struct plan *plan;
    struct names *names;
    struct dataset *dataset;
};

/* own: all of it is taken over, also on failure. */
int service_new(struct reload *own, struct stores *stores, struct log *log, struct fault *f,
                struct service **ret);
void service_free(struct service *s); /* takes NULL */
OWN_DEFINE(struct service, service_free)
