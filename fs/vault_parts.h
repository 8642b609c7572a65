/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the room of vaults share.  Private to them. */
#pragma once

#include "fs/vault.h"

#include <errno.h>

struct vault {
    char *path; /* owned */
    struct bound bound;
    struct vault_state *state; /* own_state, or another's */
    struct vault_state own_state;
};

/* Owned by the caller. */
char *vault_path_of(const struct vault *v, struct identity id);

static inline void vault_count(uint64_t *figure, uint64_t n)
{
    __atomic_fetch_add(figure, n, __ATOMIC_RELAXED);
}

/* Notes that there is something to tell. */
enum vault_trouble vault_trouble_of(int err);
void vault_note(struct vault *v, enum vault_trouble t, int err);

/* Makes the folder, if it is not there. */
int vault_make_folder(const struct vault *v);
