#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# However `seqfs eval` and `seqfs explain` are ended, they leave no program and no temporary file.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset:
  - range: 1
  - exec: [sh, -c, 'sleep 1000 & a=$!; setsid sleep 1000 & echo $a $! >pids.new; mv pids.new pids; wait', sh, '{input}']
EOF
mkdir tmp
export TMPDIR=$work/tmp

is_empty() { [ -z "$(ls "$TMPDIR")" ]; }

for command in eval explain; do
    for signal in INT TERM HUP KILL; do
        rm -f pids
        # A shell has its children in the background ignore SIGINT, and nohup SIGHUP.
        env --default-signal=INT,HUP "$SEQFS" "$command" spec.yaml 0 >/dev/null 2>&1 &
        pid=$!
        eventually test -e pids
        read -r -a pids <pids
        kill "-$signal" "$pid"
        status=0
        wait "$pid" 2>/dev/null || status=$?
        equals "$status" $((128 + $(kill -l "$signal"))) "the exit status of $command after SIG$signal"
        wait_gone "${pids[@]}" || fail "$command, SIG$signal: programs are left"
        eventually is_empty
    done
done
