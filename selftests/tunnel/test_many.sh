#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# 130,000 allowed addresses of one peer, and 10,000 peers; wireguard-go takes fewer.
# timeout: 150

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b
setup_ns host || exit 1

# tunnel NS COMMAND...
tunnel()
{
	tunnel_ns=$1
	shift
	in_ns "$tunnel_ns" "$SEKISHO" tunnel "$@" >"$TMPDIR/out" 2>&1
}

test_plan 5
# They take several messages, to the kernel and back.
many=2000
! tunnel_has_kernel || many=130000
{
	printf '%s\n' "[Interface]" "PrivateKey = $(key a)" "[Peer]" "PublicKey = $(pub b)"
	awk -v n="$many" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "AllowedIPs = 10.%d.%d.%d/32\n", i / 65536, i / 256 % 256, i % 256
	}'
} >"$TMPDIR/wg0.conf"
tunnel "$host" up --routing none "$TMPDIR/wg0.conf"
test_result $? "$many addresses of one peer" || diag <"$TMPDIR/out"
expect_equal "all are there" "$many" \
	"$(in_ns "$host" wg show wg0 allowed-ips | tr -s '[:blank:]' '\n' | grep -c /32)"
expect_equal "as we read them" "$many" \
	"$(in_ns "$host" "$SEKISHO" tunnel show wg0 dump | tail -n 1 | tr ',' '\n' | grep -c /32)"
tunnel "$host" down wg0
peers=1000
! tunnel_has_kernel || peers=10000
{
	printf '%s\n' "[Interface]" "PrivateKey = $(key a)"
	awk -v n="$peers" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "[Peer]\nPublicKey = %06d%037d=\nAllowedIPs = 172.%d.%d.0/24\n", i, 0, 16 + i / 256, i % 256
	}'
} >"$TMPDIR/wg0.conf"
tunnel "$host" up "$TMPDIR/wg0.conf" &&
	[ "$(in_ns "$host" wg show wg0 peers | wc -l)" = "$peers" ]
test_result $? "$peers peers" || diag <"$TMPDIR/out"
expect_equal "each with its route" "$peers" "$(ip -n "$host" route show dev wg0 | wc -l)"
tunnel "$host" down wg0
test_finish
