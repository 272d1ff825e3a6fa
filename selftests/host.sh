#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# host.sh before: remember in $SEK_BEFORE what is on this machine.
# host.sh: test that a run has left nothing, and that the kernel had no complaint.
#
# On a machine that others use too, only what tests can have made is looked at; in
# a guest everything is.  /run, bpffs and the mounts are the run's own anyway.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"

# What the tests' names begin with; see SEK_ID, and bpf/ for the programs' names.
ours()
{
	if [ "$SEK_ENV" = native ]; then
		grep -E "$1"
	else
		cat
	fi
}

list_namespaces()
{
	ls /run/netns
}

list_cgroups()
{
	find "$(cgroup2_mount)" -mindepth 1 -type d | ours '/sek-test-'
}

# Without what modules bring: tunl0@NONE, sit0@NONE, ...
list_links()
{
	ip -o link show | awk -F ': ' '$2 !~ /@NONE$/ { print $2 }' | ours '^sek'
	tc qdisc show | ours clsact
}

list_mounts()
{
	awk '{ print $5 }' /proc/self/mountinfo
}

# mount and ip make two of their own, and keep them.
list_files()
{
	find /run /sys/fs/bpf -mindepth 1 ! -path '/run/mount*' ! -path /run/netns
}

list_bpf()
{
	for kind in prog map link; do
		bpftool -j "$kind" show |
			jq -r --arg kind "$kind" '.[] | "\($kind) \(.id) \(.name // .prog_id)"'
	done | ours ' sek_'
}

# The host's, which a sekisho that was killed may have left raised: user/lib/expedite.h.
list_settings()
{
	grep -x 7562603 /sys/kernel/rcu_expedited
}

lists="namespaces cgroups links mounts files bpf settings"

snapshot()
{
	"list_$1" 2>/dev/null | LC_ALL=C sort
}

# Asynchronous: namespaces, links and programs go some time after they were told.  The
# tests have ended: what comes later is of somebody else.
has_gone()
{
	snapshot "$1" | LC_ALL=C comm -12 - "$SEK_BEFORE/new" >"$SEK_BEFORE/left"
	cat "$SEK_BEFORE/left"
	[ ! -s "$SEK_BEFORE/left" ]
}

# From the last line that was there before; all of it, if that one is gone.
new_messages()
{
	dmesg | LAST=$(cat "$SEK_BEFORE/dmesg") awk '
		{ line[NR] = $0 }
		$0 == ENVIRON["LAST"] { from = NR }
		END {
			for (i = from + 1; i <= NR; i++)
				print line[i]
		}'
}

splats()
{
	for file in splats splats.allow; do
		sed '/^#/d; /^$/d' "$folder/vm/$file" >"$SEK_BEFORE/$file"
	done
	grep -aE -f "$SEK_BEFORE/splats" | grep -avE -f "$SEK_BEFORE/splats.allow"
}

before()
{
	mkdir -p "$SEK_BEFORE"
	for what in $lists; do
		snapshot "$what" >"$SEK_BEFORE/$what"
	done
	if dmesg >"$SEK_BEFORE/dmesg.all" 2>/dev/null; then
		tail -n 1 "$SEK_BEFORE/dmesg.all" >"$SEK_BEFORE/dmesg"
	fi
}

if [ "${1:-}" = before ]; then
	before
	exit
fi

# shellcheck disable=SC2086 # a list
set -- $lists
log=
[ ! -e "$SEK_BEFORE/dmesg" ] || log=1
test_plan $(($# + ${log:-0}))
for what; do
	snapshot "$what" | LC_ALL=C comm -13 "$SEK_BEFORE/$what" - >"$SEK_BEFORE/new"
	left=$(busywait 10 has_gone "$what")
	status=$?
	[ -z "$left" ] || diag "$left"
	test_result "$status" "no new $what"
done
if [ -n "$log" ]; then
	found=$(new_messages | splats)
	[ -z "$found" ] || diag "$found"
	[ -z "$found" ]
	test_result $? "kernel log"
else
	diag "the kernel log is not readable here"
fi
test_finish
