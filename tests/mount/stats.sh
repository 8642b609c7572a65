#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What .seqfs/stats says is true and documented, and `seqfs stats` shows it: once, again and again, on a terminal, until
# Ctrl-C or the end of the mount.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
dataset: [{range: 40}, {exec: [sh, -c, 'read n; [ "$n" != 7 ] && echo "$n"']}, {cache: 5}]
EOS
start --ahead 0 --workers 2 spec.yaml
for i in 00 01 02 03 00 01; do cat "$mnt/$i.bin" >/dev/null; done
for _ in 1 2; do if cat "$mnt/07.bin" 2>/dev/null; then fail "element 7 should have failed"; fi; done

# The figures themselves.
python3 - "$mnt/.seqfs/stats" "$SEQFS_SOURCE/docs/using.md" <<'EOS'
import json, sys

stats = json.load(open(sys.argv[1]))
opens, counts, workers = stats["opens"], stats["counts"], stats["workers"]
tiers = [opens[k] for k in ("memory", "kernel", "disk", "direct", "waited", "failed")]
assert sum(tiers) == counts["opens"] == 8, opens
assert opens["waited"] == counts["opens_waited"] == opens["wait"]["n"] >= 5, opens
assert opens["failed"] == 1 and opens["joined"] <= opens["waited"], opens
assert 0 < opens["wait"]["mean_ms"] and 0 < opens["wait"]["p50_ms"] <= opens["wait"]["p99_ms"] * 1.1, opens
assert counts["evaluations"] >= 5 and counts["failures"] == 1 and counts["ahead"] == 0, counts
assert workers["count"] == 2 and workers["alive"] <= 2 and workers["busy"] == 0, workers
assert 0 < workers["utilisation"] < 1 and 0 < workers["utilisation_10s"] <= 1, workers
assert 0 < workers["busy_s"] < 2 * stats["uptime_s"], workers
assert stats["budget"]["limit"] > 0, stats["budget"]
program = next(s for s in stats["steps"] if s["name"] == "exec")
assert program["calls"] == 5 and program["failures"] == 1 and program["at"] == "1:25", program

manual = open(sys.argv[2]).read()
def keys(x):
    if isinstance(x, dict):
        for key, value in x.items():
            yield key
            yield from keys(value)
    elif isinstance(x, list):
        for value in x:
            yield from keys(value)
missing = sorted({k for k in keys(stats) if "`%s`" % k not in manual})
assert not missing, "docs/using.md does not tell what these are: %s" % missing
EOS

# For a person: from the mountpoint, or anything in it; looking computes nothing.
before=$(figure evaluations)
for path in "$mnt" "$mnt/" "$mnt/.seqfs/stats" "$mnt/.seqfs" "$mnt/.errors" "$mnt/20.bin" "$mnt/.seqfs/at/3"; do
    "$SEQFS" stats "$path" >shown || fail "$path"
    equals "$(head -n 1 shown | sed 's/ .*//')" "$mnt" "what is shown of $path"
done
(cd "$mnt/.seqfs/at" && "$SEQFS" stats .) >shown
equals "$(figure evaluations)" "$before" "evaluations after looking"
contains shown '; 1 failed, '
grep -qE '^  exec +1:25 +5 .* 1 ' shown || fail "no line of the exec step: $(cat shown)"
equals "$(awk 'length > 100' shown)" "" "lines of more than 100 columns"

# Wrong uses.
refuses "seqfs: '$work' is not in a mount of seqfs" "$SEQFS" stats "$work"
refuses "seqfs: '$work/none': " "$SEQFS" stats "$work/none"
refuses "is no time from 100ms to 24h" "$SEQFS" stats --watch=0 "$mnt"
mkdir -p other/.seqfs
echo '{"counts": {"opens": 5' >other/.seqfs/stats
refuses "seqfs: '$work/other/.seqfs/stats': no figures of seqfs: line 2" "$SEQFS" stats other
refuses "no figures of seqfs" "$SEQFS" stats --watch other
for path in "$work" other; do
    status=0
    "$SEQFS" stats "$path" 2>/dev/null || status=$?
    equals "$status" 1 "exit status of seqfs stats $path"
done

# Again and again: rates of the time between, Ctrl-C ends it well.
mkfifo blocks
env --default-signal=INT "$SEQFS" stats --watch=200ms "$mnt" >blocks &
watcher=$!
exec {shown}<blocks
# wait_for PATTERN: reads lines up to one like it.
wait_for() {
    local line
    while read -r -t 20 line <&"$shown"; do
        # shellcheck disable=SC2254 # a pattern
        case $line in $1) return 0 ;; esac
    done
    fail "the watcher did not say '$1'"
}
wait_for '*since the mount'
wait_for '*of the last 0.[0-9] s'
cat "$mnt/30.bin" >/dev/null
wait_for 'evaluations  6, [1-9]*'
kill -INT "$watcher"
status=0
wait "$watcher" || status=$?
exec {shown}<&-
equals "$status" 0 "exit status after Ctrl-C"

# Whoever reads it may stop.
status=0
"$SEQFS" stats --watch=100ms "$mnt" 2>said | head -n 1 >/dev/null || status=$?
equals "$status $(cat said)" "141 " "what is said when nobody reads any more"

# On a terminal it is drawn over, as large as the terminal is.
python3 - "$SEQFS" "$mnt" <<'EOS'
import fcntl, os, pty, re, select, struct, sys, termios

pid, tty = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 8, 40, 0, 0))
    os.execv(sys.argv[1], [sys.argv[1], "stats", "--watch=100ms", sys.argv[2]])
said = b""
while said.count(b"\x1b[H") < 3:
    assert select.select([tty], [], [], 20)[0], said
    said += os.read(tty, 65536)
os.write(tty, b"\x03")
try:
    while True:
        more = os.read(tty, 65536)
        if not more:
            break
except OSError:
    pass
assert os.waitpid(pid, 0)[1] == 0, said
screen = said.split(b"\x1b[H")[2].decode()
lines = [re.sub("\x1b\\[[0-9]*[A-Z]", "", line) for line in screen.split("\r\n")]
assert screen.endswith("\x1b[J") and len(lines) == 8 and max(map(len, lines)) <= 40, lines
EOS

# The end of the mount is the end of watching it.
watch_to_the_end() {
    mkfifo ends
    "$SEQFS" stats --watch=100ms "$mnt" 2>said >ends &
    watcher=$!
    exec {shown}<ends
    rm ends
    wait_for '*since the mount'
    "$@"
    cat <&"$shown" >/dev/null
    exec {shown}<&-
    status=0
    wait "$watcher" || status=$?
    equals "$status $(cat said)" "0 seqfs: '$mnt' is no longer mounted" "the end of watching"
}
watch_to_the_end stop
start --ahead 0 spec.yaml
watch_to_the_end kill -9 "$server"
eventually refuses "seqfs: '$mnt' is a dead mount, its server has gone; seqfs umount takes it away" "$SEQFS" stats "$mnt"
