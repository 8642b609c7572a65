#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With 200 opens outstanding, listings, stat, cached files and figures answer at once; then all 200 are served.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
datasets:
  slow: [{range: 200}, {exec: [sh, -c, "until [ -e ${dir}/go ]; do sleep 0.1; done; cat"]}]
  quick: {range: 3}
params: {dir: null}
EOF
start --timeout 5m --workers 2 -D "dir=$work" spec.yaml
cat "$mnt"/quick/* >/dev/null

pids=()
for i in $(seq 0 199); do
    cat "$mnt/slow/$(printf '%03d' "$i").bin" >"out.$i" &
    pids+=($!)
done
opens() { [ "$(figure opens)" -ge 203 ]; }
eventually opens || fail "not all opens came through"
within 2 ls "$mnt/slow" >/dev/null
within 2 ls -l "$mnt/slow" >/dev/null
within 2 stat "$mnt/slow/199.bin" >/dev/null
within 2 cat "$mnt/quick/1.txt" >/dev/null
within 2 figure evaluations >/dev/null
within 2 ls "$mnt/.errors/slow" >/dev/null

touch go
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
for i in $(seq 0 199); do equals "$(cat "out.$i")" "$i" "element $i"; done
