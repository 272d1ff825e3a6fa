#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 180
#
# What netfilter's LOCAL_IN counts is what IP delivers, to the skb: also what goes to many,
# what GRO or connection tracking put together, and while another build's programs replace
# those that run. What is forwarded is not among it, nor what the input hook drops.

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"

next=$SEK_BUILD/next/sekisho
bytes=$((2000000 / SEK_FACTOR))

# load_all [COMMAND...] SEKISHO; $held is one more namespace
held=
load_all()
{
	# shellcheck disable=SC2086 # a list
	"$@" load --netns="$(printf ",sek-test-$SEK_ID-%s" $spaces | cut -c 2-)" \
		${held:+"--netns=$held"} --hook=tc,netfilter >"$TMPDIR/load" 2>&1
}

# states: of the hook in all namespaces, as status tells them.
states()
{
	"$SEKISHO" -j status | jq -c '[.[] | select(.hook == "netfilter") | .state]'
}

# Of each kind of packet: through the router, to the router, within the sink.
exchange()
{
	for to in 10.2.0.2 10.1.0.2 fd00:2::2 fd00:1::2; do
		net_run sender ping -q -f -c 200 "$to"
		net_run sender "$net/tcp" send -b "$bytes" "$to" 5000
		net_run sender "$net/udp" send -n 50 -s 500 "$to" 5000
		net_run sender "$net/udp" send -n 20 -s 30000 -g 1000 "$to" 5000
		net_run sender "$net/udp" send -n 30 -s 8000 "$to" 5000
		net_run sender "$net/udp" send -n 10 -s 100 "$to" 9
	done
	for to in "-b 10.1.0.255" "-I router 224.0.0.1" ff02::1%router; do
		# shellcheck disable=SC2086 # words
		net_run sender ping -q -f -c 50 $to
	done
	net_run sender "$net/tcp" send -b "$bytes" fd00:3::2 5000
	net_run sink ping -q -f -c 100 127.0.0.1
	net_run sink ping -q -f -c 100 ::1
}

# Until the file that says so has gone.
send()
{
	while [ -e "$TMPDIR/go" ]; do
		net_run sender ping -q -f -c 200 "$1"
		net_run sender "$net/udp" send -n 200 -s 100 "$1" 5000
	done
}

# Die at STEPS moments spread over a load; each time the next command must cope.
die_in_load()
{
	for step in $(seq "$1"); do
		ms=$((load_ms * step / $1))
		load_all timeout -s KILL "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$SEKISHO"
		if [ $((step % 2)) -eq 0 ]; then
			load_all "$SEKISHO" || return
			[ "$(states)" = '["attached","attached","attached"]' ] || return
		fi
		"$SEKISHO" unload >/dev/null && [ ! -e /sys/fs/bpf/sekisho ] || return
	done
}

# A namespace that ends during the test, next to the router.
add_extra()
{
	ip netns add "$(net_name extra)" && defer delete_extra && net_pair router extra
	spaces="sender router sink extra"
}

delete_extra()
{
	spaces="sender router sink"
	[ ! -e "/run/netns/$(net_name extra)" ] || ip netns del "$(net_name extra)"
}

# The end of a veth goes with the namespace of the other one.
is_gone()
{
	! ip -n "$(net_name router)" link show extra >/dev/null 2>&1
}

if ! has_feature netfilter; then
	test_plan 2
	net_ns sender
	load_all "$SEKISHO"
	grep -c 'netfilter.* is left out' "$TMPDIR/load" | grep -qx 1
	test_result $? "load says that the kernel has no netfilter programs"
	test_skip local_in "no netfilter programs"
	test_finish
fi

plan_rows 16
net_ns sender router sink
net_link sender router 1
net_link router sink 2
net_gateway sender 1 2
net_gateway sink 2 1
net_forward router
ip -n "$sender" link add vx mtu 1450 type vxlan id 1 dstport 4789 local 10.1.0.1 remote 10.1.0.2
ip -n "$router" link add vx mtu 1450 type vxlan id 1 dstport 4789 local 10.1.0.2 remote 10.1.0.1
net_address sender vx 3 1
net_address router vx 3 2
net_sink router tcp fd00:3::2 5000
for sink_at in "router 10.1.0.2" "router fd00:1::2" "sink 10.2.0.2" "sink fd00:2::2"; do
	# shellcheck disable=SC2086 # two words
	set -- $sink_at
	net_sink "$1" tcp "$2" 5000
	net_sink "$1" udp "$2" 5000
done
# So that a segment is a frame, and GRO has something to do.
in_ns "$(net_name router)" ethtool -K sink tso off &&
	in_ns "$(net_name sink)" ethtool -K router gro on || exit 1
