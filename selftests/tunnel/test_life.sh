#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Up and down: twice, two at once, failing hooks, what is refused, namespaces; and what show
# says of it, compared with wg.
# timeout: 120

# shellcheck source=selftests/tunnel/tunnel.sh
. "$(dirname "$0")/tunnel.sh"
private_mounts "$@"

tunnel_key a b c
tunnel_world host world || exit 1
setup_ns inner || exit 1

# conf NAME KEY INTERFACE-LINE PEER-LINE...
conf()
{
	printf '%s\n' "[Interface]" "PrivateKey = $(key "$2")" "$3" "[Peer]" \
		"PublicKey = $(pub b)" >"$TMPDIR/$1.conf"
	conf_name=$1
	shift 3
	printf '%s\n' "$@" >>"$TMPDIR/$conf_name.conf"
}

tunnel()
{
	in_ns "$host" "$SEKISHO" tunnel "$@" >"$TMPDIR/out" 2>&1
}

state()
{
	busywait 5 test ! -e /var/run/wireguard/wg0.sock
	tunnel_state "$host" wg0 >"$TMPDIR/$1"
}

same()
{
	busywait 5 test ! -e /var/run/wireguard/wg1.sock
	state after
	tunnel_same "$TMPDIR/before" "$TMPDIR/after" "$1"
}

# refused NAME PATTERN: what the last command said, in one line.
refused()
{
	refused_status=$?
	[ "$refused_status" -eq 1 ] && [ "$(wc -l <"$TMPDIR/out")" -eq 1 ] &&
		grep -qE "$2" "$TMPDIR/out"
	test_result $? "$1" || diag <"$TMPDIR/out"
}

# Names are those of /etc/hosts, and nobody is asked.
echo "hosts: files" >"$TMPDIR/nsswitch"
chmod 644 "$TMPDIR/nsswitch"
mount --bind "$TMPDIR/nsswitch" /etc/nsswitch.conf || exit 1
echo "192.0.2.1 gateway.example" >"$TMPDIR/hosts"
chmod 644 "$TMPDIR/hosts"
mount --bind "$TMPDIR/hosts" /etc/hosts || exit 1

test_plan 42
state before

conf wg0 a "Address = 10.0.0.1/24" "AllowedIPs = 0.0.0.0/0" "Endpoint = 192.168.100.61:51821" \
	"PresharedKey = $(key c)" "PersistentKeepalive = 25"
tunnel up "$TMPDIR/wg0.conf" && tunnel up "$TMPDIR/wg0.conf" && grep -q 'is up already' "$TMPDIR/out"
test_result $? "up twice"

in_ns "$host" "$SEKISHO" tunnel show --show-keys all dump >"$TMPDIR/ours"
in_ns "$host" wg show all dump >"$TMPDIR/theirs"
# Keepalives go on.
cut -f 1-6,9 "$TMPDIR/ours" >"$TMPDIR/ours.cut"
cut -f 1-6,9 "$TMPDIR/theirs" >"$TMPDIR/theirs.cut"
tunnel_same "$TMPDIR/theirs.cut" "$TMPDIR/ours.cut" "dump, as wg has it"
in_ns "$host" "$SEKISHO" tunnel show wg0 dump >"$TMPDIR/ours"
in_ns "$host" "$SEKISHO" tunnel show >>"$TMPDIR/ours"
in_ns "$host" "$SEKISHO" -j tunnel show >>"$TMPDIR/ours"
! grep -qF -e "$(key a)" -e "$(key c)" "$TMPDIR/ours"
test_result $? "secret keys are hidden"
in_ns "$host" "$SEKISHO" -j tunnel show wg0 >"$TMPDIR/json"
expect_equal "JSON" "wg0 192.168.100.61:51821 0.0.0.0/0 51820 25 number" \
	"$(json '.[] | "\(.ifname) \(.endpoint) \(.allowed_ips) \(.fwmark) \(.persistent_keepalive) \(.tx_bytes | type)"' "$TMPDIR/json")"
"$SEKISHO" tunnel show -n "$host" wg0 | grep -q "^  endpoint: 192.168.100.61:51821$"
test_result $? "show, in another namespace"

# A second full tunnel, and the first one goes first.
conf wg1 c "Address = 10.0.1.1/24" "AllowedIPs = 0.0.0.0/0" "Endpoint = 203.0.113.8:51822"
tunnel up "$TMPDIR/wg1.conf"
test_result $? "a second full tunnel" || diag <"$TMPDIR/out"
expect_equal "rules of both" "32762 32763 32764 32765" \
	"$(ip -n "$host" -j rule show | jq -r '[.[].priority | select(. > 0 and . < 32766)] | join(" ")')"
tunnel down wg0
expect_equal "the first is down: rules of the second" "32762 32763" \
	"$(ip -n "$host" -j rule show | jq -r '[.[].priority | select(. > 0 and . < 32766)] | join(" ")')"
