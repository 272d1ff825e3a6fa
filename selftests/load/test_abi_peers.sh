#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# A version with another ABI takes over what WireGuard's peers have counted: each has what it had,
# and goes on.
# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/../net/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$top/selftests/net/wireguard.sh"

this=$SEKISHO
other=$SEK_BUILD/other-abi/sekisho

# shellcheck disable=SC2154 # hub and others are set by net_ns
load()
{
	"$SEKISHO" load --netns "$hub" --hook tc >"$TMPDIR/out" 2>&1
}

rows()
{
	"$SEKISHO" -j show peer | jq -c 'map([.netns, .ifname, .public_key, .endpoint, .direction, .class,
		.packets, .bytes, .wire_bytes]) | sort[]'
}

# of NAME: messages of that peer
of()
{
	"$SEKISHO" -j show peer | jq --arg key "$(cat "$TMPDIR/$1.pub")" '[.[] |
		select(.public_key == $key) | .packets] | add // 0'
}

talk()
{
	in_ns "$1" ping -q -c 1 -W 15 10.9.0.1 >/dev/null &&
		in_ns "$1" ping -q -f -c 20 10.9.0.1 >/dev/null
}

# What the namespace's device sends is dropped before it is counted.
quiet()
{
	in_ns "$1" nft 'add table ip quiet; add chain ip quiet out { type filter hook output priority 0; }; add rule ip quiet out udp sport 51820 drop'
}

# What was on its way has come when the same is said twice.
still()
{
	still_was=$(rows)
	[ "$still_was" = "$(rows)" ] && echo "$still_was"
}

test_plan 9
net_ns hub one two
net_link hub one 1
net_link hub two 2
wg_device hub hub0 51820 1
wg_device one one0 51820 2
wg_device two two0 51820 3
for peer in one:1:2 two:2:3; do
	n=${peer#*:}
	wg_peer hub hub0 "${peer%%:*}0" "10.${n%:*}.0.2:51820" "10.9.0.${n#*:}/32"
	wg_peer "${peer%%:*}" "${peer%%:*}0" hub0 "10.${n%:*}.0.1:51820" 10.9.0.0/24
done
SEKISHO=$this
load && talk "$one" && talk "$two"
test_result $? "the first one counts" || diag <"$TMPDIR/out"
# Or a keepalive comes in between.
for ns in "$hub" "$one" "$two"; do
	quiet "$ns"
done
before=$(busywait 30 still)
packets=$(of one0)
[ "$packets" -ge 42 ]
test_result $? "peers have rows" || diag "$before"

SEKISHO=$other
load
test_result $? "the other one takes over" || diag <"$TMPDIR/out"
expect_equal "each peer has what it had" "$before" "$(rows)"
# Not to the other one: a handshake that is begun anew with it would be counted, for whom nobody
# can tell when it is no peer any more.
in_ns "$hub" nft 'flush chain ip quiet out; add rule ip quiet out ip daddr 10.2.0.2 drop' &&
	in_ns "$one" nft delete table ip quiet && talk "$one"
test_result $? "traffic"
[ "$(of one0)" -ge $((packets + 42)) ]
test_result $? "and goes on" || diag "$packets, $(of one0)"
in_ns "$hub" wg set hub0 peer "$(cat "$TMPDIR/two0.pub")" remove
was=$(of two0)
"$SEKISHO" serve --once --hook tc --netns "$hub" >"$TMPDIR/out" 2>&1
test_result $? "settle" || diag <"$TMPDIR/out"
expect_equal "one goes" 0 "$(of two0)"
expect_equal "its device has what it had" "$was" "$("$SEKISHO" -j show peer |
	jq '[.[] | select(.removed and .ifname == "hub0") | .packets] | add // 0')"
test_finish
