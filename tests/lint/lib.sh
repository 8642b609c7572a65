# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Sourced by every lint, which then stands in the root of the tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

offences=0

# offence TEXT...: one line for each.
offence() {
    echo "$*"
    offences=$((offences + 1))
}

# need TOOL: skips where the machine has not got it.
need() {
    command -v "$1" >/dev/null || {
        echo "SKIP: $1 is not installed"
        exit 77
    }
}

# sources PATTERN...: the files of the tree, without what the build made.
sources() {
    local args=()
    for pattern in "$@"; do args+=(-o -name "$pattern"); done
    find . \( -name '.git' -o -name 'build*' -o -path ./ds \) -prune -o -type f \( "${args[@]:1}" \) -print |
        sed 's,^\./,,' | LC_ALL=C sort
}

finish() {
    [ "$offences" = 0 ] || echo "$offences offences"
    [ "$offences" = 0 ]
}
