#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# NumPy reads the arrays of a mount as it wrote their sources, by np.load, mapped and as raw items; the sizes of npy and
# raw files are exact before anything is computed.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
find_python numpy
"$SEQFS" ops npz >/dev/null 2>&1 || skip "this build has no npz"

cat >arrays.py <<'EOF'
import numpy as np

def items(dtype, *shape):
    n = int(np.prod(shape))
    return (np.arange(n) * 7 % 250 - (0 if np.dtype(dtype).kind in "ub" else 99)).astype(dtype).reshape(shape)

# What is in the sources: those of npy and raw have a type of any kind, those of idx what the format knows.
NPY = {
    "c": items("<f4", 5, 3, 4),
    "fortran": np.asfortranarray(items("<f8", 5, 3, 4)),
    "fortran_wide": np.asfortranarray(items("<i2", 40, 300)),
    "big": items(">i4", 6, 2),
    "big_fortran": np.asfortranarray(items(">f8", 4, 5, 2)),
    "half": (items("<f8", 4, 3) / 3).astype("<f2"),
    "truth": items("u1", 4, 9).astype("?"),
    "complex": (items("<f4", 3, 2) + 1j).astype("<c8"),
    "large": items("<u8", 3, 2) + np.uint64(2**63),
    "none": np.zeros((3, 0, 2), "<f4"),
    "numbers": items("<i8", 12),
    "floats": items(">f4", 7) / 8,
}
IDX = {code: items(dtype, 4, 3, 2) for code, dtype in
       {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}.items()}
NPZ = {"image": items("u1", 3, 4, 4), "box": items(">f4", 3, 4), "label": items("<i8", 3)}
EOF
cat >write.py <<'EOF'
import gzip, struct, numpy as np
from arrays import *

for name, a in NPY.items():
    np.save(f"{name}.npy", a)
for major in 1, 2, 3:
    with open(f"version{major}.npy", "wb") as f:
        np.lib.format.write_array(f, NPY["c"], (major, 0))
np.savez("stored.npz", **NPZ)
np.savez_compressed("packed.npz", **NPZ)
for code, a in IDX.items():
    content = struct.pack(">HBB3I", 0, code, a.ndim, *a.shape) + a.tobytes()
    open(f"{code}.idx", "wb").write(content)
    gzip.open(f"{code}.idx.gz", "wb").write(content)
with open("items.bin", "wb") as f:
    f.write(b"head" + NPY["big"].tobytes() + b"tail")

print("datasets:")
for name in list(NPY) + ["version1", "version2", "version3"]:
    print(f"  {name}: [{{npy: {name}.npy}}, {{encode: npy}}]")
for name in NPY:
    print(f"  raw_{name}: [{{npy: {name}.npy}}, {{encode: raw}}]")
print("  bare: [{npy: half.npy}]")
for code in IDX:
    print(f"  idx{code}: [{{idx: {code}.idx}}]")
    print(f"  gz{code}: [{{idx: {code}.idx.gz}}]")
for name in "stored", "packed":
    print(f"  {name}: [{{npz: {name}.npz}}]")
    print(f"  {name}_npz: [{{npz: {name}.npz}}, {{encode: npz}}]")
    print(f"  {name}_box: [{{npz: {{path: {name}.npz, member: box}}}}, {{encode: npy}}]")
print("  raw: [{raw: {path: items.bin, dtype: int32, shape: [2], offset: 4, count: 6, order: big}}]")
print("  lists: [{npy: numbers.npy}, {batch: 4}, {encode: npy}]")
print("  stacked: [{idx: 11.idx}, {batch: 2}, stack]")
print("  steps: [{npy: c.npy}, {cast: float16}, {transpose: [1, 0]}, {reshape: [2, 6]}]")
print("  pairs: [{npz: stored.npz}, {batch: 2}, stack, {encode: npz}]")
print("  arrays: [{idx: 8.idx}, {batch: 2}, {encode: npz}]")
EOF
cat >read.py <<'EOF'
import os, sys, zipfile, numpy as np
from arrays import *

