#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two topologies with the same nodes, both counted: whose packets are whose?

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# names: of all namespaces in which something was counted, once each.
names()
{
	"$SEKISHO" -j show link | jq -r '[.[].netns] | unique | join(" ")'
}

count()
{
	busywait 5 "$SEKISHO" topo exec "$1" n1 -- ping -q -c 1 -W 2 n2 >/dev/null
}

test_plan 5
defer take_down "$topo"
defer take_down "$topo-b"
write_line 2 >a.yaml
sed "s/^name: .*/name: $topo-b/" a.yaml >b.yaml

"$SEKISHO" topo up a.yaml >/dev/null && count "$topo"
expect_equal "one" "n1 n2" "$(names)"
"$SEKISHO" topo up b.yaml >/dev/null && count "$topo-b"
expect_equal "both" "$topo-b/n1 $topo-b/n2 $topo/n1 $topo/n2" \
	"$(names | tr ' ' '\n' | LC_ALL=C sort | xargs)"
expect_equal "one of both" "$topo/n1" \
	"$("$SEKISHO" -j show link --netns "$topo/n1" | jq -r '[.[].netns] | unique[]')"
"$SEKISHO" topo down "$topo-b"
expect_equal "the other one went" "n1 n2 $topo-b/n1 $topo-b/n2" \
	"$(names | tr ' ' '\n' | LC_ALL=C sort | xargs)"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "and leaves nothing"
test_finish
