#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shellcheck has nothing to say about any script.
# shellcheck source=tests/lint/lib.sh
source "$(dirname "$0")/lib.sh"
need shellcheck

mapfile -t scripts < <(find . \( -name .git -o -name 'build*' \) -prune -o -type f -print0 |
    xargs -0 grep -lE '^#!/(usr/bin/env bash|bin/(ba)?sh)' | LC_ALL=C sort)
while read -r line; do
    offence "$line"
done < <(shellcheck -x -S warning -f gcc "${scripts[@]}")
finish
