#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A program's exit status and its last words are in the report.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset:
  - range: 20
  - exec: [sh, -c, "n=$(cat); echo about to stop >&2; [ $n != 7 ] || exit 3; echo $n"]
EOF
start spec.yaml
refuses 'Input/output error' cat "$mnt/07.bin"
contains "$mnt/.errors/07" 'about to stop'
contains "$mnt/.errors/07" '3'
contains "$mnt/.errors/07" 'created at spec.yaml:3:5'
same "$mnt/.errors/7" "$mnt/.errors/07"
equals "$(cat "$mnt/08.bin")" 8 "the next one"
