#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# WireGuard's peers that come, move and go: a slot is given back when it is nobody's any more, what
# it counted stays, and the sum over peers, removed and overflow is what tc saw.
# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/../net/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$top/selftests/net/wireguard.sh"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

# shellcheck disable=SC2154 # hub and others are set by net_ns
settle()
{
	"$SEKISHO" serve --once --hook tc --netns "$hub" >"$TMPDIR/settle" 2>&1
}

# of FILTER FIELD: a sum over rows of peers.
of()
{
	"$SEKISHO" -j show peer | jq "[.[] | select($1) | .$2] | add // 0"
}

# of_key DEV PEER FIELD
of_key()
{
	of ".ifname == \"$1\" and .public_key == \"$(cat "$TMPDIR/$2.pub")\"" "$3"
}

# What tc saw of each kind, of the sockets of the hub's devices: each message with its headers.
on_wire()
{
	"$SEKISHO" -j show link | jq -c '[.[] | select(.hook == "tc" and .certainty == "known" and
		(.class | startswith("wireguard")))] | group_by([.direction, .class]) |
		map([.[0].direction, .[0].class, (map(.packets) | add), (map(.bytes) | add)])'
}

# What peers, removed and overflow have together.
of_all()
{
	"$SEKISHO" -j show peer | jq -c '
		group_by([.direction, .class]) |
		map([.[0].direction, .[0].class, (map(.packets) | add), (map(.wire_bytes) | add)])'
}

# Nothing is under way: what is counted is the same twice.
agree()
{
	expected=$(on_wire)
	found=$(of_all)
	[ "$expected" = "$found" ] && [ "$expected" != "[]" ] && return
	echo "$expected on the wire, $found of peers"
	return 1
}

slots()
{
	"$SEKISHO" export --scope peer | awk '/^sekisho_slots_used\{scope="peer"\}/ { print $2 }'
}

# ping NS ADDRESS N: after a first one, which waits for the handshake.
talk()
{
	in_ns "$1" ping -q -c 1 -W 15 "$2" >/dev/null && in_ns "$1" ping -q -f -c "$3" "$2" >/dev/null
}

remove()
{
	in_ns "$1" wg set "$2" peer "$(cat "$TMPDIR/$3.pub")" remove
}

test_plan 30
net_ns hub one two
net_link hub one 1
net_link hub two 2
wg_device hub hub0 51820 1
wg_device one one0 51820 2
wg_device two two0 51820 3
wg_peer hub hub0 one0 10.1.0.2:51820 10.9.0.2/32
wg_peer one one0 hub0 10.1.0.1:51820 10.9.0.0/24
wg_peer hub hub0 two0 10.2.0.2:51820 10.9.0.3/32
wg_peer two two0 hub0 10.2.0.1:51820 10.9.0.0/24
"$SEKISHO" load --netns "$hub" --hook tc >"$TMPDIR/out"
test_result $? "load" || diag <"$TMPDIR/out"
talk "$one" 10.9.0.1 20 && talk "$two" 10.9.0.1 30
test_result $? "traffic"
said=$(busywait 30 agree)
test_result $? "all is counted" || diag "$said"
settle
test_result $? "settle" || diag <"$TMPDIR/settle"
expect_equal "who is there keeps its slot" 2 "$(slots)"

# One is removed. What it sends now is not known to the device.
one_was=$(of_key hub0 one0 packets)
remove "$two" two0 hub0
remove "$hub" hub0 two0
was=$(of_key hub0 two0 packets)
was_bytes=$(of_key hub0 two0 bytes)
expect_equal "until somebody settles, its rows stay" "$was" "$(of_key hub0 two0 packets)"
settle
test_result $? "settle a peer that was removed" || diag <"$TMPDIR/settle"
expect_equal "its rows are gone" 0 "$(of_key hub0 two0 packets)"
expect_equal "the device's row has what they had" "$was $was_bytes" \
	"$(of '.removed and .ifname == "hub0"' packets) $(of '.removed and .ifname == "hub0"' bytes)"
