#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Run-ahead finds each reader's order: eight readers at once, processes that share one, long strides, backwards; when a
# reader goes elsewhere, nothing more is computed where it was.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
params: {dir: null}
dataset: [{range: 10000}, {exec: [sh, -c, "n=$(cat); echo $n >>${dir}/count; echo $n"]}]
EOS

# begin [OPTION...]: a fresh mount.
begin() {
    : >count
    start --workers 2 --size-index off "$@" -D "dir=$work" spec.yaml
}

# streams: the strides of those that are followed, and the elements that they are at.
streams() {
    python3 -c '
import json, sys
print(*sorted("%+d@%d" % (s["stride"], s["at"]) for s in json.load(open(sys.argv[1]))["ahead"]["streams"]))' "$mnt/.seqfs/stats"
}

# read_python TEXT: Python that reads elements by read(i), none of which may be wrong.
read_python() {
    python3 -c '
import os, sys, time
def read(i):
    with open("%s/%04d.bin" % (sys.argv[1], i)) as f:
        assert f.read() == "%d\n" % i, i
'"$1" "$mnt"
}

# settles: run-ahead has nothing more to do.
is_settled() {
    local before after
    before=$(figure evaluations queues.running)
    after=$(figure evaluations queues.running)
    [ "$before" = "$after" ] && [ "${after#* }" = 0 ]
}

# bounded OPENED AHEAD WHAT: no more was computed than what was opened and so much ahead; nothing twice.
bounded() {
    eventually is_settled || fail "$3: it does not come to rest"
    equals "$(sort count | uniq -d)" "" "$3: what was computed twice"
    [ "$(wc -l <count)" -le $(($1 + $2)) ] || fail "$3: $(wc -l <count) were computed for $1 that were opened"
}

# Eight readers in turn, as eight processes would come.
begin
read_python '
for i in range(40):
    for reader in range(8):
        read(1000 * reader + i)'
equals "$(streams)" "+1@1039 +1@2039 +1@3039 +1@39 +1@4039 +1@5039 +1@6039 +1@7039" "streams of eight readers"
[ "$(figure ahead.used)" -ge 280 ] || fail "of 320 opens, $(figure ahead.used) were foreseen"
bounded 320 $((8 * 128)) "eight readers"
stop

# Eight processes at once, who keep the workers busy: little is left to be computed ahead, and none of it in vain.
begin
pids=()
for who in 0 1 2 3 4 5 6 7; do
    read_python "
for i in range(30):
    read(1000 * $who + i)" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
bounded 240 $((8 * 64)) "eight processes"
stop

# A loader whose four processes each take every fourth element: together they go through in order, nearly.
begin
read_python '
import random
turn = random.Random(1)
for i in range(0, 160, 4):
    for process in turn.sample(range(4), 4):
        read(i + process)'
read -r waited joined < <(figure opens.waited opens.joined)
[ $((waited - joined)) -le 60 ] || fail "of 160 opens of a loader, $((waited - joined)) were not foreseen"
bounded 160 256 "a loader, one by one"
stop
begin
pids=()
for process in 0 1 2 3; do
    read_python "
for i in range($process, 200, 4):
    read(i)" &
    pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a process of the loader failed"; done
bounded 200 256 "a loader"
stop

# Strides, long ones and backwards: what is computed ahead is what is opened then.
for stride in 3 17 250 -1 -6; do
    begin
    first=$((stride < 0 ? 9999 : 0))
    read_python "
for i in range(36):
    read($first + $stride * i)"
    equals "$(streams)" "$(printf '%+d@%d' "$stride" $((first + 35 * stride)))" "the stream of stride $stride"
    [ "$(figure ahead.used)" -ge 30 ] || fail "of 36 opens with stride $stride, $(figure ahead.used) were foreseen"
    bounded 36 128 "stride $stride"
    python3 - "$first" "$stride" count <<'EOS' || fail "stride $stride: $(tr '\n' ' ' <count)"
import sys
first, stride = map(int, sys.argv[1:3])
odd = [int(n) for n in open(sys.argv[3]) if (int(n) - first) % stride]
assert not odd, odd
EOS
    stop
done

# A jump: what was still to be computed where the reader was is not; what another reader needs is.
begin --workers 1 --ahead 64
read_python '
for i in range(20):
    read(i), read(5000 + i)
for i in range(60):
    read(9000 - i), read(5020 + i)'
bounded $((40 + 120)) $((3 * 64)) "a jump"
equals "$(streams)" "+1@5079 -1@8941" "streams after a jump"
[ "$(figure ahead.used)" -ge 140 ] || fail "of 160 opens, $(figure ahead.used) were foreseen"
stop

# A number that is given is the most that is ahead.
begin --ahead 5
read_python '
for i in range(30):
    read(i)'
eventually is_settled || fail "it does not come to rest"
equals "$(sort -n count | tail -n 1)" 34 "the last element computed with ahead=5"
