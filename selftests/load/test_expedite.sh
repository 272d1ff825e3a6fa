#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 300
#
# /sys/kernel/rcu_expedited, which is the host's: raised while much is attached or detached, and
# put back, however that ends. A value of somebody else is left alone.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/load/load.sh
. "$folder/load.sh"

knob=/sys/kernel/rcu_expedited
normal=/sys/kernel/rcu_normal
# What sekisho writes there: user/lib/expedite.c.
ours=7562603
pairs=48
[ "$SEK_ENV" = native ] || pairs=16

has_feature tcx || skip_all "no tcx: clsact filters are not waited for"
[ -w "$knob" ] || skip_all "no $knob to write to"
read -r value <"$knob"
[ "$value" = 0 ] || skip_all "$knob is $value already"
read -r value <"$normal"
[ "$value" = 0 ] || skip_all "$normal is $value, which comes before"

set_knob()
{
	echo "$1" >"$knob"
}

knob_is()
{
	read -r value <"$knob"
	[ "$value" = "$1" ] || { diag "$knob is $value instead of $1"; return 1; }
}

# is_running PID: a child that has ended is a zombie until it is waited for.
is_running()
{
	read -r _ _ state _ 2>/dev/null <"/proc/$1/stat" && [ "$state" != Z ]
}

# raised_by PID: waits until it has raised the knob; fails if it ends before. Nothing but the
# shell's own words, because that is not for long.
raised_by()
{
	while read -r value <"$knob" && [ "$value" != "$ours" ]; do
		is_running "$1" || return
	done
}

# at_raised ACTION COMMAND...: the action once the knob is raised, with $pid. A command may be
# done before it was seen, or before the signal: then it is begun anew.
at_raised()
{
	action=$1
	shift
	for _ in 1 2 3 4 5 6 7 8; do
		prepare >/dev/null 2>&1
		# What a shell puts into the background ignores SIGINT.
		env --default-signal=INT "$@" >/dev/null 2>"$TMPDIR/error" &
		pid=$!
		raised_by "$pid"
		seen=$?
		[ "$seen" -ne 0 ] || eval "$action" 2>/dev/null
		wait "$pid"
		status=$?
		case $seen.$status.$action in
		0.0.kill*) ;;
		0.*) return 0 ;;
		esac
	done
	diag "it was always done before"
	return 1
}

# Before a load nothing is loaded, before an unload all is.
prepare()
{
	"$SEKISHO" unload
	# shellcheck disable=SC2154 # many is set by setup_ns
	[ "$loaded" -eq 0 ] || "$SEKISHO" load --netns "$many" --hook tc
}

# ended_with STATUS...: one of them was what the command ended with, and it put the value back.
ended_with()
{
	for want; do
		[ "$status" -ne "$want" ] || { knob_is 0; return; }
	done
	diag "status $status: $(cat "$TMPDIR/error")"
	return 1
}

# writes [OPTION...]: does a load of one interface write to the knob?  A file in its place tells,
# however short that is.
writes()
{
	"$SEKISHO" unload >/dev/null
	echo 0 >"$TMPDIR/knob"
	touch -d @0 "$TMPDIR/knob"
	mount --bind "$TMPDIR/knob" "$knob" || return
	"$SEKISHO" "$@" load --netns "$many" --hook tc --dev a1 >/dev/null
	written=$(stat -c %Y "$TMPDIR/knob")
	umount "$knob"
	[ "$written" -ne 0 ]
}

test_plan 21
setup_ns many
seq "$pairs" | sed 's/.*/link add a& type veth peer name b&/' | ip -n "$many" -batch -
test_result $? "topology"
defer "$SEKISHO" unload
defer set_knob 0
set -- "$SEKISHO" load --netns "$many" --hook tc

loaded=0
at_raised : "$@"
test_result $? "load raises it"
expect_equal "is done" 0 "$status"
knob_is 0
test_result $? "and puts it back"
loaded=1
at_raised : "$SEKISHO" unload
test_result $? "unload raises it"
expect_equal "has done" 0 "$status"
knob_is 0
test_result $? "and puts it back, too"

loaded=0
at_raised "kill -TERM \$pid" "$@" && ended_with 1 && nothing_left "$many"
test_result $? "SIGTERM in a load"
# Two that come together are one.
at_raised "kill -INT \$pid; kill -INT \$pid" "$@" && ended_with 130 1
test_result $? "SIGINT twice"
loaded=1
at_raised "kill -INT \$pid" "$SEKISHO" unload && ended_with 130
test_result $? "SIGINT in an unload"

loaded=0
at_raised "kill -KILL \$pid" "$@" && knob_is "$ours" && "$SEKISHO" unload >/dev/null && knob_is 0
test_result $? "kill -9 in a load: the next command puts it back"
loaded=1
at_raised "kill -KILL \$pid" "$SEKISHO" unload && knob_is "$ours" &&
	"$SEKISHO" --no-expedite unload >/dev/null && knob_is 0
test_result $? "kill -9 in an unload: also one that does not raise it"
set_knob "$ours"
timeout 20 "$SEKISHO" serve --once --netns nobody --hook tc 2>/dev/null && knob_is 0
test_result $? "and so does serve"
"$SEKISHO" unload >/dev/null

"$@" >/dev/null 2>&1 &
one=$!
"$@" >/dev/null 2>&1 &
two=$!
wait $one && wait $two && knob_is 0
test_result $? "two at once"

loaded=0
at_raised "set_knob 1" "$@" && knob_is 1
test_result $? "a value that somebody writes meanwhile stays"
set_knob 1
"$SEKISHO" unload >/dev/null && knob_is 1 && "$@" >/dev/null && knob_is 1
test_result $? "and so does one that was there before"
set_knob 0
"$SEKISHO" unload >/dev/null
writes
test_result $? "one interface is enough"
! writes --no-expedite
test_result $? "--no-expedite"
defer sh -c "echo 0 >$normal"
echo 1 >"$normal"
! writes
test_result $? "rcu_normal"
echo 0 >"$normal"
"$SEKISHO" unload >/dev/null

# A command that waits for another one ends at once.
(
	exec 9</sys/fs/bpf
	flock 9
	exec sleep 60
) &
holder=$!
defer kill_and_wait $holder
# shellcheck disable=SC2317 # by busywait
waits_for_lock()
{
	grep -q -- "-> FLOCK .* $1 " /proc/locks
}
env --default-signal=INT "$@" >/dev/null 2>"$TMPDIR/error" &
pid=$!
busywait 10 waits_for_lock "$pid"
kill -INT "$pid"
# shellcheck disable=SC2317 # by busywait
has_ended()
{
	! is_running "$1"
}
busywait 5 has_ended "$pid"
test_result $? "SIGINT of a load that waits for another"
kill -KILL "$pid" 2>/dev/null
kill "$holder"
wait "$pid"
status=$?
grep -q "ended by SIGINT.*nothing was attached" "$TMPDIR/error"
expect_equal "which says so" "1 0" "$status $?"
test_finish
