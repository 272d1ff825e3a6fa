#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two tunnels' ends: each message as nft tells it by its first bytes, and each byte as
# wg counts it. By the kernel's WireGuard where there is one, else by wireguard-go.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$folder/wireguard.sh"

# Empty data messages at left, as we count them.
keepalives()
{
	"$SEKISHO" -j show link -n "$left" -d right --class wireguard_keepalive \
		--direction egress | jq -e "map(.packets) | add >= $1" >"$TMPDIR/out"
}

wg="class=wireguard_initiation|wireguard_response|wireguard_keepalive|wireguard_data"
plan_rows 2
uses_wg="left right"
net_ns client left right
net_link client left 2
net_link left right 1
wg_device left wgl 51820 1
wg_device right wgr 51821 2
net_forward left
net_gateway client 2 2
ip -n "$right" route add 10.2.0.0/24 dev wgr
net_sink right tcp 10.9.0.2 5000
net_sink left tcp fd00:9::1 5000
net_nft left <<-'END'
	table inet t {
		chain out {
			type filter hook output priority 0
			udp dport 51821 @th,64,32 0x01000000 udp length 156 counter comment "initiation"
			udp dport 51821 @th,64,32 0x04000000 udp length 40 counter comment "keepalive"
			udp dport 51821 @th,64,32 0x04000000 udp length != 40 counter comment "data"
		}
		chain in {
			type filter hook input priority 0
			udp dport 51820 @th,64,32 0x02000000 udp length 100 counter comment "response"
		}
	}
END
net_load

net_snapshot
wg_peer right wgr wgl '[fd00:1::1]:51820'
wg_peer left wgl wgr 10.1.0.2:51821
net_run left ping -q -f -c 200 -s 100 10.9.0.2
net_run client ping -q -f -c 100 10.9.0.2
net_run left "$net/tcp" send -b 500000 10.9.0.2 5000
net_run right "$net/tcp" send -b 500000 fd00:9::1 5000
net_run left wg set wgl peer "$(cat "$TMPDIR/wgr.pub")" persistent-keepalive 1
busywait 10 keepalives 2
test_result $? "keepalives"
net_run left wg set wgl peer "$(cat "$TMPDIR/wgr.pub")" persistent-keepalive off
net_compare <<-END
	initiations: link.packets netns=left ifname=right direction=egress class=wireguard_initiation == nft.packets netns=left name=initiation
	responses: link.packets netns=left ifname=right direction=ingress class=wireguard_response == nft.packets netns=left name=response
	empty messages: link.packets netns=left ifname=right direction=egress class=wireguard_keepalive == nft.packets netns=left name=keepalive
	data: link.skbs netns=left ifname=right direction=egress class=wireguard_data == nft.packets netns=left name=data
	all received: link.packets netns=right ifname=left direction=ingress class=wireguard_initiation|wireguard_keepalive|wireguard_data == link.packets netns=left ifname=right direction=egress class=wireguard_initiation|wireguard_keepalive|wireguard_data
	sent, as wg counts: link.bytes netns=left ifname=right direction=egress $wg family=ipv4 - 42 link.packets netns=left ifname=right direction=egress $wg family=ipv4 + link.bytes netns=left ifname=right direction=egress $wg family=ipv6 - 62 link.packets netns=left ifname=right direction=egress $wg family=ipv6 == wg.tx netns=left dev=wgl
	received, as wg counts there: link.bytes netns=left ifname=right direction=ingress $wg family=ipv4 - 42 link.packets netns=left ifname=right direction=ingress $wg family=ipv4 + link.bytes netns=left ifname=right direction=ingress $wg family=ipv6 - 62 link.packets netns=left ifname=right direction=ingress $wg family=ipv6 == wg.tx netns=right dev=wgr
	in the tunnel, requests: link.packets netns=left ifname=wgl direction=egress class=icmp_echo_request == 300
	in the tunnel, bytes: link.bytes netns=left ifname=wgl direction=egress class=icmp_echo_request == 200 * 128 + 100 * 84
	out of the tunnel, requests: link.packets netns=right ifname=wgr direction=ingress class=icmp_echo_request == snmp.IcmpInEchos netns=right
	v4 received, inside and outside: link.skb_bytes netns=left direction=ingress family=ipv4 - 14 link.skbs netns=left ifname!=wgl direction=ingress family=ipv4 == snmp.IpExtInOctets netns=left
	v6 received, inside and outside: link.skb_bytes netns=left direction=ingress family=ipv6 - 14 link.skbs netns=left ifname!=wgl direction=ingress family=ipv6 == snmp.Ip6InOctets netns=left
	forwarded: link.skbs netns=left route=forwarded == snmp.IpForwDatagrams netns=left
	forwarded into the tunnel: link.packets netns=left ifname=wgl route=forwarded == 100
	the tunnel's own, outside: link.packets netns=left ifname=right direction=egress class=wireguard_data route!=local_out == 0
	peers, sent: peer.bytes netns=left ifname=wgl direction=egress public_key!=null == wg.tx netns=left dev=wgl
	peers, sent on the wire: peer.wire_bytes netns=left ifname=wgl direction=egress == link.bytes netns=left ifname=right direction=egress $wg
	peers, received: peer.bytes netns=left ifname=wgl direction=ingress == wg.tx netns=right dev=wgr
	peers, data: peer.packets netns=left ifname=wgl direction=egress class=wireguard_data == link.packets netns=left ifname=right direction=egress class=wireguard_data
	peers, initiations received: peer.packets netns=right ifname=wgr direction=ingress class=wireguard_initiation == link.packets netns=right ifname=left direction=ingress class=wireguard_initiation
	certain of all: link.packets $wg certainty!=known == 0
	no other UDP: link.packets ifname=left|right class=udp == 0
END

rows=$(cat <<-END
	received, as wg counts: link.bytes netns=left ifname=right direction=ingress $wg family=ipv4 - 42 link.packets netns=left ifname=right direction=ingress $wg family=ipv4 + link.bytes netns=left ifname=right direction=ingress $wg family=ipv6 - 62 link.packets netns=left ifname=right direction=ingress $wg family=ipv6 == wg.rx netns=left dev=wgl
END
)
if [ -n "$go" ]; then
	net_skip "wireguard-go does not count padding" <<-END
		$rows
	END
else
	net_compare <<-END
		$rows
	END
fi
test_finish
