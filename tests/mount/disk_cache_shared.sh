#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two mounts may share the folder of a disk cache, and a killed one leaves nothing in it that harms.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src second
for i in $(seq 10 69); do bytes 50000 "$i" >"src/$i.dat"; done
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset: [{files: src/*.dat}, {exec: {argv: [sh, -c, "echo >>${dir}/count; cat"], ext: dat}}, {name: "{stem}"}]
EOS
options=(--cache-disk "$work/kept" --size-index off -D "dir=$work")
: >count

# read_from FOLDER PATTERN
read_from() {
    local f
    for f in "$1"/$2; do cmp "$work/src/${f##*/}" - <"$f" >&2 || return 1; done
}

start --ahead 4 --workers 2 "${options[@]}" spec.yaml
"$SEQFS" --ahead 4 --workers 2 "${options[@]}" spec.yaml "$work/second" 2>/dev/null
pids=()
read_from "$mnt" '*.dat' & pids+=($!)
read_from "$work/second" '*.dat' & pids+=($!)
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader got something wrong"; done
[ "$(wc -l <count)" -le 120 ] || fail "$(wc -l <count) evaluations of 60 in two mounts"
"$SEQFS" umount "$work/second"
stop

# What one has kept the other one finds, while both are mounted.
start --ahead 0 "${options[@]}" spec.yaml
"$SEQFS" --ahead 0 "${options[@]}" spec.yaml "$work/second" 2>/dev/null
: >count
touch src/1*.dat
read_from "$mnt" '1*.dat' || fail "the first mount"
eventually figure_is disk.kept 10 || fail "$(figure disk.kept) were kept"
read_from "$work/second" '*.dat' || fail "the second mount"
equals "$(wc -l <count)" 10 "evaluations of ten changed elements in two mounts"
"$SEQFS" umount "$work/second"

# Killed while it writes.
touch src/*.dat
read_from "$mnt" '[1-4]*.dat' || fail "before the kill"
remember_family
kill -9 "$server"
stop
start --ahead 0 "${options[@]}" spec.yaml
read_from "$mnt" '*.dat' || fail "after the kill"
stop
: >count
start --ahead 0 "${options[@]}" spec.yaml
read_from "$mnt" '*.dat' || fail "in the last mount"
equals "$(wc -l <count)" 0 "evaluations in the last mount"
equals "$(ls "$mnt/.errors")" "" "failures"
