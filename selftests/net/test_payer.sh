#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Who pays for what a tunnel sends: a container of the hub's own namespace, and one in a
# namespace of its own behind a bridge, as Docker makes them.  An encrypted packet is its
# inner one, padded to 16 bytes, in 32 bytes of WireGuard's (5.4.6 of its paper), 8 of UDP's
# and those of IP's.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$folder/wireguard.sh"

plan_rows 6
net_ns hub far box
net_link hub far 1
# shellcheck disable=SC2154 # hub is set by net_ns
ip -n "$hub" link add br0 type bridge mcast_snooping 0
net_pair hub box
ip -n "$hub" link set box master br0
net_address hub br0 5 1
net_address box hub 5 2
net_gateway box 5 1
net_forward hub
wg_device hub hub0 51820 1
wg_device far far0 51820 2
wg_peer hub hub0 far0 10.1.0.2:51820
wg_peer far far0 hub0 10.1.0.1:51820
# shellcheck disable=SC2154 # far is set by net_ns
for dest in 10.5.0.0/24 fd00:5::/64; do
	ip -n "$far" route add "$dest" dev far0 || exit 1
done
setup_cgroup top || exit 1
mkdir "$top/a" "$top/b" "$top/b/c" "$top/many" "$top/b/many" "$top/six"
net_load --hook=tc,cgroup --cgroup="$top"
net_sink far tcp 10.9.0.2 5001

net_snapshot
# The first one waits for a handshake.
as=$top/a
net_run hub ping -q -c 10 -i 0.02 -s 100 10.9.0.2
as=$top/b/c
net_run box ping -q -c 7 -i 0.02 -s 1000 10.9.0.2
# Segments of one skb, and fragments.
as=$top/many
net_run hub "$net/tcp" send -b $((1000000 / SEK_FACTOR)) 10.9.0.2 5001
as=$top/b/many
net_run box "$net/tcp" send -b $((500000 / SEK_FACTOR)) 10.9.0.2 5001
net_run box ping -q -c 5 -i 0.02 -s 4000 fd00:9::2
# shellcheck disable=SC2154
in_ns "$hub" wg set hub0 peer "$(cat "$TMPDIR/far0.pub")" endpoint '[fd00:1::2]:51820'
as=$top/six
net_run hub ping -q -c 5 -i 0.02 -s 100 10.9.0.2
as=
net_compare <<-'END'
	every message: tunnel.packets class=wireguard_data == peer.packets direction=egress class=wireguard_data
	every byte: tunnel.bytes == peer.bytes direction=egress class=wireguard_data + 28 * tunnel.packets family=ipv4 + 48 * tunnel.packets family=ipv6
END
cat >"$TMPDIR/payers" <<-'END'
	of the same namespace: tunnel.packets name=a family=ipv4 class=wireguard_data == 10
	of the same namespace, bytes: tunnel.bytes name=a == 10 * 188
	of its own namespace: tunnel.packets name=c == 7
	of its own namespace, bytes: tunnel.bytes name=c == 7 * 1100
	over IPv6: tunnel.packets name=six family=ipv6 == 5
	over IPv6, bytes: tunnel.bytes name=six == 5 * 208
	of nobody: tunnel.packets name=overflow == 0
END
[ -z "$go" ] || net_skip "wireguard-go sends from a socket of its own" <"$TMPDIR/payers"
[ -n "$go" ] || net_compare <"$TMPDIR/payers"

# sent: what tunnels have sent for all below a path, and for the path itself.
sent()
{
	"$SEKISHO" -j show cgroup --tree | jq --arg path "$1" \
		'.[] | select(.cgroup == $path) | .tunnel_egress_bytes'
}

all()
{
	"$SEKISHO" -j show tunnel | jq '[.[].bytes] | add'
}

path=${top#"$(cgroup2_mount)"}
whole=$(sent "$path")
[ "$whole" -gt 0 ] || [ -n "$go" ]
test_result $? "the tree has their sum: $whole"
total=$(all)
rmdir "$top/b/c"
"$SEKISHO" serve --once --linger 0 --netns "$hub" --cgroup "$top" >"$TMPDIR/out" 2>&1
[ "$(sent "$path")" = "$whole" ] && [ "$(all)" = "$total" ]
test_result $? "nothing is lost with a container that goes" || diag <"$TMPDIR/out"
# exported [OPTION...]: the sum in the exporter's text.
exported()
{
	"$SEKISHO" export --once --scope tunnel "$@" |
		awk '/^sekisho_tunnel_bytes_total/ { sum += $NF } END { print sum }'
}

expect_equal "export has the same" "$total" "$(exported)"
"$SEKISHO" serve --once --ledger "$TMPDIR/ledger" --netns "$hub" --cgroup "$top" 2>"$TMPDIR/out"
other=$SEK_BUILD/other-abi/sekisho
"$other" load --netns "$hub" --cgroup "$top" >"$TMPDIR/out" 2>&1 || diag <"$TMPDIR/out"
expect_equal "a version with other maps takes them over" "$total" "$(SEKISHO=$other all)"
"$other" unload >/dev/null && "$SEKISHO" load --netns "$hub" --cgroup "$top" >/dev/null
expect_equal "a ledger carries them on" "$total" "$(exported --ledger "$TMPDIR/ledger")"
test_finish
