#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two peers of one device: who sent and received what, as wg counts it and as tshark sees
# it on the wire; one of them moves to another address and port.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$folder/wireguard.sh"

# shellcheck disable=SC2154 # hub is set by net_ns
#
# tells FIELD PEER DIRECTION [CLASS]: of its messages, as the hub counts them
tells()
{
	"$SEKISHO" -j show peer -n "$hub" | jq --arg field "$1" --arg key "$(cat "$TMPDIR/$2.pub")" \
		--arg direction "$3" --arg class "${4:-}" '
		[.[] | select(.ifname == "hub0" and .public_key == $key and
			.direction == $direction and ($class == "" or .class == $class))
		| .[$field]] | add // 0'
}

# wg_says PEER FIELD: 2 received, 3 sent
wg_says()
{
	in_ns "$hub" wg show hub0 transfer | awk -v key="$(cat "$TMPDIR/$1.pub")" \
		-v field="$2" '$1 == key { print $field }'
}

# The messages of the capture, a line each: TYPE LENGTH FROM TO.
read_wire()
{
	tshark -n -r "$TMPDIR/hub.pcap" -d udp.port==51820,wg -Y "wg || udp.dstport == 9" -T fields \
		-e wg.type -e udp.length -e ip.src -e ipv6.src -e ip.dst -e ipv6.dst \
		-E separator=, 2>"$TMPDIR/out" | awk -F , -v OFS=, \
		'{ print $1 == "" ? "mark" : $1, $2, $3 $4, $5 $6 }' >"$TMPDIR/wire"
}

# on_wire DIRECTION CLASS ADDRESS...
on_wire()
{
	direction=$1 class=$2
	shift 2
	awk -F , -v direction="$direction" -v class="$class" -v addresses=" $* " '
		BEGIN {
			name[1] = "initiation"
			name[2] = "response"
			name[4] = "data"
		}
		{
			found = $1 == 4 && $2 == 40 ? "keepalive" : name[$1]
			other = direction == "egress" ? $4 : $3
		}
		found == class && index(addresses, " " other " ") { n++ }
		END { print n + 0 }' "$TMPDIR/wire"
}

# same_as_wire PEER ADDRESS...: each class in both directions
same_as_wire()
{
	peer=$1
	shift
	for class in initiation response data keepalive; do
		for direction in egress ingress; do
			ours=$(tells packets "$peer" "$direction" "wireguard_$class")
			wire=$(on_wire "$direction" "$class" "$@")
			# Counted if it was answered; WireGuard does not answer all.
			[ "$direction $class" != "ingress initiation" ] ||
				wire=$(on_wire egress response "$@")
			[ "$ours" = "$wire" ] && continue
			echo "$peer $direction $class: $ours, on the wire $wire"
			return 1
		done
	done
}

# flood NS ADDRESS N [SIZE]: after a first one, for what waits for a handshake leaves
# wireguard-go as one GSO skb, which tshark takes for one message.
flood()
{
	net_run "$1" ping -q -c 1 -W 5 "$2" && net_run "$1" ping -q -f -c "$3" -s "${4:-56}" "$2"
}

# same_as_wg PEER: both directions, but wireguard-go counts what it received without padding.
same_as_wg()
{
	pairs=egress:3
	[ -n "$go" ] || pairs="$pairs ingress:2"
	for pair in $pairs; do
		ours=$(tells bytes "$1" "${pair%:*}")
		theirs=$(wg_says "$1" "${pair#*:}")
		[ "$ours" = "$theirs" ] && continue
		echo "$1 ${pair%:*}: $ours, wg says $theirs"
		return 1
	done
}

# Packets are written in their order: when a later one is there, all are.
captured()
{
	marks=$(grep -sc ^mark "$TMPDIR/wire")
	in_ns "$hub" "$net/udp" send -n 1 -s 10 10.2.0.2 9 >"$TMPDIR/out" 2>&1
	read_wire
	[ "$(grep -c ^mark "$TMPDIR/wire")" -gt "${marks:-0}" ]
}

# agree PEER ADDRESS...: a keepalive may have come since the wire was looked at.
agree()
{
	same_as_wire "$@" && return
	captured
	return 1
}

