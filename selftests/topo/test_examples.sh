#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
#
# Each example comes up, passes the tests that it carries, and goes down without a trace.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"
cd "$TMPDIR" || exit

# passes: as many tests as the file has, and all of them well.
passes()
{
	"$SEKISHO" topo test "$topo" >test.out 2>&1
	code=$?
	wanted=$("$SEKISHO" -j topo show lab.yaml | json '.tests | length')
	[ "$code" -eq 0 ] && [ "$wanted" -gt 3 ] &&
		[ "$(grep -c '^ok ' test.out)" -eq "$wanted" ] && ! grep -q SKIP test.out
}

# The nine routers have a test of their own.
set -- swallowed-tunnel bgp-triangle leaf-spine one-switch
test_plan $(($# * 3))
defer take_down "$topo"
for name; do
	example "$name" >lab.yaml
	"$SEKISHO" topo up --wait lab.yaml >up.out 2>&1
	test_result $? "$name: up" || diag <up.out
	passes
	test_result $? "$name: its tests" || diag <test.out
	"$SEKISHO" topo down "$topo" >down.out 2>&1 && busywait 5 nothing_left >>down.out
	test_result $? "$name: down, and nothing is left" || diag <down.out
done
test_finish
