#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What WireGuard's own netns.sh checks, in tunnels that sekisho brings up: roaming, crypto
# routing, MTU, loops, keys, errors, deletion. Sticky sources are in test_sticky.sh, many addresses
# and peers in test_many.sh.
# timeout: 150

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b c
setup_ns left right || exit 1
for ns in "$left" "$right"; do
	in_ns "$ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.promote_secondaries=1
done
ip -n "$left" -batch - <<-END || exit 1
	link add eth0 type veth peer name eth0 netns $right
	address add 10.1.0.1/24 dev eth0
	address add fd00:1::1/64 dev eth0 nodad
	address add 10.1.0.3/24 dev eth0
	address add fd00:1::3/64 dev eth0 nodad
	link set eth0 up
END
ip -n "$right" -batch - <<-END || exit 1
	address add 10.1.0.2/24 dev eth0
	address add fd00:1::2/64 dev eth0 nodad
	link set eth0 up
END

# conf NAME KEY PEER ADDRESSES PORT ENDPOINT ALLOWED [LINE...]
conf()
{
	conf_name=$1
	printf '%s\n' "[Interface]" "PrivateKey = $(key "$2")" "Address = $4" "ListenPort = $5" \
		"# sekisho: Routing = onlink" "[Peer]" "PublicKey = $(pub "$3")" \
		"${6:+Endpoint = $6}" "AllowedIPs = $7" >"$TMPDIR/$conf_name.conf"
	shift 7
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$TMPDIR/$conf_name.conf"
}

# tunnel NS COMMAND...
tunnel()
{
	tunnel_ns=$1
	shift
	in_ns "$tunnel_ns" "$SEKISHO" tunnel "$@" >"$TMPDIR/out" 2>&1
}

# Both ends; the names differ, since wireguard-go's sockets are in one folder.
both_up()
{
	tunnel "$left" up "$TMPDIR/wgl.conf" && tunnel "$right" up "$TMPDIR/wgr.conf"
}

both_down()
{
	tunnel "$left" down wgl
	tunnel "$right" down wgr
	busywait 5 test ! -e /var/run/wireguard/wgl.sock -a ! -e /var/run/wireguard/wgr.sock
}

# pings NS [OPTION...] ADDRESS
pings()
{
	pings_ns=$1
	shift
	in_ns "$pings_ns" ping -c 3 -i 0.2 -W 2 "$@" >"$TMPDIR/ping" 2>&1
}

# silent NS [OPTION...] ADDRESS: nobody answers.
silent()
{
	silent_ns=$1
	shift
	! in_ns "$silent_ns" ping -c 1 -W 2 "$@" >"$TMPDIR/ping" 2>&1
}

# One answer is enough to know that it works; the first one waits for a handshake.
works()
{
	busywait 10 in_ns "$1" ping -c 1 -W 1 "$2" >"$TMPDIR/ping"
}

# endpoint NS DEV: where show says that its first peer is.
endpoint()
{
	in_ns "$1" "$SEKISHO" -j tunnel show "$2" | jq -r '.[0].endpoint'
}

stat_of()
{
	ip -n "$1" -j -s link show dev "$2" | jq -r ".[0].stats64.$3"
}

test_plan 23
conf wgl a b 10.9.0.1/24,fd00:9::1/64 51820 10.1.0.2:51821 10.9.0.2/32,fd00:9::2/128
conf wgr b a 10.9.0.2/24,fd00:9::2/64 51821 10.1.0.1:51820 10.9.0.1/32,fd00:9::1/128
both_up
test_result $? "both ends up" || diag <"$TMPDIR/out"
works "$left" 10.9.0.2 && pings "$right" 10.9.0.1
test_result $? "IPv4 inside IPv4"
pings "$left" fd00:9::2 && pings "$right" fd00:9::1
test_result $? "IPv6 inside IPv4"
in_ns "$left" ping -q -c 1 -W 2 -s 30000 10.9.0.2 >"$TMPDIR/ping"
test_result $? "fragments inside"
expect_equal "MTU, from the way to the endpoint" 1420 \
	"$(ip -n "$left" -j link show wgl | jq '.[0].mtu')"
in_ns "$right" "$SEKISHO" -j tunnel show wgr >"$TMPDIR/show"
json '.[0] | select(.rx_bytes > 30000 and .tx_bytes > 30000 and .handshake_age < 100)' "$TMPDIR/show" >"$TMPDIR/out"
test_result $? "transfer and handshake"

# Crypto routing: who sends from what is not allowed is not heard. Not by the interface's counters,
# which have keepalives, too.
in_ns "$right" nft 'add table ip heard
	add chain ip heard in { type filter hook prerouting priority 0; }
	add rule ip heard in iifname wgr ip saddr 10.9.0.77 counter'
ip -n "$left" address add 10.9.0.77/24 dev wgl
silent "$left" -I 10.9.0.77 10.9.0.2
test_result $? "a source that is not in AllowedIPs"
expect_equal "is dropped" 0 "$(in_ns "$right" nft -j list table ip heard | jq '.. | .counter? // empty | .packets')"
ip -n "$left" address del 10.9.0.77/24 dev wgl
ip -n "$left" route add 10.8.0.0/24 dev wgl
in_ns "$left" ping -c 1 -W 1 10.8.0.1 >"$TMPDIR/ping" 2>&1
grep -qE 'Required key not available|Destination Host Unreachable|100% packet loss' "$TMPDIR/ping"
test_result $? "an address that is no peer's"
ip -n "$left" route del 10.8.0.0/24 dev wgl

