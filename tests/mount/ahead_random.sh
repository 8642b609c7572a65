#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Readers who jump about have next to nothing computed that they do not open, alone or beside others.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
dataset: [{range: 3000}, {exec: [cat]}]
EOS

# read_random SEED READERS: 300 elements in no order, each once.
read_random() {
    python3 - "$mnt" "$1" "$2" <<'EOS'
import random, sys, threading
mnt, seed, readers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
indices = list(range(3000))
random.Random(seed).shuffle(indices)
wrong = []
def read(mine):
    for i in mine:
        with open("%s/%04d.bin" % (mnt, i)) as f:
            if f.read() != "%d\n" % i:
                wrong.append(i)
threads = [threading.Thread(target=read, args=(indices[n:300:readers],)) for n in range(readers)]
for t in threads: t.start()
for t in threads: t.join()
assert not wrong, wrong
EOS
}

for readers in 1 8; do
    start --workers 2 --size-index off spec.yaml
    read_random "$readers" "$readers"
    equals "$(figure opens)" 300 "opens of $readers random readers"
    [ "$(figure ahead.started)" -le 15 ] || fail "$readers random readers had $(figure ahead.started) computed ahead for 300 opens"
    stop
done

# Whoever had an order and loses it, too; and whoever finds one gets it all the same.
start --workers 2 --size-index off spec.yaml
for i in $(seq 1000 1030); do cat "$mnt/$i.bin" >/dev/null; done
was=$(figure ahead.started)
[ "$was" -ge 20 ] || fail "only $was were computed ahead of a reader in order"
read_random 4 1
now=$(figure ahead.started)
[ $((now - was)) -le 60 ] || fail "$((now - was)) were computed ahead after the reader had lost its order"
used=$(figure ahead.used)
for i in $(seq 2000 2080); do cat "$mnt/$i.bin" >/dev/null; done
[ $(($(figure ahead.used) - used)) -ge 30 ] || fail "no order was found again: $(figure ahead.used) after $used"
