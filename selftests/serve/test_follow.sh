#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 180
#
# What appears is attached to within a second, what goes is settled: interfaces, namespaces
# with a name, and those that only processes hold; serial, because it attaches to all of these.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

# link_sum SELECTION: skbs, over rows of show link, as a jq expression.
link_sum()
{
	"$SEKISHO" -j show link | jq "[.[] | select(.hook == \"tc\" and ($1)) | .skbs] | add // 0"
}

# ns_id PID: how a namespace without a name is called.
ns_id()
{
	readlink "/proc/$1/ns/net"
}

# has_removed N: so many skbs at least, of namespaces that have ended.
has_removed()
{
	[ "$(link_sum '.netns == "removed"')" -ge "$1" ]
}

# pings N: in the namespace here, over lo; 4 skbs each at tc, both ways.
pings()
{
	# shellcheck disable=SC2154 # here is set by setup_ns
	in_ns "$here" ping -q -f -c "$1" 127.0.0.1 >/dev/null
}

# make_pair: an interface that has sent something.
make_pair()
{
	ip -n "$here" link add va type veth peer name vb &&
		ip -n "$here" link set va up && ip -n "$here" link set vb up &&
		ip -n "$here" neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev va
}


next=$SEK_BUILD/next/sekisho

test_plan 22
setup_ns here && setup_cgroup group &&
	in_ns "$here" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 &&
	ip -n "$here" addr add 10.9.0.1/24 dev lo
test_result $? "topology"
# shellcheck disable=SC2154 # group is set by setup_cgroup
start_serve --netns "sek-test-$SEK_ID-*" --cgroup "$group"
defer kill_and_wait "$serve_pid"
busywait 20 attached "$here" lo
test_result $? "what there is"
busywait 5 grep -q '^Seccomp:	2' "/proc/$serve_pid/status"
# sys_admin, net_admin, net_broadcast, bpf, perfmon, sys_ptrace, dac_read_search, net_bind_service
expect_equal "it has given up what it does not need" "000000c000281c04 1" \
	"$(awk '/^CapEff|^NoNewPrivs/ { print $2 }' "/proc/$serve_pid/status" | paste -s -d ' ')"

make_pair
busywait 1 attached "$here" va && busywait 1 attached "$here" vb
test_result $? "a new interface"
in_ns "$here" ping -q -c 5 -i 0.01 -W 0.01 -I va 10.9.0.9 >/dev/null
expect_equal "it counts" "5 5" \
	"$(link_sum '.ifname == "va" and .direction == "egress"') $(link_sum '.ifname == "vb"')"
# Before Linux 6.2 one that is up keeps its name.
ip -n "$here" link set va down
ip -n "$here" link set va name vc
busywait 2 attached "$here" vc
test_result $? "a new name"
ip -n "$here" link del vc
busywait 2 not attached "$here" vc
test_result $? "an interface that has gone"
expect_equal "its counts are its namespace's" 10 \
	"$(link_sum ".ifname == \"removed\" and .netns == \"$here\"")"

# A namespace with a name.
setup_ns there
# shellcheck disable=SC2154 # there is set by setup_ns
in_ns "$there" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
busywait 1 attached "$there" lo
test_result $? "a new namespace"
ip link add w netns "$there" type veth peer name w netns "$here"
busywait 1 attached "$there" w && busywait 1 attached "$here" w
test_result $? "an interface in it"
ip -n "$there" link set w netns "$here" name x
busywait 2 attached "$here" x && busywait 2 not attached "$there" w
test_result $? "an interface that moves"
in_ns "$there" ping -q -c 3 -i 0.01 127.0.0.1 >/dev/null
before=$(link_sum true)
ip netns del "$there"
# Where there is no tcx, it waits for 40 s.
busywait 50 not attached "$there" lo
test_result $? "a namespace that has ended"
busywait 10 has_removed 12
expect_equal "its counts stay" "12 $before" \
	"$(link_sum '.netns == "removed"') $(link_sum true)"

# Its number in $here, where its peer was, is another one than that of $here with serve.
make_pair
busywait 2 attached "$here" va && busywait 2 attached "$here" lo
test_result $? "the other one is followed"
ip -n "$here" link del va

# One that only a process holds, and that ends with it. Somebody else's are followed, too.
kill_and_wait "$serve_pid"
start_serve --netns "sek-test-$SEK_ID-*,net:*" --cgroup "$group"
defer kill_and_wait "$serve_pid"
follows
unshare -n sh -c 'ip link set lo up; exec sleep 60' &
holder=$!
busywait 2 test "$(readlink /proc/self/ns/net)" != "$(ns_id $holder)"
held=$(ns_id $holder)
busywait 1 attached "$held" lo
test_result $? "a namespace that a process holds"
nsenter --net="/proc/$holder/ns/net" ping -q -c 2 -i 0.01 127.0.0.1 >/dev/null
# The shell may have yet to become it.
# shellcheck disable=SC2317 # by busywait
is_named()
{
	"$SEKISHO" -j show link |
		json "any(.[]; .netns == \"$held\" and .holder == \"sleep[$holder]\")" >/dev/null
}
busywait 5 is_named
test_result $? "whose it is"
kill $holder
wait $holder 2>/dev/null
busywait 50 not attached "$held" lo
test_result $? "it is not kept alive"
busywait 10 has_removed 20
test_result $? "its counts stay, too"

# Killed under traffic, and started again as another build: counting goes on.
before=$(link_sum ".ifname == \"lo\" and .netns == \"$here\"")
pings 3000 &
flood=$!
kill -9 "$serve_pid"
wait "$serve_pid" 2>/dev/null
this=$SEKISHO
SEKISHO=$next
start_serve --netns "sek-test-$SEK_ID-*" --cgroup "$group"
SEKISHO=$this
defer kill_and_wait "$serve_pid"
make_pair
busywait 20 attached "$here" va
test_result $? "another build follows"
wait $flood
expect_equal "no packet of the upgrade is lost" $((before + 12000)) \
	"$(link_sum ".ifname == \"lo\" and .netns == \"$here\"")"
kill -TERM "$serve_pid"
wait "$serve_pid"
test_result $? "it ends when told to"

start_serve --netns "sek-test-$SEK_ID-*" --cgroup "$group"
defer kill_and_wait "$serve_pid"
follows
"$SEKISHO" unload >/dev/null
wait "$serve_pid"
[ $? -eq 1 ] && grep -q 'unloaded meanwhile' "$TMPDIR/serve"
test_result $? "and when sekisho is unloaded"
test_finish
