#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# More remote ends than there are counters for peers: what is beyond is counted as overflow,
# and nothing is lost.
# timeout: 120

# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$folder/wireguard.sh"

[ "$SEK_ENV" = native ] || skip_all "takes too long under emulation"

peers=1100
slots=1023

# Messages that the device sent, as tc counts initiations on the wire.
on_wire()
{
	"$SEKISHO" -j show link -n "$hub" --dev away | jq '[.[] | select(.direction == "egress" and
		.class == "wireguard_initiation" and .hook == "tc") | .packets] | add // 0'
}

# of_peers FILTER: what jq's filter adds up of all rows
of_peers()
{
	"$SEKISHO" -j show peer | jq "[.[] | $1] | add // 0"
}

of_overflow()
{
	of_peers 'select(.netns == "overflow") | .packets'
}

# All have been sent one; some perhaps a second one, after 5 s.
all_sent()
{
	[ "$(on_wire)" -ge "$peers" ] && [ "$(of_overflow)" -ge $((peers - slots)) ]
}

# wireguard-go, which is in there, goes on sending for a moment.
has_gone()
{
	[ -z "$(ip netns pids "$hub")" ]
}

test_plan 7
net_ns hub away
net_link hub away 1
# shellcheck disable=SC2154 # set by net_ns
ip -n "$hub" route add 10.2.0.0/16 via 10.1.0.2
in_ns "$away" nft 'add table ip sink; add chain ip sink in { type filter hook prerouting priority 0; }; add rule ip sink in udp dport 51820 drop'
net_run hub ping -q -c 1 -W 5 10.1.0.2
wg_device hub hub0 51820 1
# shellcheck disable=SC2119 # no options
net_load
awk -v n="$peers" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "[Peer]\nPublicKey = %06d%037d=\nEndpoint = 10.2.%d.%d:51820\nPersistentKeepalive = 60\n", i, 0, i / 256, i % 256
}' >"$TMPDIR/peers.conf"
in_ns "$hub" wg addconf hub0 "$TMPDIR/peers.conf"
test_result $? "$peers peers"
busywait 20 all_sent
test_result $? "each is sent an initiation" || diag "$(on_wire)"
# Without the device nothing more is sent.
ip -n "$hub" link del hub0 && busywait 10 has_gone
expect_equal "each message is counted once" "$(on_wire)" "$(of_peers .packets)"
expect_equal "so many remote ends have counters" "$slots" \
	"$("$SEKISHO" -j show peer | jq '[.[] | select(.public_key or .endpoint) | .public_key // .endpoint] | unique | length')"
over=$(of_overflow)
[ "$over" -ge $((peers - slots)) ]
test_result $? "what is beyond is overflow" || diag "$over"
expect_equal "and told to Prometheus" "$slots $over" \
	"$("$SEKISHO" export --scope peer | awk '
		/^sekisho_slots_used\{scope="peer"\}/ { used = $2 }
		/^sekisho_overflow_packets_total\{scope="peer"\}/ { over = $2 }
		END { print used, over }')"
test_finish
