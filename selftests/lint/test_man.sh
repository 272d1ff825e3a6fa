#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mandoc on every man page.
# timeout: 300

# shellcheck source=selftests/lint/lint.sh
. "$(dirname "$0")/lint.sh"
tracked 'docs/man/*.[1-9]' >"$TMPDIR/files"
check_each mandoc -T lint -W warning
test_finish
