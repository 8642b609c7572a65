#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A `monitor` step counts and times all that comes before it, under its own name in .seqfs/stats.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
for i in 0 1 2; do echo "$i" >"src/$i.txt"; done
cat >spec.yaml <<'EOF'
datasets:
  slow: [{range: 4}, {exec: [sh, -c, "sleep 0.2; cat"]}, {monitor: program}, {exec: [cat]}]
  plain: [{files: "src/*.txt"}, monitor]
EOF
start --ahead 0 spec.yaml
cat "$mnt"/slow/*.bin >/dev/null
equals "$(cat "$mnt"/plain/* | tr '\n' ' ')" "0 1 2 " "files that pass a monitor"
python3 - "$mnt/.seqfs/stats" <<'EOF'
import json, sys

monitors = [s for s in json.load(open(sys.argv[1]))["steps"] if s["name"] == "monitor"]
assert [s.get("monitor") for s in monitors] == ["program", None], monitors
assert [s["calls"] for s in monitors] == [4, 3], monitors
assert 200 <= monitors[0]["mean_ms"] < 20000, monitors
assert monitors[1]["mean_ms"] < 200, monitors
EOF
