#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Python reads what nobody has computed yet by read(), mmap() and sendfile(), whole.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

make_sources
cat >spec.yaml <<'EOF'
dataset: [{files: src/*.dat}, {exec: {argv: [cat], ext: dat}}, {name: "{stem}"}]
EOF

cat >read.py <<'EOF'
import mmap, os, shutil, sys

def by_read(path, out):
    with open(path, 'rb') as f:
        out.write(f.read())

def by_readv(path, out):
    fd = os.open(path, os.O_RDONLY)
    while data := os.read(fd, 1 << 20):
        out.write(data)
    os.close(fd)

def by_mmap(path, out):
    with open(path, 'rb') as f:
        if os.fstat(f.fileno()).st_size:
            with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
                out.write(m)

def by_shared_mmap(path, out):
    with open(path, 'rb') as f:
        size = os.fstat(f.fileno()).st_size
        if size:
            with mmap.mmap(f.fileno(), size, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ) as m:
                out.write(m)

def by_sendfile(path, out):
    out.flush()
    fd = os.open(path, os.O_RDONLY)
    while os.sendfile(out.fileno(), fd, None, 1 << 30):
        pass
    os.close(fd)

def by_copyfile(path, out):
    shutil.copyfile(path, out.name)

def by_pread_from_the_end(path, out):
    fd = os.open(path, os.O_RDONLY)
    size = os.lseek(fd, 0, os.SEEK_END)
    for at in reversed(range(0, size, 60000)):
        out.seek(at)
        out.write(os.pread(fd, 60000, at))
    os.close(fd)

way, folder, to = sys.argv[1:]
for name in sorted(os.listdir(folder)):
    with open(os.path.join(to, name), 'wb') as out:
        globals()['by_' + way](os.path.join(folder, name), out)
EOF

for way in read readv mmap shared_mmap sendfile copyfile pread_from_the_end; do
    start --ahead 0 spec.yaml
    mkdir out
    for temperature in cold warm; do
        python3 read.py "$way" "$mnt" out || fail "$way failed, $temperature"
        diff -r src out >&2 || fail "$way: not what there is, $temperature"
    done
    rm -r out
    stop
done
