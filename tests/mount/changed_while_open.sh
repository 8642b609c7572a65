#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who has an element open while its source changes goes on reading the old one, whole, whoever reads the new one meanwhile.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

mkdir src
bytes 300000 1 >src/a.dat
cp src/a.dat old.dat
bytes 500000 2 >new.dat
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF
start spec.yaml

cat >read.py <<'EOF'
import mmap, os, shutil, sys

path = sys.argv[1]
old, new = (open(name, 'rb').read() for name in ('old.dat', 'new.dat'))

def sent(path):
    fd, out = os.open(path, os.O_RDONLY), os.open('sent', os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    while os.sendfile(out, fd, None, 1 << 30):
        pass
    return open('sent', 'rb').read()

held = open(path, 'rb', buffering=0)
begun = held.read(1000)
shutil.copyfile('new.dat', 'src/a.dat')
assert sent(path) == new, 'the new one by sendfile'
assert open(path, 'rb').read() == new, 'the new one by read'
with open(path, 'rb') as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
    assert m[:] == new, 'the new one by mmap'
assert os.stat(path).st_size == len(new), 'the new size'
assert os.fstat(held.fileno()).st_size == len(old), 'the old size'
assert begun + held.readall() == old, 'the old one'
with mmap.mmap(held.fileno(), 0, access=mmap.ACCESS_READ) as m:
    assert m[:] == old, 'the old one by mmap'
EOF
python3 read.py "$mnt/a.dat" || fail "a reader got something else"
same new.dat "$mnt/a.dat"