root = sys.argv[1]
sizes = {}

def files(folder):
    return [os.path.join(root, folder, name) for name in sorted(os.listdir(os.path.join(root, folder)))]

def check_type(found, wanted, path):
    assert found.dtype == wanted.dtype.newbyteorder("="), f"{path}: {found.dtype}, wanted {wanted.dtype}"
    assert found.shape == wanted.shape, f"{path}: {found.shape}, wanted {wanted.shape}"
    assert np.array_equal(found, wanted), f"{path}: other items"

def check_npy(folder, rows):
    paths = files(folder)
    assert len(paths) == len(rows), f"{folder}: {paths}"
    for path, row in zip(paths, rows):
        check_type(np.load(path), row, path)
        if row.size:
            mapped = np.load(path, mmap_mode="r")
            assert isinstance(mapped, np.memmap), path
            check_type(mapped, row, path)
        check_type(np.load(open(path, "rb")), row, path)

def check_raw(folder, rows):
    for path, row in zip(files(folder), rows, strict=True):
        check_type(np.fromfile(path, row.dtype.newbyteorder("=")).reshape(row.shape), row, path)

def check_npz(folder, wanted):
    for n, path in enumerate(files(folder)):
        assert zipfile.ZipFile(path).testzip() is None, path
        with np.load(path) as found:
            assert sorted(found.files) == sorted(wanted[n]), f"{path}: {found.files}"
            for name, row in wanted[n].items():
                check_type(found[name], np.asarray(row), f"{path}: {name}")

def as_number(a):
    """Numbers are int64, float64 or bool, whatever they were."""
    return a.astype({"i": "i8", "u": "i8", "f": "f8", "b": "?"}[a.dtype.kind]) if a.ndim == 1 else a

# Sizes before anything is opened.
for folder in sorted(os.listdir(root)):
    for path in files(folder):
        sizes[path] = os.stat(path).st_size

for name, a in NPY.items():
    check_npy(name, as_number(a))
    check_raw(f"raw_{name}", as_number(a))
for major in 1, 2, 3:
    check_npy(f"version{major}", NPY["c"])
check_npy("bare", NPY["half"])
check_npy("raw", NPY["big"])
for code, a in IDX.items():
    check_npy(f"idx{code}", a)
    check_npy(f"gz{code}", a)
check_npy("lists", NPY["numbers"].reshape(3, 4))
check_npy("stacked", IDX[11].reshape(2, 2, 3, 2))
check_npy("steps", NPY["c"].astype("<f2").transpose(0, 2, 1).reshape(5, 2, 6))
check_npz("pairs", [{name: a[:2] for name, a in NPZ.items()}, {name: a[2:] for name, a in NPZ.items()}])
check_npz("arrays", [{"arr_0": IDX[8][n], "arr_1": IDX[8][n + 1]} for n in (0, 2)])
for name in "stored", "packed":
    check_npy(f"{name}_box", NPZ["box"])
    check_npz(f"{name}_npz", [{"image": NPZ["image"][n], "box": NPZ["box"][n], "label": NPZ["label"][n]}
                              for n in range(3)])
    for n in range(3):
        at = os.path.join(root, name, str(n))
        check_type(np.load(at + ".image.npy", mmap_mode="r"), NPZ["image"][n], at)
        check_type(np.load(at + ".box.npy"), NPZ["box"][n], at)
        assert open(at + ".label.txt").read() == f"{NPZ['label'][n]}\n", at

wrong = [f"{path}: {size} was told, and {len(open(path, 'rb').read())} are there" for path, size in sizes.items()
         if size != len(open(path, "rb").read()) and not path.endswith((".txt", ".npz"))]
assert not wrong, "\n".join(wrong)
EOF
"$python" write.py >spec.yaml
start spec.yaml
"$python" read.py "$mnt" || fail "NumPy reads something else"
equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures"
