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

# Of a table, it is the line of the row, or the file that a cell names.
stop
printf 'image,n\nsrc/a.txt,1\nsrc/none.txt,zz\n' >t.csv
cat >spec.yaml <<'EOF'
dataset: [{csv: {path: t.csv, files: image, columns: {image: text, n: int}}}]
EOF
start --ahead 0 spec.yaml
refuses 'Input/output error' cat "$mnt/1.n.txt"
refuses 'Input/output error' cat "$mnt/1.image.txt"
grep -rqF 'element 1.n (t.csv:3): csv: row 1' "$mnt/.errors" || fail "no line of the table"
grep -rqF 'element 1.image (src/none.txt): csv: ' "$mnt/.errors" || fail "no file"
