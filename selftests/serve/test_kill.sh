#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# serve is killed before each of its calls that change something, while it settles cgroups and
# interfaces: no count is lost or doubled, and the next one completes what was begun.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"

# shellcheck disable=SC2154 # here and group are set by setup_ns and setup_cgroup
settle()
{
	"$@" "$SEKISHO" serve --once --netns "$here" --cgroup "$group"
}

# What there is to settle: cgroups, one with a parent of its own, and two interfaces that
# have counted.
go_away()
{
	ip -n "$here" link add va type veth peer name vb &&
		ip -n "$here" link set va up && ip -n "$here" link set vb up &&
		ip -n "$here" neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev va &&
		"$SEKISHO" load --netns "$here" --cgroup "$group" >/dev/null &&
		in_ns "$here" "$serve/churn" "$group" 2 3 >/dev/null &&
		in_cgroup "$group" nsenter --net="/run/netns/$here" \
			ping -q -c 1 -W 0.01 -I va 10.9.0.9 >/dev/null 2>&1
	mkdir "$group/ping" &&
		in_cgroup "$group/ping" nsenter --net="/run/netns/$here" \
			ping -q -c 1 127.0.0.1 >/dev/null &&
		rmdir "$group/ping" && ip -n "$here" link del va
}

# Every number of each kind, as one line.
books()
{
	"$SEKISHO" -j show cgroup >"$TMPDIR/cgroup" && "$SEKISHO" -j show netns >"$TMPDIR/netns" &&
		"$SEKISHO" -j show icmp >"$TMPDIR/icmp" &&
		jq -c -s 'def kind: [.hook, .direction, .family, .class // .type, .route];
			map(group_by(kind) | map((.[0] | kind) + [map(.packets) | add]))' \
			"$TMPDIR/cgroup" "$TMPDIR/netns" "$TMPDIR/icmp"
}

# The calls of a whole run that change something; each is a step.
changing_calls()
{
	go_away && settle strace -f -e trace=bpf -o "$TMPDIR/trace" || return
	grep 'bpf(' "$TMPDIR/trace" | awk '/MAP_UPDATE|MAP_DELETE|_CREATE|OBJ_PIN/ { print NR }'
}

# die_at N, and start again: 0 also if serve came to its end before.
die_at()
{
	go_away || return
	before=$(books)
	# A shell of its own says who was killed.
	(settle strace -f -o /dev/null -e trace=bpf \
		-e inject=bpf:signal=SIGKILL:when="$1") >/dev/null 2>&1
	status=$?
	after=$(books)
	settle && [ "$before" = "$after" ] && [ "$before" = "$(books)" ] && return
	diag "killed before call $1"
	diag "before: $before"
	diag "after:  $after"
	diag "then:   $(books)"
	return 1
}

test_plan 7
setup_ns here && setup_cgroup group && ip -n "$here" addr add 10.9.0.1/24 dev lo &&
	in_ns "$here" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
test_result $? "topology"
strace -o /dev/null -e trace=write -e inject=write:signal=SIGKILL:when=1 echo >/dev/null 2>&1
expect_equal "strace can kill" 137 $?
"$SEKISHO" load --netns "$here" --cgroup "$group" --cgroup-slots 50 >/dev/null &&
	calls=$(changing_calls) && [ -n "$calls" ]
test_result $? "a whole run"

failed=0
killed=0
tried=0
for call in $calls; do
	tried=$((tried + 1))
	[ "$SEK_ENV" = native ] || [ $((tried % 8)) -eq 0 ] || continue
	die_at "$call" || failed=1
	[ "$status" -eq 0 ] || killed=$((killed + 1))
	[ $failed -eq 0 ] || break
done
test_result $failed "the books never change"
diag "killed $killed times, at $tried steps"
[ "$killed" -gt 2 ]
test_result $? "it was killed"
before=$(books)
settle
expect_equal "nor at the end" "$before" "$(books)"
# The one that is left is its parent's.
equals 1 slots_used && ! "$SEKISHO" -j show link | json 'any(.[]; .ifname == "va")' >/dev/null
test_result $? "and all is settled"
test_finish
