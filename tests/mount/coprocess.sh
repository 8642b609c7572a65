#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The programs that docs/coprocess.md shows answer as it says, and end with the mount.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

# block LANGUAGE: the code of that language in the document.
block() {
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$SEQFS_SOURCE/docs/coprocess.md" | grep -v '^```'
}
block python >upper.py
block sh >upper.sh

mkdir src
for i in $(seq 30); do echo "text $i" >"src/$i.txt"; done
echo "a bad text" >src/13.txt
cat >spec.yaml <<'EOS'
datasets:
  python: [{files: {glob: "src/*.txt", sort: natural}}, {coprocess: {argv: [python3, upper.py], ext: txt}}, {name: "{stem}"}]
  shell: [{files: {glob: "src/*.txt", sort: natural}}, {coprocess: {argv: [sh, upper.sh], ext: txt}}, {name: "{stem}"}]
EOS

start --workers 2 --ahead 0 spec.yaml
equals "$(ls "$mnt/python" | wc -l)" 30 "files"
for i in 1 2 12 14 30; do
    equals "$(cat "$mnt/python/$i.txt")" "$((i - 1)): TEXT $i" "the answer of Python"
    equals "$(cat "$mnt/shell/$i.txt")" "TEXT $i" "the answer of the shell"
done
refuses 'Input/output error' cat "$mnt/python/13.txt"
cat "$mnt"/.errors/python/* >report
contains report "coprocess: 'python3' says: a bad one"
cp -r "$mnt/shell" copy
equals "$(cat copy/* | wc -l)" 30 "lines of the copy"
remember_family # the programs, too, must be gone after the end
