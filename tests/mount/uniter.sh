#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A program's output is read once, however many workers want its elements in order; any other order is right, too; and
# the process that reads may die.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >numbers.sh <<'EOF'
echo "$$" >>starts
seq 1000 1199
[ ! -e broken ] || { echo out of numbers >&2; exit 9; }
seq 1200 1499
EOF
cat >spec.yaml <<'EOF'
datasets:
  plain: [{program: [sh, numbers.sh]}]
  small: [{program: {argv: [sh, numbers.sh], length: 500}}, {uniter: {cache: 50, parallel: 2}}]
  exec: [{program: {argv: [sh, numbers.sh], length: 500}}, {exec: {argv: [cat], ext: txt}}]
EOF
starts() { wc -l <starts; }
number() { # DATASET INDEX
    equals "$(cat "$mnt/$1/$(printf %03d "$2").txt")" "$((1000 + $2))" "element $2 of $1"
}
readers() { descendants "$server" | while read -r pid; do grep -lx seqfs-readers "/proc/$pid/comm"; done | cut -d/ -f3; }

start --workers 2 spec.yaml
equals "$(starts)" 1 "runs to count the elements"
equals "$(readers)" '' "processes of readers before any is wanted"

cat "$mnt"/plain/*.txt >all
seq 1000 1499 | cmp - all || fail "the elements in order are wrong"
equals "$(starts)" 2 "runs to read in order"
equals "$(wc -w <<<"$(readers)")" 1 "processes of readers"

for i in $(seq 490 -10 0); do number small "$i"; done
[ "$(starts)" -le 60 ] || fail "reading backwards took $(starts) runs"
before=$(starts)
for i in 7 444 123 8 445 124 3; do number small "$i"; done
[ "$(starts)" -le $((before + 7)) ] || fail "reading here and there took $(($(starts) - before)) runs"

# It is killed: what was asked for is tried again.
kill -9 "$(readers)"
number exec 300
number exec 499
contains "$mnt/.seqfs/log" 'the process that reads sources forward was killed by signal 9'
equals "$(wc -w <<<"$(readers)")" 1 "processes of readers after one was killed"
stop

# It ends half-way: what is behind that fails, and the report has its last words.
touch broken
refuses 'exited with status 9: out of numbers' "$SEQFS" check spec.yaml
sed -i '/plain:/d' spec.yaml
start --workers 2 spec.yaml
before=$(starts)
number exec 199
for i in 200 201 499; do
    refuses 'Input/output error' cat "$mnt/exec/$i.txt"
    contains "$mnt/.errors/exec/$i" "'sh' exited with status 9"
    contains "$mnt/.errors/exec/$i" 'out of numbers'
done
equals "$(starts)" $((before + 1)) "runs for all that fail"
rm broken "$mnt/.errors/exec/499"
number exec 499
stop

# Large elements arrive whole; a program that has nothing more to say costs no worker.
cat >frames.yaml <<'EOF'
datasets:
  large:
    - program: {argv: 'for n in 1 2 3; do printf "\\0\\3\\15\\100"; head -c 200000 /dev/zero | tr "\\0" $n; done', shell: true, split: length}
  silent: [{program: {argv: 'seq 3; sleep 1000', shell: true, length: 9}}]
EOF
start --workers 2 --timeout 1 --ahead 0 frames.yaml
for n in 3 1 2; do equals "$(tr -d "$n" <"$mnt/large/$((n - 1)).bin" | wc -c)" 0 "other bytes in frame $n"; done
equals "$(cat "$mnt"/large/*.bin | wc -c)" 600000 "bytes of all frames"
equals "$(cat "$mnt/silent/2.txt")" 3 "the last thing said"
refuses 'Input/output error' cat "$mnt/silent/3.txt"
contains "$mnt/.errors/silent/3" 'within the time allowed'
equals "$(figure workers_lost)" 0 "workers lost"
stop

# Threads keep the readers themselves; compressed lines are those of the plain file.
cp all lines.txt
gzip -k lines.txt
cat >lines.yaml <<'EOF'
datasets: {plain: [{lines: lines.txt}], packed: [{lines: lines.txt.gz}]}
EOF
for isolation in process thread; do
    start --workers 2 --isolation "$isolation" lines.yaml
    diff -r "$mnt/plain" "$mnt/packed" || fail "compressed lines are others"
    number packed 499
    stop
done
