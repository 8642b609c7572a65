#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Containers that are damaged: what is found when the spec is loaded is a complaint; what is not costs its own element, whose
# report tells the container, and the member, the line or the offset.  One that is changed under a mount is never mistaken
# for what it was.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
"$SEQFS" ops zip >/dev/null 2>&1 || skip "this build has no zip"

cat >make.py <<'EOF'
import gzip, io, struct, tarfile, zipfile

MEMBERS = [(f"m{n}.txt", b"%d" % n * 1000) for n in range(4)]

def put(name, content):
    open(name, "wb").write(content)

with tarfile.open("whole.tar", "w") as tar:
    for name, content in MEMBERS:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
whole = open("whole.tar", "rb").read()
put("cut_member.tar", whole[:1536 + 512 + 700])
put("cut_header.tar", whole[:1536 + 200])
put("flipped.tar", whole[:3072 + 10] + b"\xff" + whole[3072 + 11:])
put("cut.tar.gz", gzip.compress(b"".join(bytes([n * n % 251]) for n in range(3000)) + whole)[:-200])

def make_zip(name, method):
    with zipfile.ZipFile(name, "w", method) as z:
        for member, content in MEMBERS:
            z.writestr(member, content)
    return open(name, "rb").read()

stored = make_zip("whole.zip", zipfile.ZIP_STORED)
content = stored.index(b"m1.txt") + 6
directory = stored.rindex(b"m2.txt") - 46
put("cut.zip", stored[:-60])
put("crc.zip", stored[:content + 5] + b"\xff" + stored[content + 6:])
put("beyond.zip", stored[:directory + 42] + struct.pack("<I", 0x7ffffff0) + stored[directory + 46:])
deflated = make_zip("deflated.zip", zipfile.ZIP_DEFLATED)
content = deflated.index(b"m1.txt") + 6
put("deflated.zip", deflated[:content + 2] + b"\x55\xaa" + deflated[content + 4:])

put("more.idx", struct.pack(">HBB3I", 0, 8, 3, 10, 4, 4) + bytes(100))
put("over.idx", struct.pack(">HBB4I", 0, 8, 4, *[0xffffffff] * 4) + bytes(100))

def make_npy(name, shape, descr="<f4", n=100):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    put(name, b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + bytes(n))

make_npy("more.npy", "(10, 4)")
make_npy("over.npy", "(4611686018427387904, 2, 8)")
make_npy("below.npy", "(-1, 2)")
make_npy("objects.npy", "(3,)", "|O")
with zipfile.ZipFile("more.npz", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("more.npy", "x.npy")

put("few.csv", b'a,b\n1,x\n2,"y\nz"\n3\n4,z,9\n5,w\n')
put("open.csv", b'a,b\n1,x\n2,"y\n3,z\n')
put("text.csv", b"a,b\n1,x\n2,\xff\n3,z\n")
put("nan.csv", b"n,b\n1,x\nNaN,y\n3,z\n")
put("files.csv", b"file\nn.txt\nnone.txt\nm.txt\n")
put("n.txt", b"7")
put("m.txt", b"x")
put("bad.jsonl", b"".join(b'{"n": %d%s}\n' % (n, b"," if n == 7 else b"") for n in range(1, 11)))
put("nan.jsonl", b'{"n": 1}\n{"n": NaN}\n{"n": 3.5}\n{"n": 4}\n')
EOF
python3 make.py

# refused STEP MESSAGE: it is a complaint about a source.
refused() {
    local said status=0
    echo "dataset: [$1]" >bad.yaml
    said=$("$SEQFS" "bad.yaml" "$mnt" 2>&1) || status=$?
    is_mounted && fail "$1 was mounted"
    equals "$status" 4 "exit status for $1 ($said)"
    case $said in
    *"bad.yaml:1:"*"$2"*) ;;
    *) fail "$1: said '$said', wanted '$2'" ;;
    esac
}