expect_equal "its slot is free" 1 "$(slots)"
[ "$(of_key hub0 one0 packets)" -ge "$one_was" ]
test_result $? "others have what they had"
said=$(busywait 30 agree)
test_result $? "the sum is the same" || diag "$said"
expect_equal "Prometheus has it so" "$was" "$("$SEKISHO" export --scope peer |
	awk '/^sekisho_peer_packets_total\{.*ifname="hub0",public_key="removed"/ { n += $NF } END { print n + 0 }')"
expect_equal "and top" "$was_bytes" "$("$SEKISHO" -j top --once -i 200 --by peer |
	jq '[.[] | select(.name | test("^removed.*hub0")) | .rx_bytes + .tx_bytes] | add // 0')"

# It comes back, with the same key: it begins anew, what it had stays removed.
wg_peer hub hub0 two0 10.2.0.2:51820 10.9.0.3/32
wg_peer two two0 hub0 10.2.0.1:51820 10.9.0.0/24
talk "$two" 10.9.0.1 10 && settle
test_result $? "it comes back"
now=$(of_key hub0 two0 packets)
[ "$now" -ge 20 ] && [ "$now" -lt "$was" ]
test_result $? "and begins anew" || diag "$now, $was before"
expect_equal "what it had stays" "$was" "$(of '.removed and .ifname == "hub0"' packets)"

# One moves, and makes a new session there: another slot, and still the same peer.
one_was=$(of_key hub0 one0 packets)
ip -n "$one" addr add 10.1.0.3/24 dev hub && ip -n "$one" addr del 10.1.0.2/24 dev hub &&
	ip -n "$one" addr replace 10.1.0.3/24 dev hub
remove "$one" one0 hub0
wg_peer one one0 hub0 10.1.0.1:51820 10.9.0.0/24
talk "$one" 10.9.0.1 10
test_result $? "one moves"
both=$(of_key hub0 one0 packets)
[ "$both" -gt "$((one_was + 20))" ]
test_result $? "its rows go on" || diag "$one_was, $both"
settle && [ "$(of_key hub0 one0 packets)" -ge "$both" ]
test_result $? "also when its old slot was taken back"
expect_equal "there are two again" 2 "$(slots)"
talk "$one" 10.9.0.1 10
[ "$(of_key hub0 one0 packets)" -ge $((both + 20)) ]
test_result $? "the new one counts"
said=$(busywait 30 agree)
test_result $? "the sum is the same, after it moved" || diag "$said"

# serve follows: the device goes, and then its namespace.
start_serve --hook tc --netns "$hub"
defer kill_and_wait "$serve_pid"
busywait 30 grep -q following "$TMPDIR/serve"
test_result $? "serve follows" || diag <"$TMPDIR/serve"
ip -n "$hub" link del hub0
# As soon as it has gone, it sends nothing.
all_are_removed()
{
	all=$(of ".netns == \"$hub\"" packets)
	equals "$all" of ".removed and .netns == \"$hub\" and .ifname == \"removed\"" packets
}
busywait 30 all_are_removed >"$TMPDIR/out"
test_result $? "a device goes: the namespace has it" || diag <"$TMPDIR/out"
busywait 30 equals 0 slots >"$TMPDIR/out"
test_result $? "no slot is used" || diag <"$TMPDIR/out"
said=$(busywait 30 agree)
test_result $? "the sum is the same, without the device" || diag "$said"
kinds=$(of_all)
all=$(of true packets)
ip netns del "$hub"
busywait 60 equals "$all" of '.removed and .netns == "removed"' packets >"$TMPDIR/out"
test_result $? "a namespace goes: all that are gone have it" || diag <"$TMPDIR/out"
expect_equal "to the byte" "$kinds" "$(of_all)"
kill -0 "$serve_pid"
test_result $? "serve is alive" || diag <"$TMPDIR/serve"
test_finish
