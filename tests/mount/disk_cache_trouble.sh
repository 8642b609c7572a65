#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Trouble with the folder of a disk cache is a miss, told once in the log, and never a failure: damaged entries, a
# removed folder, one that is read-only, full, or no folder at all.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in $(seq 10 29); do bytes 200000 "$i" >"src/$i.dat"; done
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset: [{files: src/*.dat}, {exec: {argv: [sh, -c, "echo >>${dir}/count; cat"], ext: dat}}, {name: "{stem}"}]
EOS
begin() {
    : >count
    start --ahead 0 --workers 2 --cache-disk "$work/kept" -D "dir=$work" spec.yaml
}
read_all() {
    local f
    for f in src/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f is wrong"; done
}
kept() { eventually figure_is disk.kept "$1" || fail "$(figure disk.kept) were kept, of $1"; }
ran() { wc -l <count; }
# tells N TEXT: lines of the log with this text.
tells() { equals "$(grep -cF -- "$2" "$mnt/.seqfs/log" || true)" "$1" "lines of the log with '$2'"; }

begin
read_all
kept 20
stop
entries() { find kept -type f -size +100k | sort; }
equals "$(entries | wc -l)" 20 "entries"

# A bit, a missing end, more than there was, nothing at all, another's bytes.
i=0
for entry in $(entries | head -n 10); do
    case $((i++ % 5)) in
    0) printf '\1' | dd of="$entry" bs=1 seek=77777 conv=notrunc 2>/dev/null ;;
    1) truncate -s 100000 "$entry" ;;
    2) echo >>"$entry" ;;
    3) : >"$entry" ;;
    4) cat "$(entries | tail -n 1)" >"$entry" ;;
    esac
done
begin
read_all
[ "$(ran)" -ge 9 ] && [ "$(ran)" -le 10 ] || fail "$(ran) were computed again for ten damaged entries"
tells 1 "damaged"
kept "$(ran)"
stop
begin
read_all
equals "$(ran)" 0 "evaluations once they were mended"
stop

# The folder is removed while it is in use: it is made again.
begin
rm -rf kept
read_all
equals "$(ran)" 20 "evaluations without the folder"
equals "$(ls "$mnt/.errors")" "" "failures"
stop
begin
read_all
read_all
[ "$(ran)" -le 20 ] || fail "$(ran) evaluations of 20"
kept "$(ran)"
stop
begin
read_all
equals "$(ran)" 0 "evaluations with the folder that was made again"
stop

# No folder can be had.
rm -rf kept
: >kept
begin
read_all
equals "$(ran)" 20 "evaluations without a folder"
tells 1 "nothing is kept on disk"
stop
rm kept

mkdir kept
if ! mount -t tmpfs -o size=1M tmpfs kept 2>/dev/null; then
    echo "a tmpfs cannot be mounted here: full and read-only folders were not tried"
    exit 0
fi
trap 'umount -l "$work/kept" 2>/dev/null; cleanup' EXIT

# Full: five of twenty fit.
begin
read_all
equals "$(ran)" 20 "evaluations with a full folder"
equals "$(ls "$mnt/.errors")" "" "failures with a full folder"
is_told() { grep -q 'no space left\|is full' "$mnt/.seqfs/log"; }
eventually is_told || fail "the log does not tell of the full folder: $(cat "$mnt/.seqfs/log")"
equals "$(grep -ci 'no space\|is full' "$mnt/.seqfs/log")" 1 "lines of the log about the full folder"
stop
begin
read_all
[ "$(ran)" -ge 15 ] && [ "$(ran)" -lt 20 ] || fail "$(ran) evaluations where a few are kept"
stop

# Read-only: what is there is used, and nothing more.
mount -o remount,ro "$work/kept"
begin
read_all
[ "$(ran)" -ge 15 ] && [ "$(ran)" -lt 20 ] || fail "$(ran) evaluations with a read-only folder"
equals "$(ls "$mnt/.errors")" "" "failures with a read-only folder"
stop

# So it is with a `cache` step, whose folder the workers use.
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset:
  - files: src/*.dat
  - exec: {argv: [sh, -c, "echo >>${dir}/count; cat"], ext: dat}
  - cache: {count: 1, disk: {path: values}}
  - name: "{stem}"
EOS
rm -rf values
begin_values() {
    : >count
    start --ahead 0 --workers 1 -D "dir=$work" spec.yaml
}
begin_values
read_all
equals "$(ran)" 20 "evaluations for an empty folder of values"
stop
for entry in $(find values -type f -size +100k | sort | head -n 5); do
    printf '\1' | dd of="$entry" bs=1 seek=77777 conv=notrunc 2>/dev/null
done
begin_values
read_all
equals "$(ran)" 5 "evaluations for five damaged values"
tells 1 "damaged"
stop
