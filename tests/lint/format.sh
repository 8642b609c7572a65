#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# clang-format decides about form.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"
need clang-format

while read -r line; do
    offence "$line"
done < <(sources '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | grep -o '^[^ ]*: warning: code should be clang-formatted.*' |
    sort -u -t: -k1,1)
finish
