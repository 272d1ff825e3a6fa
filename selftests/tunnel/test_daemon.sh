#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Routing = daemon: OSPF, RIP and BGP, each for both families, by BIRD, over a tunnel.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b
setup_ns left right || exit 1
ip -n "$left" link add eth0 type veth peer name eth0 netns "$right" || exit 1
n=0
for ns in "$left" "$right"; do
	n=$((n + 1))
	in_ns "$ns" sysctl -q -w net.ipv4.conf.all.rp_filter=1 net.ipv6.conf.default.accept_dad=0
	ip -n "$ns" address add "10.1.0.$n/24" dev eth0
	ip -n "$ns" link set eth0 up
	ip -n "$ns" address add "10.77.$n.1/32" dev lo
	ip -n "$ns" address add "fd00:77:$n::1/128" dev lo
done

# link_local KEY: as documented, fe80:: with the first eight bytes of the public key.
link_local()
{
	pub "$1" | base64 -d | od -An -N8 -tx1 | awk '{ print "fe80::" $1 $2 ":" $3 $4 ":" $5 $6 ":" $7 $8 }'
}

# end NAME KEY PEER N OTHER: its file and its daemon's.
end()
{
	cat >"$TMPDIR/$1.conf" <<-END
		[Interface]
		PrivateKey = $(key "$2")
		Address = 10.9.0.$4/30
		ListenPort = 5182$4
		# sekisho: Routing = daemon
		[Peer]
		PublicKey = $(pub "$3")
		AllowedIPs = 0.0.0.0/0, ::/0
		Endpoint = 10.1.0.$5:5182$5
	END
	cat >"$TMPDIR/$1.bird" <<-END
		router id 10.9.0.$4;
		protocol device { scan time 1; }
		protocol direct { ipv4; ipv6; interface "lo"; }
		protocol kernel { ipv4 { export all; }; }
		protocol kernel { ipv6 { export all; }; }
		protocol ospf v2 ospf4 {
			ipv4 { export where source = RTS_DEVICE; };
			area 0 { interface "$1" { type ptp; hello 1; dead 8; }; };
		}
		protocol ospf v3 ospf6 {
			ipv6 { export where source = RTS_DEVICE; };
			area 0 { interface "$1" { type ptp; hello 1; dead 8; }; };
		}
		protocol rip rip4 {
			ipv4 { export where source = RTS_DEVICE; };
			interface "$1" { update time 2; };
		}
		protocol rip ng rip6 {
			ipv6 { export where source = RTS_DEVICE; };
			interface "$1" { update time 2; };
		}
		protocol static own4 { ipv4; route 10.78.$4.0/24 blackhole; }
		protocol static own6 { ipv6; route fd00:78:$4::/48 blackhole; }
		protocol bgp bgp4 {
			local 10.9.0.$4 as 6500$4;
			neighbor 10.9.0.$5 as 6500$5;
			connect delay time 1; connect retry time 2;
			ipv4 { import all; export where proto = "own4"; };
		}
		protocol bgp bgp6 {
			local $(link_local "$2") as 6500$4;
			neighbor $(link_local "$3") as 6500$5;
			interface "$1";
			connect delay time 1; connect retry time 2;
			ipv6 { import all; export where proto = "own6"; };
		}
	END
}

# daemon NS NAME
daemon()
{
	nsenter --net="/run/netns/$1" bird -f -c "$TMPDIR/$2.bird" -s "$TMPDIR/$2.ctl" \
		>"$TMPDIR/$2.log" 2>&1 &
	defer kill_and_wait $!
}

# learnt PROTOCOL PREFIX: at the left end.
learnt()
{
	birdc -s "$TMPDIR/wgl.ctl" show route protocol "$1" >"$TMPDIR/routes" 2>&1
	grep -qF "$2 " "$TMPDIR/routes"
}

end wgl a b 1 2
end wgr b a 2 1
test_plan 10
in_ns "$left" "$SEKISHO" tunnel up "$TMPDIR/wgl.conf" &&
	in_ns "$right" "$SEKISHO" tunnel up "$TMPDIR/wgr.conf"
test_result $? "both ends up"
daemon "$left" wgl
daemon "$right" wgr
busywait 20 learnt ospf4 10.77.2.1/32
test_result $? "OSPF, IPv4" || diag <"$TMPDIR/routes"
busywait 20 learnt ospf6 fd00:77:2::1/128
test_result $? "OSPF, IPv6" || diag <"$TMPDIR/routes"
busywait 20 learnt rip4 10.77.2.1/32
test_result $? "RIP, IPv4" || diag <"$TMPDIR/routes"
busywait 20 learnt rip6 fd00:77:2::1/128
test_result $? "RIP, IPv6" || diag <"$TMPDIR/routes"
busywait 20 learnt bgp4 10.78.2.0/24
test_result $? "BGP, IPv4" || diag <"$TMPDIR/routes"
busywait 20 learnt bgp6 fd00:78:2::/48
test_result $? "BGP, IPv6, between link-local addresses" || diag <"$TMPDIR/routes"
busywait 20 in_ns "$left" ping -c 1 -W 1 -I 10.77.1.1 10.77.2.1 >"$TMPDIR/ping"
test_result $? "routes by IPv4 carry packets" || diag <"$TMPDIR/ping"
busywait 20 in_ns "$left" ping -c 1 -W 1 -I fd00:77:1::1 fd00:77:2::1 >"$TMPDIR/ping"
test_result $? "routes by IPv6 carry packets" || diag <"$TMPDIR/ping"
in_ns "$left" "$SEKISHO" tunnel doctor "$TMPDIR/wgl.conf" >"$TMPDIR/out"
test_result $? "and the tunnel is well" || diag <"$TMPDIR/out"
in_ns "$left" "$SEKISHO" tunnel down wgl
in_ns "$right" "$SEKISHO" tunnel down wgr
test_finish
