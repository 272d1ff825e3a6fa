#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The tunnel that swallowed everything: the same file in both meanings, what counters show of
# it, and what the doctor says.
# timeout: 90

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_world host world || exit 1
conf=$TMPDIR/wg0.conf
cp "$top/examples/swallowed-tunnel.conf" "$conf" && chmod 600 "$conf"

tunnel()
{
	in_ns "$host" "$SEKISHO" tunnel "$@"
}

pings()
{
	in_ns "$host" ping -c 2 -i 0.2 -W 1 203.0.113.8 >"$TMPDIR/ping" 2>&1
}

# Echo requests that went into the tunnel, and what came out of it.
counted()
{
	"$SEKISHO" -j show link --dev wg0 >"$TMPDIR/link" || return
	json "map(select(.direction == \"$1\") | .packets) | add // 0 | tostring" "$TMPDIR/link"
}

test_plan 17
pings
test_result $? "without the tunnel the world answers"

tunnel up "$conf" && "$SEKISHO" load --netns "$host" --hook tc >"$TMPDIR/load" 2>&1
test_result $? "up, and counted" || diag <"$TMPDIR/load"
tunnel doctor "$conf" >"$TMPDIR/out"
test_result $? "nothing was sent: nothing is wrong" || diag <"$TMPDIR/out"
! pings
test_result $? "with it nobody answers"
expect_equal "requests go into wg0" 2 "$(counted egress)"
expect_equal "and nothing comes out" 0 "$(counted ingress)"

tunnel show wg0 | grep -q '^  counted into the tunnel: 2 packets, 168B (icmp_echo_request 2)$'
test_result $? "show has it, too" || tunnel show wg0 | diag
tunnel -j doctor "$conf" >"$TMPDIR/doctor"
expect_equal "the doctor exits with 1" 1 $?
expect_equal "rule" "32765: not from all fwmark 0xca6c lookup 51820" \
	"$(finding swallowed .rule "$TMPDIR/doctor")"
expect_equal "table and route" "51820 default dev wg0" \
	"$(finding swallowed '"\(.table) \(.route)"' "$TMPDIR/doctor")"
finding swallowed .because "$TMPDIR/doctor" |
	grep -q '0xca6c, which that rule excepts.*default via 10.59.79.1 dev eth0'
test_result $? "why WireGuard's own packets are excepted"
finding silent .seen "$TMPDIR/doctor" |
	grep -q 'handshake initiation.* of 148 bytes sent, 0 bytes received.*counted [1-9]'
test_result $? "that the peer is silent" || diag <"$TMPDIR/doctor"
finding swallowed .change "$TMPDIR/doctor" | grep -q 'Routing = onlink.*ip route add'
test_result $? "and what to change"
tunnel doctor wg0 | awk 'length > 80 { bad = 1 } END { exit bad }'
test_result $? "in lines that fit"

tunnel down "$conf" && tunnel up --routing onlink "$conf" && pings
test_result $? "the same file, onlink: the world answers" || diag <"$TMPDIR/ping"
tunnel doctor "$conf" >"$TMPDIR/out"
test_result $? "and the doctor has nothing to say" || diag <"$TMPDIR/out"
tunnel down "$conf"

# The comment in the file means the same.
sed -i 's/^## sekisho/# sekisho/' "$conf"
tunnel up "$conf" && pings && tunnel down "$conf"
test_result $? "so does the file's own key"
"$SEKISHO" unload >"$TMPDIR/load" 2>&1
test_finish
