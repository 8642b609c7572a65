#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A reload while readers wait and read: each open gets an answer, of the old spec or the new one, never a mixture;
# run-ahead and hints go on after it; nothing is left of the old workers.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

write_spec() {
    cat >spec.yaml <<EOS
params: {dir: null}
dataset: [{range: 300}, {exec: [sh, -c, "n=\$(cat); until [ -e \${dir}/go ]; do sleep 0.01; done; yes \"$1 \$n\" | head -n 20000"]}]
EOS
}
wait_for_log() {
    has() { [ "$(grep -c -- "$1" server.log)" -ge "$2" ]; }
    eventually has "$@" || fail "the log does not say '$1' $2 times: $(cat "$mnt/.seqfs/log")"
}

for isolation in process thread; do
    # Readers wait for what cannot end: a reload answers them all the same.
    rm -f go
    write_spec old
    start --workers 2 --isolation "$isolation" -D "dir=$work" spec.yaml
    pids=()
    for i in 000 001 002 150; do
        cat "$mnt/$i.bin" >"$i" 2>/dev/null &
        pids+=($!)
    done
    eventually figure_is queues.opens_waiting 4 || fail "the readers do not wait"
    write_spec new
    kill -HUP "$server"
    wait_for_log 'SIGHUP: the spec was read again' 1
    touch go
    for pid in "${pids[@]}"; do wait "$pid" || true; done # again, or stale: but an answer
    for i in 000 001 002 150; do
        case $(sort -u <"$i") in '' | "old $((10#$i))" | "new $((10#$i))") ;; *) fail "element $i is a mixture: $(sort -u <"$i" | head -n 3)" ;; esac
        equals "$(head -n 1 "$mnt/$i.bin")" "new $((10#$i))" "element $i after the reload"
    done

    # A file that is open keeps its bytes, read or not, and its size.
    exec {open}<"$mnt/200.bin"
    write_spec newer
    kill -HUP "$server"
    wait_for_log 'SIGHUP: the spec was read again' 2
    equals "$(stat -L -c %s "/proc/self/fd/$open")" 160000 "size of a file that was open"
    cmp <(yes "new 200" | head -n 20000) - <&"$open" >&2 || fail "a file that was open"
    exec {open}<&-
    equals "$(head -n 1 "$mnt/200.bin")" "newer 200" "the same file, opened again"

    # Readers read all the time, the spec changes four times: whatever is read is whole, and of one spec.
    python3 - "$mnt" "$server" "$work" <<'EOS' &
import os, sys
mnt, server, work = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rounds = read = stale = 0
while not os.path.exists(work + "/stop"):
    for i in range(rounds % 280, rounds % 280 + 20):
        try:
            with open("%s/%03d.bin" % (mnt, i), "rb") as f:
                lines = f.read().split(b"\n")
        except OSError:
            stale += 1 # at the very moment of a reload
            continue
        read += 1
        assert lines[-1] == b"" and len(lines) == 20001 and len(set(lines[:-1])) == 1, (i, len(lines), set(lines))
        assert lines[0].endswith(b" %d" % i), lines[0]
    rounds += 20
    print(rounds, file=open(work + "/rounds", "w"))
assert read > 20 and stale <= 20, (read, stale)
EOS
    reading=$!
    for n in 3 4 5 6; do
        rm -f rounds
        eventually test -e rounds || fail "the reader does not go on"
        write_spec "v$n"
        kill -HUP "$server"
        wait_for_log 'SIGHUP: the spec was read again' "$n"
    done
    touch stop
    wait "$reading" || fail "a reader got something wrong"
    rm stop
    equals "$(head -n 1 "$mnt/299.bin")" "v6 299" "the last spec"

    # All rooms are at work after it.
    read -r started used < <(figure ahead.started ahead.used)
    for i in $(seq 200 230); do cat "$mnt/$i.bin" >/dev/null; done
    [ "$(figure ahead.used)" -gt $((used + 10)) ] || fail "no run-ahead after a reload: $started, $(figure ahead.started ahead.used)"
    echo 100-109 >"$mnt/.seqfs/warm"
    is_warm() { grep -q '"done": 10' "$mnt/.seqfs/progress"; }
    eventually is_warm || fail "nothing is warmed after a reload: $(cat "$mnt/.seqfs/progress")"
    one_family() { [ "$(figure workers.alive)" -le 2 ] && [ "$(descendants "$server" | wc -l)" -le 4 ]; }
    eventually one_family || fail "processes are left of old workers: $(descendants "$server" | wc -l)"
    stop
done