test_plan 14
net_ns hub one two
net_link hub one 1
net_link hub two 2
wg_device hub hub0 51820 1
wg_device one one0 51820 2
wg_device two two0 51820 3
ip -n "$one" addr add 10.1.0.3/24 dev hub
# Before the programs: a peer whose remote end the device knows already.
wg_peer hub hub0 one0 10.1.0.2:51820 10.9.0.2/32,fd00:9::2/128
wg_peer one one0 hub0 10.1.0.1:51820 10.9.0.0/24,fd00:9::/64
net_load
# A short snapshot length: the ring has room for as many packets as that leaves.
nsenter --net="/run/netns/$hub" tcpdump -i any -n -U --immediate-mode -s 200 -B 8192 \
	-w "$TMPDIR/hub.pcap" udp >"$TMPDIR/tcpdump" 2>&1 &
defer kill_and_wait $!
busywait 10 grep -q "listening on" "$TMPDIR/tcpdump"
test_result $? "capture"

# And one that comes from where nobody has told it.
in_ns "$hub" wg set hub0 peer "$(cat "$TMPDIR/two0.pub")" allowed-ips 10.9.0.3/32,fd00:9::3/128
wg_peer two two0 hub0 '[fd00:2::1]:51820' 10.9.0.0/24,fd00:9::/64
flood hub 10.9.0.2 100 700 && flood one fd00:9::1 50 77 && flood two 10.9.0.1 70 300
test_result $? "traffic"
busywait 5 captured
test_result $? "captured"
said=$(busywait 20 agree one0 10.1.0.2)
test_result $? "a peer that is known, as on the wire" || diag "$said"
said=$(busywait 20 agree two0 fd00:2::2)
test_result $? "one that came by itself, as on the wire" || diag "$said"

# It moves, and comes with its session from another address and port; then anew.
net_run one ip addr del 10.1.0.2/24 dev hub
net_run one ip addr replace 10.1.0.3/24 dev hub
net_run one wg set one0 listen-port 51999
flood one 10.9.0.1 30 && flood hub 10.9.0.2 30
test_result $? "traffic of the one that moved"
"$SEKISHO" -j show peer >"$TMPDIR/out"
net_run one wg set one0 private-key "$TMPDIR/one0.key" peer "$(cat "$TMPDIR/hub0.pub")" remove
wg_peer one one0 hub0 10.1.0.1:51820 10.9.0.0/24,fd00:9::/64
flood one 10.9.0.1 30
test_result $? "and of its new session"
busywait 5 captured
said=$(busywait 20 agree one0 10.1.0.2 10.1.0.3)
test_result $? "all of it is its own, as on the wire" || diag "$said"
said=$(busywait 5 same_as_wg one0 && busywait 5 same_as_wg two0)
test_result $? "as wg counts" || diag "$said"
expect_equal "nobody is unknown" 0 "$("$SEKISHO" -j show peer -n "$hub,overflow" |
	jq '[.[] | select(.public_key == null) | .packets] | add // 0')"

# All who tell tell the same, unless a keepalive comes in between.
exported()
{
	"$SEKISHO" -j show peer | jq -c '[.[] | select(.public_key) |
		[.ifname, .public_key, .direction, .class, .packets, .bytes]] | sort[]' >"$TMPDIR/show"
	"$SEKISHO" export -f json --scope peer | jq -c '[.[] | select(.public_key != "") |
		[.ifname, .public_key, .direction, .class, .packets, .bytes]] | sort[]' >"$TMPDIR/export"
	[ "$(wc -l <"$TMPDIR/show")" -ge 8 ] && diff "$TMPDIR/show" "$TMPDIR/export"
}

shown()
{
	"$SEKISHO" -j show peer | jq 'map(select(.public_key).bytes) | add'
}

as_prometheus()
{
	"$SEKISHO" export --scope peer >"$TMPDIR/prom"
	[ "$(shown)" = "$(awk '/^sekisho_peer_bytes_total\{.*public_key="[^"]/ { n += $NF }
		END { print n }' "$TMPDIR/prom")" ]
}

in_top()
{
	[ "$(shown)" = "$("$SEKISHO" -j top --once -i 200 --by peer |
		jq 'map(select(.name | test("@")) | .rx_bytes + .tx_bytes) | add')" ]
}

said=$(busywait 20 exported)
test_result $? "exported as shown" || diag "$said"
busywait 20 as_prometheus
test_result $? "as Prometheus has it" || grep sekisho_peer "$TMPDIR/prom" | diag
busywait 20 in_top
test_result $? "and in top"
test_finish
