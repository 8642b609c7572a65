#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lists are folders, in one another too; their failures are told by index at every level.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
datasets:
  nested: [{range: 7}, {exec: [sh, -c, 'grep -v 5']}, {batch: 2}, {batch: 2}]
  parts: [{range: 10}, {split: {fractions: {train: 0.8, val: 0.2}}}]
  empty: {values: [[a], [], [b, c]]}
EOF
start spec.yaml
tree() { (cd "$mnt" && find "$1" -type "$2" | LC_ALL=C sort | tr '\n' ' '); }
equals "$(tree nested d)" "nested nested/0 nested/0/0 nested/0/1 nested/1 nested/1/0 nested/1/1 " "folders"
equals "$(tree nested f)" "nested/0/0/0.bin nested/0/0/1.bin nested/0/1/0.bin nested/0/1/1.bin nested/1/0/0.bin \
nested/1/0/1.bin nested/1/1/0.bin " "files"
equals "$(cat "$mnt"/parts/train/* | tr '\n' ' ')" "0 1 2 3 4 5 6 7 " "train"
equals "$(cat "$mnt/parts/val/1.txt")" 9 "val/1"
equals "$(ls "$mnt/empty")" $'0\n1\n2' "empty lists are there"
equals "$(ls -A "$mnt/empty/1")" "" "an empty list"

refuses 'Input/output error' cat "$mnt/nested/1/0/1.bin"
equals "$(cd "$mnt/.errors" && find . -type f)" ./nested/1/0/1 "errors"
contains "$mnt/.errors/nested/1/0/1" "element nested/1/0/1: exec: "
contains "$mnt/.errors/nested/1/0/1" "to see it again: seqfs eval spec.yaml nested/1/0/1"
refuses 'exited with status 1' "$SEQFS" eval spec.yaml nested/1/0/1
equals "$("$SEQFS" eval spec.yaml parts/val/-1)" 9 "eval by index and name"
refuses 'is a list of length 2' "$SEQFS" eval spec.yaml nested/1/0
rm "$mnt/.errors/nested/1/0/1"
equals "$(cd "$mnt/.errors" && find . -type f)" "" "errors that were forgotten"

equals "$(cat "$mnt/.seqfs/at/nested/-1/0/0")" 4 "at"
equals "$(readlink "$mnt/.seqfs/at/parts/1/0")" ../../../../parts/val/0.txt "where a link leads"
grep -qP '^1/1/0\tnested/1/1/0.bin\t$' "$mnt/.seqfs/index.tsv" || fail "$(cat "$mnt/.seqfs/index.tsv")"

# Ten million files in a thousand folders, at once.
stop
echo 'dataset: [{range: 10000000}, {batch: 10000}]' >spec.yaml
within 5 start spec.yaml
count() { find "$mnt" -type f | wc -l >count; }
within 100 count
equals "$(cat count)" 10000000 "files"
