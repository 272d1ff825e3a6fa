#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# topo show NAME: a topology that is up, without its file.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"
cd "$TMPDIR" || exit

# what FILTER: of the links that are up.
what()
{
	"$SEKISHO" -j topo show "$topo" | json ".links[] | select(.link == \"n1-n2\") | $1"
}

test_plan 8
expect_equal "nothing is up" "[]" "$("$SEKISHO" -j topo show)"
"$SEKISHO" topo show "$topo" >out 2>&1
[ $? -eq 1 ] && grep -q "find the topology '$topo'" out
test_result $? "a name that is nobody's" || diag <out

write_line 3 >lab.yaml
defer take_down "$topo"
"$SEKISHO" -j topo show lab.yaml >before
"$SEKISHO" topo up --no-count lab.yaml >out 2>&1 || diag <out
rm lab.yaml
"$SEKISHO" -j topo show "$topo" | cmp - before
test_result $? "what is up is what the file said"
expect_equal "the list" "$topo 3 2" "$("$SEKISHO" -j topo show |
	json '.[] | "\(.topology) \(.nodes) \(.links)"')"
"$SEKISHO" topo set "$topo" n1-n2 --rate 10mbit --mtu 1400 >out 2>&1 || diag <out
expect_equal "what was set" "10000000 1400" "$(what '"\(.rate) \(.mtu)"')"
"$SEKISHO" topo cut "$topo" n1-n2 >out 2>&1 || diag <out
expect_equal "a cut" carrier "$(what .cut)"
"$SEKISHO" topo cut --silent "$topo" n1-n2 >out 2>&1 || diag <out
expect_equal "a silent cut" silent "$(what .cut)"
"$SEKISHO" topo heal "$topo" n1-n2 >out 2>&1 || diag <out
expect_equal "a healed link" null "$("$SEKISHO" -j topo show "$topo" | jq '.links[0].cut')"
test_finish
