#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the doctor finds, and that it finds nothing where nothing is wrong.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b c
tunnel_world host world || exit 1
mkdir "$TMPDIR/world"

# host_file LINE...: the host's end, with what is told added to [Interface] and [Peer].
host_file()
{
	printf '%s\n' "[Interface]" "Address = 10.0.0.1/24" "PrivateKey = $(key a)" "$1" \
		"[Peer]" "PublicKey = $(pub b)" "Endpoint = 192.168.100.61:51821" "$2" \
		>"$TMPDIR/wg0.conf"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$TMPDIR/wg0.conf"
}

# A name of its own: control sockets of wireguard-go are in one folder.
world_file()
{
	printf '%s\n' "[Interface]" "Address = 10.0.0.2/24" "PrivateKey = $(key b)" \
		"ListenPort = 51821" "Table = off" "[Peer]" "PublicKey = $(pub "$1")" \
		"AllowedIPs = 0.0.0.0/0" >"$TMPDIR/world/wg1.conf"
}

tunnel()
{
	in_ns "$host" "$SEKISHO" tunnel "$@"
}

up()
{
	tunnel up "$TMPDIR/wg0.conf" >"$TMPDIR/out" 2>&1 || diag <"$TMPDIR/out"
}

doctor()
{
	tunnel -j doctor "$TMPDIR/wg0.conf" >"$TMPDIR/doctor" 2>&1
}

# The names of all findings.
found()
{
	doctor
	jq -r '[.[].finding] | unique | join(" ")' "$TMPDIR/doctor"
}

ping_peer()
{
	in_ns "$host" ping -c 1 -W 1 10.0.0.2 >"$TMPDIR/ping" 2>&1
}

test_plan 20
world_file a
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
test_result $? "the peer"

host_file "" "AllowedIPs = 0.0.0.0/0"
up
busywait 10 ping_peer
test_result $? "a full tunnel whose peer answers"
expect_equal "is well" "" "$(found)"
tunnel doctor wg0 | grep -q '^wg0: nothing wrong is seen: 1 peer, [1-9].*last handshake [0-9]* s ago$'
test_result $? "in one line, with numbers"

in_ns "$host" ip link set wg0 mtu 1460
expect_equal "MTU" "mtu" "$(found)"
finding mtu .seen "$TMPDIR/doctor" | grep -q 'is 1460; with 60 .* has 1520, .* takes 1500'
test_result $? "with its numbers"
in_ns "$host" ip link set wg0 mtu 1420

in_ns "$host" ip rule add table main suppress_prefixlength 0
expect_equal "a suppress rule too many" "duplicate_rule" "$(found)"
in_ns "$host" sh -c "$(finding duplicate_rule .change "$TMPDIR/doctor")"
expect_equal "is gone when its advice is taken" "" "$(found)"

in_ns "$host" ip rule add not fwmark 7777 table 7777
expect_equal "an orphan rule" "orphan_rule" "$(found)"
in_ns "$host" sh -c "$(finding orphan_rule .change "$TMPDIR/doctor")"
expect_equal "is gone, too" "" "$(found)"
tunnel down wg0

# Routed into itself.
host_file "Table = off" "AllowedIPs = 0.0.0.0/0"
up
in_ns "$host" ip route add 192.168.100.0/24 dev wg0
expect_equal "a loop" "looped" "$(found)"
expect_equal "with its route" "192.168.100.0/24 dev wg0" "$(finding looped .route "$TMPDIR/doctor")"
in_ns "$host" sh -c "$(finding looped .change "$TMPDIR/doctor" | sed "s/^[^']*'//; s/'.*//")"
in_ns "$host" ip route add unreachable 192.168.100.0/24
expect_equal "no way to the endpoint" "unreachable" "$(found)"
in_ns "$host" ip route del unreachable 192.168.100.0/24
tunnel down wg0

# sekisho does not build the loop itself.
host_file "" "AllowedIPs = 10.0.0.0/24, 192.168.0.0/16"
up
busywait 10 ping_peer
expect_equal "an endpoint within AllowedIPs" "" "$(found)"
tunnel down wg0

# What the peer forwards comes in here, and would be answered by the default route.
host_file "Table = off" "AllowedIPs = 0.0.0.0/0"
up
busywait 10 ping_peer
in_ns "$host" sysctl -q -w net.ipv4.conf.wg0.rp_filter=1
expect_equal "a strict rp_filter that has dropped nothing" "" "$(found)"
in_ns "$world" ping -c 2 -i 0.2 -W 1 -I 203.0.113.8 10.0.0.1 >"$TMPDIR/ping"
expect_equal "and one that has" "rp_filter" "$(found)"
finding rp_filter .seen "$TMPDIR/doctor" | grep -q 'rp_filter of wg0 is strict.*; 2 packets'
test_result $? "with its number" || diag <"$TMPDIR/doctor"
tunnel down wg0

host_file "Table = off" "AllowedIPs = 10.0.0.0/24" "[Peer]" "PublicKey = $(pub c)" \
	"AllowedIPs = 10.0.0.0/24"
up
expect_equal "overlapping AllowedIPs" "overlap" "$(found)"
tunnel down wg0

# The other one has forgotten us: initiations without responses.
in_ns "$world" "$SEKISHO" tunnel down wg1
world_file c
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/world/wg1.conf"
host_file "Table = off" "AllowedIPs = 10.0.0.0/24"
up
ping_peer
expect_equal "a key that the peer does not know" "silent swallowed" "$(found)"
in_ns "$host" ip link set wg0 down
expect_equal "an interface that is down" "down silent" "$(found)"
tunnel down wg0
in_ns "$world" "$SEKISHO" tunnel down wg1
test_finish
