#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# at/INDEX is a link to the element's file, counted from the end too, whatever the files are called.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
datasets:
  train: [{range: 12}, {name: "deep/{index:04d}"}]
  val: {range: 5}
EOF
start spec.yaml
equals "$(cat "$mnt/.seqfs/at/train/7")" 7 "at/train/7"
equals "$(cat "$mnt/.seqfs/at/train/-1")" 11 "at/train/-1"
equals "$(realpath "$mnt/.seqfs/at/train/3")" "$mnt/train/deep/0003.txt" "where at/train/3 leads"
equals "$(cat "$mnt/.seqfs/at/val/-5")" 0 "at/val/-5"
refuses 'No such file' cat "$mnt/.seqfs/at/val/5"
refuses 'No such file' cat "$mnt/.seqfs/at/val/-6"
stop
echo 'dataset: {range: 3}' >spec.yaml
start spec.yaml
equals "$(cat "$mnt/.seqfs/at/-1")" 2 "at/-1"
