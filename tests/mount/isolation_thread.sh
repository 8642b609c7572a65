#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With isolation=thread elements are computed without worker processes, failures included.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 40}, {exec: [sh, -c, "n=$(cat); [ $n != 7 ] || exit 3; echo $n"]}]
EOF
start --isolation thread --workers 2 spec.yaml
pids=()
for i in 0 1 2 3; do
    (for f in "$mnt"/[0-3]"$i".bin; do [ "$(cat "$f")" = "$((10#$(basename "$f" .bin)))" ] || exit 1; done) &
    pids+=($!)
done
refuses 'Input/output error' cat "$mnt/07.bin"
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader got something else"; done
contains "$mnt/.errors/07" "exited with status 3"
no_process() { [ -z "$(descendants "$server")" ]; } # but the programs of what is computed ahead
eventually no_process || fail "there are processes: $(descendants "$server")"
