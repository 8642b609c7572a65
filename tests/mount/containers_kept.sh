#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What it took long to find out about a big container is kept for the next mount, as long as that is the same file; what was
# kept and is damaged, or cannot be kept, does no harm.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
"$SEQFS" ops zip >/dev/null 2>&1 || skip "this build has no zip"
unset SEQFS_INDEX
kept=$XDG_CACHE_HOME/seqfs/index

cat >make.py <<'EOF'
import gzip, io, json, random, struct, tarfile, zipfile

rng = random.Random(1)
def add_all(add):
    for n in range(2000):
        add(f"m{n:04d}.txt", (b"%d " % n) * 200)

with tarfile.open("big.tar", "w") as tar:
    def add(name, content):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    add_all(add)
with zipfile.ZipFile("big.zip", "w") as z:
    add_all(z.writestr)
with open("big.csv", "w") as f:
    f.write("a,b\n" + "".join(f"{n},{'x' * 1000}\n" for n in range(2000)))
with open("big.jsonl", "w") as f:
    f.writelines(json.dumps({"a": n, "b": "x" * 1000}) + "\n" for n in range(2000))
with gzip.open("big.idx.gz", "wb") as f:
    f.write(struct.pack(">HBB2I", 0, 8, 2, 2000, 1000) + rng.randbytes(2000000))
with open("small.csv", "w") as f:
    f.write("a\n1\n2\n")
EOF
python3 make.py
containers='big.tar big.zip big.csv big.jsonl big.idx.gz'
cat >spec.yaml <<'EOF'
datasets:
  tar: [{tar: big.tar}]
  zip: [{zip: big.zip}]
  csv: [{csv: big.csv}, {get: a}]
  jsonl: [{jsonl: big.jsonl}, {get: a}]
  idx: [{idx: big.idx.gz}, {encode: raw}]
  small: [{csv: small.csv}]
EOF
cat >values.py <<'EOF'
import gzip, os, sys

root = sys.argv[1]
rows = gzip.open("good/big.idx.gz").read()[12:]
for n in 0, 1, 777, 1999:
    read = lambda folder, suffix: open(os.path.join(root, folder, f"{n:04d}.{suffix}"), "rb").read()
    for folder in "tar", "zip":
        assert read(folder, "txt") == (b"%d " % n) * 200, (folder, n)
    for folder in "csv", "jsonl":
        assert read(folder, "txt") == b"%d\n" % n, (folder, n)
    assert read("idx", "raw") == rows[n * 1000:n * 1000 + 1000], ("idx", n)
for folder in "tar", "zip", "csv", "jsonl", "idx":
    assert len(os.listdir(os.path.join(root, folder))) == 2000, folder
EOF
right() {
    python3 values.py "$mnt" || fail "the elements are not right $1"
    equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures $1"
}
checked() { # WHAT: a mount has it all
    start spec.yaml
    right "$1"
    stop
}
entries() { find "$kept" -type f ! -name '*.seal' | LC_ALL=C sort; }
# What is kept, and when it was made: a mount that finds it all changes nothing of this.
state() { find "$kept" -type f -printf '%f %i %s\n' | LC_ALL=C sort; }
# spoil FILE...: it has other bytes, but for those that tell what it is, and nothing shows it.
spoil() {
    python3 - "$@" <<'EOF'
import os, sys

for path in sys.argv[1:]:
    st = os.stat(path)
    with open(path, "r+b") as f:
        f.seek(16)
        f.write(b"\0" * (st.st_size - 16))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
EOF
}
restore() { # FILE...: with the times that they had
    local name
    for name in "$@"; do cat "good/$name" >"$name" && touch -r "good/$name" "$name"; done
}
mkdir good
# shellcheck disable=SC2086 # a list
cp -p $containers good

checked "the first time"
equals "$(entries | wc -l)" 5 "entries of five big containers and a small one"
equals "$(find "$kept" -name '*.seal' | wc -l)" 5 "seals"
equals "$(find "$kept" -name 'aside-*' | wc -l)" 0 "files under way"
equals "$(find "$kept" -perm /077 ! -type d | wc -l)" 0 "entries that others may read"
before=$(state)
checked "the second time"
equals "$(state)" "$before" "what is kept after the second time"

