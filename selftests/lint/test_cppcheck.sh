#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# cppcheck on the library and the commands.  Not on tests: it does not see through the
# harness's macros.
# timeout: 300

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# Off are: variableScope, since declarations stand at the start of a function, or of
# a block where that is long; unused, unread and unassigned variables, where it does
# not know the cleanup attribute, which the compilers do; selfAssignment, which does
# not know "a ?: b"; unusedStructMember, room for what the kernel writes; ctuuninitvar,
# which takes what a callee fills for read; and clarifyCalculation, which is
# -Wparentheses' to judge.  It reads no headers of the system: what it must know of a
# macro is said here, without semicolons, at which it would end.
tracked 'user/*.c' >"$TMPDIR/files"
check_each cppcheck -q --error-exitcode=1 --inline-suppr \
	--enable=warning,style,performance,portability --std=c11 --platform=unix64 \
	--suppress=variableScope --suppress=unusedVariable --suppress=unreadVariable \
	--suppress=unassignedVariable --suppress=selfAssignment \
	--suppress=unusedStructMember --suppress=clarifyCalculation \
	--suppress=ctuuninitvar \
	-D_GNU_SOURCE -DSEK_VERSION='""' -Iinclude -Iuser \
	'-DLIBBPF_OPTS(type,name,...)=struct type name' \
	'-DTAILQ_FOREACH(at,head,link)=while ((at = next_of(head)))'
test_finish
