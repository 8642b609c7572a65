#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A demand joins what is being computed ahead, and comes before all that is not yet; each element is computed once.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

# Evaluations from 2 on wait until there is a file go, those from 70 on until there is another one.
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset:
  - range: 100
  - exec: [sh, -c, "n=$(cat); echo $n >>${dir}/begun; [ $n -lt 2 ] || until [ -e ${dir}/go$((n / 70)) ]; do sleep 0.01; done; echo $n"]
EOS

begin() {
    rm -f begun go0 go1
    touch begun
    start --workers 2 --size-index off -D "dir=$work" "$@" spec.yaml
}
has_begun() { [ "$(wc -l <begun)" -ge "$1" ]; }

for isolation in process thread; do
    # Run-ahead is at 2 and 3: who wants 2 then waits for that one.
    begin --isolation "$isolation" --ahead 8
    cat "$mnt/00.bin" "$mnt/01.bin" >/dev/null
    eventually has_begun 4 || fail "nothing is computed ahead: $(cat begun)"
    cat "$mnt/02.bin" >two &
    waiting=$!
    eventually figure_is queues.opens_waiting 1 || fail "the reader does not wait"
    equals "$(figure queues.demand)" 0 "evaluations that are wanted and not begun"
    touch go0
    wait "$waiting" || fail "the reader failed"
    equals "$(cat two)" 2 "element 2"
    equals "$(sort begun | uniq -d)" "" "what was computed twice"
    [ "$(figure opens.joined)" -ge 1 ] || fail "the open did not join"
    stop

    # Warming has both workers and 90 elements to go: a demand is the next one all the same.
    begin --isolation "$isolation" --ahead 8
    echo 5-94 >"$mnt/.seqfs/warm"
    eventually has_begun 2 || fail "nothing is warmed"
    pids=()
    for i in 70 80; do
        cat "$mnt/$i.bin" >"$i" &
        pids+=($!)
    done
    eventually figure_is queues.demand 2 || fail "the demand does not wait: $(figure queues.demand)"
    touch go0
    eventually has_begun 4 || fail "nothing is begun: $(cat begun)"
    equals "$(sed -n 3,4p begun | sort | tr '\n' ' ')" "70 80 " "what was begun next"
    touch go1
    for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
    equals "$(cat 70 80 | tr '\n' ' ')" "70 80 " "what was read"
    warmed() { [ "$(wc -l <begun)" = 90 ] && [ "$(figure queues.running)" = 0 ]; }
    eventually warmed || fail "the rest was not warmed: $(wc -l <begun)"
    equals "$(sort begun | uniq -d)" "" "what was computed twice"
    stop
done
