#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The folders about the mount open but are not listed, unless control=visible.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: {range: 3}
EOF
start spec.yaml
equals "$(ls -A "$mnt" | tr '\n' ' ')" "0.txt 1.txt 2.txt " "listing"
equals "$(find "$mnt" -type f | wc -l)" 3 "files that find sees"
for f in stats spec plan index.tsv log; do
    [ -s "$mnt/.seqfs/$f" ] || [ "$f" = log ] || fail ".seqfs/$f is empty"
    cat "$mnt/.seqfs/$f" >/dev/null
done
same "$mnt/.seqfs/spec" spec.yaml
python3 -m json.tool "$mnt/.seqfs/stats" >/dev/null
ls "$mnt/.errors" >/dev/null
refuses 'No such file' cat "$mnt/.seqfs/nonsense"
stop

start -o control=visible spec.yaml
equals "$(ls -A "$mnt" | tr '\n' ' ')" ".errors .seqfs 0.txt 1.txt 2.txt " "listing"
