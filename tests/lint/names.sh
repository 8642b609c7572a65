#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# names.sh LIBRARY...: what a room exports starts with the room's name, an operator exports op_NAME alone, and there
# are no mutable globals.
# shellcheck source=tests/lint/lib.sh
libraries=()
for library in "$@"; do libraries+=("$(realpath "$library")"); done
source "$(dirname "$0")/lib.sh"
need nm
need objdump

# base_fault.c.o and core_plan.c.o: the last word is the room.
room_of() {
    local object=${1##*/}
    object=${object%.c.o}
    case $object in
    base_* | spec_* | core_* | image_* | jpeg_* | source_* | sequence_* | element_*) echo "${object#*_}" ;;
    *) echo "$object" ;;
    esac
}

# An operator, or a room that operators of its kind share.
prefix_of_step() { # OBJECT ROOM
    local kind=${1##*/}
    kind=${kind%%_*}
    if grep -q "^const struct op op_$2 = " "ops/$kind/$2.c"; then echo "op_$2\$"; else echo "$2s?_"; fi
}

# The start of the names that a room may export; some files are the second half of a room.
prefix_of() { # OBJECT ROOM
    case ${1##*/} in
    spec_complain.c.o) echo 'complain(ts)?_' ;;
    jpeg_codec_none.c.o) echo 'codec_' ;;
    source_table_open.c.o) echo 'table_' ;;
    source_shards_seq.c.o) echo 'shards_' ;;
    source_database_rows.c.o) echo 'database_' ;;
    element_encode*.c.o) echo '(op_encode$|encode_)' ;;
    source_* | sequence_* | element_*) prefix_of_step "$1" "$2" ;;
    image_provider.c.o) echo 'provider_' ;;
    image_packing.c.o) echo 'image_packing$' ;;
    image_contact.c.o) echo 'op_contact_sheet$' ;;
    core_seq.c.o | core_seq_*.c.o) echo '(seq|type)_' ;;
    core_step.c.o | core_fields.c.o | core_plugin.c.o | core_reseed.c.o) echo 'pipeline_' ;;
    core_structure.c.o) echo 'op_(put|regroup|either)$' ;;
    finding.c.o | telling.c.o) echo 'names_' ;;
    changing.c.o | listing.c.o | opening.c.o) echo 'front_' ;;
    parked.c.o) echo 'parking_' ;;
    folders.c.o | planting.c.o) echo 'tree_' ;;
    mountpoint.c.o) echo '(mountpoint|session)_' ;;
    errlog.c.o) echo "(errlog|failure)_" ;;
    crew_* | dataset_* | sched_* | vault_*) echo "$(cut -d_ -f1 <<<"$2")_" ;;
    core_digest_element.c.o | core_digest_steps.c.o) echo 'digest_' ;;
    core_identity.c.o) echo '(seq|plan)_identity$' ;;
    core_manifest.c.o) echo '(op_manifest_table$|manifest_)' ;;
    *) echo "$2s?_" ;;
    esac
}

# Keys of what each thread has for itself; and what a worker process, which has one thread, has.
may_change='^(scratches|read_buffer|in\.[0-9]+)$'

for library in "${libraries[@]}"; do
    while read -r object symbol; do
        room=$(room_of "$object")
        [[ $symbol =~ ^$(prefix_of "$object" "$room") ]] ||
            offence "$object exports $symbol: not a name of the room '$room'"
    done < <(nm -A -g --defined-only "$library" 2>/dev/null | sed -nE 's/^[^ ]*[:\/]([^: \/]+\.o):[^ ]* [A-Z] (.*)$/\1 \2/p' |
        grep -v '__')
    # Constants with pointers in them lie in .data.rel.ro.
    while read -r symbol; do
        [[ $symbol =~ $may_change ]] || offence "$(basename "$library"): $symbol can change: no mutable globals"
    done < <(objdump -t "$library" 2>/dev/null |
        awk 'NF >= 5 && $(NF-2) ~ /^\.(data|bss)/ && $(NF-2) !~ /^\.data\.rel\.ro/ && $NF !~ /^\./ {print $NF}')
done
finish
