#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tree's own rules: scripts/check-tree.sh.
# timeout: 300

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

rules="spdx length paths scripts includes"
# shellcheck disable=SC2086 # a list
set -- $rules
test_plan $#
for rule; do
	out=$(tracked '*' | scripts/check-tree.sh "$rule" 2>&1)
	test_result $? "$rule" || diag "$out"
done
test_finish