expect_equal "and its sysctl" "1" "$(in_ns "$host" sysctl -n net.ipv4.conf.all.src_valid_mark)"
tunnel down wg1
same "the second is down"
tunnel down wg1 && grep -q 'is not up' "$TMPDIR/out"
test_result $? "down twice"

# Both at the same time: neither takes what the other has.
together()
{
	in_ns "$host" "$SEKISHO" tunnel "$1" "$TMPDIR/wg0.conf" >"$TMPDIR/out" 2>&1 &
	first=$!
	in_ns "$host" "$SEKISHO" tunnel "$1" "$TMPDIR/wg1.conf" >"$TMPDIR/out1" 2>&1 &
	wait "$first" && wait "$!"
}
together up
test_result $? "two at the same time" || diag <"$TMPDIR/out"
expect_equal "have tables and priorities of their own" "32762 32763 32764 32765 51820 51821" \
	"$(ip -n "$host" -j rule show | jq -r '[.[] | select(.priority > 0 and .priority < 32766) | .priority, (.table | select(. != "main") | tonumber)] | unique | join(" ")')"
together down
same "and down at the same time"

tunnel up "$TMPDIR/wg0.conf"
in_ns "$host" ip link del wg0
tunnel up "$TMPDIR/wg0.conf" && grep -q 'half done' "$TMPDIR/out"
test_result $? "up, when somebody has deleted the interface"
expect_equal "without its old rules" "32764 32765" \
	"$(ip -n "$host" -j rule show | jq -r '[.[].priority | select(. > 0 and . < 32766)] | join(" ")')"
tunnel down wg0
same "down"

# What is refused, and changes nothing.
chmod 644 "$TMPDIR/wg0.conf"
tunnel up "$TMPDIR/wg0.conf"
refused "a key that all may read" "wg0.conf:2:14: everybody may read this key .*chmod 600"
chmod 600 "$TMPDIR/wg0.conf"
sed 's|0.0.0.0/0|10.0.0.0/33|' "$TMPDIR/wg0.conf" >"$TMPDIR/wg2.conf"
tunnel up "$TMPDIR/wg2.conf"
refused "a wrong network" "wg2.conf:6:14: AllowedIPs: '10.0.0.0/33' has a length beyond 32"
sed 's|192.168.100.61|nosuchhost.invalid|' "$TMPDIR/wg0.conf" >"$TMPDIR/wg2.conf"
tunnel up "$TMPDIR/wg2.conf"
refused "a name that nobody knows" "wg2.conf:7:12: Endpoint nosuchhost.invalid:51821: "
tunnel up /nonexistent/wg0.conf
refused "a file that is not there" "/nonexistent/wg0.conf: No such file"
in_ns "$host" ip link add wg0 type veth peer name wg0peer
tunnel up "$TMPDIR/wg0.conf"
refused "an interface of somebody else" "there is an interface wg0 already"
tunnel down wg0
refused "which down leaves alone" "sekisho has not made this interface"
in_ns "$host" ip link del wg0
same "nothing has changed"

# Hooks.
conf wg0 a "PostUp = touch $TMPDIR/hook; false" "AllowedIPs = 0.0.0.0/0"
tunnel up "$TMPDIR/wg0.conf"
expect_equal "a hook of up that fails" "1 yes" "$? $([ -e "$TMPDIR/hook" ] && echo yes)"
same "all is undone"
conf wg0 a "PreDown = false" "AllowedIPs = 0.0.0.0/0"
tunnel up "$TMPDIR/wg0.conf" && ! tunnel down wg0 && grep -q 'false: the command failed' "$TMPDIR/out"
test_result $? "a hook of down that fails is told" || diag <"$TMPDIR/out"
same "and the tunnel is down"
conf wg0 a "SaveConfig = true" "# a comment" "AllowedIPs = 10.1.0.0/16"
tunnel up "$TMPDIR/wg0.conf"
in_ns "$host" wg set wg0 peer "$(pub b)" allowed-ips 10.1.0.0/16,10.2.0.0/16
tunnel down wg0
grep -q 'a comment' "$TMPDIR/wg0.conf" && grep -qE '10.1.0.0/16, 10.2.0.0/16|10.2.0.0/16, 10.1.0.0/16' "$TMPDIR/wg0.conf"
test_result $? "SaveConfig" || diag <"$TMPDIR/out"

# Names that stand for something else after a while.
where()
{
	in_ns "$host" wg show wg0 endpoints | cut -f 2
}
conf wg0 a "" "AllowedIPs = 10.1.0.0/16" "Endpoint = gateway.example:51821"
tunnel up "$TMPDIR/wg0.conf"
tunnel refresh wg0
expect_equal "a name that stands for what it did" "0 192.0.2.1:51821" "$? $(where)"
echo "192.0.2.2 gateway.example" >"$TMPDIR/hosts"
tunnel refresh wg0
expect_equal "and for another address now" "0 192.0.2.2:51821" "$? $(where)"
in_ns "$host" wg set wg0 peer "$(pub b)" endpoint 192.0.2.99:1
echo "192.0.2.3 gateway.example" >"$TMPDIR/hosts"
tunnel refresh wg0
expect_equal "a peer that has roamed stays" "0 192.0.2.99:1" "$? $(where)"
tunnel down wg0
tunnel refresh wg0
refused "a tunnel that is not up" "no tunnel that sekisho brought up"

