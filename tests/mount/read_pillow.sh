#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pillow reads the pictures of a mount: those made of arrays have the same pixels, those of photographs look alike; and
# pictures that Pillow has written become arrays of their pixels.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
find_python PIL.Image

cat >pictures.py <<'EOF'
"""Rows of idx and raw files: grey is one of 5x7 each, rgb 6x4 of three bands, deep 4x3 of 16 bits."""
import random

def items(seed, n):
    return random.Random(seed).randbytes(n)

GREY = [items(n, 35) for n in range(4)]
RGB = [items(10 + n, 72) for n in range(3)]
DEEP = [items(20 + n, 24) for n in range(2)]
EOF
python3 - <<'EOF'
import struct
from pictures import *

open("grey.idx", "wb").write(struct.pack(">HBB3I", 0, 8, 3, 4, 5, 7) + b"".join(GREY))
open("rgb.bin", "wb").write(b"".join(RGB))
open("deep.bin", "wb").write(b"".join(DEEP))
EOF
mkdir photos made
"$python" - <<'EOF'
from PIL import Image
from pictures import *

for mode, size in ("L", (12, 6)), ("RGB", (6, 4)), ("RGBA", (6, 3)), ("P", (9, 8)):
    image = Image.frombytes(mode, size, items(10, 72))
    if mode == "P":
        image.putpalette(items(30, 768))
    for suffix in ["png", "tif"] + ["webp"] * (mode[:3] == "RGB"):
        image.save(f"made/{mode}.{suffix}", **({"lossless": True, "exact": True} if suffix == "webp" else {}))
EOF
"$MAKE_PHOTOS" photos 2 >/dev/null
{
    cat <<'EOF'
sequences:
  grey: [{idx: grey.idx}]
  rgb: [{raw: {path: rgb.bin, dtype: uint8, shape: [4, 6, 3]}}]
  deep: [{raw: {path: deep.bin, dtype: uint16, shape: [3, 4]}}]
  photos: [{files: "photos/*.jpg"}, {name: "{stem}"}]
  small: [photos, {thumbnail: {width: 64, height: 48, crop: centre}}]
datasets:
  flipped: [grey, {flip: horizontal}]
  arrays: [{files: "made/*"}, array, {encode: raw}, {name: "{name}"}]
  half: [photos, {resize: 0.5}, {encode: png}]
EOF
    for format in png tiff webp; do
        lossless=
        [ "$format" != webp ] || lossless=', lossless: true'
        for name in grey rgb; do echo "  ${name}_$format: [$name, {encode: {format: $format$lossless}}]"; done
    done
    for format in png tiff; do echo "  deep_$format: [deep, {encode: $format}]"; done
    for format in png jpeg tiff webp; do echo "  small_$format: [small, {encode: $format}]"; done
} >spec.yaml
cat >read.py <<'EOF'
import os, sys
from PIL import Image
from pictures import *

root = sys.argv[1]

def pictures(folder, format):
    for name in sorted(os.listdir(os.path.join(root, folder))):
        image = Image.open(os.path.join(root, folder, name))
        image.load()
        assert image.format == format, f"{folder}/{name}: {image.format}"
        yield image

for format in "PNG", "TIFF", "WEBP":
    for rows, folder, mode, size in (GREY, "grey", "L", (7, 5)), (RGB, "rgb", "RGB", (6, 4)):
        found = list(pictures(f"{folder}_{format.lower()}", format))
        assert len(found) == len(rows), folder
        for n, (image, row) in enumerate(zip(found, rows)):
            assert image.size == size, f"{folder} {n} as {format}: {image.size}"
            assert format == "WEBP" or image.mode == mode, f"{folder} {n} as {format}: {image.mode}"
            assert image.convert(mode).tobytes() == row, f"{folder} {n} as {format}: other pixels"
for format in "PNG", "TIFF":
    for n, image in enumerate(pictures(f"deep_{format.lower()}", format)):
        assert image.size == (4, 3) and image.mode.startswith("I"), f"deep {n} as {format}: {image.size}, {image.mode}"
        found = b"".join(v.to_bytes(2, "little") for v in image.getdata())
        assert found == DEEP[n], f"deep {n} as {format}: other pixels"
for n, image in enumerate(pictures("flipped", "PNG")):
    assert image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).tobytes() == GREY[n], f"flipped {n}: other pixels"

for name in sorted(os.listdir("made")):
    image = Image.open(os.path.join("made", name))
    wanted = image.convert("RGB") if image.mode == "P" else image
    found = open(os.path.join(root, "arrays", name), "rb").read()
    assert found == wanted.tobytes(), f"{name} as array: other pixels, {len(found)} bytes for {len(wanted.tobytes())}"

def mean_difference(a, b):
    pairs = zip(a.convert("RGB").tobytes(), b.convert("RGB").tobytes())
    return sum(abs(x - y) for x, y in pairs) / (3 * a.width * a.height)

# Photographs keep their looks in every format; half of one is what Pillow makes of it.
reference = list(pictures("small_png", "PNG"))
assert len(reference) == 2
for format in "PNG", "JPEG", "TIFF", "WEBP":
    for n, image in enumerate(pictures(f"small_{format.lower()}", format)):
        assert image.size == (64, 48) and image.mode == "RGB", f"small {n} as {format}: {image.size}, {image.mode}"
        assert mean_difference(image, reference[n]) < 12, f"small {n} as {format} looks otherwise"
for name, image in zip(sorted(os.listdir("photos")), pictures("half", "PNG")):
    source = Image.open(os.path.join("photos", name))
    assert abs(image.width - source.width / 2) < 1 and abs(image.height - source.height / 2) < 1, name
    assert mean_difference(image, source.resize(image.size, Image.Resampling.BICUBIC)) < 6, name
EOF
start spec.yaml
"$python" read.py "$mnt" || fail "Pillow sees something else"
equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures"
