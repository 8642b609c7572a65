#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sizes that steps tell before they compute are exact from the start; an element that has another one fails, alone.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
: "${PLUGGED:?names the plug-in of the tests}"

cat >spec.yaml <<EOF
datasets:
  equal: [{range: 3}, {plugin: {path: $PLUGGED, name: promise, bytes: 70000}}]
  grow: [{range: 3}, {plugin: {path: $PLUGGED, name: promise, bytes: 20M, same: false}}]
  liar: [{range: 2}, {plugin: {path: $PLUGGED, name: promise, bytes: 10, gives: 11}}]
  many: [{range: 100000}, {plugin: {path: $PLUGGED, name: promise, bytes: 602240, same: false}}]
EOF
"$SEQFS" check spec.yaml >said
contains said "70000 bytes each"
start spec.yaml
equals "$(stat -c %s "$mnt"/equal/* | tr '\n' ' ')" "70000 70000 70000 " "equal sizes"
equals "$(stat -c %s "$mnt"/grow/* | tr '\n' ' ')" "20971520 20971521 20971522 " "sizes that differ"

# Whoever lists asks for all sizes; nothing is computed for it.
within 10 sh -c "ls -l '$mnt/many' >listing"
equals "$(awk 'END {print NR, $5}' listing)" "100001 702239" "the last of many"
equals "$(figure opens)" 0 "elements that were opened for it"

for n in 0 1 2; do
    equals "$(wc -c <"$mnt/equal/$n.dat")" 70000 "bytes read"
    cmp "$mnt/grow/$n.dat" <(head -c $((20971520 + n)) /dev/zero) || fail "grow/$n.dat was not read whole"
done
refuses 'Input/output error' cat "$mnt/liar/1.dat"
contains "$mnt/.errors/liar/1" "element liar/1: promise: the step promised 10 bytes and gave 11"
equals "$(stat -c %s "$mnt/liar/0.dat")" 10 "the size of another element"
equals "$(wc -c <"$mnt/equal/1.dat")" 70000 "another element"
