#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is drawn at random belongs to the element: whoever reads it, in whatever order, with however many workers.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

"$MAKE_PHOTOS" src 12 200 150
cat >spec.yaml <<'EOF'
seed: 3
dataset:
  - files: src/*.jpg
  - shuffle
  - random_resized_crop: {width: 64, height: 64}
  - random_flip: horizontal
  - color_jitter: {brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1}
  - rotate: {angle: {uniform: [-20, 20]}}
  - gaussblur: {sigma: {choice: [0.6, 1.2]}, p: 0.5}
  - encode: {format: jpeg, Q: {uniform: [40, 95]}}
  - epochs: 2
EOF

list() {
    (cd "$mnt" && find . -type f -name '*.jpg' | LC_ALL=C sort)
}

# read_list SUMS: the files named on standard input, one after the other.
read_list() {
    local sums=$work/$1
    (cd "$mnt" && xargs -d '\n' -n 1 sha256sum) | LC_ALL=C sort -k 2 >"$sums"
}

# Eight readers at once, each in an order of its own.
read_by_eight() { # SUMS
    local n pids=() pid
    for n in 1 2 3 4 5 6 7 8; do
        list | shuf --random-source=<(bytes 4000 "$n") | read_list "part.$n" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid" || fail "a reader failed"; done
    for n in 2 3 4 5 6 7 8; do same part.1 "part.$n"; done
    mv part.1 "$1"
}

for workers in 1 4; do
    for order in forward backward eight; do
        start --workers "$workers" spec.yaml
        case $order in
        forward) list | read_list "sums.$workers.$order" ;;
        backward) list | tac | read_list "sums.$workers.$order" ;;
        eight) read_by_eight "sums.$workers.$order" ;;
        esac
        stop
        same sums.1.forward "sums.$workers.$order"
    done
done

equals "$(wc -l <sums.1.forward)" 24 "files"
equals "$(cut -d' ' -f1 sums.1.forward | sort -u | wc -l)" 24 "different files"

# Another epoch is another order, and draws anew: no picture of one is in the other.
epoch() {
    grep -F " ./$1/" sums.1.forward | cut -d' ' -f1
}
equals "$(epoch 0 | wc -l)" 12 "files of epoch 0"
if epoch 0 | grep -qFf <(epoch 1); then fail "a picture of epoch 0 comes in epoch 1 too"; fi

# One element alone, without a mount, is the same; another seed is another picture.
"$SEQFS" eval spec.yaml 1/07.jpg -o one.jpg
equals "$(sha256sum <one.jpg | cut -d' ' -f1)" "$(grep -F ' ./1/07.jpg' sums.1.forward | cut -d' ' -f1)" "seqfs eval"
sed -i 's/^seed: 3/seed: 4/' spec.yaml
"$SEQFS" eval spec.yaml 1/07.jpg -o other.jpg
if cmp -s one.jpg other.jpg; then fail "another seed is the same picture"; fi
