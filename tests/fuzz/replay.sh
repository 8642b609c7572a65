#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs a fuzz target once on each seed of a kind: replay.sh FUZZER KIND
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$(dirname "$0")/seeds.py" "$folder"
"$1" "$folder/$2"/*
