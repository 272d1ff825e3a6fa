#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clang's analyzer finds nothing in the programs.  Not in the tests: the harness's macros
# keep it busy for minutes.
# timeout: 900

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
tracked 'user/*.c' >"$TMPDIR/files"
check_each "$folder/analyze.sh"
test_finish
