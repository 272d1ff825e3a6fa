#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Two full tunnels in one namespace: down removes what up of that one made, in either order, also
# when up of the second or down of the first was killed behind a request: every SEK_EVERY-th one.
# timeout: 280

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

fault=$(ldd "$SEKISHO" | awk '/libasan/ { print $3 ":" }')$SEK_BUILD/selftests/tunnel/fault.so
tunnel_key a b c
tunnel_host host || exit 1

# conf NAME KEY N
conf()
{
	cat >"$TMPDIR/$1.conf" <<-END
		[Interface]
		Address = 10.0.$3.1/24, fd00:$3::1/64
		PrivateKey = $(key "$2")
		[Peer]
		PublicKey = $(pub c)
		AllowedIPs = 0.0.0.0/0, ::/0
		Endpoint = 192.0.2.$3:51820
	END
}

tunnel()
{
	in_ns "$host" "$SEKISHO" tunnel "$1" "$TMPDIR/$2.conf" >"$TMPDIR/out" 2>&1
}

# killed COMMAND NAME N: behind its Nth request; 0 is not at all.
killed()
{
	in_ns "$host" env LD_PRELOAD="$fault" FAULT_KIND=after FAULT_AT="$3" \
		FAULT_COUNT="$TMPDIR/count" "$SEKISHO" tunnel "$1" "$TMPDIR/$2.conf" \
		>"$TMPDIR/out" 2>&1
}

# wireguard-go takes a moment to leave.
gone()
{
	ip -n "$host" -o link show | cut -d : -f 2 >"$TMPDIR/links"
	for gone_name; do
		! grep -q " $gone_name\$" "$TMPDIR/links" &&
			[ ! -e "/var/run/wireguard/$gone_name.sock" ] || return
	done
}

# state FILE: of both, and what interfaces there are.
state()
{
	{
		tunnel_state "$host" wg0
		tunnel_state "$host" wg1
		ip -n "$host" -o link show | cut -d : -f 2
	} >"$TMPDIR/$1"
}

# is_as FILE WHEN NAME...: the state, when these interfaces are gone.
is_as()
{
	is_file=$1 is_when=$2
	shift 2
	busywait 30 gone "$@"
	state now
	diff "$TMPDIR/$is_file" "$TMPDIR/now" >"$TMPDIR/diff" && return
	diag "$is_when"
	diag <"$TMPDIR/diff"
	diag <"$TMPDIR/out"
	return 1
}

all_down()
{
	tunnel down wg0
	tunnel down wg1
}

# up_killed N WHEN: which of them goes first takes turns.
up_killed()
{
	killed up wg1 "$1"
	if [ $(($1 / step % 2)) -eq 0 ]; then
		tunnel down wg1
		is_as first "$2, the second is down" wg1 || return
		tunnel down wg0
	else
		tunnel down wg0
		tunnel down wg1
	fi
	is_as none "$2, both are down" wg0 wg1
}

down_killed()
{
	tunnel up wg1 || return
	killed down wg0 "$1"
	tunnel down wg0
	is_as second "$2, the first is down" wg0 || return
	tunnel down wg1
	is_as none "$2, both are down" wg0 wg1
}

# each NAME COUNT FUNCTION
each()
{
	failed=0
	n=0
	while n=$((n + step)) && [ "$n" -le "$2" ]; do
		tunnel up wg0 && "$3" "$n" "$1: request $n of $2" && continue
		failed=1
		all_down
	done
	test_result "$failed" "$1, of $2 requests"
}

conf wg0 a 1
conf wg1 b 2
# As in tunnel/faults, which takes each of them of one tunnel.
step=${SEK_EVERY:-2}
[ "$SEK_ENV" = native ] || step=${SEK_EVERY:-12}
test_plan 7
state none
tunnel up wg0 && state first && killed up wg1 0
test_result $? "two full tunnels"
ups=$(cat "$TMPDIR/count")
tunnel down wg1
is_as first "down" wg1
test_result $? "the second goes first"
tunnel up wg1 && killed down wg0 0 && busywait 30 gone wg0
test_result $? "the first goes first"
downs=$(cat "$TMPDIR/count")
state second
grep -q "^inet: .*lookup 51821" "$TMPDIR/second" &&
	ip -n "$host" route get 198.51.100.1 | grep -q "dev wg1"
test_result $? "and the second has what it had" || diag <"$TMPDIR/second"
tunnel down wg1
is_as none "down" wg1
test_result $? "nothing is left"
each "up of the second is killed" "$ups" up_killed
each "down of the first is killed" "$downs" down_killed
test_finish
