#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shards of WebDataset's, whoever made them, are records; a tar of the mount, and one that is encoded, is such a shard again,
# as Python's tarfile reads it.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >samples.py <<'EOF'
"""The samples: {shard: [(name, content)]}; the fields of one stand next to each other."""
import json, random

DEEP = "-".join(["a_folder_with_a_long_name"] * 5)

def samples():
    shards = {}
    for s in range(4):
        rng = random.Random(s)
        shards[s] = []
        for n in range(6):
            key = f"{DEEP if s == 2 else 'part'}/s{s}-{n:03d}"
            # From nothing at all to more than one block.
            shards[s] += [(f"{key}.cls", str(n % 3).encode()),
                          (f"{key}.json", json.dumps({"shard": s, "grün": n}).encode()),
                          (f"{key}.seg.bin", rng.randbytes([0, 1, 511, 512, 513, 70000][n]))]
    return shards
EOF
cat >make.py <<'EOF'
import io, os, tarfile
from samples import *

for s, members in samples().items():
    for name, content in members:
        os.makedirs(os.path.dirname(f"files{s}/{name}"), exist_ok=True)
        open(f"files{s}/{name}", "wb").write(content)
for s, format in (2, tarfile.PAX_FORMAT), (3, tarfile.GNU_FORMAT):
    with tarfile.open(f"data-{s:06d}.tar", "w", format=format) as tar:
        for name, content in samples()[s]:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
EOF
python3 make.py
tar --sort=name -C files0 -cf data-000000.tar part
if command -v bsdtar >/dev/null; then
    (cd files1 && find part -type f | LC_ALL=C sort | bsdtar --format pax -cf ../data-000001.tar -T -)
else
    tar --sort=name --format=pax -C files1 -cf data-000001.tar part
fi
gzip -c data-000003.tar >packed-3.tar.gz
if command -v zstd >/dev/null; then zstd -q data-000003.tar -o packed-3.tar.zst; else bzip2 -c data-000003.tar >packed-3.tar.zst; fi
cat >spec.yaml <<'EOF'
sequences:
  shards: [{tar: {path: "data-{000000..000003}.tar", group: stem}}]
  packed: [{tar: {path: "packed-3.tar.*", group: stem, fields: [cls, json, seg.bin]}}]
datasets:
  same: [shards, {name: "{key}"}]
  dealt: [shards, shuffle, {name: "{key}"}]
  out: [shards, {batch: 5}, {encode: tar}]
  renamed: [shards, {fields: {label: cls}}, {name: "{index:03d}"}, {batch: 100}, {encode: {format: tar}}]
  packed: [packed]
  mixed: [packed, {uniter: {cache: 2, parallel: 2}}, {shuffle: {seed: 4}}]
  mixed_out: [packed, {uniter: {cache: 20, parallel: 1}}, shuffle, {batch: 12}, {encode: tar}]
EOF
cat >read.py <<'EOF'
import os, subprocess, sys, tarfile
from samples import *

root = sys.argv[1]
sources = samples()
wanted = [member for shard in sources.values() for member in shard]

def read_tar(path):
    with tarfile.open(path) as tar:
        return [(m.name.removeprefix("./"), tar.extractfile(m).read()) for m in tar if m.isfile()]

def check(found, wanted, what):
    assert [n for n, _ in found] == [n for n, _ in wanted], f"{what}: {[n for n, _ in found]}"
    for (name, a), (_, b) in zip(found, wanted):
        assert a == b, f"{what}: {name} has other bytes"

def split(members):
    """Samples as lists of their fields; the fields of one have to be neighbours."""
    keys, result = [], []
    for name, content in members:
        folder, _, leaf = name.rpartition("/")
        key = folder + "/" + leaf.partition(".")[0]
        if not keys or keys[-1] != key:
            assert key not in keys, f"the fields of {key} are no neighbours"
            keys.append(key)
            result.append([])
        result[-1].append((leaf.partition(".")[2], content))
    return keys, result

# By tar, which trusts sizes; sorted, as readers of shards need them.
for folder in "same", "dealt":
    subprocess.run(["tar", "--sort=name", "-C", f"{root}/{folder}", "-cf", f"{folder}.tar", "."], check=True)
    check(sorted(read_tar(f"{folder}.tar")), sorted(wanted), folder)
split(read_tar("same.tar"))

# Each is a shard by itself, as large as was told; together they have all samples in order.
paths = [f"{root}/out/{name}" for name in sorted(os.listdir(f"{root}/out"))]
sizes = [os.stat(path).st_size for path in paths]
assert len(paths) == 5, paths
found = []
for path, size in zip(paths, sizes):
    assert size == len(open(path, "rb").read()), f"{path}: {size} bytes were told"
    subprocess.run(["tar", "-tf", path], check=True, stdout=subprocess.DEVNULL)
    found += read_tar(path)
assert [f for f, _ in split(found)[1][0]] == ["cls", "json", "seg.bin"], found[0]
assert [content for _, content in found] == [content for _, content in wanted], "out: other bytes"
assert [name for name, _ in found] == [name for name, _ in wanted], [name for name, _ in found]

labels = read_tar(f"{root}/renamed/0.tar")
assert [name.split(".")[0] for name, _ in labels] == [f"{n:03d}" for n in range(24)], labels
assert [content for _, content in labels] == [c for name, c in wanted if name.endswith(".cls")], labels

# Two that are compressed, one after the other: their elements are numbered, since no keys are known.
third = [content for _, content in sources[3]]
def contents(folder):
    return [open(f"{root}/{folder}/{name}", "rb").read() for name in sorted(os.listdir(f"{root}/{folder}"))]

assert contents("packed") == third + third, "packed: other bytes"
rows = [tuple(third[n:n + 3]) for n in range(0, len(third), 3)] * 2
mixed = contents("mixed")
mixed = [tuple(mixed[n:n + 3]) for n in range(0, len(mixed), 3)]
assert sorted(mixed) == sorted(rows) and mixed != rows, "mixed: other samples"
members = [content for _, content in read_tar(f"{root}/mixed_out/0.tar")]
assert sorted(members) == sorted(third + third), "mixed_out: other bytes"
EOF
start spec.yaml
python3 read.py "$mnt" || fail "the shards are read otherwise"
equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures"
