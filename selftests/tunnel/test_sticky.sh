#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Source addresses, as WireGuard's own netns.sh checks them: who is spoken to at one of its
# addresses answers from that one, but does not hold on to one that is gone, or to a way that
# is no longer the best.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b
setup_ns left right || exit 1
for ns in "$left" "$right"; do
	in_ns "$ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
		net.ipv4.conf.all.promote_secondaries=1 net.ipv4.conf.default.promote_secondaries=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
ip -n "$left" -batch - <<-END || exit 1
	link add eth0 type veth peer name eth0 netns $right
	link add eth1 type veth peer name eth1 netns $right
	link set eth0 up
	link set eth1 up
	address add 10.1.0.1/24 dev eth0
	address add fd00:1::1/64 dev eth0 nodad
	address add 10.1.0.2/24 dev eth0
	address add fd00:1::2/64 dev eth0 nodad
END
ip -n "$right" -batch - <<-END || exit 1
	link set eth0 up
	link set eth1 up
	address add 10.1.0.3/24 dev eth0
	address add fd00:1::3/64 dev eth0 nodad
END

# conf NAME KEY PEER ADDRESS PORT OTHER
conf()
{
	printf '%s\n' "[Interface]" "PrivateKey = $(key "$2")" "Address = $4" "ListenPort = $5" \
		"# sekisho: Routing = onlink" "[Peer]" "PublicKey = $(pub "$3")" \
		"AllowedIPs = 10.9.0.0/24" ${6:+"Endpoint = $6"} >"$TMPDIR/$1.conf"
}

# works NS ADDRESS: the first packet waits for a handshake.
works()
{
	busywait 10 in_ns "$1" ping -c 1 -W 1 "$2" >"$TMPDIR/ping" || diag <"$TMPDIR/ping"
}

# Where the right end sees the left one.
seen()
{
	in_ns "$right" "$SEKISHO" -j tunnel show wgr | jq -r '.[0].endpoint'
}

# answers_from ENDPOINT NAME: the right end speaks to it, and has an answer from there alone.
answers_from()
{
	in_ns "$right" wg set wgr peer "$(pub a)" endpoint "$1"
	works "$right" 10.9.0.1
	expect_equal "$2" "$1" "$(seen)"
}

# Its packets come from there, and after a while all do.
comes_from()
{
	in_ns "$left" ping -c 1 -W 1 10.9.0.2 >"$TMPDIR/ping" && [ "$(seen)" = "$1" ]
}

test_plan 10
conf wgl a b 10.9.0.1/24 51820 ""
conf wgr b a 10.9.0.2/24 51821 10.1.0.1:51820
in_ns "$left" "$SEKISHO" tunnel up "$TMPDIR/wgl.conf" &&
	in_ns "$right" "$SEKISHO" tunnel up "$TMPDIR/wgr.conf" && works "$right" 10.9.0.1
test_result $? "both ends up"

answers_from 10.1.0.1:51820 "an answer from the first address"
answers_from '[fd00:1::1]:51820' "of IPv6, too"
answers_from 10.1.0.2:51820 "from the second address"
answers_from '[fd00:1::2]:51820' "of IPv6, too"

# An address of another interface than the one that leads there.
ip -n "$left" address add 10.50.0.1/32 dev lo
ip -n "$right" route add 10.50.0.0/24 dev eth0
answers_from 10.50.0.1:51820 "from an address of another interface"
ip -n "$left" address del 10.50.0.1/32 dev lo

# Not too sticky: an address that is gone, and a way that is better now.
ip -n "$left" address del 10.1.0.2/24 dev eth0
in_ns "$left" wg set wgl peer "$(pub b)" endpoint 10.1.0.3:51821
busywait 10 comes_from 10.1.0.1:51820
test_result $? "without its second address it comes from the first" || diag "$(seen)"
ip -n "$left" address add 10.1.0.4/24 dev eth0
gone="without that, from a third"
better="by a route that is better now, from the address of that"
if tunnel_has_kernel; then
	ip -n "$left" address del 10.1.0.1/24 dev eth0
	busywait 10 comes_from 10.1.0.4:51820
	test_result $? "$gone" || diag "$(seen)"
	ip -n "$left" -batch - <<-END
		address add 10.1.0.5/24 dev eth1
		route flush dev eth0 scope link
		route flush dev eth1 scope link
		route add 10.1.0.0/24 dev eth0 src 10.1.0.4 metric 2
	END
	busywait 10 comes_from 10.1.0.4:51820
	ip -n "$left" route add 10.1.0.0/24 dev eth1 src 10.1.0.5 metric 1
	busywait 10 comes_from 10.1.0.5:51820
	test_result $? "$better" || diag "$(seen)"
else
	test_skip "$gone" "wireguard-go holds on to a source that is gone"
	test_skip "$better" "wireguard-go holds on to its source"
fi
in_ns "$left" "$SEKISHO" tunnel doctor wgl >"$TMPDIR/out"
test_result $? "and the tunnel is well" || diag <"$TMPDIR/out"
in_ns "$left" "$SEKISHO" tunnel down wgl
in_ns "$right" "$SEKISHO" tunnel down wgr
test_finish
