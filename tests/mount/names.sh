#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Files are named by the template, in folders; a name opens exactly if it is listed.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir -p src/cats src/dogs
for f in cats/a dogs/a dogs/b; do echo "$f" >"src/$f.txt"; done
cat >spec.yaml <<'EOF'
dataset: [{files: "src/*/*.txt"}, {exec: [cat]}, {name: "{dir}/{index:03d}-{stem}.txt"}]
EOF
start spec.yaml
equals "$(cd "$mnt" && find . -type f | LC_ALL=C sort | tr '\n' ' ')" \
    "./src/cats/000-a.txt ./src/dogs/001-a.txt ./src/dogs/002-b.txt " "tree"
equals "$(cat "$mnt/src/dogs/002-b.txt")" dogs/b "element"
for wrong in 000-a.txt src/000-a.txt src/cats/000-a src/cats/0-a.txt src/cats/001-a.txt src/mice src/cats/000-a.txt.txt; do
    refuses 'No such file' ls "$mnt/$wrong"
done
equals "$(cat "$mnt/.seqfs/at/1")" dogs/a "by index"
