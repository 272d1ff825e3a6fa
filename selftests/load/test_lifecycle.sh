#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# load and unload: twice, with nothing left behind, next to programs of others.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/load/load.sh
. "$folder/load.sh"

# shellcheck disable=SC2154 # group is set by setup_cgroup
load_left()
{
	in_ns "$left" "$SEKISHO" load --cgroup "$group" "$@"
}

# fails_with STATUS TEXT COMMAND...: one line on stderr that contains TEXT.
fails_with()
{
	want=$1
	text=$2
	shift 2
	message=$("$@" 2>&1 >/dev/null)
	[ $? -eq "$want" ] || { diag "status: $message"; return 1; }
	[ "$(printf '%s\n' "$message" | wc -l)" -eq 1 ] || { diag "$message"; return 1; }
	printf '%s\n' "$message" | grep -q "$text" || { diag "$message"; return 1; }
}

# One place for a namespace, whatever --dev says.
netfilter_once()
{
	# shellcheck disable=SC2016 # jq's variable
	load_left --dev v --hook netfilter | grep -q '^Attached to 1 places, replaced 0 programs' &&
		load_left --dev v --hook tc,cgroup,netfilter | grep -q '^Already loaded' &&
		"$SEKISHO" -j status | json --arg netns "$left" \
			'[.[] | select(.hook == "netfilter") | .netns] == [$netns]' >/dev/null
}

test_plan 37
setup_pair && setup_cgroup group
test_result $? "topology"

fails_with 1 "not loaded" "$SEKISHO" show link
test_result $? "show says that nothing is loaded"
[ "$("$SEKISHO" -j status)" = "[]" ]
test_result $? "status is empty"

load_left | grep -q '^Attached to 3 places'
test_result $? "load attaches"
[ "$("$SEKISHO" -j status | jq -c '[.[] | .state] | unique')" = '["attached"]' ]
test_result $? "status says so"
before=$("$SEKISHO" -j status | jq -c 'map(.program_id)')
load_left | grep -q '^Already loaded: nothing to change (3 places)'
test_result $? "a second load changes nothing and says so"
expect_equal "and keeps the programs" "$before" "$("$SEKISHO" -j status | jq -c 'map(.program_id)')"

in_ns "$left" ping -q -c 3 -i 0.01 10.9.0.2 >/dev/null
expect_equal "counts" 3 "$(sum packets '.class == "icmp_echo_request" and .direction == "egress"')"

fails_with 0 "nothing that was counted matches" "$SEKISHO" show link --dev nope
test_result $? "a filter that leaves nothing says so"
fails_with 0 "nothing was counted yet" "$SEKISHO" show peer
test_result $? "so does a table with nothing in it"

load_left --netns "$right" | grep -q 'Attached to 2 places, replaced 0 programs, kept 1'
test_result $? "another namespace is added"
expect_equal "counters go on" 3 "$(sum packets ".class == \"icmp_echo_request\" and
	.direction == \"egress\" and .netns == \"$left\"")"

"$SEKISHO" unload | grep -q '^Detached from 5 places'
test_result $? "unload detaches"
nothing_left "$left" "$right"
test_result $? "and leaves nothing behind"
"$SEKISHO" unload | grep -q '^Nothing was attached'
test_result $? "a second unload has nothing to do"

load_left --dev v >/dev/null
if has_feature netfilter; then
	netfilter_once
else
	load_left --hook netfilter 2>&1 | grep -q 'netfilter.* is left out'
fi
test_result $? "netfilter is one more place, or left out"
"$SEKISHO" unload >/dev/null

# bpffs: mounted by load where it is not, and then unmounted by unload.
while umount /sys/fs/bpf 2>/dev/null; do :; done
load_left --hook tc >/dev/null && mountpoint -q /sys/fs/bpf
test_result $? "load mounts bpffs"
"$SEKISHO" unload >/dev/null && ! mountpoint -q /sys/fs/bpf
test_result $? "unload unmounts it"
mount -t bpf bpf /sys/fs/bpf

