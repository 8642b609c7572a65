#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Named sequences, the stages of a dataset and slices of it are folders, too.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
sequences:
  numbers: [{range: 12}, {name: "n{index}"}]
  picky: [numbers, {exec: [grep, -v, "7"]}]
dataset: [picky, {slice: "4:"}]
EOF
start spec.yaml
in_seqfs() { ls "$mnt/.seqfs/$1" | tr '\n' ' '; }
equals "$(in_seqfs sequences)" "numbers picky " "sequences"
equals "$(in_seqfs stages)" "00-range 01-name 02-exec 03-slice " "stages"
equals "$(in_seqfs sequences/numbers | cut -c1-21)" "00.txt 01.txt 02.txt " "files by index"
equals "$(cat "$mnt/.seqfs/sequences/numbers/11.txt")" 11 "an element"
equals "$(cat "$mnt/.seqfs/stages/02-exec/00.bin")" 0 "an element of a stage"

# Failures of views are their own; those of the dataset are the mount's.
refuses 'Input/output error' cat "$mnt/.seqfs/sequences/picky/07.bin"
equals "$(ls "$mnt/.seqfs/sequences/picky/.errors")" 07 "errors of a view"
equals "$(ls "$mnt/.errors")" "" "errors of the dataset"
contains "$mnt/.seqfs/sequences/picky/.errors/7" "element .seqfs/sequences/picky/7: exec: "
contains "$mnt/.seqfs/sequences/picky/.errors/7" "seqfs eval spec.yaml .seqfs/sequences/picky/7"
refuses 'exited with status 1' "$SEQFS" eval spec.yaml .seqfs/sequences/picky/7
equals "$("$SEQFS" eval spec.yaml .seqfs/sequences/numbers/11.txt)" 11 "eval of a path"
refuses 'Input/output error' cat "$mnt/n7.bin"
equals "$(ls "$mnt/.errors")" 3 "errors of the dataset"

equals "$(in_seqfs slice/1:7:2)" "n5.bin n7.bin n9.bin " "a slice"
equals "$(stat -c %i "$mnt/.seqfs/slice/1:7:2/n5.bin")" "$(stat -c %i "$mnt/n5.bin")" "one file, in two places"
equals "$(cat "$mnt/.seqfs/slice/-1:/n11.bin")" 11 "an element of a slice"
refuses 'No such file' cat "$mnt/.seqfs/slice/1:7:2/n6.bin"
refuses 'No such file' ls "$mnt/.seqfs/slice/one"

# A view of lists; the folder of a list is a link in a slice.
stop
echo 'datasets: {a: [{range: 5}, {batch: 2}]}' >spec.yaml
start spec.yaml
equals "$(in_seqfs stages/a)" "00-range 01-batch " "stages of one of several"
equals "$(cat "$mnt/.seqfs/stages/a/01-batch/2/0.txt")" 4 "an element of a list"
equals "$(cat "$mnt/.seqfs/slice/a/1:/1/1.txt")" 3 "through a link"
