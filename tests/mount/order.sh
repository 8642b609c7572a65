#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is written to .seqfs/order is computed ahead of readers who follow it, from wherever they are; a wrong order is
# refused with the line, and changes nothing.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
params: {dir: null}
sequences:
  counted: [{range: 300}, {exec: [sh, -c, "n=$(cat); echo $n >>${dir}/count; echo $n"]}]
datasets:
  train: [counted, {slice: ":200"}]
  val: [counted, {slice: "200:"}]
EOS
: >count
start --workers 2 -D "dir=$work" spec.yaml
order=$mnt/.seqfs/order

# Python writes it as JSON; its reader follows it to the end, and nothing else is computed.
python3 - "$mnt" <<'EOS'
import json, random, sys, time
mnt = sys.argv[1]
indices = list(range(200))
random.Random(3).shuffle(indices)
indices = indices[:120]
open("first", "w").write("train/%d" % indices[0])
with open(mnt + "/.seqfs/order", "w") as f:
    json.dump(["train/%d" % i for i in indices], f)
def stats():
    return json.load(open(mnt + "/.seqfs/stats"))
assert stats()["hints"]["order"]["len"] == 120, stats()["hints"]
for n, i in enumerate(indices):
    assert open("%s/train/%03d.bin" % (mnt, i)).read() == "%d\n" % i, i
    if n == 60:
        progress = json.load(open(mnt + "/.seqfs/progress"))["order"]
        assert progress["len"] == 120 and progress["at"] in (60, 61), progress
        assert len(progress["readers"]) == 1 and progress["readers"][0]["at"] in (60, 61), progress
now = stats()
assert now["counts"]["evaluations"] == 120, now["counts"]
assert now["counts"]["ahead"] >= 100, now["counts"]
EOS
equals "$(sort count | uniq -d)" "" "what was computed twice"
equals "$(wc -l <"$order")" 120 "lines of the order as it is read back"
equals "$(sed -n 1p "$order")" "$(cat first)" "the first of the order as it is read back"

# By path, in several writes, followed from its middle on.
: >count
for i in $(seq 99 -1 0); do printf 'val/%02d.bin\n' "$i"; done >paths
dd if=paths bs=7 of="$order" conv=notrunc 2>/dev/null
equals "$(wc -l <"$order")" 100 "lines of an order by path"
for i in 50 49 48; do cat "$mnt/val/$i.bin" >/dev/null; done
is_ahead() { grep -q 245 count && grep -q 246 count; }
eventually is_ahead || fail "nothing was computed ahead of a reader in the middle: $(tr '\n' ' ' <count)"
equals "$(grep '25[1-9]' count)" "" "what was computed of what comes before"

# Two readers at different places, and one who goes elsewhere.
for i in 40 90 39 89 38 88; do cat "$mnt/val/$i.bin" >/dev/null; done
[ "$(figure hints.order.readers)" -ge 2 ] || fail "two readers are not seen: $(cat "$mnt/.seqfs/progress")"

# Wrong ones: the errno at the write or the close, the line in the log; the one before holds.
wrong() {
    local wanted=$1 text=$2 line=$3
    python3 - "$order" "$wanted" "$text" <<'EOS' || fail "an order of '$text'"
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
got = 0
try:
    os.write(fd, sys.argv[3].encode())
except OSError as e:
    got = e.errno
try:
    os.close(fd)
except OSError as e:
    got = e.errno
assert errno.errorcode.get(got) == sys.argv[2], got
EOS
    tail -n 1 "$mnt/.seqfs/log" | grep -qF "order: line $line: " || fail "the log does not tell line $line of '$text': $(tail -n 1 "$mnt/.seqfs/log")"
    equals "$(wc -l <"$order")" 100 "lines of the order after '$text'"
}
wrong EINVAL $'val/3\nval/nothing\nval/4\n' 2
wrong EINVAL $'val/1\nval/2\nval/100\n' 3
wrong EINVAL $'train/-201\n' 1
wrong EINVAL '[1, 2, {"a": 3}]' 1
wrong EINVAL $'["val/1",\n"val/2"' 2
wrong EINVAL $'7\n' 1 # of which dataset?
refuses 'Invalid argument' sh -c 'echo val/nothing | cat >"$0"' "$order"

# Nobody but the one who has mounted may write; nobody else's files can be written that way.
refuses 'Read-only file system' sh -c 'echo 1 | cat >"$0"' "$mnt/.seqfs/progress"

# An empty one ends it.
: >"$order"
equals "$(cat "$order")" "" "an order that was ended"
equals "$(figure hints.order.len)" 0 "its length"