# What others have attached stays, in its order.
in_ns "$left" tc qdisc add dev v clsact
in_ns "$left" tc filter add dev v ingress prio 5 protocol all u32 match u32 0 0 flowid 1:1
load_left --dev v --hook tc >/dev/null
in_ns "$left" ping -q -c 3 -i 0.01 10.9.0.2 >/dev/null
expect_equal "counts in front of a filter that answers" 3 \
	"$(sum packets '.class == "icmp_echo_reply" and .direction == "ingress"')"
"$SEKISHO" unload >/dev/null
[ "$(tc -n "$left" -j filter show dev v ingress | jq -c '[.[] | .pref] | unique')" = '[5]' ]
test_result $? "their filter stays, ours is gone"
tc -n "$left" qdisc show dev v clsact | grep -q clsact
test_result $? "their qdisc stays"
tc -n "$left" qdisc del dev v clsact

"$SEKISHO" load --netns "$left" --dev v --hook xdp >/dev/null 2>&1
other=$(ip -n "$left" -j link show v | jq '.[0].xdp.prog.id')
cp -r /sys/fs/bpf/sekisho "$TMPDIR/" 2>/dev/null
mv /sys/fs/bpf/sekisho /sys/fs/bpf/another
load_left --dev v --hook xdp,tc 2>&1 | grep -q 'somebody else is there'
test_result $? "an XDP program of somebody else is reported"
expect_equal "and stays" "$other" "$(ip -n "$left" -j link show v | jq '.[0].xdp.prog.id')"
"$SEKISHO" unload >/dev/null
expect_equal "also at unload" "$other" "$(ip -n "$left" -j link show v | jq '.[0].xdp.prog.id')"
rm -rf /sys/fs/bpf/another

# Bad input changes nothing.
fails_with 1 "'nosuch'" load_left --dev v,nosuch
test_result $? "an unknown interface"
nothing_left "$left"
test_result $? "attaches to nothing"
fails_with 1 "'nosuch'" "$SEKISHO" load --netns nosuch
test_result $? "an unknown namespace"
fails_with 1 "/proc" "$SEKISHO" load --netns "$left" --cgroup /proc
test_result $? "a cgroup that is none"
fails_with 2 "hook" "$SEKISHO" load --hook egress
test_result $? "an unknown hook"
fails_with 1 "root" setpriv --reuid 65534 --regid 65534 --clear-groups "$SEKISHO" load
test_result $? "without root"
nothing_left "$left" "$right"
test_result $? "all of that leaves nothing"

# A later load that fails, after it has attached to one interface.
attached_rows()
{
	"$SEKISHO" -j status | jq -c '[.[] | select(.state == "attached") | [.netns, .ifname, .hook]]'
}
load_left >/dev/null
before=$(attached_rows)
fails_with 1 "'nosuch'" load_left --netns "$right" --dev v,nosuch
test_result $? "a later load that fails"
expect_equal "leaves the former as it was" "$before" "$(attached_rows)"
expect_equal "and neither filter nor qdisc" "" \
	"$(tc -n "$right" qdisc show dev v clsact; tc -n "$right" filter show dev v ingress 2>/dev/null)"
in_ns "$left" ping -q -c 1 10.9.0.2 >/dev/null &&
	[ "$(sum packets ".netns == \"$left\" and .ifname == \"v\"")" -gt 0 ]
test_result $? "which still counts"
"$SEKISHO" unload >/dev/null
nothing_left "$left" "$right"
test_result $? "nothing is left of both"

# More interfaces than slots: counted as overflow, and said.
load_left --netns "$right" --link-slots 1 --hook tc 2>&1 | grep -q 'counts as overflow' &&
	in_ns "$left" ping -q -c 3 -i 0.01 10.9.0.2 >/dev/null &&
	[ "$(sum packets '.ifname == "overflow"')" -ge 6 ]
test_result $? "more interfaces than slots"
"$SEKISHO" unload >/dev/null
test_finish
