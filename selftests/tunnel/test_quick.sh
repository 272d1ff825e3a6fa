#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The same files by wg-quick and by sekisho: what they leave in the kernel is the same, and
# nothing when the tunnel is down.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b c
tunnel_host host || exit 1
# What both call for DNS; it writes down how it was called.
mkdir "$TMPDIR/bin" "$TMPDIR/files"
cat >"$TMPDIR/bin/resolvconf" <<-END
	#!/bin/sh
	[ -t 0 ] || [ "\$1" != -a ] || cat >>"$TMPDIR/resolvconf"
	echo "resolvconf \$*" >>"$TMPDIR/resolvconf"
END
chmod 755 "$TMPDIR/bin/resolvconf"
PATH=$TMPDIR/bin:$PATH
cp /etc/hosts "$TMPDIR/hosts"
echo "192.0.2.77 gateway.example" >>"$TMPDIR/hosts"
mount --bind "$TMPDIR/hosts" /etc/hosts || exit 1

# case_file NAME [SED]: standard input, with keys filled in.
cases=
case_file()
{
	mkdir "$TMPDIR/files/$1"
	sed -e "s|KEYA|$(key a)|; s|PUBB|$(pub b)|; s|PUBC|$(pub c)|; s|PSK|$(key c)|" \
		-e "${2-}" >"$TMPDIR/files/$1/wg0.conf"
	cases="$cases $1"
}

case_file networks <<END
[Interface]
Address = 10.0.0.1/24
PrivateKey = KEYA
ListenPort = 51820
[Peer]
PublicKey = PUBB
AllowedIPs = 10.0.0.2/32, 10.8.0.1/16, 172.16.0.0/12
Endpoint = 192.168.100.61:51820
PersistentKeepalive = 25
END

case_file full4 <<END
[Interface]
Address = 10.0.0.1/24
PrivateKey = KEYA
ListenPort = 51820
[Peer]
PublicKey = PUBB
AllowedIPs = 0.0.0.0/0
Endpoint = 192.168.100.61:51820
END

case_file full46 <<END
[Interface]
Address = 10.0.0.1/24, fd00:9::1/64
Address = 10.0.1.1
PrivateKey = KEYA
[Peer]
PublicKey = PUBB
PresharedKey = PSK
AllowedIPs = 0.0.0.0/0,::/0
Endpoint = [2001:db8:1::61]:51820
END

case_file full6 <<END
[Interface]
Address = fd00:9::1
PrivateKey = KEYA
[Peer]
PublicKey = PUBB
AllowedIPs = ::/0, 10.1.0.0/16
Endpoint = 192.0.2.1:51820
END

case_file off <<END
[Interface]
Address = 10.0.0.1/24
Table = off
PrivateKey = KEYA
[Peer]
PublicKey = PUBB
AllowedIPs = 0.0.0.0/0
Endpoint = 192.168.100.61:51820
END

case_file table <<END
[Interface]
Address = 10.0.0.1/24
Address = fd00:9::1/64
Table = 1234
PrivateKey = KEYA
[Peer]
PublicKey = PUBB
AllowedIPs = 0.0.0.0/0, 10.0.0.0/24, fd00::/8
Endpoint = 192.168.100.61:51820
END

case_file fwmark <<END
[Interface]
Address = 10.0.0.1/24
FwMark = 0xabc
MTU = 1400
PrivateKey = KEYA
[Peer]
PublicKey = PUBB
AllowedIPs = 0.0.0.0/0
Endpoint = 192.168.100.61:51820
END

case_file spelling 's/$/\r/' <<END
# A comment
  [interface]
address=10.0.0.1/24   10.0.1.1/24,, 10.0.2.1/24
   privatekey   =   KEYA   # and another
MtU = 1380
table = auto
[PEER]
Public Key = PUBB
allowedips = 10.3.0.0/16 ,10.4.0.0/16
AllowedIPs=10.5.0.0/16
endpoint = 192.168.100.61 : 51820
persistentkeepalive = off
END

