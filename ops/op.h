/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that an operator includes, built in or plugged in.  docs/writing-an-op.md tells how to write
 * one. */
#pragma once

#include "ops/base/fault.h"
#include "ops/base/filename.h"
#include "ops/base/nearest.h"
#include "ops/base/own.h"
#include "ops/base/permutation.h"
#include "ops/base/scan.h"
#include "ops/base/stretch.h"
#include "ops/core/array.h"
#include "ops/core/choose.h"
#include "ops/core/columns.h"
#include "ops/core/convert.h"
#include "ops/core/depot.h"
#include "ops/core/digest.h"
#include "ops/core/draw.h"
#include "ops/core/draws.h"
#include "ops/core/dtype.h"
#include "ops/core/eval.h"
#include "ops/core/expr.h"
#include "ops/core/items.h"
#include "ops/core/json.h"
#include "ops/core/literal.h"
#include "ops/core/nested.h"
#include "ops/core/npy.h"
#include "ops/core/npzfile.h"
#include "ops/core/numbers.h"
#include "ops/core/pack.h"
#include "ops/core/param.h"
#include "ops/core/parts.h"
#include "ops/core/pile.h"
#include "ops/core/quoting.h"
#include "ops/core/random.h"
#include "ops/core/rescale.h"
#include "ops/core/seq.h"
#include "ops/core/shaped.h"
#include "ops/core/shapes.h"
#include "ops/core/suffix.h"
#include "ops/core/tarball.h"
#include "ops/core/template.h"
#include "ops/core/text.h"
#include "ops/core/value.h"
#include "ops/spec/node.h"

#include <errno.h>
#include <inttypes.h>

#define PARAMS(...) ((const struct param[]){__VA_ARGS__, {0}})
#define EXAMPLES(...) ((const struct op_example[]){__VA_ARGS__, {0}})
#define ATTRS(...) ((const char *const[]){__VA_ARGS__, NULL})
