#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# However many ask for an element, it is computed once.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 4}, {exec: [sh, -c, "echo x >>${dir}/count; sleep 0.5; cat"]}]
params: {dir: null}
EOF
start --ahead 0 -D "dir=$work" spec.yaml

pids=()
for _ in $(seq 30); do
    cat "$mnt/2.bin" >/dev/null &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
equals "$(wc -l <count)" 1 "evaluations"
equals "$(figure evaluations)" 1 "evaluations as told"
