#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The names of elements make folders of classes within the parts of a split, as image loaders want them; walking the
# mount finds these alone.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir -p src/cat src/dog
"$MAKE_PHOTOS" src/cat 3 >/dev/null
"$MAKE_PHOTOS" src/dog 3 >/dev/null
cat >spec.yaml <<'EOF'
dataset:
  - files: "src/*/*.jpg"
  - thumbnail: {width: 32, height: 32, crop: centre}
  - encode: png
  - gather: [0, 3, 1, 4, 2, 5]
  - name: "{dir}/{stem}"
  - split: {fractions: {train: 0.6666666667, val: 0.3333333333}}
EOF
start spec.yaml
equals "$(cd "$mnt" && find . -mindepth 1 -type d | LC_ALL=C sort | tr '\n' ' ')" \
    "./train ./train/src ./train/src/cat ./train/src/dog ./val ./val/src ./val/src/cat ./val/src/dog " "folders"
python3 - "$mnt/train/src" <<'EOF' || fail "the walk of an image loader"
import os, sys
root = sys.argv[1]
classes = sorted(e.name for e in os.scandir(root) if e.is_dir())
assert classes == ["cat", "dog"], classes
for c in classes:
    files = [os.path.join(d, f) for d, _, fs in os.walk(os.path.join(root, c), followlinks=True) for f in fs]
    assert len(files) == 2, files
    for f in files:
        assert open(f, "rb").read(8) == b"\x89PNG\r\n\x1a\n", f
EOF
equals "$(find "$mnt" -type f | wc -l)" 6 "files"
cp -r "$mnt" copy
diff -r "$mnt" copy || fail "a copy differs"