in_ns "$(net_name router)" sysctl -q -w net.ipv4.icmp_echo_ignore_broadcasts=0
busywait 5 are_links_up || exit 1
start=$(date +%s%N)
load_all "$SEKISHO"
test_result $? "load" || diag <"$TMPDIR/load"
load_ms=$((($(date +%s%N) - start) / 1000000 + 1))
expect_equal "status" '["attached","attached","attached"]' "$(states)"
load_all "$SEKISHO" && grep -q '^Already loaded' "$TMPDIR/load"
test_result $? "a second load changes nothing" || diag <"$TMPDIR/load"

# IPv4 is put together again before it is delivered, IPv6 afterwards.
net_snapshot
exchange
net_compare <<-'END'
	sink, IPv4: link.skbs netns=sink hook=netfilter family=ipv4 == snmp.IpInDelivers netns=sink
	sink, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=sink + snmp.Ip6ReasmReqds netns=sink - snmp.Ip6ReasmOKs netns=sink
	router, IPv4: link.skbs netns=router hook=netfilter family=ipv4 == snmp.IpInDelivers netns=router
	router, IPv6: link.skbs netns=router hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=router + snmp.Ip6ReasmReqds netns=router - snmp.Ip6ReasmOKs netns=router
	sender, IPv4: link.skbs netns=sender hook=netfilter family=ipv4 == snmp.IpInDelivers netns=sender
	sender, IPv6: link.skbs netns=sender hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=sender
	all of it is local: link.skbs hook=netfilter == link.skbs hook=netfilter route=local_in direction=ingress
	either local or forwarded, IPv4: link.skbs netns=router hook=tc direction=ingress family=ipv4 == link.skbs netns=router hook=netfilter family=ipv4 + link.skbs netns=router route=forwarded family=ipv4 + snmp.IpReasmReqds netns=router - snmp.IpReasmOKs netns=router
	either local or forwarded, IPv6: link.skbs netns=router hook=tc direction=ingress family=ipv6 == link.skbs netns=router hook=netfilter family=ipv6 + link.skbs netns=router route=forwarded family=ipv6
	reassembled, IPv4: link.skbs netns=sink hook=netfilter family=ipv4 class=udp == 50 + 20 + 30 + 10
	reassembled, IPv4 bytes: link.bytes netns=sink hook=netfilter family=ipv4 class=udp == 50 * 528 + 20 * 30 * 1028 + 30 * 8028 + 10 * 128
	no fragments, IPv4: link.skbs hook=netfilter family=ipv4 class=fragment == 0
	fragments, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 class=fragment == snmp.Ip6ReasmReqds netns=sink - snmp.Ip6ReasmOKs netns=sink
	by device: link.skbs netns=sink ifname=lo hook=netfilter == 4 * 100
	TCP: link.skbs netns=sink hook=netfilter class=tcp == snmp.TcpInSegs netns=sink
	TCP, wire packets: link.packets netns=sink hook=netfilter class=tcp == link.packets netns=sink hook=tc direction=ingress class=tcp
	TCP, wire bytes: link.bytes netns=sink hook=netfilter class=tcp == link.bytes netns=sink hook=tc direction=ingress class=tcp - 14 link.packets netns=sink hook=tc direction=ingress class=tcp
	UDP segments: link.packets netns=sink hook=netfilter family=ipv4 class=udp == 50 + 20 * 30 + 30 + 10
	tunnel, inside: link.packets netns=router ifname=vx hook=netfilter == link.packets netns=router ifname=vx hook=tc direction=ingress class!=arp
	tunnel, outside: link.packets netns=router ifname=sender hook=netfilter family=ipv4 class=udp - 50 - 20 * 30 - 30 - 10 == link.packets netns=router ifname=vx hook=tc direction=ingress
	tunnel, bytes: link.bytes netns=router ifname=sender hook=netfilter family=ipv4 class=udp - 50 * 528 - 20 * 30 * 1028 - 30 * 8028 - 10 * 128 == link.bytes netns=router ifname=vx hook=tc direction=ingress + 36 link.packets netns=router ifname=vx hook=tc direction=ingress
	ICMP types: icmp.packets netns=sink hook=netfilter family=ipv4 type=8 == snmp.IcmpMsgInType8 netns=sink
	ICMP types, IPv6: icmp.packets netns=sink hook=netfilter family=ipv6 type=128 == snmp.Icmp6InType128 netns=sink
	to many, IPv4: link.skbs netns=router ifname=sender hook=netfilter family=ipv4 class=icmp_echo_request == 200 + 50 + 50
	to many, IPv6: link.skbs netns=router ifname=sender hook=netfilter family=ipv6 class=icmp_echo_request == 200 + 50
	a link for each: link.packets ifname=overflow == 0
