#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files that need no transform have their exact size at once, and no worker is started for them.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
echo 'dataset: [{files: src/*.dat}, {name: "{stem}"}]' >spec.yaml
start spec.yaml
for f in src/*; do equals "$(stat -c %s "$mnt/${f##*/}")" "$(stat -c %s "$f")" "size of $f"; done
diff -r src "$mnt" >&2 || fail "contents"
bsdtar -C "$mnt" -cf all.tar .
equals "$(figure workers_started)" 0 "workers"
