/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of digest, for its files alone: digest.c hashes, digest_element.c walks. */
#pragma once

#include "ops/core/digest.h"

struct digest {
    struct XXH3_state_s *state; /* owned */
    bool unknown;
    uint32_t visits; /* of elements, yet to be made at most */
};
