#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# torchvision's ImageFolder finds classes and pictures in a mount of class folders, and its DataLoader's workers read them.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
find_python torchvision PIL.Image

mkdir -p src/cat src/dog src/hen
for class in cat dog hen; do "$MAKE_PHOTOS" "src/$class" 4 >/dev/null; done
cat >spec.yaml <<'EOF'
dataset:
  - files: "src/*/*.jpg"
  - thumbnail: {width: 40, height: 32, crop: centre}
  - encode: png
  - shuffle
  - name: "{parent}/{stem}"
  - split: {fractions: {train: 0.75, val: 0.25}}
EOF
cat >read.py <<'EOF'
import os, sys
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

root = sys.argv[1]
seen = 0
for part, wanted in ("train", 9), ("val", 3):
    images = ImageFolder(os.path.join(root, part), transforms.PILToTensor())
    assert set(images.classes) <= {"cat", "dog", "hen"}, images.classes
    assert len(images) == wanted, f"{part}: {len(images)}"
    for n, (picture, label) in enumerate(images):
        path = images.samples[n][0]
        assert picture.shape == (3, 32, 40) and picture.dtype == torch.uint8, f"{path}: {picture.shape}"
        assert images.classes[label] == os.path.basename(os.path.dirname(path)), path
        again = transforms.PILToTensor()(Image.open(path))
        assert torch.equal(picture, again), f"{path}: other pixels"
    for pictures, labels in DataLoader(images, batch_size=2, num_workers=2, multiprocessing_context="fork"):
        seen += len(labels)
assert seen == 12, seen
EOF
start spec.yaml
"$python" read.py "$mnt" || fail "ImageFolder reads something else"
equals "$(find "$mnt/.errors" -type f | wc -l)" 0 "failures"
