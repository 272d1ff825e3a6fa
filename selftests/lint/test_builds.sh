#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything compiles without a warning with either compiler, and clang's analyzer
# finds nothing in the programs.  Not in the tests: the harness's macros keep it busy
# for minutes.
# timeout: 900

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
builds=$SEK_BUILD/lint

build()
{
	"${MAKE:-make}" -s O="$builds/$1" CC="$1" \
		all test-programs "$builds/$1/selftests/bench/bench"
}

# From nothing: what was compiled before would not be analyzed again.  make is told
# of the compiler by the environment.  Off are dead stores, since to the analyzer what
# a cleanup attribute reads is one; and values never set, since version 14 takes it for
# possible that "return -errno" returns 0.  gcc's -Wmaybe-uninitialized looks for these.
analyze()
{
	rm -rf "$builds/analyzer"
	env -u CC -u MAKEFLAGS scan-build --use-cc=clang --status-bugs \
		--exclude "$builds" -o "$builds/analyzer/report" \
		-disable-checker deadcode.DeadStores \
		-disable-checker core.UndefinedBinaryOperatorResult \
		-disable-checker core.uninitialized.Assign \
		-disable-checker core.uninitialized.Branch \
		"${MAKE:-make}" -s -j "$(nproc)" O="$builds/analyzer" all
}

test_plan 3
for compiler in gcc clang; do
	out=$(build "$compiler" 2>&1)
	test_result $? "$compiler" || diag "$out"
done
out=$(analyze 2>&1)
test_result $? "analyzer" || diag "$out"
test_finish
