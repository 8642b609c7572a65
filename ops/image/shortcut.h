/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations of libvips that make another sketch of a sketch, so that nothing is drawn for them. */
#pragma once

#include "ops/image/sketch.h"

/* What an operation, whose arguments are set but for the image, makes of s; owned.  NULL: it is for
 * libvips, be it to refuse its arguments. */
struct sketch *shortcut_take(const struct sketch *s, VipsOperation *operation);
