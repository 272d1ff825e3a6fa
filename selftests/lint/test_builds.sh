#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything compiles without a warning with either compiler.
# timeout: 900

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
builds=$SEK_BUILD/lint

build()
{
	"${MAKE:-make}" -s O="$builds/$1" CC="$1" \
		all test-programs "$builds/$1/selftests/bench/bench"
}

test_plan 2
for compiler in gcc clang; do
	out=$(build "$compiler" 2>&1)
	test_result $? "$compiler" || diag "$out"
done
test_finish
