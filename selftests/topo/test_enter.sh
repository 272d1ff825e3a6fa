#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 60
#
# What it is like in a node: its network, name, /sys, cgroup, processes; and in one of somebody else.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"

# own_interfaces NAME...: these, and what a new namespace has: more than lo, with tunnel modules.
own_interfaces()
{
	printf '%s\n' "$@" "$(unshare --net ls /proc/sys/net/ipv4/conf | grep -vxe all -e default)" |
		sort | xargs
}

# What fails at once is mentioned: on a busy machine that may be too late.
mentioned()
{
	"$SEKISHO" topo up --no-count failing.yaml >/dev/null 2>said
	"$SEKISHO" topo down "$topo" && grep "'exit 9' in a has ended with status 9" said
}

test_plan 21
modprobe -qa ip_gre sit 2>/dev/null # natively there are none
defer take_down "$topo"
cgroup2=$(cgroup2_mount)
setup_ns theirs
# shellcheck disable=SC2154 # by setup_ns
in_ns "$theirs" ip link add own type veth peer name other
in_ns "$theirs" sysctl -qw net.ipv4.ip_forward=0
cat >lab.yaml <<END
name: $topo
nodes:
  a: {cgroup: true, sysctls: {net.ipv4.conf.all.rp_filter: 2}}
  b: {addresses: [192.0.2.1/32, 2001:db8::1/128], processes: ["echo started; exec sleep 1000"]}
  c: {join: {netns: $theirs}, addresses: [192.0.2.7/32], processes: ["exec sleep 1001"]}
links: [a-b, b-c]
END
"$SEKISHO" topo up --no-count lab.yaml >/dev/null
test_result $? "up"

expect_equal "host name" a "$(at a hostname)"
expect_equal "interfaces in /sys" "$(own_interfaces b)" "$(at a ls /sys/class/net | sort | xargs)"
expect_equal "where it is" "$topo a" "$(at a sh -c "echo \$SEKISHO_TOPO \$SEKISHO_NODE")"
expect_equal "its cgroup" "0::/sekisho-$topo/a" "$(at a grep ^0:: /proc/self/cgroup)"
at a test -e "$cgroup2/sekisho-$topo/a/cgroup.procs"
test_result $? "cgroups are where they were"
expect_equal "bpffs is where it was" bpf_fs "$(at a stat -f -c %T /sys/fs/bpf)"
at a getent hosts 192.0.2.1 | grep -qw b && at a getent ahosts b | grep -q 2001:db8::1
test_result $? "names of all addresses"
expect_equal "sysctls of the file" 2 "$(at a cat /proc/sys/net/ipv4/conf/all/rp_filter)"
expect_equal "a router forwards" "1 1" \
	"$(at b sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding' |
		xargs)"

at a sh -c 'exit 7'
expect_equal "exit status" 7 $?
at a sh -c 'kill -TERM $$'
expect_equal "killed by a signal" 143 $?
echo in | at a cat | grep -qx in
test_result $? "standard input and output"
SHELL=/bin/sh "$SEKISHO" topo shell "$topo" b <<'END' | grep -qx b
hostname
END
test_result $? "a shell"
expect_equal "outside nothing has changed" "$(uname -n)" "$(cat /proc/sys/kernel/hostname)"

busywait 5 grep -qx started "/run/sekisho/topo/$topo/node/b/processes.log"
test_result $? "processes of the file"

busywait 5 at c ping -c 1 -W 2 b >/dev/null && in_ns "$theirs" ip addr show lo | grep -q 192.0.2.7
test_result $? "a namespace of somebody else joins"
# What was there before the topology stays, and what is of others.
nsenter --net="/run/netns/$theirs" sleep 1002 &
other=$!
defer kill_and_wait "$other"
"$SEKISHO" topo down "$topo" && busywait 5 nothing_left
test_result $? "down"
expect_equal "and is as it was" "$(own_interfaces other own) 0" \
	"$(in_ns "$theirs" sh -c "ls /proc/sys/net/ipv4/conf | grep -vxe all -e default | sort |
		xargs echo -n; echo -n ' '; cat /proc/sys/net/ipv4/ip_forward")"
! in_ns "$theirs" ip addr show lo | grep -q 192.0.2.7 && kill -0 "$other"
test_result $? "with its own processes"

printf '%s\n' "name: $topo" "nodes: {a: {processes: [sleep 1000, exit 9]}}" >failing.yaml
busywait 20 mentioned >/dev/null
test_result $? "a process that fails at once" || diag <said
test_finish
