#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two mounts of one spec keep their sizes in one file at once; `seqfs index` fills it for all mounts to come.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src second
for i in $(seq 10 69); do bytes $((i * 1000)) "$i" >"src/$i.dat"; done
echo bad >src/70.dat
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset:
  - files: src/*.dat
  - exec: {argv: [sh, -c, 'echo >>${dir}/count; f=$(mktemp ${dir}/tmp.XXXXXX); cat >$f; [ $(wc -c <$f) -gt 4 ] && cat $f; r=$?; rm $f; exit $r'], ext: dat}
  - name: "{stem}"
EOS
: >count

# sizes_agree FOLDER
sizes_agree() {
    (cd "$1" && stat -c '%n %s' [1-6]*) | diff - <(cd src && stat -c '%n %s' [1-6]*) >&2 || fail "the sizes in $1"
}

# Each of two mounts reads a half; the third one knows both.
start --ahead 0 -D "dir=$work" spec.yaml
"$SEQFS" --ahead 0 -D "dir=$work" spec.yaml "$work/second"
pids=()
for i in 0 2 4 6 8; do cat "$mnt"/[1-6]"$i".dat >/dev/null & pids+=($!); done
for i in 1 3 5 7 9; do cat "$work"/second/[1-6]"$i".dat >/dev/null & pids+=($!); done
for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
refuses 'Input/output error' cat second/70.dat
"$SEQFS" umount "$work/second"
equals "$(wc -l <count)" 61 "evaluations of two mounts, half each"
stop
start --ahead 0 -D "dir=$work" spec.yaml
sizes_agree "$mnt"
refuses 'Input/output error' cat "$mnt/70.dat"
equals "$(wc -l <count)" 61 "evaluations of the third one"
stop

# The command: what it has evaluated is known to a mount, sizes and failures.
rm -rf cache
: >count
status=0
"$SEQFS" index -D "dir=$work" spec.yaml >said 2>complaints || status=$?
equals "$status $(wc -l <count)" "1 61" "exit status of seqfs index with a failure, and evaluations"
start --ahead 0 -D "dir=$work" spec.yaml
sizes_agree "$mnt"
equals "$(ls "$mnt/.errors")" 60 "failures that are told"
refuses 'Input/output error' cat "$mnt/70.dat"
tar -C "$mnt" --exclude 70.dat -cf /dev/null . # reads nothing then
equals "$(wc -l <count)" 61 "evaluations after seqfs index"
stop

# Another chain of steps is another thing.
sed -i 's/cat $f;/cat $f $f;/' spec.yaml
start --ahead 0 -D "dir=$work" spec.yaml
equals "$(stat -c %s "$mnt/10.dat")" 16777216 "a size under another spec"
equals "$(ls "$mnt/.errors")" "" "failures under another spec"
cmp <(cat src/10.dat src/10.dat) <(cat "$mnt/10.dat") >&2 || fail "an element under another spec"
equals "$(stat -c %s "$mnt/10.dat")" 20000 "its size then"
