#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A signal that interrupts nothing, as Go's runtime sends, does not make an open fail.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

cat >spec.yaml <<'EOF'
dataset: [{range: 2}, {exec: [sh, -c, "sleep 1; cat"]}]
EOF
start --ahead 0 spec.yaml

# A handler without SA_RESTART and the bare system call: an EINTR would be seen.
python3 - "$mnt/1.bin" <<'EOF'
import ctypes, os, signal, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGURG, lambda *_: None)
main, done = threading.main_thread().ident, threading.Event()

def pester():
    while not done.wait(0.05):
        signal.pthread_kill(main, signal.SIGURG)

threading.Thread(target=pester).start()
fd = libc.open(sys.argv[1].encode(), 0)
err = ctypes.get_errno()
done.set()
assert fd >= 0, os.strerror(err)
assert os.read(fd, 100).strip() == b'1'
EOF
