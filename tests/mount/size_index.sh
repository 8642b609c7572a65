#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sizes and failures are known to the next mount, which evaluates nothing for them; a changed source and a damaged file
# make none of them wrong.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
echo bad >src/bad.dat
cat >tee.sh <<'EOS'
# Counts, and copies its input but for what begins with "bad".
echo >>"$1/count"
t=$(mktemp "$1/tmp.XXXXXX")
cat >"$t"
if head -c 4 "$t" | grep -q '^bad$'; then rm "$t"; echo "it is bad" >&2; exit 1; fi
cat "$t"
rm "$t"
EOS
cat >spec.yaml <<'EOS'
params: {dir: null}
dataset:
  - files: src/*.dat
  - exec: {argv: [sh, "${dir}/tee.sh", "${dir}"], ext: dat}
  - name: "{stem}"
EOS
: >count
begin() { start --ahead 0 --workers 2 "$@" -D "dir=$work" spec.yaml; }
evaluated() {
    wc -l <count
    : >count
}
good=$(cd src && echo [01]*.dat)

# sizes_agree WHAT: stat tells the source's size of all but the failed.
sizes_agree() {
    local f
    for f in $good; do equals "$(stat -c %s "$mnt/$f")" "$(stat -c %s "src/$f")" "$1: size of $f"; done
}

read_all() {
    local f
    for f in $good; do cmp "src/$f" <(cat "$mnt/$f") >&2 || fail "$f is wrong"; done
}

begin
read_all
refuses 'Input/output error' cat "$mnt/bad.dat"
equals "$(evaluated)" 11 "evaluations at first"
mkdir out
cp -p "$mnt"/[01]*.dat out # after one pass all tools agree, in the same mount
rsync -an --itemize-changes --size-only "$mnt/" out/ --exclude bad.dat >changes
equals "$(grep -v '/$' changes || true)" "" "what rsync would copy"
stop

# The next mount: looking, with whatever tool, evaluates nothing.
: >count
begin
sizes_agree "a second mount"
ls -l "$mnt" | awk 'NR > 1 && $9 != "bad.dat" {print $9, $5}' >listed
(cd src && stat -c '%n %s' $good) | diff listed - >&2 || fail "ls -l"
find "$mnt" -name '[01]*' -printf '%f %s\n' | sort >found
diff found <(sort listed) >&2 || fail "find"
rsync -an --itemize-changes --size-only "$mnt/" out/ --exclude bad.dat >changes
equals "$(grep -v '/$' changes || true)" "" "what rsync would copy"
equals "$(busybox stat -c %s "$mnt/05000000.dat")" 5000000 "a size, asked by busybox"
equals "$(evaluated)" 0 "evaluations for looking"
# Failures are told as before, and not tried again.
refuses 'Input/output error' cat "$mnt/bad.dat"
equals "$(ls "$mnt/.errors")" 10 "the failures that are told"
contains "$mnt/.errors/10" "it is bad"
python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.seqfs.error"))' "$mnt/bad.dat" >attribute
contains attribute "exited with status 1"
equals "$(evaluated)" 0 "evaluations of what has failed"
stop

# Programs that trust stat have whole files, each evaluated once, none twice.
for archive in 'bsdtar -C "$0" --exclude bad.dat -cf - .' 'tar -C "$0" --exclude bad.dat -cf - .' \
    'python3 -c "import sys, tarfile
t = tarfile.open(fileobj=sys.stdout.buffer, mode=\"w|\")
t.add(sys.argv[1], \".\", filter=lambda m: None if m.name.endswith(\"bad.dat\") else m)
t.close()" "$0"'; do
    begin
    rm -rf out
    mkdir out
    bash -c "$archive" "$mnt" >archive.tar || fail "$archive"
    tar -C out -xf archive.tar
    diff -r --exclude bad.dat src out >&2 || fail "$archive"
    [ "$(evaluated)" -le 10 ] || fail "$archive evaluated more than once"
    stop
done

# A failure that is removed is tried again, and not remembered once it has passed.
begin
bytes 70000 3 >src/bad.new
rm "$mnt/.errors/10"
refuses 'Input/output error' cat "$mnt/bad.dat"
equals "$(evaluated)" 1 "evaluations after its report was removed"
mv src/bad.new src/bad.dat
same src/bad.dat "$mnt/bad.dat"
stop
begin
equals "$(ls "$mnt/.errors")" "" "failures after the source was mended"
equals "$(stat -c %s "$mnt/bad.dat")" 70000 "its size"
stop

# A changed source has no size from before.
bytes 123456 9 >src/00004096.dat
: >count
begin
[ "$(stat -c %s "$mnt/00004096.dat")" -ge 123456 ] || fail "the size from before was told of a changed source"
same src/00004096.dat "$mnt/00004096.dat"
equals "$(stat -c %s "$mnt/00004096.dat")" 123456 "its new size"
equals "$(evaluated)" 1 "evaluations of a changed source"
sizes_agree "after a changed source"
stop

# Damage, anywhere: sizes are unknown then, never wrong; another program beside it is no harm either.
sizes=$(echo cache/seqfs/sizes/*.sizes)
cp "$sizes" whole
for damage in 'seek=0 count=64' 'seek=4096 count=200' 'seek=4100 count=1' 'seek=0 count=4400'; do
    cp whole "$sizes"
    # shellcheck disable=SC2086 # words
    dd if=/dev/urandom of="$sizes" bs=1 conv=notrunc $damage 2>/dev/null
    begin
    for f in $good; do
        told=$(stat -c %s "$mnt/$f")
        case $told in
        16777216 | "$(stat -c %s "src/$f")") ;;
        *) fail "with damage at $damage, $f is told to have $told bytes" ;;
        esac
    done
    read_all
    sizes_agree "after damage at $damage"
    stop
done
for mode in 'truncate -s 10' 'truncate -s 0' 'rm' 'cp -f /bin/true'; do
    case $mode in cp*) cp /bin/true "$sizes" ;; *) $mode "$sizes" ;; esac
    begin
    read_all
    stop
done
: >count
begin
sizes_agree "once it was written again"
equals "$(evaluated)" 0 "evaluations after that"
stop

# Nowhere to keep it: told once, and that is all.
rm -rf cache
: >cache
begin
read_all
stop
equals "$(grep -c 'sizes are not remembered' server.log)" 1 "lines about sizes in the log"
rm cache

# No file of sizes with `off`.
begin --size-index off
read_all
stop
[ ! -e cache/seqfs/sizes ] || fail "sizes are kept all the same"
