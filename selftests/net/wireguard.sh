# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# WireGuard devices for tests of counting: the kernel's where there is one, else of
# wireguard-go; then $go is not empty.  After net.sh.
#
# shellcheck disable=SC2034

go=

# wg_device NS DEV PORT N: up, with the addresses of N; its public key is $DEV.pub.
wg_device()
{
	ns=$(net_name "$1")
	if ! ip -n "$ns" link add "$2" type wireguard 2>"$TMPDIR/out"; then
		go=1
		# Not in_ns: a function in the background is a shell, and $! its pid.
		nsenter --net="/run/netns/$ns" wireguard-go -f "$2" >"$TMPDIR/$2.log" 2>&1 &
		defer kill_and_wait $!
		busywait 5 ip -n "$ns" link show "$2" >"$TMPDIR/out" || exit 1
	fi
	umask 77
	wg genkey >"$TMPDIR/$2.key"
	wg pubkey <"$TMPDIR/$2.key" >"$TMPDIR/$2.pub"
	busywait 5 in_ns "$ns" wg set "$2" private-key "$TMPDIR/$2.key" \
		listen-port "$3" || exit 1
	net_address "$1" "$2" 9 "$4"
}

# wg_peer NS DEV PEER ENDPOINT [ALLOWED]
wg_peer()
{
	in_ns "$(net_name "$1")" wg set "$2" peer "$(cat "$TMPDIR/$3.pub")" \
		endpoint "$4" allowed-ips "${5:-0.0.0.0/0,::/0}" || exit 1
}
