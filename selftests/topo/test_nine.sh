#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# Nine routers that speak RIP, from the command to the last trace of them.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# route_of NET: the next hop that vm1 has for it.
route_of()
{
	at vm1 ip route show "$1" | awk '{ print ($2 == "via") ? $3 : "connected" }'
}

# hops HOST: addresses by the way, one line.
hops()
{
	at vm1 traceroute -4 -n -q 1 -w 2 "$1" | awk 'NR > 1 { printf "%s ", $2 }'
}

# KiB of what the topology's processes have for themselves.
daemons_memory()
{
	grep -aslz "^SEKISHO_TOPO=$topo" /proc/[0-9]*/environ | while read -r environ; do
		cat "${environ%environ}smaps_rollup"
	done | awk '/^Private/ { sum += $2 } END { print sum + 0 }'
}

test_plan 18
example nine-routers >nine.yaml
defer take_down "$topo"

before=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
# bird is not root, and must get at its files whatever the umask.
said=$(umask 077 && "$SEKISHO" topo up --wait nine.yaml)
test_result $? "up --wait" || diag "$said"
diag "$said"
after=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
diag "memory of the daemons: $(daemons_memory) KiB; less available: $((before - after)) KiB"
[ "$(daemons_memory)" -lt 131072 ]
test_result $? "daemons within 128 MB"

expect_equal "connected nets" "connected connected connected connected" \
	"$(for net in 10 20 40 50; do route_of 10.0.$net.0/24; done | xargs)"
expect_equal "nets by way of vm2" "10.0.10.2 10.0.10.2 10.0.10.2" \
	"$(for net in 30 60 70; do route_of 10.0.$net.0/24; done | xargs)"
expect_equal "nets by way of vm3" "10.0.20.2 10.0.20.2" \
	"$(for net in 80 90; do route_of 10.0.$net.0/24; done | xargs)"
at vm1 ping -c 1 -W 2 vm5 | grep -q '1 received'
test_result $? "ping by name"
at vm1 ping -4 -c 1 -W 2 vm5 | grep -q 'vm5 (10.0.50.2)'
test_result $? "names and addresses"
expect_equal "traceroute" "10.0.10.2 10.0.60.2 " "$(hops vm6)"
at vm1 traceroute -4 -q 1 vm6 | grep -q 'vm2 (10.0.10.2)'
test_result $? "traceroute names the hops"

"$SEKISHO" -j show link | json --arg t "$topo" '
	[.[] | select(.ifname == "vm5" and .netns == "vm1" and .class == "icmp_echo_request"
		and .direction == "egress") | .packets] | add >= 2' >/dev/null
test_result $? "links count under their own names"
"$SEKISHO" -j show netns | json '[.[].netns] | unique | length == 9' >/dev/null
test_result $? "all nodes are shown"

"$SEKISHO" topo cut --wait "$topo" vm1-vm2
test_result $? "cut"
expect_equal "the other way" "10.0.20.2 10.0.30.1 10.0.60.2 " "$(hops vm6)"
"$SEKISHO" topo heal --wait "$topo" vm2-vm1
test_result $? "heal, the ends in the other order"
busywait 15 sh -c "[ \"\$($SEKISHO topo exec $topo vm1 -- ip route show 10.0.60.0/24 |
	grep -c 'via 10.0.10.2')\" = 1 ]"
test_result $? "the first way again"

# Told nobody: the routers find out when nothing comes any more.
"$SEKISHO" topo cut --silent --wait --timeout 240 "$topo" vm1-vm2
waited=$?
at vm1 ip -br link show vm2 | grep -q ' UP '
test_result $? "a silent cut leaves the ends up"
[ "$waited" -eq 0 ] && at vm1 ip route get 10.0.60.2 | grep -q 'via 10.0.20.2'
test_result $? "a silent cut is routed around"

"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down, without a trace"
test_finish