gzip -dc good/big.idx.gz >rows
row=$(dd if=rows bs=1 skip=$((12 + 777 * 1000)) count=1000 status=none | md5sum)

# The next mount does not look into them: they could not be read any more.  What was unpacked is there, too.
# shellcheck disable=SC2086
spoil $containers
start spec.yaml
for folder in tar zip csv jsonl idx; do
    equals "$(find "$mnt/$folder" -type f | wc -l)" 2000 "elements of $folder, whose container was not read"
done
equals "$(md5sum <"$mnt/idx/0777.raw")" "$row" "a row of what was unpacked before"
refuses 'Input/output error' cat "$mnt/csv/0001.txt"
stop

# A time that differs is another file, even where all else is the same.
touch big.tar big.csv big.jsonl big.idx.gz big.zip
refuses "'big.tar'" "$SEQFS" check spec.yaml
# shellcheck disable=SC2086
restore $containers
checked "when they were back"
python3 -c '
rows = open("big.csv").read().splitlines(True)
open("big.csv", "w").writelines(rows[:1000])'
start spec.yaml
equals "$(find "$mnt/csv" -type f | wc -l)" 999 "rows of a table that is shorter by now"
equals "$(cat "$mnt/csv/998.txt")" 998 "its last row"
stop
equals "$(entries | wc -l)" 5 "entries after one was made anew"
restore big.csv
checked "when the table was back"

# What is damaged is made anew, in whatever way it is damaged, and kept again.
lengths() { "$SEQFS" check spec.yaml | awk '{print $2, $3}'; }
damage() { # COMMAND: run with the path of each entry, or seal
    local path
    while read -r path; do "$1" "$path"; done
    equals "$(lengths)" "$wanted" "lengths after $1"
    equals "$("$SEQFS" eval spec.yaml idx/0777.raw | md5sum)" "$row" "a row after $1"
    equals "$("$SEQFS" eval spec.yaml jsonl/1999.txt)" 1999 "a line after $1"
    equals "$(entries | wc -l) $(seals | wc -l)" "5 5" "entries and seals after $1"
    # shellcheck disable=SC2086
    spoil $containers
    equals "$(lengths)" "$wanted" "lengths by what was kept after $1"
    # shellcheck disable=SC2086
    restore $containers
}
flip() { python3 -c '
import os, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(os.path.getsize(sys.argv[1]) // 2)
    byte = f.read(1)[0] ^ 1
    f.seek(-1, 1)
    f.write(bytes([byte]))' "$1"; }
cut() { truncate -s -1 "$1"; }
empty() { : >"$1"; }
lengthen() { echo more >>"$1"; }
replace() { rm "$1" && mkdir "$1" && touch "$1/file"; }
seals() { find "$kept" -name '*.seal'; }
wanted=$(lengths)
for how in flip cut empty lengthen rm; do
    entries | damage "$how"
    seals | damage "$how"
done
# One that cannot even be replaced.
entries | while read -r path; do replace "$path"; done
checked "when folders stand where entries should"
rm -r "$kept"

# Two at once.
"$SEQFS" check spec.yaml >one &
"$SEQFS" check spec.yaml >two
wait "$!"
same one two
equals "$(find "$kept" -name 'aside-*' | wc -l)" 0 "files under way after two at once"
checked "after two at once"

# Another folder; none; one that cannot be.
rm -r "$XDG_CACHE_HOME"
export SEQFS_INDEX=$work/elsewhere
checked "elsewhere"
equals "$(find elsewhere -type f ! -name '*.seal' | wc -l)" 5 "entries elsewhere"
[ ! -e "$kept" ] || fail "something was kept where nobody said"
rm -r elsewhere
SEQFS_INDEX=off checked "with nothing kept"
for path in elsewhere off "$kept"; do [ ! -e "$path" ] || fail "something was kept in $path"; done
for SEQFS_INDEX in /dev/null/index /proc/none "$work/spec.yaml"; do checked "without a folder"; done
if [ "$(id -u)" != 0 ]; then
    mkdir -m 0500 locked
    SEQFS_INDEX=$work/locked checked "with a folder that cannot be written"
    equals "$(find locked -type f | wc -l)" 0 "files in it"
fi
