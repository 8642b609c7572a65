#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What stands before a `cache` step is computed once for all datasets on it, whichever worker asks, within its bounds.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
params: {dir: null, keep: null}
sequences:
  slow: [{range: 60}, {exec: [sh, -c, "n=$(cat); echo $n >>${dir}/count; sleep 0.01; echo $n"]}, {cache: "${keep}"}]
datasets:
  a: [slow]
  b: [slow, {exec: [sed, s/^/b/]}]
EOF

# kept NAME: a figure of the `cache` step.
kept() {
    python3 -c '
import json, sys
print(*(s["kept"][sys.argv[2]] for s in json.load(open(sys.argv[1]))["steps"] if "kept" in s))' "$mnt/.seqfs/stats" "$1"
}

read_both() {
    local pids=()
    cat "$mnt"/a/*.bin >a.txt &
    pids+=($!)
    cat "$mnt"/b/*.bin >b.txt &
    pids+=($!)
    for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
    equals "$(tr '\n' ' ' <a.txt)" "$(seq 0 59 | tr '\n' ' ')" "the elements of a"
    equals "$(tr '\n' ' ' <b.txt)" "$(seq 0 59 | sed s/^/b/ | tr '\n' ' ')" "the elements of b"
}

for isolation in process thread; do
    rm -f count
    start --workers 4 --isolation "$isolation" -D "dir=$work" -D keep=100 spec.yaml
    read_both
    equals "$(sort -n count | tr '\n' ' ')" "$(seq 0 59 | tr '\n' ' ')" "what was computed, with isolation $isolation"
    equals "$(kept hits) $(kept misses) $(kept elements)" "60 60 60" "figures, with isolation $isolation"
    stop
done

# Only the last 2 are kept.
rm count
start --workers 4 --ahead 0 -D "dir=$work" -D keep=2 spec.yaml
for i in 00 01 02 03; do cat "$mnt/a/$i.bin" >/dev/null; done
for i in 03 02 01 02; do cat "$mnt/b/$i.bin" >/dev/null; done
equals "$(tr '\n' ' ' <count)" "0 1 2 3 1 " "what was computed with a cache of 2"
equals "$(kept elements)" 2 "elements kept"
