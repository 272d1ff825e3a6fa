#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# Three times as many peers as there are slots come and go while serve follows: none is overflow, and
# each message is counted once.
# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/../net/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$top/selftests/net/wireguard.sh"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

[ "$SEK_ENV" = native ] || skip_all "takes too long under emulation"

crowds=10
crowd=310

# Initiations that the device sent.
# shellcheck disable=SC2154 # hub is set by net_ns
on_wire()
{
	"$SEKISHO" -j show link -n "$hub" --dev away | jq '[.[] | select(.direction == "egress" and
		.class == "wireguard_initiation" and .hook == "tc") | .packets] | add // 0'
}

of_peers()
{
	"$SEKISHO" -j show peer | jq "[.[] | select($1) | .packets] | add // 0"
}

slots()
{
	"$SEKISHO" export --scope peer | awk '/^sekisho_slots_used\{scope="peer"\}/ { print $2 }'
}

# at_least N COMMAND...
at_least()
{
	at_least_n=$1
	shift
	[ "$("$@")" -ge "$at_least_n" ]
}

at_most()
{
	at_most_n=$1
	shift
	at_most_is=$("$@")
	[ "$at_most_is" -le "$at_most_n" ] && return
	echo "$at_most_is"
	return 1
}

# come N: a crowd, each of which is sent an initiation.
come()
{
	awk -v crowd="$1" -v n="$crowd" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "[Peer]\nPublicKey = %03d%03d%037d=\nEndpoint = 10.2.%d.%d:%d\nPersistentKeepalive = 60\n",
				crowd, i, 0, i / 256, i % 256, 20000 + crowd
	}' >"$TMPDIR/peers.conf"
	in_ns "$hub" wg addconf hub0 "$TMPDIR/peers.conf"
}

# All of them go.
go_away()
{
	# shellcheck disable=SC2046 # words
	in_ns "$hub" wg set hub0 $(in_ns "$hub" wg show hub0 peers |
		awk '{ print "peer", $1, "remove" }')
}

has_gone()
{
	[ -z "$(ip netns pids "$hub")" ]
}

test_plan 8
net_ns hub away
net_link hub away 1
# shellcheck disable=SC2154 # away is set by net_ns
ip -n "$hub" route add 10.2.0.0/16 via 10.1.0.2
in_ns "$away" nft 'add table ip sink; add chain ip sink in { type filter hook prerouting priority 0; }; add rule ip sink in meta l4proto udp drop'
net_run hub ping -q -c 1 -W 15 10.1.0.2
wg_device hub hub0 51820 1
start_serve --hook tc --netns "$hub"
defer kill_and_wait "$serve_pid"
busywait 30 grep -q following "$TMPDIR/serve" && busywait 30 attached "$hub" away &&
	busywait 30 attached "$hub" hub0
test_result $? "serve follows" || diag <"$TMPDIR/serve"
failed=0
for n in $(seq $crowds); do
	before=$(on_wire)
	come "$n" && busywait 30 at_least $((before + crowd)) on_wire && go_away || failed=1
	# The crowd that came is the reason to look for the one that has gone.
	said=$(busywait 30 at_most $((2 * crowd)) slots) || failed=1
	[ $failed -eq 0 ] || diag "crowd $n: ${said:-$(on_wire)} of $((before + crowd))"
	[ $failed -eq 0 ] || break
done
test_result $failed "$((crowds * crowd)) peers come and go"
expect_equal "none is overflow" 0 "$(of_peers '.netns == "overflow"')"
"$SEKISHO" -j show peer | jq -e '[.[] | select(.public_key)] | length > 0' >/dev/null
test_result $? "the last ones are known"
ip -n "$hub" link del hub0 && busywait 30 has_gone
busywait 30 equals 0 slots >"$TMPDIR/out"
test_result $? "no slot is used at the end" || diag <"$TMPDIR/out"
expect_equal "each message is counted once" "$(on_wire)" "$(of_peers true)"
expect_equal "all of them as removed" "$(on_wire)" "$(of_peers '.removed and .public_key == "removed"')"
expect_equal "nothing is left to look for" "0 1" "$(for map in sek_remotes sek_peer_removed; do
	bpftool -j map dump pinned /sys/fs/bpf/sekisho/maps/$map | jq '[.[] | select(
		(.formatted.value.cell // [{"messages": 1}]) | map(.messages) | add > 0)] | length'
done | xargs)"
test_finish
