#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A reader that is interrupted or killed gets out at once; others go on waiting for the element.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 4}, {exec: [sh, -c, "until [ -e ${dir}/go ]; do sleep 0.1; done; cat"]}]
params: {dir: null}
EOF
start --timeout 5m --ahead 0 -D "dir=$work" spec.yaml

cat "$mnt/1.bin" >other &
other=$!
for signal in INT TERM KILL; do
    begin=${EPOCHREALTIME/./}
    timeout -s "$signal" 0.5 cat "$mnt/1.bin" && fail "it was not interrupted"
    took=$(((${EPOCHREALTIME/./} - begin) / 1000))
    [ "$took" -lt 1500 ] || fail "SIG$signal: out after $took ms"
done
touch go
wait "$other" || fail "the other reader failed"
equals "$(cat other)" 1 "what the other reader got"
