#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The fields of a record are files beside each other, so that a tar of them is a WebDataset shard; or in a folder.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for n in 0 1 2; do echo "picture $n" >"src/p$n.jpg"; done
cat >spec.yaml <<'EOF'
sequences:
  pictures: {files: src/*.jpg}
  labels: [{values: [cat, dog, cat]}, {exec: [grep, -v, dog]}]
  pairs: {collate: {jpg: pictures, cls: labels, source.txt: pictures}}
datasets:
  siblings: [pairs, {name: "{stem}"}]
  dirs: [pairs, {layout: dirs}]
  batches: [pairs, {batch: 2}]
EOF
start spec.yaml
equals "$(ls "$mnt/siblings" | tr '\n' ' ')" "p0.cls p0.jpg p0.source.txt p1.cls p1.jpg p1.source.txt p2.cls p2.jpg p2.source.txt " \
    "siblings"
equals "$(ls "$mnt/dirs" "$mnt/dirs/1" | tr '\n' ' ')" "$mnt/dirs: 0 1 2  $mnt/dirs/1: cls.bin jpg.jpg source.txt " "folders"
same src/p1.jpg "$mnt/siblings/p1.jpg"
same src/p1.jpg "$mnt/dirs/1/jpg.jpg"
same src/p2.jpg "$mnt/batches/1/0.jpg"
equals "$(cat "$mnt/siblings/p2.cls")" cat "a field"

# Of a record whose field fails the others can be read.
refuses 'Input/output error' cat "$mnt/siblings/p1.cls"
same src/p1.jpg "$mnt/siblings/p1.source.txt"
equals "$(ls "$mnt/.errors/siblings")" 1.cls "errors"
contains "$mnt/.errors/siblings/1.cls" "element siblings/1.cls"
same "$mnt/.errors/siblings/1" "$mnt/.errors/siblings/1.cls"
refuses 'No such file' cat "$mnt/.errors/siblings/1.jpg"
refuses 'No such file' cat "$mnt/.errors/siblings/0"
rm "$mnt/.errors/siblings/1"
equals "$(ls "$mnt/.errors/siblings")" "" "errors that were forgotten"
equals "$(readlink "$mnt/.seqfs/at/siblings/1")" ../../../siblings/p1.jpg "a link to a record"
equals "$(cat "$mnt/.seqfs/at/siblings/-1.cls")" cat "a link to a field"

cat "$mnt"/siblings/p[02].* >/dev/null
tar -C "$mnt/siblings" -cf shard.tar p0.cls p0.jpg p2.cls p2.jpg
equals "$(tar -tf shard.tar | tr '\n' ' ')" "p0.cls p0.jpg p2.cls p2.jpg " "the shard"
equals "$(tar -xOf shard.tar p2.jpg)" "picture 2" "a member"
