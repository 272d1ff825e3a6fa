#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A program that reads the dump of wg, which says the same of ours: wg-json, of wireguard-tools.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
reader=/usr/share/doc/wireguard-tools/examples/json/wg-json
[ -e "$reader" ] || skip_all "wireguard-tools is here without its examples"
private_mounts "$@"

tunnel_key a b c d
tunnel_world host world || exit 1
mkdir "$TMPDIR/bin"
cat >"$TMPDIR/bin/wg" <<'END'
#!/bin/sh
[ "$1" = show ] && shift && exec "$SEKISHO" tunnel show --show-keys "$@"
END
chmod 700 "$TMPDIR/bin/wg"

# reads PATH: what it makes of the dump that the wg of that path gives.
reads()
{
	in_ns "$host" env PATH="$1" bash "$reader"
}

# Keepalives may go on meanwhile, and the order is that of a folder. The control socket of the other
# end is in there, too, and wg takes it for one of here.
same_json()
{
	reads "$PATH" | jq -S "del(.wg1)" >"$TMPDIR/theirs"
	reads "$TMPDIR/bin:$PATH" | jq -S . >"$TMPDIR/ours"
	[ -s "$TMPDIR/theirs" ] && diff "$TMPDIR/theirs" "$TMPDIR/ours"
}

# same_dump NAME|all
same_dump()
{
	in_ns "$host" wg show "$1" dump | grep -v "^wg1" | sort >"$TMPDIR/theirs"
	in_ns "$host" "$TMPDIR/bin/wg" show "$1" dump | sort >"$TMPDIR/ours"
	[ -s "$TMPDIR/theirs" ] && diff "$TMPDIR/theirs" "$TMPDIR/ours"
}

ping_peer()
{
	in_ns "$host" ping -c 1 -W 1 10.0.0.2 >"$TMPDIR/ping" 2>&1
}

# A full tunnel whose peer answers; one with all that may be absent; one of wg's own making.
cat >"$TMPDIR/wg0.conf" <<END
[Interface]
PrivateKey = $(key a)
Address = 10.0.0.1/24
[Peer]
PublicKey = $(pub b)
PresharedKey = $(key d)
Endpoint = 192.168.100.61:51821
AllowedIPs = 0.0.0.0/0, ::/0, 10.0.0.0/24
PersistentKeepalive = 25
END
cat >"$TMPDIR/wg2.conf" <<END
[Interface]
ListenPort = 51900
PrivateKey = $(key c)
Table = off
[Peer]
PublicKey = $(pub a)
[Peer]
PublicKey = $(pub b)
Endpoint = [2001:db8:8::8]:51821
AllowedIPs = 10.1.0.0/16, fd00::/64
PersistentKeepalive = 7
[Peer]
PublicKey = $(pub b)
AllowedIPs = +10.2.0.0/16, -10.1.0.0/16
END
cat >"$TMPDIR/wg1.conf" <<END
[Interface]
PrivateKey = $(key b)
ListenPort = 51821
Address = 10.0.0.2/24
Table = off
[Peer]
PublicKey = $(pub a)
PresharedKey = $(key d)
AllowedIPs = 0.0.0.0/0
END
tunnel_add()
{
	if tunnel_has_kernel; then
		ip -n "$host" link add "$1" type wireguard
	else
		in_ns "$host" wireguard-go "$1"
		defer rm -f "/var/run/wireguard/$1.sock"
	fi
}

test_plan 7
in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/wg1.conf" &&
	in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg2.conf" &&
	in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/wg0.conf" &&
	tunnel_add wg3 >"$TMPDIR/out" 2>&1 && busywait 30 ping_peer
test_result $? "interfaces, one of which sekisho has not made"
for name in wg0 wg2 wg3 all; do
	busywait 30 same_dump "$name" >"$TMPDIR/out"
	test_result $? "dump of $name" || diag <"$TMPDIR/out"
done
busywait 30 same_json >"$TMPDIR/out"
test_result $? "what is read out of it" || diag <"$TMPDIR/out"
expect_equal "is all of it" "51820 51821 25 true 2 7 null" \
	"$(jq -r --arg b "$(pub b)" --arg a "$(pub a)" '"\(.wg0.fwmark) \(.wg0.peers[$b].endpoint | sub(".*:"; "")) \(.wg0.peers[$b].persistentKeepalive) \(.wg0.peers[$b].latestHandshake > 0) \(.wg2.peers[$b].allowedIps | length) \(.wg2.peers[$b].persistentKeepalive) \(.wg2.peers[$a].endpoint)"' "$TMPDIR/ours")"
in_ns "$host" "$SEKISHO" tunnel down wg0
in_ns "$host" "$SEKISHO" tunnel down wg2
in_ns "$world" "$SEKISHO" tunnel down wg1
test_finish
