#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# docs/ops.md is what the operators print of themselves.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"

"$SEQFS" ops --markdown | diff -u docs/ops.md - >&2 ||
    offence "docs/ops.md is old: seqfs ops --markdown >docs/ops.md"
finish
