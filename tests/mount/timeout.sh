#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# An evaluation that takes too long is ended; the next elements are served.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 4}, {exec: [sh, -c, "n=$(cat); [ $n != 2 ] || { echo stuck >&2; sleep 60; }; echo $n"]}]
workers: {count: 1, timeout: 1s}
EOF
start --ahead 0 spec.yaml
begin=$SECONDS
refuses 'Input/output error' cat "$mnt/2.bin"
[ $((SECONDS - begin)) -lt 15 ] || fail "it took $((SECONDS - begin)) s"
contains "$mnt/.errors/2" 'exec'
contains "$mnt/.errors/2" 'still running after 0.'
contains "$mnt/.errors/2" 'stuck'
grep -q 'pixels' "$mnt/.errors/2" && fail "a hint on pixels where there are none"
equals "$(cat "$mnt/3.bin")" 3 "the next element"
