#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A source that has gone, or cannot be read, is one element's failure.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in a b c d; do echo "$i" >"src/$i.txt"; done
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.txt}, {exec: {argv: [cat], ext: txt}}, {name: "{stem}"}]
EOF
start --ahead 0 spec.yaml
rm src/b.txt
rm src/c.txt && mkdir src/c.txt
refuses 'Input/output error' cat "$mnt/b.txt"
refuses 'Input/output error' cat "$mnt/c.txt"
contains "$mnt/.errors/1" 'src/b.txt'
contains "$mnt/.errors/1" 'No such file or directory'
contains "$mnt/.errors/2" 'src/c.txt'
equals "$(cat "$mnt/a.txt" "$mnt/d.txt")" "$(printf 'a\nd')" "the others"
