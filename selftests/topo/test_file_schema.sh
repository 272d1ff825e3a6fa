#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/topology.schema.json says what the reader does: of the examples, and of more than a
# thousand small changes of a file with everything in it.
# timeout: 300

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

schema=$top/docs/topology.schema.json

test_plan 2
out=$("$folder/schema.py" check "$schema" "$top"/examples/*.yaml "$folder/everything.yaml")
test_result $? "the examples are valid" || diag "$out"
out=$("$folder/schema.py" compare "$schema" "$SEKISHO" "$folder/everything.yaml" 2>&1)
test_result $? "the reader and the schema agree"
diag "$out"
test_finish
