#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A worker that dies costs a second attempt; one that always dies costs that element alone, and the report tells the signal.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >once.sh <<'EOF'
# Kills its worker on the first attempt at an element, and always at element 5.
n=$(cat)
if [ "$n" = 5 ] || [ ! -e "$1/tried.$n" ]; then
    touch "$1/tried.$n"
    kill -9 $PPID
    sleep 60
fi
echo "$n"
EOF
cat >spec.yaml <<'EOF'
dataset: [{range: 8}, {exec: [sh, "${dir}/once.sh", "${dir}"]}]
params: {dir: null}
EOF
start --ahead 0 -D "dir=$work" spec.yaml

for i in 0 1 2; do equals "$(cat "$mnt/$i.bin")" "$i" "element $i"; done
refuses 'Input/output error' cat "$mnt/5.bin"
contains "$mnt/.errors/5" 'signal 9'
contains "$mnt/.errors/5" 'exec'
for i in 6 7; do equals "$(cat "$mnt/$i.bin")" "$i" "element $i"; done
equals "$(ls "$mnt/.errors")" 5 "failed elements"
