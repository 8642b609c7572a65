#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# metadata.csv is a file of the dataset like any other: listed, computed when it is opened, and as others read it.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"
: "${PLUGGED:?names the plug-in of the tests}"

mkdir -p src/cats
for n in 0 1 2; do echo "picture $n" >"src/cats/p$n.jpg"; done
cat >spec.yaml <<EOF
sequences:
  pictures: {files: "src/**/*.jpg"}
datasets:
  train:
    - collate:
        image: pictures
        label: {values: [cat, "dog, small", 'a "hen"']}
        checked: [{values: [x, bad, z]}, {plugin: {path: $PLUGGED, name: picky}}]
        slow: [{values: [x, y, z]}, {exec: [sh, -c, "echo computed >>ran; cat"]}]
    - {name: "{image.dir}/{image.stem}"}
    - manifest
  val: [pictures, {batch: 2}, manifest]
EOF
start spec.yaml
equals "$(ls "$mnt/train" | tr '\n' ' ')" "metadata.csv src " "the folder"
ls -lR "$mnt" >/dev/null
[ ! -e ran ] || fail "listing has computed"
[ "$(stat -c %s "$mnt/train/metadata.csv")" -gt 0 ] || fail "a size of 0 was told"

# A scalar that fails is an empty cell, and no failure of the manifest.
python3 - "$mnt/train" <<'EOF' || fail "metadata.csv is not as it should be"
import csv, os, sys

root = sys.argv[1]
rows = list(csv.DictReader(open(os.path.join(root, "metadata.csv"), newline="")))
assert list(rows[0]) == ["image_file_name", "slow_file_name", "label", "checked"], rows
assert [row["label"] for row in rows] == ["cat", "dog, small", 'a "hen"'], rows
assert [row["checked"] for row in rows] == ["x", "", "z"], rows
for n, row in enumerate(rows):
    assert open(os.path.join(root, row["image_file_name"])).read() == f"picture {n}\n", row
EOF
[ ! -e ran ] || fail "the manifest has computed what is no scalar"
equals "$(ls "$mnt/.errors/train")" "" "errors"
equals "$(stat -c %s "$mnt/train/metadata.csv")" "$(wc -c <"$mnt/train/metadata.csv")" "its size"
equals "$(tail -n 1 "$mnt/val/metadata.csv")" "1/0.jpg,src/cats,cats" "the last row of lists"
refuses 'No such file' cat "$mnt/metadata.csv"
equals "$("$SEQFS" eval spec.yaml val/metadata.csv | md5sum)" "$(md5sum <"$mnt/val/metadata.csv")" "by eval"

cp -r "$mnt/val" copy
same copy/metadata.csv "$mnt/val/metadata.csv"

# The spec is read again, by a server with threads, whose new workers have to know the names, too.
sed -i 's/{image.dir}/again/' spec.yaml
kill -HUP "$server"
eventually grep -qs '^again/p0.image.jpg,' "$mnt/train/metadata.csv" || fail "it is that of the old spec"
