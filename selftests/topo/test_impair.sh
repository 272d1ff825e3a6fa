#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# Delay, loss, rate and MTU, from the file and while it is up; links that flap.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# lab LINK_ATTRIBUTES: two nodes
lab()
{
	cat <<-END
	name: $topo
	nodes: [a, b]
	links:
	  - {ends: [a, b], ipv4: 10.0.1.0/24$1}
	END
}

set_link()
{
	"$SEKISHO" topo set "$topo" a-b "$@"
}

# lost N: how many of N packets are lost, both ways counted together
lost()
{
	at a ping -4 -q -n -i 0.002 -W 1 -c "$1" 10.0.1.2 |
		awk '/transmitted/ { print $1 - $4 }'
}

# mean_ms: of some pings
mean_ms()
{
	at a ping -4 -q -n -i 0.01 -c 20 10.0.1.2 | awk -F / '/^rtt/ { print int($5 + 0.5) }'
}

# between LOW VALUE HIGH
between()
{
	[ "$2" -ge "$1" ] && [ "$2" -le "$3" ] && return
	diag "$2 is not between $1 and $3"
	return 1
}

# kbits: what arrives of UDP at 8 Mbit/s, which also an emulated machine can send
kbits()
{
	at b iperf3 -s -1 >/dev/null 2>&1 &
	server=$!
	busywait 5 at b sh -c 'ss -ltn | grep -q :5201' &&
		at a iperf3 -J -u -b 8M -t 2 -c 10.0.1.2 |
		json '.end.sum.bits_per_second * (100 - .end.sum.lost_percent) / 100000 | floor'
	kill_and_wait "$server"
}

qdiscs()
{
	at a tc qdisc show dev b
}

test_plan 15
defer take_down "$topo"
unshare -n tc qdisc add dev lo root netem delay 1ms 2>/dev/null
netem=$?

lab ", loss: 20%" >lab.yaml
"$SEKISHO" topo up --no-count lab.yaml >/dev/null && between 250 "$(lost 1000)" 470
test_result $? "loss from the file, one way and the other"
set_link --loss 100% && ! at a ping -4 -c 1 -W 1 10.0.1.2 >/dev/null
test_result $? "all lost"
set_link --loss 0% && expect_zero=$(lost 200) && [ "$expect_zero" -eq 0 ]
test_result $? "none lost"
[ -z "$(at a tc filter show dev b egress)" ] && ! qdiscs | grep -q -e netem -e clsact
test_result $? "nothing of it is left at the interface"

set_link --rate 2mbit && between 1500 "$(kbits)" 2700
test_result $? "a rate"
set_link --rate none && between 6000 "$(kbits)" 8100
test_result $? "no rate"
set_link --mtu 1400 && [ "$(at b cat /sys/class/net/a/mtu)" = 1400 ]
test_result $? "an MTU"

if [ "$netem" -eq 0 ]; then
	set_link --delay 20ms && between 40 "$(mean_ms)" $((45 + 20 * SEK_FACTOR))
	test_result $? "a delay"
	set_link --jitter 5ms && qdiscs | grep -q 'delay 20ms *5ms'
	test_result $? "jitter, with the delay that was"
	set_link --delay 0ms --jitter 0ms && ! qdiscs | grep -q netem
	test_result $? "no delay"
else
	for what in "a delay" "jitter, with the delay that was" "no delay"; do
		test_skip "$what" "no netem in this kernel"
	done
fi
"$SEKISHO" topo down "$topo"

# A file that this kernel cannot do: nothing is begun.
lab ", delay: 10ms" >lab.yaml
if [ "$netem" -eq 0 ]; then
	"$SEKISHO" topo up --no-count lab.yaml >/dev/null && between 20 "$(mean_ms)" 60
	"$SEKISHO" topo down "$topo"
else
	said=$("$SEKISHO" topo up --no-count lab.yaml 2>&1) || expr "$said" : ".*no netem" >/dev/null &&
		nothing_left
fi
test_result $? "a delay from the file, or a refusal before anything is made"

lab "" >lab.yaml
"$SEKISHO" topo up --no-count lab.yaml >/dev/null
set_link 2>/dev/null
expect_equal "nothing to set" 2 $?
set_link --loss 5 2>&1 | grep -q "'5' is not a share such as 1%"
test_result $? "a loss without its unit"

# A second up, a second down.
lab ", flap: {up: 1s, down: 1s}" >lab.yaml
"$SEKISHO" topo up --no-count lab.yaml >/dev/null
busywait 5 sh -c "$SEKISHO topo exec $topo a -- ip -br link show b | grep -q DOWN" &&
	busywait 5 sh -c "$SEKISHO topo exec $topo a -- ip -br link show b | grep -q UP" &&
	at a ip addr show b | grep -q inet6.fd00
test_result $? "a link that flaps, and keeps its addresses"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down, without a trace"
test_finish
