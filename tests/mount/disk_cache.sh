#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# With a disk cache the next mount computes nothing; what a changed step does not concern, and what a `cache` step on
# the way keeps there, is not computed again; a changed source is.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in 0 1 2 3 4 5 6 7 8 9; do bytes $((i * 30000)) "$i" >"src/$i.dat"; done
cat >spec.yaml <<'EOS'
params: {dir: null, second: cat, third: cat}
cache: {disk: {path: kept, size: 100M}}
dataset:
  - files: src/*.dat
  - exec: [sh, -c, "echo >>${dir}/first; cat"]
  - cache: {disk: {path: kept}}
  - exec: [sh, -c, "echo >>${dir}/second; ${second}"]
  - exec: {argv: [sh, -c, "echo >>${dir}/third; ${third}"], ext: dat}
  - name: "{stem}"
EOS
begin() {
    : >first
    : >second
    : >third
    start --ahead 0 --workers 2 -D "dir=$work" "$@" spec.yaml
}
ran() { echo "$(wc -l <first) $(wc -l <second) $(wc -l <third)"; }
read_all() {
    local f
    for f in src/*; do cmp <("$@" <"$f") <(cat "$mnt/${f##*/}") >&2 || fail "$f is wrong after ${*}"; done
}
# kept: everything has been written.
kept() { eventually figure_is disk.kept "$1" || fail "$(figure disk.kept) were kept, of $1; $(figure disk.skipped) skipped"; }

for isolation in process thread; do
    rm -rf kept
    begin --isolation "$isolation"
    read_all cat
    equals "$(ran)" "10 10 10" "what ran at first"
    kept 10
    stop

    # The next mount, and one with run-ahead.
    begin --isolation "$isolation"
    read_all cat
    equals "$(ran)" "0 0 0" "what ran in the second mount"
    equals "$(figure evaluations opens.disk disk.hits)" "0 10 10" "evaluations, opens and hits of the disk"
    for f in src/*; do equals "$(stat -c %s "$mnt/${f##*/}")" "$(stat -c %s "$f")" "size of $f"; done
    stop
    begin --isolation "$isolation" --ahead 4
    read_all cat
    equals "$(ran)" "0 0 0" "what ran with run-ahead"
    stop

    # Another last step: what comes before is computed again behind the `cache` step alone.
    begin --isolation "$isolation" -D third=base64
    read_all base64
    equals "$(ran)" "0 10 10" "what ran after a step was changed"
    kept 10
    stop
    # The old one is still there beside it.
    begin --isolation "$isolation"
    read_all cat
    equals "$(ran)" "0 0 0" "what ran after it was changed back"
    # A changed source is another element; the others stay.
    bytes 777 "$RANDOM" >src/4.dat
    read_all cat
    equals "$(ran)" "1 1 1" "what ran after a source was changed"
    stop
    bytes 120000 4 >src/4.dat
done

# With option and section off there is no disk.
begin --cache-disk off
equals "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["disk"])' "$mnt/.seqfs/stats")" None "the disk cache that is off"
stop

# Bounded: least recently used go.
rm -rf kept
mkdir big
for i in $(seq 10 39); do bytes 200000 "$i" >"big/$i.dat"; done
sed -i 's,src/\*.dat,big/*.dat,; s,^  - cache:.*,,; s,size: 100M,size: 2M,' spec.yaml
begin
for f in big/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f is wrong"; done
kept 30
stop
[ "$(du -sb kept | cut -f1)" -le $((2 * 1048576 + 262144)) ] || fail "$(du -sb kept) bytes of 2 MiB"
begin
for f in big/*; do cmp "$f" <(cat "$mnt/${f##*/}") >&2 || fail "$f is wrong"; done
[ "$(figure disk.bytes)" -le 2097152 ] || fail "$(figure disk.bytes) bytes of 2 MiB"
stop