# Roaming: the other end is where its last packet came from.
# wireguard-go holds on to a source that is gone: there the port changes.
if tunnel_has_kernel; then
	ip -n "$left" address del 10.1.0.1/24 dev eth0
	elsewhere=10.1.0.3:51820
else
	in_ns "$left" wg set wgl listen-port 51830
	elsewhere=10.1.0.1:51830
fi
works "$left" 10.9.0.2
test_result $? "the left end has another address or port"
expect_equal "and the right one knows" "$elsewhere" "$(endpoint "$right" wgr)"
in_ns "$left" wg set wgl peer "$(pub b)" endpoint '[fd00:1::2]:51821'
works "$left" 10.9.0.2
test_result $? "the left end goes over to IPv6"
expect_equal "and the right one follows" yes \
	"$(endpoint "$right" wgr | grep -q '^\[fd00:1::[13]\]:518[23]0$' && echo yes)"
tunnel "$right" up "$TMPDIR/wgr.conf"
expect_equal "'up' again does not take it back" yes \
	"$(endpoint "$right" wgr | grep -q '^\[fd00:1::[13]\]:518[23]0$' && echo yes)"
both_down
ip -n "$left" address replace 10.1.0.1/24 dev eth0

# IPv6 below, and a key that changes.
conf wgl a b 10.9.0.1/24 51820 '[fd00:1::2]:51821' 0.0.0.0/0
conf wgr b a 10.9.0.2/24 51821 '[fd00:1::1]:51820' 0.0.0.0/0
both_up
works "$left" 10.9.0.2
test_result $? "IPv4 inside IPv6"
in_ns "$right" wg set wgr peer "$(pub a)" remove peer "$(pub c)" allowed-ips 0.0.0.0/0
in_ns "$left" wg set wgl private-key "$TMPDIR/c.key"
works "$left" 10.9.0.2
test_result $? "the left end has another key"
both_down

# A preshared key, and one that differs.
conf wgl a b 10.9.0.1/24 51820 10.1.0.2:51821 0.0.0.0/0 "PresharedKey = $(key c)"
conf wgr b a 10.9.0.2/24 51821 "" 0.0.0.0/0 "PresharedKey = $(key c)"
both_up
works "$left" 10.9.0.2
test_result $? "a preshared key"
in_ns "$right" wg set wgr peer "$(pub a)" preshared-key "$TMPDIR/b.key"
both_down
conf wgr b a 10.9.0.2/24 51821 "" 0.0.0.0/0 "PresharedKey = $(key a)"
both_up
silent "$left" 10.9.0.2
test_result $? "another one at the other end"

# Persistent keepalives are what makes the first handshake here.
both_down
conf wgl a b 10.9.0.1/24 51820 10.1.0.2:51821 0.0.0.0/0 "PersistentKeepalive = 1"
conf wgr b a 10.9.0.2/24 51821 "" 0.0.0.0/0
both_up
heard()
{
	in_ns "$right" "$SEKISHO" -j tunnel show wgr >"$TMPDIR/show"
	jq -e '.[0].rx_bytes > 148' "$TMPDIR/show" >"$TMPDIR/out"
}
busywait 10 heard
test_result $? "persistent keepalives"
both_down

# A loop ends: the tunnel's endpoint is behind the tunnel.
conf wgl a b 10.9.0.1/24 51820 10.9.0.2:51821 0.0.0.0/0
tunnel "$left" up "$TMPDIR/wgl.conf"
before=$(stat_of "$left" eth0 tx.packets)
in_ns "$left" ping -c 2 -i 0.2 -W 1 10.9.0.2 >"$TMPDIR/ping" 2>&1
after=$(stat_of "$left" eth0 tx.packets)
[ $((after - before)) -lt 20 ]
test_result $? "a loop sends nothing outside"
in_ns "$left" "$SEKISHO" -j tunnel doctor wgl >"$TMPDIR/doctor"
finding looped .route "$TMPDIR/doctor" >"$TMPDIR/out"
test_result $? "and is named"
tunnel "$left" down wgl

# What is not there.
in_ns "$left" "$SEKISHO" tunnel show wgx >"$TMPDIR/out" 2>&1
expect_equal "a device that is not there" "1 sekisho: ask wgx: No such device" "$? $(cat "$TMPDIR/out")"

# The namespace goes, with the tunnel in it.
gone="a namespace that is deleted"
if tunnel_has_kernel; then
	conf wgl a b 10.9.0.1/24 51820 10.1.0.2:51821 0.0.0.0/0
	setup_ns other
	"$SEKISHO" tunnel up --netns "$other" "$TMPDIR/wgl.conf"
	ip netns del "$other" && ip netns add "$other" &&
		"$SEKISHO" tunnel up --netns "$other" "$TMPDIR/wgl.conf" &&
		"$SEKISHO" tunnel down --netns "$other" wgl
	test_result $? "$gone"
else
	test_skip "$gone" "wireguard-go keeps its namespace"
fi
test_finish
