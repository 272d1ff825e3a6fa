#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A narrow link on the way to a peer: what the doctor says of it if a router tells, and if a
# firewall drops what the router tells.
# timeout: 150

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b
setup_ns host router peer || exit 1
for ns in "$host" "$router" "$peer"; do
	in_ns "$ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
done
ip -n "$host" link add eth0 type veth peer name eth0 netns "$router" || exit 1
ip -n "$router" link add eth1 mtu 1400 type veth peer name eth0 mtu 1400 netns "$peer" || exit 1
while read -r ns dev address address6; do
	ip -n "$ns" link set "$dev" up
	ip -n "$ns" address add "$address/24" dev "$dev"
	ip -n "$ns" address add "$address6/64" dev "$dev" nodad
done <<-END
	$host eth0 10.1.0.1 fd00:1::1
	$router eth0 10.1.0.2 fd00:1::2
	$router eth1 10.2.0.2 fd00:2::2
	$peer eth0 10.2.0.1 fd00:2::1
END
ip -n "$host" route add default via 10.1.0.2
ip -n "$host" route add default via fd00:1::2
ip -n "$peer" route add default via 10.2.0.2
ip -n "$peer" route add default via fd00:2::2

# host_file ENDPOINT
host_file()
{
	printf '%s\n' "[Interface]" "Address = 10.9.0.1/24" "PrivateKey = $(key a)" \
		"MTU = 1420" "[Peer]" "PublicKey = $(pub b)" "AllowedIPs = 10.9.0.2/32" \
		"Endpoint = $1" >"$TMPDIR/wg0.conf"
}

# Which packets the router may send on as fragments, or tell that it cannot.
firewall()
{
	in_ns "$router" nft -f - <<-END
		table inet hole
		delete table inet hole
		table inet hole {
			chain output {
				type filter hook output priority 0;
				icmp type destination-unreachable drop
				icmpv6 type packet-too-big drop
			}
		}
	END
}

doctor()
{
	in_ns "$host" "$SEKISHO" -j tunnel doctor "$TMPDIR/wg0.conf" >"$TMPDIR/doctor" 2>&1
	jq -r '[.[].finding] | unique | join(" ")' "$TMPDIR/doctor"
}

ping_peer()
{
	in_ns "$host" ping -c 1 -W 1 "$@" 10.9.0.2 >"$TMPDIR/ping" 2>&1
}

forget()
{
	in_ns "$host" ip route flush cache
	in_ns "$host" ip -6 route flush cache
}

# seen PATTERN NAME: what the finding has seen.
seen()
{
	finding mtu .seen "$TMPDIR/doctor" | grep -qE "$1"
	test_result $? "$2" || diag <"$TMPDIR/doctor"
}

# family NAME ENDPOINT OVERHEAD
family()
{
	host_file "$2"
	in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf" && busywait 10 ping_peer
	test_result $? "$1: up"
	"$SEKISHO" load --netns "$host" --hook tc >"$TMPDIR/load" 2>&1 || diag <"$TMPDIR/load"
	expect_equal "$1: a router tells" "mtu" "$(doctor)"
	seen "a full packet has $((1420 + $3)), and the way .* takes 1400" "$1: what the kernel knows then"
	forget
	firewall
	in_ns "$host" ping -c 3 -i 0.2 -W 1 -s 1300 10.9.0.2 >"$TMPDIR/ping" 2>&1
	expect_equal "$1: nobody tells" "mtu" "$(doctor)"
	seen "up to 1400 bytes get to .* a full one of wg0 has $((1420 + $3))" "$1: how large packets get through"
	seen "sekisho counted [1-9][0-9]* packets into wg0, of [1-9][0-9]* bytes" "$1: and what was counted"
	in_ns "$host" sh -c "$(finding mtu .change "$TMPDIR/doctor" | sed 's/;.*//')"
	expect_equal "$1: well when its advice is taken" "$((1400 - $3)) " \
		"$(ip -n "$host" -j link show wg0 | jq '.[0].mtu') $(doctor)"
	in_ns "$host" "$SEKISHO" tunnel down wg0
	in_ns "$router" nft delete table inet hole
	forget
	busywait 5 test ! -e /var/run/wireguard/wg0.sock
}

test_plan 15
printf '%s\n' "[Interface]" "Address = 10.9.0.2/24" "PrivateKey = $(key b)" "ListenPort = 51821" \
	"MTU = 1280" "[Peer]" "PublicKey = $(pub a)" "AllowedIPs = 10.9.0.1/32" >"$TMPDIR/wg1.conf"
in_ns "$peer" "$SEKISHO" tunnel up "$TMPDIR/wg1.conf"
test_result $? "the peer"
family IPv4 10.2.0.1:51821 60
family IPv6 '[fd00:2::1]:51821' 80
in_ns "$peer" "$SEKISHO" tunnel down wg1
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
