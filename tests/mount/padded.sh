#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Names by index are padded to one width, and nothing else opens.
# shellcheck source=tests/mount/lib.sh
source "$(dirname "$0")/lib.sh"

echo 'dataset: {range: 1000}' >spec.yaml
start spec.yaml
equals "$(ls "$mnt" | head -n 2 | tr '\n' ' ')$(ls "$mnt" | tail -n 1) $(ls "$mnt" | wc -l)" \
    "000.txt 001.txt 999.txt 1000" "listing"
equals "$(cat "$mnt/042.txt")" 42 "042.txt"
for wrong in 42.txt 0042.txt 1000.txt 042 042.bin -01.txt +42.txt; do
    refuses 'No such file' ls "$mnt/$wrong"
done