# Without root, who may enter neither the test's folder nor perhaps the tree by its path.
cp "$TMPDIR/wg0.conf" "$TMPDIR/wg3.conf" && chmod 644 "$TMPDIR/wg3.conf" && chmod 755 "$TMPDIR"
cp "$SEKISHO" "$TMPDIR/sekisho"
(cd "$TMPDIR" && setpriv --reuid 65534 --clear-groups ./sekisho -j tunnel plan ./wg3.conf) \
	>"$TMPDIR/json" 2>"$TMPDIR/out"
expect_equal "plan, without root" "up" "$(json '.[] | select(.step == "up").step' "$TMPDIR/json")"

# For a routing daemon.
conf wg0 a "# sekisho: Routing = daemon" "AllowedIPs = 0.0.0.0/0"
tunnel up "$TMPDIR/wg0.conf"
expect_equal "daemon: multicast, link-local, no routes" "MULTICAST 1 0" \
	"$(ip -n "$host" link show wg0 | grep -o MULTICAST) $(ip -n "$host" -6 -o address show dev wg0 | grep 'inet6 fe80:' | grep -vc stable-privacy) $(ip -n "$host" route show dev wg0 | wc -l)"
tunnel down wg0

# Namespaces.
conf wg0 a "Address = 10.0.0.1/24" "AllowedIPs = 0.0.0.0/0" "Endpoint = 192.168.100.61:51821"
if tunnel_has_kernel; then
	conf wg1 b "Address = 10.0.0.2/24" "AllowedIPs = 0.0.0.0/0"
	sed -i "s|^PublicKey = .*|PublicKey = $(pub a)|; s|^\[Peer|ListenPort = 51821\nTable = off\n&|" "$TMPDIR/wg1.conf"
	in_ns "$world" "$SEKISHO" tunnel up "$TMPDIR/wg1.conf" &&
		"$SEKISHO" tunnel up --netns "$inner" --underlay-netns "$host" "$TMPDIR/wg0.conf" &&
		busywait 10 in_ns "$inner" ping -c 1 -W 1 10.0.0.2 >"$TMPDIR/ping"
	test_result $? "all of a namespace through a tunnel whose socket is in another"
	"$SEKISHO" tunnel doctor -n "$inner" -u "$host" wg0 >"$TMPDIR/out"
	test_result $? "which is well" || diag <"$TMPDIR/out"
	"$SEKISHO" tunnel down -n "$inner" wg0 && same "down"
else
	"$SEKISHO" tunnel up --netns "$inner" --underlay-netns "$host" "$TMPDIR/wg0.conf" >"$TMPDIR/out" 2>&1
	refused "wireguard-go cannot have its socket elsewhere" "cannot have its socket in another namespace"
	"$SEKISHO" tunnel up --netns "$inner" "$TMPDIR/wg0.conf" >"$TMPDIR/out" 2>&1
	ip -n "$inner" link show wg0 >>"$TMPDIR/out" && "$SEKISHO" tunnel down --netns "$inner" wg0
	test_result $? "up and down in another namespace" || diag <"$TMPDIR/out"
	same "and not here"
fi
# Namespaces that are deleted: one that somebody has open, and one that is gone.
journals()
{
	"$SEKISHO" tunnel show >"$TMPDIR/out" 2>&1
	find /run/sekisho/tunnels -type f ! -name '*-wg1' | sed 's/.*-//' | sort | tr '\n' ' '
}

journals_are()
{
	[ "$(journals)" = "$1" ]
}

for name in wg4 wg5; do
	conf "$name" c "" "AllowedIPs = 10.1.0.0/16"
	ip netns add "sek-test-$SEK_ID-$name"
	"$SEKISHO" tunnel up --netns "sek-test-$SEK_ID-$name" "$TMPDIR/$name.conf"
done >"$TMPDIR/out" 2>&1
expect_equal "two tunnels in namespaces of their own" "wg4 wg5 " "$(journals)"
exec 9<"/run/netns/sek-test-$SEK_ID-wg4"
for name in wg4 wg5; do
	# wireguard-go is in there, and would stay.
	ip netns pids "sek-test-$SEK_ID-$name" >"$TMPDIR/pids"
	xargs -r kill <"$TMPDIR/pids"
	ip netns del "sek-test-$SEK_ID-$name"
done
busywait 5 journals_are "wg4 "
expect_equal "their namespaces are deleted, and somebody has one open" "wg4 " "$(journals)"
exec 9<&-
busywait 5 journals_are ""
test_result $? "and closes it"

expect_equal "no journal is left" "" "$(find /run/sekisho/tunnels -type f ! -name '*-wg1')"
test_finish
