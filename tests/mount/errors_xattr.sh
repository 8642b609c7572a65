#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The attribute user.seqfs.error of a failed element is its report's first line.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 3}, {exec: [sh, -c, "[ $(cat) != 1 ]"]}]
EOF
start spec.yaml
refuses 'Input/output error' cat "$mnt/1.bin"
python3 - "$mnt" <<'EOF'
import os, sys
mnt = sys.argv[1]
first = open(f'{mnt}/.errors/1').readline().strip()
assert os.getxattr(f'{mnt}/1.bin', 'user.seqfs.error').decode() == first
assert os.listxattr(f'{mnt}/1.bin') == ['user.seqfs.error'], os.listxattr(f'{mnt}/1.bin')
assert os.listxattr(f'{mnt}/0.bin') == []
EOF
