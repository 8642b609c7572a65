#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each of several datasets has its folder, and its own indices.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
sequences: {all: {range: 10}}
datasets:
  train: [all, {slice: ":8"}]
  val: [all, {slice: "8:"}]
EOF
start spec.yaml
equals "$(ls "$mnt" | tr '\n' ' ')" "train val " "root"
equals "$(cat "$mnt"/train/* | tr '\n' ' ')" "0 1 2 3 4 5 6 7 " "train"
equals "$(cat "$mnt"/val/* | tr '\n' ' ')" "8 9 " "val"
equals "$(ls -A "$mnt/.errors" | tr '\n' ' ')" "train val " ".errors"
