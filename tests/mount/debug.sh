#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A `debug` step tells .seqfs/log of each element computed, and of no more than its limit, all workers together.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset:
  - range: 20
  - debug: "number {index:02d}"
  - exec: [cat]
  - debug: {limit: 5}
EOF
for isolation in process thread; do
    start --workers 3 --isolation "$isolation" --ahead 0 spec.yaml
    printf '%s\n' "$mnt"/*.bin | xargs -P 3 -n 1 cat >/dev/null
    cut -d ' ' -f 3- "$mnt/.seqfs/log" >log
    equals "$(grep '^debug at 3:5: ' log | sort)" \
        "$(for i in $(seq 0 19); do printf 'debug at 3:5: number %02d: int %d\n' "$i" "$i"; done)" "the log of the first"
    equals "$(grep -cE '^debug at 5:5: [0-9]+: bytes of [23]$' log)" 5 "lines of the second"
    stop
done

# An element that fails further on has passed here.
cat >fails.yaml <<'EOF'
dataset: [{range: 2}, debug, {exec: [sh, -c, "exit 3"]}]
EOF
start --ahead 0 fails.yaml
refuses 'Input/output error' cat "$mnt/1.bin"
contains "$mnt/.seqfs/log" 'debug at 1:23: 1: int 1'
