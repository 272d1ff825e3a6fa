#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# Commands that die, compete, or meet a host that lacks something.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/load/load.sh
. "$folder/load.sh"

# How long a command takes, in ms, once it is in the page cache.
duration()
{
	start=$(date +%s%N)
	"$@" >/dev/null 2>&1
	echo $((($(date +%s%N) - start) / 1000000 + 1))
}

# killed_after MS COMMAND...
killed_after()
{
	killed_ms=$1
	shift
	timeout -s KILL "$((killed_ms / 1000)).$(printf %03d $((killed_ms % 1000)))" "$@" \
		>/dev/null 2>&1
}

load_both()
{
	# shellcheck disable=SC2154 # set by setup_cgroup
	"$SEKISHO" load --netns "$left,$right" --cgroup "$group" --hook "$hooks"
}

# Die at STEPS moments spread over a load; each time the next command must cope.
die_in_load()
{
	step=0
	while [ $step -lt "$1" ]; do
		killed_after $((step * load_ms / $1)) "$SEKISHO" load --netns "$left,$right" \
			--cgroup "$group" --hook "$hooks"
		if [ $((step % 2)) -eq 0 ]; then
			load_both >/dev/null 2>"$TMPDIR/error" || { diag <"$TMPDIR/error"; return 1; }
			[ "$("$SEKISHO" -j status | jq -c 'map(.state) | unique')" = '["attached"]' ] ||
				return 1
		fi
		"$SEKISHO" unload >/dev/null || return 1
		busywait 5 nothing_left "$left" "$right" || return 1
		step=$((step + 1))
	done
}

die_in_unload()
{
	step=0
	while [ $step -lt "$1" ]; do
		load_both >/dev/null 2>&1 || return 1
		killed_after $((step * unload_ms / $1)) "$SEKISHO" unload
		"$SEKISHO" unload >/dev/null || return 1
		busywait 5 nothing_left "$left" "$right" || return 1
		step=$((step + 1))
	done
}

# Told to end at $1 moments of a load: all of it is there, or nothing.
stop_in_load()
{
	step=0
	stopped=0
	while [ $step -lt "$1" ]; do
		stop_ms=$((step * load_ms / $1))
		timeout "$((stop_ms / 1000)).$(printf %03d $((stop_ms % 1000)))" "$SEKISHO" load \
			--netns "$left,$right" --cgroup "$group" --hook "$hooks" >/dev/null 2>"$TMPDIR/error"
		if grep -q "ended by SIGTERM" "$TMPDIR/error"; then
			stopped=$((stopped + 1))
			busywait 5 nothing_left "$left" "$right" || return 1
		elif [ "$("$SEKISHO" -j status)" != "[]" ]; then
			expect_places || return 1
		fi
		"$SEKISHO" unload >/dev/null || return 1
		step=$((step + 1))
	done
	diag "$stopped were ended by it"
}

expect_places()
{
	[ "$("$SEKISHO" -j status | jq -c "[length, (map(.state) | unique)]")" = "[$places,[\"attached\"]]" ]
}

# set_abi BYTE BYTE BYTE BYTE: as if the maps were made by that version.
set_abi()
{
	# shellcheck disable=SC2046 # 312 words
	bpftool map update pinned /sys/fs/bpf/sekisho/maps/sek_meta key 0 0 0 0 value hex \
		"$@" 01 00 00 00 $(yes 00 | head -n 312)
}

one_line()
{
	[ "$(wc -l <"$1")" -eq 1 ] && grep -q "$2" "$1" && return 0
	diag <"$1"
	return 1
}

hooks=xdp,tc,cgroup
places=9
! has_feature netfilter || { hooks=$hooks,netfilter; places=11; }
test_plan 14
setup_pair && setup_cgroup group
test_result $? "topology"
load_ms=$(duration load_both)
unload_ms=$(duration "$SEKISHO" unload)
diag "load takes $load_ms ms, unload $unload_ms ms"
steps=8
[ "$SEK_ENV" = native ] || steps=2
die_in_load $steps
test_result $? "kill -9 at $steps moments of load"
die_in_unload $steps
test_result $? "kill -9 at $steps moments of unload"

stop_in_load $steps
test_result $? "SIGTERM at $steps moments of load"

# Two at once.
load_both >"$TMPDIR/one" 2>&1 &
one=$!
load_both >"$TMPDIR/two" 2>&1 &
two=$!
wait $one && wait $two
test_result $? "two loads at once"
cat "$TMPDIR/one" "$TMPDIR/two" | grep -c 'Already loaded' | grep -qx 1
test_result $? "one of them does it"
expect_equal "once" $places "$("$SEKISHO" -j status | jq length)"
"$SEKISHO" unload >/dev/null &
one=$!
"$SEKISHO" unload >/dev/null &
two=$!
wait $one && wait $two && nothing_left "$left" "$right"
test_result $? "two unloads at once"

# Interfaces that come and go while load walks over them.
(
	while :; do
		ip -n "$left" link add d0 type veth peer name d1
		ip -n "$left" link del d0
	done
) >/dev/null 2>&1 &
churn=$!
defer kill_and_wait $churn
gone=0
for _ in 1 2 3 4 5 6; do
	"$SEKISHO" load --netns "$left" --hook xdp,tc >/dev/null 2>"$TMPDIR/error" ||
		{ gone=1; diag <"$TMPDIR/error"; }
	"$SEKISHO" unload >/dev/null || gone=1
done
test_result $gone "interfaces gone half way"
kill $churn
wait $churn 2>/dev/null

# Another version's maps.
abi=$(sed -n 's/^#define SEK_ABI_VERSION //p' "$top/include/sekisho/abi.h")
load_both >/dev/null 2>&1
set_abi ff ff ff ff
"$SEKISHO" load --netns "$left" >/dev/null 2>"$TMPDIR/error"
[ $? -eq 1 ] && one_line "$TMPDIR/error" "does not know"
test_result $? "maps of another version are left alone by load"
"$SEKISHO" unload >/dev/null 2>"$TMPDIR/error"
[ $? -eq 1 ] && one_line "$TMPDIR/error" "another version"
test_result $? "and by unload"
set_abi "$(printf %02x "$abi")" 00 00 00
"$SEKISHO" unload >/dev/null

# A kernel without BTF, a host without cgroup2.
mount -t tmpfs none /sys/kernel/btf
"$SEKISHO" load --netns "$left" >/dev/null 2>"$TMPDIR/error"
[ $? -eq 1 ] && one_line "$TMPDIR/error" BTF && nothing_left "$left"
test_result $? "no BTF"
umount /sys/kernel/btf
# shellcheck disable=SC2016 # for the inner shell
unshare -m sh -c 'umount -l "$1" && exec "$2" load --netns "$3"' sh "$(cgroup2_mount)" \
	"$SEKISHO" "$left" >"$TMPDIR/out" 2>"$TMPDIR/error" &&
	one_line "$TMPDIR/error" "cgroup2 is not mounted"
test_result $? "no cgroup2: the rest is attached, and it is said"
"$SEKISHO" unload >/dev/null
nothing_left "$left" "$right"
test_result $? "nothing is left"
test_finish
