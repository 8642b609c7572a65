#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# When the worker that computes an element for a `cache` step is killed, the one that waits for it computes it, and what
# fails is not kept.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >once.sh <<'EOF'
# The first attempt tells that it has begun and stays until it is killed; element 2 fails the first time.
n=$(cat)
echo "$n" >>"$1/count"
if [ "$n" = 1 ] && [ "$(grep -c 1 "$1/count")" = 1 ]; then
    echo "$PPID" >"$1/worker.new"
    mv "$1/worker.new" "$1/worker"
    exec sleep 1000
fi
if [ "$n" = 2 ] && [ "$(grep -c 2 "$1/count")" = 1 ]; then exit 3; fi
echo "$n"
EOF
cat >spec.yaml <<'EOF'
params: {dir: null}
sequences:
  kept: [{range: 4}, {exec: [sh, "${dir}/once.sh", "${dir}"]}, cache]
datasets:
  a: [kept]
  b: [kept]
  c: [kept]
EOF
start --workers 3 --ahead 0 --retry 2 -D "dir=$work" spec.yaml

pids=()
for dataset in a b c; do
    cat "$mnt/$dataset/1.bin" >"$dataset.txt" &
    pids+=($!)
done
eventually [ -e worker ] || fail "nothing was begun"
all_busy() { [ "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["workers"]["busy"])' "$mnt/.seqfs/stats")" = 3 ]; }
eventually all_busy || fail "the other two do not wait for it"
kill -9 "$(cat worker)"
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
equals "$(cat a.txt b.txt c.txt | tr '\n' ' ')" "1 1 1 " "what the three read"
equals "$(wc -l <count)" 2 "attempts"

refuses 'Input/output error' cat "$mnt/a/2.bin"
equals "$(cat "$mnt/b/2.bin")" 2 "what had failed, by another dataset"
equals "$(cat "$mnt/c/2.bin")" 2 "and by one more, from the cache"
equals "$(grep -c 2 count)" 2 "attempts at what had failed"
