#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 240
#
# serve is killed before each of its calls that change something, while it takes back slots of
# WireGuard's peers: no count is lost or doubled, and the next one completes what was begun.
# shellcheck source=selftests/net/net.sh
. "$(dirname "$0")/../net/net.sh"
private_mounts "$@"
# shellcheck source=selftests/net/wireguard.sh
. "$top/selftests/net/wireguard.sh"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

# shellcheck disable=SC2154 # hub and away are set by net_ns
settle()
{
	"$@" "$SEKISHO" serve --once --hook tc --netns "$hub"
}

# slots EXPRESSION: how many there are of which jq says so, by the number of their life.
slots()
{
	bpftool -j map dump pinned /sys/fs/bpf/sekisho/maps/sek_peer_lives |
		jq "[.[].formatted | select(.key > 0 and (.value % 4 | $1))] | length"
}

# come KEY PORT: a peer that is sent an initiation, there, and has a slot.
come()
{
	in_ns "$hub" wg set hub0 peer "$1" endpoint "10.1.0.2:$2" persistent-keepalive 60 &&
		busywait 30 has_place "$2"
}

has_place()
{
	bpftool -j map dump pinned /sys/fs/bpf/sekisho/maps/sek_peer_places |
		jq -e "any(.[]; .formatted.value.remote_port == $1)" >/dev/null
}

sum_of()
{
	"$SEKISHO" -j show peer | jq "[.[] | select($1) | .packets] | add // 0"
}

remove()
{
	in_ns "$hub" wg set hub0 peer "$1" remove
}

# speaks WHETHER: what the hub's device sends goes out, or is dropped before it is counted.
speaks()
{
	in_ns "$hub" nft flush chain ip quiet out
	$1 || in_ns "$hub" nft add rule ip quiet out udp sport 51820 drop
}

# What there is to settle: one peer that was removed, and one that has moved; then nothing is
# sent any more.
go_away()
{
	tried=$((tried + 1))
	[ -z "${b:-}" ] || remove "$b"
	a=$(printf 'A%05d%037d=' $tried 0)
	b=$(printf 'B%05d%037d=' $tried 0)
	port=$((3 * tried + 1000))
	speaks true && come "$a" $port && come "$b" $((port + 1)) && books >/dev/null &&
		remove "$a" && remove "$b" && come "$b" $((port + 2)) && speaks false &&
		[ "$(slots '. == 1')" -ge 3 ]
}

# Every number of each kind, whoever has it, and those of the one that is still there.
books()
{
	"$SEKISHO" -j show peer | jq -c --arg key "$b" '
		(group_by([.direction, .class]) | map([.[0].direction, .[0].class,
			(map(.packets) | add), (map(.bytes) | add), (map(.wire_bytes) | add)])),
		[.[] | select(.public_key == $key) | .packets]'
}

# The calls of a whole run that change something; each is a step.
changing_calls()
{
	go_away && settle strace -f -e trace=bpf -o "$TMPDIR/trace" >/dev/null 2>&1 || return
	# Once it follows.
	grep 'bpf(' "$TMPDIR/trace" | awk '/RAW_TRACEPOINT_OPEN/ { n = 0; next }
		/MAP_UPDATE|MAP_DELETE/ { at[n++] = NR }
		END { for (i = 0; i < n; i++) print at[i] }'
}

# die_at N, and start again: 0 also if serve came to its end before.
die_at()
{
	go_away || return
	before=$(books)
	# A shell of its own says who was killed.
	(settle strace -f -o /dev/null -e trace=bpf \
		-e inject=bpf:signal=SIGKILL:when="$1") >/dev/null 2>&1
	status=$?
	after=$(books)
	settle >"$TMPDIR/out" 2>&1 && [ "$before" = "$after" ] && [ "$before" = "$(books)" ] &&
		[ "$(slots '. != 0')" = 1 ] && return
	diag "killed before call $1"
	diag "before: $before"
	diag "after:  $after"
	diag "then:   $(books), $(slots '. != 0') slots"
	diag <"$TMPDIR/out"
	return 1
}

test_plan 6
tried=0
net_ns hub away
net_link hub away 1
in_ns "$away" nft 'add table ip sink; add chain ip sink in { type filter hook prerouting priority 0; }; add rule ip sink in meta l4proto udp drop'
in_ns "$hub" nft 'add table ip quiet; add chain ip quiet out { type filter hook output priority 0; }'
net_run hub ping -q -c 1 -W 15 10.1.0.2
wg_device hub hub0 51820 1
"$SEKISHO" load --netns "$hub" --hook tc >"$TMPDIR/out"
test_result $? "load" || diag <"$TMPDIR/out"
calls=$(changing_calls) && [ -n "$calls" ]
test_result $? "a whole run"
failed=0
killed=0
steps=0
every=6
[ "$SEK_ENV" = native ] || every=12
for call in $calls; do
	steps=$((steps + 1))
	[ $((steps % every)) -eq 0 ] || continue
	die_at "$call" || failed=1
	[ "$status" -eq 0 ] || killed=$((killed + 1))
	[ $failed -eq 0 ] || break
done
test_result $failed "the books never change"
diag "killed $killed times, at $steps steps"
[ "$killed" -gt 2 ]
test_result $? "it was killed"
expect_equal "all is there" "$(sum_of true)" "$(sum_of '.public_key')"
expect_equal "nothing is half done" 0 "$(slots '. == 2')"
test_finish
