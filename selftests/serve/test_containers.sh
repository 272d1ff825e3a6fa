#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 240
#
# Containers of real runtimes talk to a neighbour: show, its tree and /metrics name each as the
# runtime itself does, and what it sent and received is what the kernel counted. Serial, because
# daemons are slow to start.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
[ -n "${SEK_SYSTEMD:-}" ] || private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"
# shellcheck source=selftests/load/load.sh
. "$top/selftests/load/load.sh"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/containers.sh
. "$folder/containers.sh"
# shellcheck source=selftests/serve/containers_say.sh
. "$folder/containers_say.sh"

# With systemd (test_scopes.sh) in its units and slices, and all of them are followed.
if [ -n "${SEK_SYSTEMD:-}" ]; then
	runtimes="runc crun lxc podman pod split docker containerd nspawn machine unit boot"
else
	runtimes="runc crun lxc podman pod docker containerd"
fi
results=8
number=0

start_monitor()
{
	run_in "$monitor" "$SEKISHO" serve --netns "sek-test-$SEK_ID-*" \
		--cgroup "$(by_systemd /sys/fs/cgroup "$group")" >"$TMPDIR/serve" 2>&1 &
	defer kill_and_wait $!
	follows
}

# wire NETNS N: eth0 in it, 10.N.0.1; the neighbour has 10.N.0.2. No ARP, no IPv6.
wire()
{
	for wire_ns in "$1" "$right"; do
		in_ns "$wire_ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 || return
	done
	ip link add eth0 address "02:00:00:00:01:$2" netns "$1" type veth \
		peer name "v$2" address "02:00:00:00:02:$2" netns "$right" &&
		ip -n "$1" addr add "10.$2.0.1/24" dev eth0 &&
		ip -n "$right" addr add "10.$2.0.2/24" dev "v$2" &&
		ip -n "$1" link set eth0 up && ip -n "$right" link set "v$2" up &&
		ip -n "$1" neigh add "10.$2.0.2" lladdr "02:00:00:00:02:$2" dev eth0 &&
		ip -n "$right" neigh add "10.$2.0.1" lladdr "02:00:00:00:01:$2" dev "v$2"
}

# What its namespace is called, as "ip netns" has it.
name_netns()
{
	pid=$(container_pid "$1" "$name") && ip netns attach "$space" "$pid" &&
		defer ip netns del "$space"
}

# talk RUNTIME N: with the neighbour. The connection is closed by both before nc ends.
talk()
{
	container_exec "$1" "$name" ping -A -q -c 30 "10.$2.0.2" >"$TMPDIR/talk" 2>&1 &&
		container_exec "$1" "$name" sh -c "busybox nc 10.$2.0.2 7000 </bin/busybox" \
			>>"$TMPDIR/talk" 2>&1
	talked=$?
	[ "$talked" -eq 0 ] || diag <"$TMPDIR/talk"
	return "$talked"
}

# of FIELD DIRECTION [CLASS]: what show cgroup had of the container after it had talked.
of()
{
	jq "[.[] | select(.container == \"$name\" and
		.direction == \"$2\" and (.class | test(\"${3:-.}\"))) | .$1] | add // 0" "$TMPDIR/rows"
}

# fields KEY...: of the container's first row, separated by "|".
fields()
{
	fields_keys=$(printf '.%s // "",' "$@")
	jq -r "[.[] | select(.container == \"$name\")][0] | [${fields_keys%,}] | join(\"|\")" \
		"$TMPDIR/rows"
}

# The kernel's: a cgroup's packets have no Ethernet header. One socket buffer may be several packets.
kernel_counts()
{
	echo "$(statistic "$space" eth0 "$1.packets") $(($(statistic "$space" eth0 "$1.bytes") -
		14 * $(statistic "$space" eth0 "$1.packets")))"
}

our_counts()
{
	echo "$(of skbs "$1") $(of skb_bytes "$1")"
}

tree_names_it()
{
	"$SEKISHO" -j show cgroup --tree | json "any(.[]; .container == \"$name\" and
		.zone == \"exclusive\" and .processes >= 1 and [.egress_bytes, .ingress_bytes] ==
		[$(of bytes egress), $(of bytes ingress)])" >/dev/null
}

