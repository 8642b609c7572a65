#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is written to .seqfs/warm is computed with no reader, once; .seqfs/progress tells how far it is.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
params: {dir: null}
dataset:
  - range: 100
  - exec: [sh, -c, "n=$(cat); [ $n -lt 90 ] || until [ -e ${dir}/go ]; do sleep 0.01; done; echo $n >>${dir}/count; echo $n"]
  - exec: [sh, -c, "n=$(cat); [ $n != 13 ] && echo $n"]
EOS
: >count
start --workers 2 -D "dir=$work" spec.yaml
warm=$mnt/.seqfs/warm

# progress: asked, done and failed of what is to be warm.
progress() {
    python3 -c '
import json, sys
warm = json.load(open(sys.argv[1]))["warm"]
print(warm["asked"], warm["done"], warm["failed"])' "$mnt/.seqfs/progress"
}
progress_is() { [ "$(progress)" = "$*" ]; }
computed() { sort -n count | tr '\n' ' '; }

echo 0-9 >"$warm"
eventually progress_is 10 10 0 || fail "of 0-9: $(progress)"
equals "$(computed)" "0 1 2 3 4 5 6 7 8 9 " "what was computed of 0-9"
for i in 9 3 0; do cat "$mnt/0$i.bin" >/dev/null; done
equals "$(figure opens.memory opens.waited)" "3 0" "opens of what is warm, and that waited"
stop

# Ranges, single ones, from the end, paths; what is known already is done; failures are told as such.
: >count
start --workers 2 --ahead 0 --size-index off -D "dir=$work" spec.yaml
cat "$mnt/20.bin" >/dev/null
printf '10-12, 13 -80--79\n30.bin\n.seqfs/at/31\n20\n10-12\n' >"$warm"
eventually progress_is 8 7 1 || fail "of eight, one of which fails: $(progress)"
equals "$(computed)" "10 11 12 13 20 21 30 31 " "what was computed of them"
equals "$(ls "$mnt/.errors")" 13 "the failure"
refuses 'Input/output error' cat "$mnt/13.bin"
equals "$(figure hints.warm.asked hints.warm.done hints.warm.failed)" "8 7 1" "figures"

# None: what has not begun is dropped.  These wait until there is a file go.
echo 90-99 >"$warm"
eventually figure_is queues.running 2 || fail "they do not begin: $(figure queues.running)"
echo none >"$warm"
equals "$(cat "$warm")" "" "what is still to be warm"
touch go
eventually figure_is queues.running 0 || fail "they do not end"
equals "$(computed)" "10 11 12 13 20 21 30 31 90 91 " "what was computed"

# Wrong ones change nothing.
before=$(progress)
for wrong in 5-100 100 9-5 x 1--1--1 '[1, 2'; do
    refuses 'Invalid argument' sh -c 'printf "40-44\n%s\n" "$1" | cat >"$0"' "$warm" "$wrong"
    tail -n 1 "$mnt/.seqfs/log" | grep -qE 'warm: line [12]: ' || fail "the log does not tell of '$wrong': $(tail -n 1 "$mnt/.seqfs/log")"
done
equals "$(progress)" "$before" "progress after wrong ones"
: >"$warm"
equals "$(progress)" "$before" "progress after nothing"

# Everything; a reader in order beside it is never given anything twice.
echo all >"$warm"
for f in "$mnt"/*; do
    case $f in */13.bin) ;; *) cat "$f" >/dev/null ;; esac
done
is_over() { read -r asked now failed < <(progress) && [ "$asked" = $((now + failed)) ]; }
eventually is_over || fail "all: $(progress)"
equals "$(sort -n count)" "$(seq 0 99)" "what was computed of all"
