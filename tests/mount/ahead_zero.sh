#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With ahead=0 exactly what is opened is computed, once, however it is read and whatever else is asked.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOS'
params: {dir: null}
sequences:
  counted: [{range: 200}, {exec: [sh, -c, "n=$(cat); echo $n >>${dir}/count; echo $n"]}]
datasets:
  flat: [counted]
  lists: [counted, {slice: ":40"}, {batch: 4}]
EOS

# look: everything that is no open of an element.
look() {
    ls -lR "$mnt" "$mnt/.seqfs/sequences" "$mnt/.seqfs/stages" >/dev/null
    find "$mnt" -size +1k -newer spec.yaml >/dev/null
    du -s "$mnt" >/dev/null
    python3 -c 'import os, sys
for path, folders, files in os.walk(sys.argv[1]):
    for name in files: os.stat(os.path.join(path, name)), os.access(os.path.join(path, name), os.R_OK)' "$mnt"
    if [ -e "$mnt/flat/200.bin" ] || [ ! -e "$mnt/flat/199.bin" ]; then fail "the names are wrong"; fi
    stat -L "$mnt/.seqfs/at/flat/7" "$mnt/.seqfs/slice/flat/5:9/006.bin" >/dev/null
    cat "$mnt/.seqfs/"{stats,plan,spec,index.tsv,progress,order,warm,log} >/dev/null
}

# reads INDEX...: at once, from processes that take them in turn.
reads() {
    printf "$mnt/flat/%s.bin\n" "$@" | xargs -P 3 -n 5 cat >/dev/null
}

for isolation in process thread; do
    : >count
    start --ahead 0 --workers 2 --isolation "$isolation" -D "dir=$work" spec.yaml
    look
    equals "$(cat count)" "" "what was computed without an open"
    for i in $(seq -w 0 11); do cat "$mnt/flat/0$i.bin" >/dev/null; done  # in order
    for i in $(seq 30 7 100); do cat "$mnt/flat/0$i.bin" >/dev/null 2>&1 || cat "$mnt/flat/$i.bin" >/dev/null; done
    for i in $(seq 150 -1 140); do cat "$mnt/flat/$i.bin" >/dev/null; done # backwards
    mapfile -t indices < <(seq 160 179)
    reads "${indices[@]}"
    look
    for i in $(seq 160 179); do cat "$mnt/flat/$i.bin" >/dev/null; done # again
    { seq 0 11; seq 30 7 100; seq 140 150; seq 160 179; } | sort -n >wanted
    sort -n count | cmp - wanted >&2 || fail "computed: $(sort -n count | tr '\n' ' ')"

    # The order of a reader is for run-ahead, of which there is none.  Lists have the same elements.
    seq 199 -1 0 | sed 's,^,flat/,' >"$mnt/.seqfs/order"
    for i in 199 198 197; do cat "$mnt/flat/$i.bin" >/dev/null; done
    : >count
    cat "$mnt"/lists/[0-2]/0.bin "$mnt"/lists/[5-7]/0.bin >/dev/null
    equals "$(sort -n count | tr '\n' ' ')" "20 24 28 " "what was computed of the lists"
    equals "$(figure ahead.started queues.ahead ahead.wasted)" "0 0 0" "what was computed ahead"
    equals "$(figure evaluations)" "$(($(wc -l <wanted) + 3 + 3))" "evaluations as told"
    stop
done