case_file peers <<END
[Interface]
PrivateKey = KEYA
Address = 10.0.0.1/32
[Peer]
PublicKey = PUBB
AllowedIPs = 10.1.0.0/16, 10.2.0.0/16
[Peer]
PublicKey = PUBC
AllowedIPs = 10.2.0.0/16, 10.1.2.0/24
Endpoint = gateway.example:51821
END

case_file hooks <<END
[Interface]
PrivateKey = KEYA
Address = 10.0.0.1/24
DNS = 192.0.2.53, 2001:db8::53, example.org
DNS = example.net
PreUp = ip link add sek-pre type veth peer name sek-pre2
PostUp = ip route add 198.51.100.0/24 dev %i; [[ %i == wg0 ]] # gone
PostUp = ip route add 203.0.113.0/24 dev %i
PreDown = ip route del 203.0.113.0/24 dev %i
PostDown = ip link del sek-pre
[Peer]
PublicKey = PUBB
AllowedIPs = 10.7.0.0/16
END

# A second section of a peer: its networks replace those of the first, the rest stays. That of the
# interface's own key is nobody's.
case_file sections "s|PUBA|$(pub a)|" <<END
[Interface]
PrivateKey = KEYA
Address = 10.0.0.1/24
Table = 4294967295
[Peer]
PublicKey = PUBB
PresharedKey = PSK
PersistentKeepalive = 7
AllowedIPs = 10.1.0.0/16, 10.2.0.0/16
Endpoint = [fe80::1%eth0]:51820
[Peer]
PublicKey = PUBC
AllowedIPs = 10.1.0.0/16
[Peer]
PublicKey = PUBB
AllowedIPs = 10.2.0.0/16, 10.3.0.0/16
[Peer]
PublicKey = PUBA
AllowedIPs = 10.4.0.0/16
Endpoint = 192.168.100.61:51820
[Peer]
PublicKey = PUBC
END

case_file nothing <<END
[Interface]
END

# run_case NAME WHO COMMAND...
run_case()
{
	who=$2
	conf=$TMPDIR/files/$1/wg0.conf
	out=$TMPDIR/files/$1/$who
	shift 2
	rm -f "$TMPDIR/resolvconf"
	in_ns "$host" "$@" up "$conf" >"$out.log" 2>&1 || diag <"$out.log"
	tunnel_state "$host" wg0 >"$out.up"
	cat "$TMPDIR/resolvconf" >>"$out.up" 2>/dev/null
	in_ns "$host" "$@" down "$conf" >"$out.log" 2>&1 || diag <"$out.log"
	cat "$TMPDIR/resolvconf" >>"$out.up" 2>/dev/null
	# wireguard-go takes a moment to leave.
	busywait 5 test ! -e /var/run/wireguard/wg0.sock
	tunnel_state "$host" wg0 | grep -v src_valid_mark >"$out.down"
	in_ns "$host" sysctl -q -w net.ipv4.conf.all.src_valid_mark=0
}

# Emulated, the many processes of wg-quick take long: there some of them will do.
[ "$SEK_ENV" = native ] || cases="networks full46"
# shellcheck disable=SC2086 # a list
set -- $cases
test_plan $((2 * $# + 1))
tunnel_state "$host" wg0 >"$TMPDIR/before"
grep -v src_valid_mark "$TMPDIR/before" >"$TMPDIR/nothing"
for name; do
	run_case "$name" quick wg-quick
	run_case "$name" sekisho "$SEKISHO" tunnel
	tunnel_same "$TMPDIR/files/$name/quick.up" "$TMPDIR/files/$name/sekisho.up" "$name: up"
	tunnel_same "$TMPDIR/nothing" "$TMPDIR/files/$name/sekisho.down" "$name: down"
done

# wg-quick leaves this one as it is; we do not.
in_ns "$host" "$SEKISHO" tunnel up "$TMPDIR/files/full46/wg0.conf" &&
	in_ns "$host" "$SEKISHO" tunnel down wg0
tunnel_state "$host" wg0 >"$TMPDIR/after"
tunnel_same "$TMPDIR/before" "$TMPDIR/after" "the sysctl is restored, too"
test_finish
