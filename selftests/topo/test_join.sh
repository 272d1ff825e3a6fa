#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 240
#
# Containers of docker, podman and LXC join a topology by name: traffic in both directions, exec,
# and after down each is as it was.  Serial, because daemons are slow to start.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/topo/topo.sh
. "$folder/topo.sh"
# shellcheck source=selftests/serve/containers.sh
. "$top/selftests/serve/containers.sh"

# What the topology changes and must undo, and what it must not touch.
state_of()
{
	nsenter -t "$1" -n sh -c '
		ip -o addr; ip -o link; ip route show table all; ip -6 route show table all
		cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding' |
		grep -v -e ' proto kernel ' -e 'unicast' | sed 's/qdisc.*//'
	tr '\0' ' ' <"/proc/$1/cmdline"
}

# write_lab RUNTIME NAME: the container between two routers, as one of them.
write_lab()
{
	cat <<-END
		name: $topo
		routing: static
		nodes:
		  a: router
		  box: {join: {$1: $2}, addresses: [192.0.2.7/32, 2001:db8::7/128]}
		  b: {addresses: [192.0.2.1/32]}
		links: [a-box, box-b]
	END
}

# The container forwards, answers, and asks.
talk()
{
	at a ping -c 1 -W 2 192.0.2.1 && at a ping -4 -c 1 -W 2 box &&
		at b ping -c 1 -W 2 2001:db8::7 &&
		container_exec "$1" "$2" ping -c 1 -W 2 "$3" &&
		[ "$(at box hostname)" = box ] &&
		[ "$(at box readlink /proc/self/ns/net)" = "$(readlink "/proc/$pid/ns/net")" ]
}

join()
{
	pid=$(container_pid "$1" "$name")
	before=$(state_of "$pid")
	write_lab "$1" "$name" >lab.yaml
	"$SEKISHO" topo up --no-count lab.yaml >/dev/null 2>said ||
		{ diag <said; return 1; }
	address=$("$SEKISHO" -j topo show "$topo" |
		jq -r '.ends[] | select(.node == "b").ipv4 | sub("/.*"; "")')
	busywait 5 talk "$1" "$name" "$address" >said
	talked=$?
	[ "$talked" -eq 0 ] || diag <said
	return "$talked"
}

leave()
{
	"$SEKISHO" topo down "$topo" && busywait 5 nothing_left || return
	after=$(state_of "$pid")
	[ "$(container_pid "$1" "$name")" = "$pid" ] && [ "$before" = "$after" ] && return
	diag "before: $before"
	diag "after: $after"
	return 1
}

# refused TEXT: nothing is made, and one line says why.
refused()
{
	! "$SEKISHO" topo up --no-count lab.yaml >/dev/null 2>said && grep -q "$1" said &&
		[ "$(wc -l <said)" -eq 1 ] && nothing_left && return
	diag <said
	return 1
}

test_plan 10
containers_begin || skip_all "no cgroup2 here"
defer take_down "$topo"
# Where podman_here keeps them, for the one that sekisho asks.
export CONTAINERS_CONF=/run/containers.conf STORAGE_DRIVER=vfs
for runtime in docker podman lxc; do
	name=box-$runtime
	if ! container_start "$runtime" "$name"; then
		why=$(container_why)
		for result in joins "is as it was" "no such container"; do
			test_skip "$runtime: $result" "$why"
		done
		continue
	fi
	join "$runtime"
	test_result $? "$runtime: joins"
	leave "$runtime"
	test_result $? "$runtime: is as it was"
	write_lab "$runtime" no-such-box >lab.yaml
	refused "no-such-box"
	test_result $? "$runtime: no such container"
done

write_lab pid $$ >lab.yaml
refused "that of the host"
test_result $? "the host's network"
test_finish
