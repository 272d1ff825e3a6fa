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
	if [ -z "${tunnel_kernel:-}" ]; then
		tunnel_kernel=no
		! ip link add sek-probe type wireguard 2>"$TMPDIR/probe" ||
			{ ip link del sek-probe && tunnel_kernel=yes; }
	fi
	[ "$tunnel_kernel" = yes ]
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
	read -r key_text <"$TMPDIR/$1.key" && echo "$key_text"
}

pub()
{
	read -r key_text <"$TMPDIR/$1.pub" && echo "$key_text"
}

# tunnel_host NAME: a namespace with eth0, 10.59.79.145/24 and 2001:db8:59::145/64, and default
# routes, to a router of whom only the interface is there.
tunnel_host()
{
	setup_ns "$1" || return
	eval "host_ns=\$$1"
	in_ns "$host_ns" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0 &&
		ip -n "$host_ns" -batch - <<-END
			link add eth0 type veth peer name router0
			link set eth0 up
			link set router0 up
			address add 10.59.79.145/24 dev eth0
			address add 2001:db8:59::145/64 dev eth0 nodad
			route add default via 10.59.79.1
			route add default via 2001:db8:59::1
		END
}

# tunnel_state NS DEV: all that a tunnel may change, a line each, in order; but for what is chance:
# indexes, random ports, link-local addresses that the kernel gives to tun devices.
tunnel_state()
{
	# shellcheck disable=SC2016 # for the inner shell
	in_ns "$1" sh -c '
		echo "== link"
		ip -d -o link show dev "$1"
		for family in inet inet6; do
			echo "== $family"
			printf "%s\n" "address show dev $1" "rule show" "route show table all" |
				ip -f "$family" -o -N -force -batch -
		done
		echo "== nft"
		nft list ruleset
		echo "== sysctl"
		sysctl net.ipv4.conf.all.src_valid_mark net.ipv4.conf.all.rp_filter
		echo "== wireguard"
		wg showconf "$1"
	' - "$2" 2>"$TMPDIR/state" | sed '
		/^== /{h; d}
		/fe80:/d; /^ListenPort/d
		s/^[0-9]*: \([^ ]*[a-z]\)/\1/
		s/ qdisc.*link/ link/; s/ addrgenmode [a-z0-9]*//; s/ tentative//
		G; s/\(.*\)\n== \(.*\)/\2: \1/' | sort
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
	ip -n "$world_ns" -batch - <<-END &&
		link add eth0 type veth peer name eth0 netns $host_ns
		link set eth0 up
		address add 10.59.79.1/24 dev eth0
		address add 2001:db8:59::1/64 dev eth0 nodad
		address add 203.0.113.8/32 dev lo
		address add 192.168.100.61/32 dev lo
		address add 2001:db8:8::8/128 dev lo
	END
		ip -n "$host_ns" -batch - <<-END
			link set eth0 up
			address add 10.59.79.145/24 dev eth0
			address add 2001:db8:59::145/64 dev eth0 nodad
			route add default via 10.59.79.1
			route add default via 2001:db8:59::1
		END
}

# finding NAME FILTER FILE: what jq's filter gives for the doctor's finding in its JSON.
finding()
{
	# shellcheck disable=SC2016 # jq's variable
	json --arg name "$1" '.[] | select(.finding == $name) | '"$2" "$3" 2>"$TMPDIR/jq"
}
