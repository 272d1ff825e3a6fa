# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests of tunnels share: a host with an uplink, keys, and its whole state as text.
#
#	. "$(dirname "$0")/tunnel.sh"
#	private_mounts "$@"
#	tunnel_host host
#	in_ns "$host" "$SEKISHO" tunnel up wg0.conf
#	tunnel_state "$host" wg0 >after

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# Files have keys in them.
umask 77

# Where there is no WireGuard in the kernel, wireguard-go takes its place.
tunnel_has_kernel()
{
	ip link add sek-probe type wireguard 2>"$TMPDIR/probe" && ip link del sek-probe
}

# tunnel_key NAME: NAME.key and NAME.pub in the test's folder.
tunnel_key()
{
	for key_name; do
		wg genkey >"$TMPDIR/$key_name.key" &&
			wg pubkey <"$TMPDIR/$key_name.key" >"$TMPDIR/$key_name.pub" || return
	done
}

key()
{
	cat "$TMPDIR/$1.key"
}

pub()
{
	cat "$TMPDIR/$1.pub"
}

# tunnel_host NAME: a namespace with eth0, 10.59.79.145/24 and 2001:db8:59::145/64, and default
# routes, to a router of whom only the interface is there.
tunnel_host()
{
	setup_ns "$1" || return
	eval "host_ns=\$$1"
	in_ns "$host_ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 &&
		ip -n "$host_ns" link add eth0 type veth peer name router0 &&
		ip -n "$host_ns" link set eth0 up &&
		ip -n "$host_ns" link set router0 up &&
		ip -n "$host_ns" address add 10.59.79.145/24 dev eth0 &&
		ip -n "$host_ns" address add 2001:db8:59::145/64 dev eth0 nodad &&
		ip -n "$host_ns" route add default via 10.59.79.1 &&
		ip -n "$host_ns" route add default via 2001:db8:59::1
}

# tunnel_state NS DEV: all that a tunnel may change, but for what is chance: indexes, random
# ports, link-local addresses that the kernel gives to tun devices.
tunnel_state()
{
	echo "== link"
	ip -n "$1" -d -o link show dev "$2" 2>/dev/null |
		sed 's/^[0-9]*: //; s/ qdisc.*link/ link/; s/ addrgenmode [a-z0-9]*//'
	echo "== addresses"
	ip -n "$1" -o address show dev "$2" 2>/dev/null | grep -v ' fe80:' |
		sed 's/^[0-9]*: //; s/ tentative//' | sort
	echo "== rules"
	ip -n "$1" -N rule show
	ip -n "$1" -6 -N rule show
	echo "== routes"
	ip -n "$1" -4 -N route show table all | sort
	ip -n "$1" -6 -N route show table all | grep -v 'fe80:' | sort
	echo "== nft"
	in_ns "$1" nft list ruleset | grep -v fe80: | sort
	echo "== sysctl"
	in_ns "$1" sysctl net.ipv4.conf.all.src_valid_mark net.ipv4.conf.all.rp_filter
	echo "== wireguard"
	in_ns "$1" wg showconf "$2" 2>/dev/null | grep -v '^ListenPort' | sort
}

# tunnel_same FILE FILE NAME: one result.
tunnel_same()
{
	diff "$1" "$2" >"$TMPDIR/diff"
	same=$?
	[ "$same" -eq 0 ] || diag <"$TMPDIR/diff"
	test_result "$same" "$3"
}

# tunnel_world HOST WORLD: two namespaces. HOST is as tunnel_host has it; its router is WORLD, which
# also has the addresses 203.0.113.8 and 2001:db8:8::8, of the world, and 192.168.100.61, of a peer.
tunnel_world()
{
	setup_ns "$1" "$2" || return
	eval "host_ns=\$$1 world_ns=\$$2"
	for ns in "$host_ns" "$world_ns"; do
		in_ns "$ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0 net.ipv4.ip_forward=1 || return
	done
	ip -n "$host_ns" link add eth0 type veth peer name eth0 netns "$world_ns" &&
		ip -n "$host_ns" link set eth0 up &&
		ip -n "$world_ns" link set eth0 up &&
		ip -n "$host_ns" address add 10.59.79.145/24 dev eth0 &&
		ip -n "$host_ns" address add 2001:db8:59::145/64 dev eth0 nodad &&
		ip -n "$world_ns" address add 10.59.79.1/24 dev eth0 &&
		ip -n "$world_ns" address add 2001:db8:59::1/64 dev eth0 nodad &&
		ip -n "$host_ns" route add default via 10.59.79.1 &&
		ip -n "$host_ns" route add default via 2001:db8:59::1 &&
		for address in 203.0.113.8/32 192.168.100.61/32 2001:db8:8::8/128; do
			ip -n "$world_ns" address add "$address" dev lo || return
		done
}

# finding NAME FILTER FILE: what jq's filter gives for the doctor's finding in its JSON.
finding()
{
	# shellcheck disable=SC2016 # jq's variable
	json --arg name "$1" '.[] | select(.finding == $name) | '"$2" "$3" 2>"$TMPDIR/jq"
}
