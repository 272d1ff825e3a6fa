#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every script, by shellcheck.
# timeout: 300

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
tracked '*.sh' '.ci/run' >"$TMPDIR/files"

# Off are: SC2154, since setup_ns and the like set variables whose names they are told;
# SC2317, since functions are called by name, by traps and from other files; SC2119,
# which wants arguments for functions that need none.
check_each shellcheck -x -e SC2119,SC2154,SC2317
test_finish
