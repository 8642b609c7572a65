#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# seqfs index evaluates everything once, without a mount, and keeps sizes and failures.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

# index WANTED-STATUS [OPTION...]: what it says goes to said and complaints.
index() {
    local wanted=$1 status=0
    shift
    "$SEQFS" index --size-index=kept "$@" spec.yaml >said 2>complaints || status=$?
    [ "$status" = "$wanted" ] || {
        cat said complaints >&2
        fail "index: exit status $status, wanted $wanted"
    }
}

# evaluated: how often a program ran since the last call.
evaluated() {
    wc -l <count
    : >count
}

mkdir src
: >count
for i in 0 1 2 3 4 5 6 7 8 9; do echo "$i" >"src/$i.txt"; done
for i in $(seq 10 39); do echo bad >"src/$i.bad"; done
cat >spec.yaml <<'EOF'
datasets:
  made:
    - files: src/*.txt
    - exec: [sh, -c, "echo >>${dir}/count; cat"]
  plain: [{files: src/*.txt}]
  numbers: [{range: 1000000000}]
params: {dir: null}
EOF
run=(-D "dir=$work")

index 0 "${run[@]}"
contains said '1000000020 elements: 10 evaluated, 1000000010 known already, 0 failed;'
equals "$(evaluated)" 10 "evaluations at first"
index 0 "${run[@]}"
contains said '1000000020 elements: 0 evaluated, 1000000020 known already, 0 failed;'
equals "$(evaluated)" 0 "evaluations of what is known"
equals "$(cat complaints)" "" "complaints"

# Another version of a source is another element.
echo changed >src/3.txt
index 0 "${run[@]}"
contains said ' 1 evaluated, '

# A file that is damaged, or cut off, is evaluated again.
for size in 0 4096 4110; do
    truncate -s "$size" kept/*.sizes
    : >count
    index 0 "${run[@]}"
    equals "$(evaluated)" 10 "evaluations after the file was cut to $size bytes"
done

# Failures are told, twenty of them one by one; what failed is tried again the next time.
sed -i 's,files: src/\*.txt,files: src/*,; s,cat",grep -v bad",' spec.yaml
sed -i '/plain:/d' spec.yaml
index 1 "${run[@]}"
contains said ' 10 evaluated, 1000000000 known already, 30 failed;'
contains complaints 'seqfs: element made/2 (src/10.bad): exec:'
equals "$(grep -c "exec: 'sh' exited with status 1" complaints)" 20 "failures that are told"
contains complaints "10 more failures"
for i in $(seq 10 39); do echo good >"src/$i.bad"; done
index 0 "${run[@]}"
contains said ' 30 evaluated, 1000000010 known already, 0 failed;'

# What was done before an interruption is kept: the programs wait from the twentieth on, until there is a file go.
cat >spec.yaml <<'EOF'
dataset:
  - range: 100
  - exec: [sh, -c, "echo >>${dir}/count; [ $(wc -l <${dir}/count) -lt 20 ] || [ -e ${dir}/go ] || sleep 100; cat"]
params: {dir: null}
EOF
: >count
env --default-signal=INT "$SEQFS" index --size-index=kept --workers=2 "${run[@]}" spec.yaml >said 2>complaints &
indexing=$!
is_waiting() { [ "$(wc -l <count)" -ge 20 ]; }
eventually is_waiting || fail "it does not go on"
mapfile -t family < <(descendants "$indexing")
kill -INT "$indexing"
status=0
wait "$indexing" || status=$?
equals "$status" 1 "exit status of what was interrupted"
contains said ' left; '
wait_gone "${family[@]}" || fail "processes are left"
before=$(sed -E 's/^100 elements: ([0-9]+) evaluated.*/\1/' said)
[ "$before" -ge 18 ] || fail "only $before were done before"
touch go
index 0 "${run[@]}"
contains said "100 elements: $((100 - before)) evaluated, $before known already, 0 failed;"

# There is nowhere to keep anything.
touch file
refuses "the folder '$work/file/x' cannot be made: not a directory" "$SEQFS" index --size-index=file/x "${run[@]}" spec.yaml
refuses 'with --size-index=off there is nothing to keep sizes in' "$SEQFS" index --size-index=off "${run[@]}" spec.yaml
