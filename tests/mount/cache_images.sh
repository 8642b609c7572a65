#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pictures behind a `cache` step are the same however they are had: first, from the cache, by any worker, or by eval.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
"$MAKE_PHOTOS" src 6 >/dev/null
cat >spec.yaml <<'EOF'
sequences:
  kept: [{files: "src/*"}, decode, {cache: {bytes: 64M}}]
datasets:
  a: [kept, {thumbnail: 64}, {encode: png}]
  b: [kept, {thumbnail: 64}, {encode: png}]
EOF
start --workers 2 spec.yaml
names=("$mnt"/a/*)
[ "${#names[@]}" -ge 6 ] || fail "there are ${#names[@]} pictures"
for file in "${names[@]}"; do cat "$file" >/dev/null; done
for file in "${names[@]}"; do
    name=${file##*/}
    same "$file" "$mnt/b/$name"
    "$SEQFS" eval spec.yaml "a/$name" >eval.png
    same eval.png "$file"
done