refused '{tar: cut_member.tar}' "'cut_member.tar' is cut: 'm1.txt' at offset 2048 has 1000 bytes, but the file ends after 2748"
refused '{tar: cut_header.tar}' "'cut_header.tar' is damaged at offset 1536"
refused '{tar: flipped.tar}' "'flipped.tar' is damaged at offset 3072"
refused '{tar: cut.tar.gz}' "'cut.tar.gz'"
refused '{zip: cut.zip}' "'cut.zip' is no zip, or its end is missing"
refused '{idx: more.idx}' "'more.idx' is cut off, or its header is wrong: it promises uint8 [10, 4, 4], 160 bytes"
refused '{idx: over.idx}' "'over.idx' has a damaged header: its shape is too large"
refused '{npy: more.npy}' "'more.npy' is cut off, or its header is wrong: it promises float32 [10, 4], 160 bytes"
refused '{npy: over.npy}' "'over.npy': its shape is too large"
refused '{npy: below.npy}' "'below.npy': its shape has an axis of less than 0"
refused '{npy: objects.npy}' "'objects.npy': its items are objects of Python"
refused '{npz: more.npz}' "'more.npz' member 'x' is cut off"

cat >spec.yaml <<'EOF'
datasets:
  crc: [{zip: crc.zip}]
  deflated: [{zip: deflated.zip}]
  beyond: [{zip: beyond.zip}]
  few: [{csv: few.csv}]
  open: [{csv: open.csv}]
  text: [{csv: text.csv}]
  ints: [{csv: {path: nan.csv, columns: {n: int, b: text}}}]
  parsed: [{csv: nan.csv}, {get: n}, {parse: int}]
  bad: [{jsonl: bad.jsonl}]
  nan: [{jsonl: nan.jsonl}]
  files: [{csv: {path: files.csv, files: [file]}}, {get: file}, {parse: int}]
  batch: [{zip: crc.zip}, {batch: 2}, {encode: tar}]
