#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clang-tidy on every C file; .clang-tidy says what is off, and why.
# timeout: 900

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
tracked '*.c' >"$TMPDIR/files"
check_each "$folder/tidy.sh"
test_finish
