/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of dataset, for its files alone: dataset.c opens elements, dataset_figures.c tells how
 * that goes. */
#pragma once

#include "fs/ahead.h"
#include "fs/dataset.h"
#include "fs/ledger.h"

struct dataset {
    struct dataset_rooms rooms;
    struct stats *stats; /* owned, as all below */
    struct sizes *sizes;
    struct ledger *ledger;     /* NULL = none */
    struct failures *failures; /* NULL = none */
    struct errlog *errlog;
    struct direct *direct;
    struct notes *notes;
    struct sched *sched;
    struct ahead *ahead;
    struct wishes *wishes;
    struct crew *crew;
    unsigned n_workers;
};