scrape()
{
	in_ns "$monitor" curl -sS --max-time 10 http://127.0.0.1:20435/metrics
}

# label KEY: as a metric has it, where a backslash is two; what is not known is no label.
label()
{
	label_value=$(fields "$1" | sed 's/\\/&&/g')
	[ -z "$label_value" ] || printf '%s="%s"\n' "$1" "$label_value"
}

# The same bytes, and whose.
metrics_name_it()
{
	scrape >"$TMPDIR/metrics" || return
	scraped=$(metric sekisho_cgroup_bytes_total "$(label cgroup)" 'direction="egress"' \
		<"$TMPDIR/metrics")
	info=$(grep '^sekisho_cgroup_info{' "$TMPDIR/metrics" | grep -F "container=\"$name\"" |
		grep -F "runtime=\"$(fields runtime)\"" | grep -F "$(label image)" |
		grep -F "$(label unit)" | grep -F "$(label slice)" | grep -cF "$(label pod)")
	[ "$scraped" = "$(of bytes egress)" ] && [ "$info" -ge 1 ] && return
	diag "$scraped bytes of $cgroup, $(of bytes egress) are right; $info lines of sekisho_cgroup_info"
	grep '^sekisho_cgroup_info{' "$TMPDIR/metrics" | diag
	return 1
}

segments()
{
	in_ns "$space" nstat -asz | awk -v names="$1" '
		BEGIN { n = split(names, wanted, " ") }
		{ for (i = 1; i <= n; i++) if ($1 == wanted[i]) sum += $2 }
		END { print sum + 0 }'
}

# try RUNTIME N: so many results.
try()
{
	name=box-$1
	space=sek-test-$SEK_ID-$1
	if ! container_start "$1" "$name"; then
		for result in starts names "sent, as eth0 counts" "received, as eth0 counts" \
			"requests" "segments of TCP" "in the tree" "in /metrics" \
			${SEK_SYSTEMD:+"unit and slice"}; do
			test_skip "$1: $result" "$(container_why)"
		done
		return
	fi
	name_netns "$1" && wire "$space" "$2" && busywait 20 attached "$space" eth0 &&
		in_ns "$right" "$SEK_BUILD/selftests/net/tcp" sink "10.$2.0.2" 7000 >"$TMPDIR/sink" &&
		defer kill "$(cat "$TMPDIR/sink")" && talk "$1" "$2"
	test_result $? "$1: starts"
	"$SEKISHO" -j show cgroup >"$TMPDIR/rows"
	expect_equal "$1: names" \
		"$(runtime_says "$1" "$name")|$(zone_says "$(container_pid "$1" "$name")")|$(container_says "$1" "$name")" \
		"$(fields runtime zone container container_id pod namespace image)"
	expect_equal "$1: sent, as eth0 counts" "$(kernel_counts tx)" "$(our_counts egress)"
	expect_equal "$1: received, as eth0 counts" "$(kernel_counts rx)" "$(our_counts ingress)"
	expect_equal "$1: requests" "30 $((30 * 84)) 30" "$(of packets egress echo_request) $(
		of bytes egress echo_request) $(of packets ingress echo_reply)"
	expect_equal "$1: segments of TCP" "$(segments "TcpOutSegs TcpRetransSegs") $(segments TcpInSegs)" \
		"$(of packets egress tcp) $(of packets ingress tcp)"
	cgroup=$(fields cgroup)
	tree_names_it
	test_result $? "$1: in the tree" || "$SEKISHO" show cgroup --tree | diag
	metrics_name_it
	test_result $? "$1: in /metrics"
	[ -z "${SEK_SYSTEMD:-}" ] || expect_equal "$1: unit and slice" "$(unit_says "$1" "$name")" \
		"$(fields unit slice | tr '|' ' ')"
}

# shellcheck disable=SC2086 # a list
set -- $runtimes
test_plan $((1 + (results + $(by_systemd 1 0)) * $#))
setup_ns right monitor && containers_begin && start_monitor
test_result $? "topology" || diag <"$TMPDIR/serve"
for runtime in $runtimes; do
	number=$((number + 1))
	try "$runtime" "$((10 + number))"
done
test_finish
