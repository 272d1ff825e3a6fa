#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each fuzzer on inputs that are always the same: pieces of the program itself, which are
# as good as random and have a structure, and topology files cut short at many places.
# Worth most when sanitized.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

head -c 1000000 "$SEKISHO" | split -b 1500 -a 4 - "$TMPDIR/input-" || exit 1

for file in "$top"/examples/*.yaml "$top/selftests/topo/everything.yaml"; do
	size=$(wc -c <"$file")
	for length in $(seq 1 89 "$size") "$size"; do
		head -c "$length" "$file" >"$TMPDIR/input-${file##*/}-$length" || exit 1
	done
done

set -- "$folder"/fuzz_*.c
test_plan $#
for source; do
	name=${source##*/fuzz_}
	name=${name%.c}
	out=$("$SEK_BUILD/selftests/fuzz/replay_$name" "$TMPDIR"/input-* 2>&1)
	test_result $? "$name" || diag "$out"
done
test_finish
