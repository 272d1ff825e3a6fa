#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/topology.schema.json says what the reader does: of the examples, and of more than a
# thousand small changes of a file with everything in it. The man page knows each key.
# timeout: 300

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

schema=$top/docs/topology.schema.json

# keys_missing FILE: those of the schema that are no word of it.
keys_missing()
{
	json '[.. | objects | .properties? | objects | keys[]] | unique[]' <"$schema" |
		while read -r key; do
			grep -qw -e "$key" "$1" || echo "$key"
		done
}

test_plan 4
out=$("$folder/schema.py" check "$schema" "$top"/examples/*.yaml "$folder/everything.yaml")
test_result $? "the examples are valid" || diag "$out"
out=$("$folder/schema.py" compare "$schema" "$SEKISHO" "$folder/everything.yaml" 2>&1)
test_result $? "the reader and the schema agree"
diag "$out"
expect_equal "the man page has each key" "" "$(keys_missing "$top/docs/man/sekisho-topo.8")"
expect_equal "all of them were tried" include "$(keys_missing "$folder/everything.yaml" |
	grep -vx -e netns -e podman -e lxc)"
test_finish