END
# shellcheck disable=SC2046 # one word
[ $(net_sum "link.packets netns=sink hook=netfilter class=tcp - link.skbs netns=sink hook=netfilter class=tcp") -gt 100 ]
test_result $? "GRO has joined segments"

# What nft's input hook drops, and what connection tracking joins, is so before.
net_nft sink <<-'END'
	table inet filter {
		chain input {
			type filter hook input priority 0;
			ct state invalid accept
			udp dport 6000 counter drop comment "dropped"
		}
	}
END
net_snapshot
for to in 10.2.0.2 fd00:2::2; do
	net_run sender "$net/udp" send -n 40 -s 500 "$to" 6000
	net_run sender "$net/udp" send -n 30 -s 8000 "$to" 5000
done
net_compare <<-'END'
	dropped by nft: nft.packets netns=sink name=dropped == 2 * 40
	the rest is delivered, IPv4: link.skbs netns=sink hook=netfilter family=ipv4 == snmp.IpInDelivers netns=sink
	the rest is delivered, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=sink
	joined, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 class=udp == 30
	joined, IPv6 bytes: link.bytes netns=sink hook=netfilter family=ipv6 class=udp == 30 * 8048
	no fragments, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 class=fragment == 0
END
in_ns "$(net_name sink)" nft delete table inet filter
uses_nft=

# Upgrades and downgrades: the link stays, the program behind it is another one.
net_snapshot
touch "$TMPDIR/go"
for to in 10.2.0.2 10.1.0.2 fd00:2::2 fd00:1::2; do
	send "$to" &
done
failed=0
# Emulated, a load under traffic takes half a minute.
rounds="1 2"
[ "$SEK_ENV" = native ] || rounds=1
for _ in $rounds; do
	for command in "$next" "$SEKISHO"; do
		before=$("$SEKISHO" -j status | jq '[.[] | select(.hook == "netfilter").program_id]')
		if ! load_all "$command" || ! grep -q 'replaced [1-9]' "$TMPDIR/load"; then
			diag <"$TMPDIR/load"
			failed=1
		fi
		[ "$("$SEKISHO" -j status |
			jq '[.[] | select(.hook == "netfilter").program_id]')" != "$before" ] || failed=1
	done
done
test_result $failed "upgrades and downgrades under traffic"
rm "$TMPDIR/go"
wait
net_compare <<-'END'
	upgraded, sink, IPv4: link.skbs netns=sink hook=netfilter family=ipv4 == snmp.IpInDelivers netns=sink
	upgraded, sink, IPv6: link.skbs netns=sink hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=sink
	upgraded, router, IPv4: link.skbs netns=router hook=netfilter family=ipv4 == snmp.IpInDelivers netns=router
	upgraded, router, IPv6: link.skbs netns=router hook=netfilter family=ipv6 == snmp.Ip6InDelivers netns=router
END

# A namespace that is deleted lives on, because the kernel's link holds it.
add_extra
load_all "$SEKISHO"
test_result $? "another namespace"
: >"$TMPDIR/held"
mount --bind "/run/netns/$(net_name extra)" "$TMPDIR/held"
delete_extra
held=$TMPDIR/held
load_all "$SEKISHO" && ! grep -q 'detached' "$TMPDIR/load"
test_result $? "one that is named by its path is kept" || diag <"$TMPDIR/load"
held=
umount "$TMPDIR/held"
expect_equal "status says when it has been deleted" '["attached","attached","attached","gone"]' \
	"$(states)"
! is_gone
test_result $? "it lives on"
load_all "$SEKISHO" && grep -q 'detached netfilter in 1 deleted' "$TMPDIR/load"
test_result $? "the next load lets go of it, and says so" || diag <"$TMPDIR/load"
busywait 10 is_gone
test_result $? "it has gone"
expect_equal "the others are still attached" '["attached","attached","attached","gone"]' "$(states)"

"$SEKISHO" unload | tee "$TMPDIR/unload" | grep -q '^Detached from'
test_result $? "unload" || diag <"$TMPDIR/unload"
[ ! -e /sys/fs/bpf/sekisho ]
test_result $? "leaves no pin"
steps=6
[ "$SEK_ENV" = native ] || steps=2
die_in_load $steps
test_result $? "kill -9 at $steps moments of load" || diag <"$TMPDIR/load"
add_extra
load_all "$SEKISHO"
"$SEKISHO" unload >/dev/null
delete_extra
busywait 10 is_gone
test_result $? "and nothing that holds a namespace"
test_finish
