#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Five hundred open files of 1 MB with 64 MB of memory: all opens are answered, with the right bytes; the server's
# memory stays bounded, and once they are closed nothing is left of them.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
dataset: [{range: 500}, {exec: [sh, -c, "n=$(cat); yes $n | head -c 1000000"]}]
EOS
start --workers 2 --cache-memory 64M spec.yaml

python3 - "$mnt" "$server" <<'EOS'
import json, os, sys, threading

mnt, server = sys.argv[1], int(sys.argv[2])
LIMIT, CONSTANT = 64 << 20, 48 << 20 # of the program itself, and of what is on its way

def wanted(i, size=1000000):
    line = b"%d\n" % i
    return (line * (size // len(line) + 1))[:size]

def memory():
    fields = dict(line.split(":") for line in open("/proc/%d/status" % server))
    return sum(int(fields[key].split()[0]) << 10 for key in ("RssAnon", "RssShmem"))

def stats():
    return json.load(open(mnt + "/.seqfs/stats"))

files, wrong, most = {}, [], [0]
before = memory()
lock = threading.Lock()
def open_some(mine):
    for i in mine:
        f = open("%s/%03d.bin" % (mnt, i), "rb", buffering=0)
        with lock:
            files[i] = f
            most[0] = max(most[0], memory())
threads = [threading.Thread(target=open_some, args=(range(n, 500, 8),)) for n in range(8)]
for t in threads: t.start()
for t in threads: t.join(120)
assert len(files) == 500, "only %d opens were answered: %s" % (len(files), stats())
now = stats()["budget"]
assert now["limit"] == LIMIT, now
assert now["pinned"] <= LIMIT and now["held"] <= LIMIT + (4 << 20), now
assert now["spilled"] >= 500 * 1000000 - LIMIT - (4 << 20), now
for i, f in files.items():
    if os.pread(f.fileno(), 1000001, 0) != wanted(i):
        wrong.append(i)
assert not wrong, wrong
most[0] = max(most[0], memory())
assert most[0] - before <= LIMIT + CONSTANT, "%.0f MB more than at first" % ((most[0] - before) / 1e6)
for f in files.values():
    f.close()
now = stats()
assert now["budget"]["held"] <= LIMIT + (4 << 20) and now["cache"]["bytes"] <= 2 * LIMIT, now
EOS

# What was in a temporary file may be kept there, within the same bound.
nothing_is_left() {
    local spilled
    read -r pinned transfer reserved spilled < <(figure budget.pinned budget.transfer budget.reserved budget.spilled)
    [ "$pinned $transfer $reserved" = "0 0 0" ] && [ "$spilled" -le 67108864 ]
}
eventually nothing_is_left || fail "left: $(figure budget.pinned budget.transfer budget.reserved budget.spilled)"
[ "$(find cache -type f -size +500k | wc -l)" = 0 ] || fail "files are left: $(find cache -type f -size +500k)"
cmp <(yes 7 | head -c 1000000) <(cat "$mnt/007.bin") >&2 || fail "an element after that"
stop
[ "$(find cache -type f -size +500k | wc -l)" = 0 ] || fail "files are left: $(find cache -type f -size +500k)"