EOF
# spoiled FOLDER COUNT INDEX MESSAGE [INDEX MESSAGE]...: of so many elements these fail, and their reports say so.
spoiled() {
    local folder=$1 count=$2 n name bad=' '
    shift 2
    equals "$(find "$mnt/$folder" -type f | wc -l)" "$count" "files in $folder"
    while [ $# -gt 0 ]; do
        name=$(find "$mnt/$folder" -name "$1.*")
        refuses 'Input/output error' cat "$name"
        refuses 'Input/output error' cat "$name"
        contains "$mnt/.errors/$folder/$1" "$2"
        bad+="$1 "
        shift 2
    done
    for ((n = 0; n < count; n++)); do
        [[ $bad != *" $n "* ]] || continue
        name=$(find "$mnt/$folder" -name "$n.*")
        cat "$name" >copy
        equals "$(stat -c %s copy)" "$(stat -c %s "$name")" "the size that is told of $name"
        [ -s "$name" ] || fail "$name is empty"
    done
    equals " $(cd "$mnt/.errors/$folder" && echo *) " "$bad" "failures in $folder"
}
start spec.yaml
spoiled crc 4 1 "'crc.zip': 'm1.txt', member 1, is damaged"
spoiled deflated 4 1 "'deflated.zip': 'm1.txt', member 1, is damaged"
spoiled beyond 4 2 "'beyond.zip': 'm2.txt', member 2, is damaged"
spoiled few 5 2 "row 2 (line 5) of 'few.csv' has 1 column, and the header has 2" \
    3 "row 3 (line 6) of 'few.csv' has 3 columns, and the header has 2"
spoiled open 2 1 "row 1 (line 3) of 'open.csv' has a quote that is not closed"
spoiled text 3 1 "row 1 (line 3) of 'text.csv' is not valid UTF-8 text"
spoiled ints 3 1 "row 1 (line 3) of 'nan.csv' has 'NaN' in column 'n'; wanted is int"
spoiled parsed 3 1 "element parsed/1 (nan.csv:3): parse: 'NaN' is no whole number"
spoiled bad 10 6 "row 6 (line 7) of 'bad.jsonl' is no valid json: line 7, column"
spoiled nan 4 1 "row 1 (line 2) of 'nan.jsonl' is no valid json: line 2, column"
spoiled files 3 1 "row 1 (line 3) of 'files.csv': cannot read 'none.txt'" 2 "element files/2 (m.txt): parse: 'x' is no whole number"
spoiled batch 2 0 "'m1.txt', member 1, is damaged"
equals "$(cat "$mnt/crc/3.txt" "$mnt/deflated/3.txt" | tr -d 3 | wc -c)" 0 "other bytes"
equals "$(cat "$mnt/few/1.json")" '{"a": 2, "b": "y\nz"}' "a row with a newline"
stop

# Changed under the mount, in place and by another file: nothing of the new is taken for the old.
cat >later.py <<'EOF'
"""later.py KIND N: the N-th version of a container of that kind."""
import io, json, struct, sys, tarfile, zipfile

kind, n = sys.argv[1], int(sys.argv[2])
texts = [("ab" if n else "a") + f"{n}{i}" for i in range(3)]
out = sys.stdout.buffer
if kind == "tar":
    with tarfile.open(fileobj=out, mode="w") as tar:
        for i, text in enumerate(texts):
            info = tarfile.TarInfo(f"m{i}.txt")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
elif kind == "zip":
    with zipfile.ZipFile(out, "w") as z:
        for i, text in enumerate(texts):
            z.writestr(f"m{i}.txt", text)
elif kind == "csv":
    out.write(("text\n" + "\n".join(texts) + "\n").encode())
elif kind == "jsonl":
    out.write("".join(json.dumps({"text": text}) + "\n" for text in texts).encode())
elif kind == "idx":
    out.write(struct.pack(">HBBI", 0, 12, 1, 3) + struct.pack(">3i", *(n * 10 + i for i in range(3))))
elif kind == "raw":
    out.write(struct.pack("<3i", *(n * 10 + i for i in range(3))))
EOF
kinds='tar zip csv jsonl idx raw'
write() { for kind in $kinds; do python3 later.py "$kind" "$1" >"c.$kind"; done; }
# agrees VERSION: all elements of the mount.
agrees() {
    local i kind name text
    for kind in $kinds; do
        for i in 0 1 2; do
            text=$([ "$1" = 0 ] && echo "a$1$i" || echo "ab$1$i")
            case $kind in idx | raw) text=$(($1 * 10 + i)) ;; esac
            name=$(find "$mnt/$kind" -name "$i.*")
            equals "$(cat "$name")" "$text" "$name"
        done
    done
}
write 0
cat >spec.yaml <<'EOF'
datasets:
  tar: [{tar: c.tar}]
  zip: [{zip: c.zip}]
  csv: [{csv: c.csv}, {get: text}]
  jsonl: [{jsonl: c.jsonl}, {get: text}]
  idx: [{idx: c.idx}]
  raw: [{raw: {path: c.raw, dtype: int32}}]
EOF
start spec.yaml
for kind in $kinds; do cat "$mnt/$kind/0.txt" >/dev/null; done
write 1
for kind in $kinds; do
    for i in 0 1 2; do
        refuses 'error' cat "$mnt/$kind/$i.txt"
        contains "$mnt/.errors/$kind/$i" "'c.$kind' has changed since it was indexed; reload the spec (SIGHUP) or mount it anew"
    done
done
stop
start spec.yaml
agrees 1
for kind in $kinds; do
    python3 later.py "$kind" 2 >new
    mv new "c.$kind"
done
for kind in $kinds; do refuses 'error' cat "$mnt/$kind/1.txt"; done
mv c.tar gone
refuses 'error' cat "$mnt/tar/2.txt"
contains "$mnt/.errors/tar/2" "'c.tar'"
mv gone c.tar

# Reading the spec again is as good as another mount.
kill -HUP "$server"
eventually sh -c "[ \"\$(cat '$mnt/tar/0.txt' 2>/dev/null)\" = ab20 ]" || fail "the spec was not read again"
agrees 2
