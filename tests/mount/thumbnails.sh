#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Thumbnails of photographs are the same as without a mount, with workers and with run-ahead.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

"$MAKE_PHOTOS" src 24 400 300
cat >spec.yaml <<'EOF'
dataset:
  - files: src/*.jpg
  - thumbnail: {width: 112, height: 112, crop: centre}
  - encode: {format: jpeg, Q: 85}
EOF
start --workers 2 spec.yaml
for i in 00 07 23; do
    "$SEQFS" eval spec.yaml "$i.jpg" -o "$i.jpg"
    same "$mnt/$i.jpg" "$i.jpg"
done
mkdir out
cp -r "$mnt/." out
equals "$(find out -name '*.jpg' -size +1k | wc -l)" 24 "pictures"
for f in out/*; do same "$f" "$mnt/${f##*/}"; done
