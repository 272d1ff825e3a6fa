#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each request of `up` and `down` fails once, and sekisho is killed behind each: the state
# afterwards is the state before.
# timeout: 280

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

# ASan's library, if it is linked to that, has to be the first one.
fault=$(ldd "$SEKISHO" | awk '/libasan/ { print $3 ":" }')$SEK_BUILD/selftests/tunnel/fault.so
tunnel_key a b
tunnel_host host || exit 1
conf=$TMPDIR/wg0.conf
cat >"$conf" <<END
[Interface]
Address = 10.0.0.1/24, fd00:9::1/64
PrivateKey = $(key a)
PostUp = true
[Peer]
PublicKey = $(pub b)
AllowedIPs = 0.0.0.0/0, ::/0, 192.0.2.0/24
Endpoint = 192.0.2.1:51820
END

tunnel()
{
	in_ns "$host" "$SEKISHO" tunnel "$@" >"$TMPDIR/out" 2>&1
}

# with_fault KIND N COMMAND: as its exit status.
with_fault()
{
	in_ns "$host" env LD_PRELOAD="$fault" FAULT_KIND="$1" FAULT_AT="$2" \
		FAULT_COUNT="$TMPDIR/count" "$SEKISHO" tunnel "$3" "$conf" >"$TMPDIR/out" 2>&1
}

# A kernel that has WireGuard needs no wireguard-go, which takes a moment to leave.
gone()
{
	[ ! -e /var/run/wireguard/wg0.sock ]
}

is_as_before()
{
	busywait 5 gone
	tunnel_state "$host" wg0 >"$TMPDIR/after"
	if ! diff "$TMPDIR/before" "$TMPDIR/after" >"$TMPDIR/diff" ||
		[ -n "$(ls -A /run/sekisho/tunnels)" ]; then
		diag "$1"
		diag <"$TMPDIR/diff"
		diag <"$TMPDIR/out"
		find /run/sekisho/tunnels -type f | diag
		return 1
	fi
}

# A request that only asks may fail without harm: then the tunnel is up, and goes down.
up_fails()
{
	if with_fault error "$1" up; then
		tunnel down wg0
		return
	fi
	grep -q '^sekisho: ' "$TMPDIR/out"
}

# Killed, and taken down by the next one; or up, where the next one finishes.
up_is_killed()
{
	with_fault after "$1" up
	tunnel down wg0
}

down_fails()
{
	tunnel up "$conf" || return
	with_fault error "$1" down
	tunnel down wg0
}

down_is_killed()
{
	tunnel up "$conf" || return
	with_fault after "$1" down
	tunnel down wg0
}

# each NAME COMMAND FUNCTION: for every request of the command.
each()
{
	failed=0
	n=0
	total=$(cat "$TMPDIR/$2.count")
	while n=$((n + step)) && [ "$n" -le "$total" ]; do
		if ! "$3" "$n" || ! is_as_before "$1: request $n of $total"; then
			failed=1
			tunnel down wg0
		fi
	done
	test_result "$failed" "$1, each of $total requests"
}

test_plan 6
# Emulated, each takes long: there every twelfth will do, unless SEK_EVERY says otherwise.
step=${SEK_EVERY:-1}
[ "$SEK_ENV" = native ] || step=${SEK_EVERY:-12}
tunnel_state "$host" wg0 >"$TMPDIR/before"
with_fault none 0 up && mv "$TMPDIR/count" "$TMPDIR/up.count"
test_result $? "up" || diag <"$TMPDIR/out"
with_fault none 0 down && mv "$TMPDIR/count" "$TMPDIR/down.count"
test_result $? "down" || diag <"$TMPDIR/out"
is_as_before "up and down"
each "up fails" up up_fails
each "up is killed" up up_is_killed
each "down fails" down down_fails
each "down is killed" down down_is_killed
test_finish
