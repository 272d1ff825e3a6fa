#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# The ledger: counters go on where they were when those of the kernel have begun anew, as after a
# reboot, and nothing is counted in it twice, whoever is killed. Here "a reboot" is an unload, and
# another id of the boot.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/serve.sh
. "$folder/serve.sh"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/http.sh
. "$folder/http.sh"

ledger=$TMPDIR/books/ledger
this=$SEKISHO

# It has attached to all, and written it.
serve_ledger()
{
	serve_http --ledger "$ledger" "$@" && busywait 40 is_ok 1 &&
		busywait 20 attached "$left" v && busywait 20 attached "$right" v
}

# egress: what ping asked: bytes of all cgroups, and of the interface.
egress()
{
	get /metrics >"$TMPDIR/metrics" || return
	echo "$(metric sekisho_cgroup_bytes_total 'direction="egress"' <"$TMPDIR/metrics")" \
		"$(metric sekisho_link_bytes_total "netns=\"$left\"" 'ifname="v"' 'hook="tc"' \
			'direction="egress"' <"$TMPDIR/metrics")"
}

# shellcheck disable=SC2317 # by busywait
#
# of N: what N requests of ping are.
of()
{
	echo "$(($1 * 84)) $(($1 * 98))"
}

# What the kernel counts is lost, and the next boot has another name.
reboot()
{
	kill_and_wait "$serve"
	crash
}

crash()
{
	"$SEKISHO" unload >/dev/null && cat /proc/sys/kernel/random/uuid >"$TMPDIR/boot" &&
		mount --bind "$TMPDIR/boot" /proc/sys/kernel/random/boot_id
}

# shellcheck disable=SC2317 # by busywait
is_ok()
{
	get /metrics | grep -q "^sekisho_ledger_ok $1\$"
}

# damaged WHAT COMMAND...: the command damages the file; all that is said is that.
damaged()
{
	damage=$1
	shift
	"$@" && cp "$ledger" "$TMPDIR/damaged"
	serve_ledger && [ "$(grep -c 'is no ledger' "$TMPDIR/serve.err")" -eq 1 ] &&
		cmp "$TMPDIR/damaged" "$ledger.bad" && equals_now 0
	test_result $? "$damage" || diag <"$TMPDIR/serve.err"
	reboot
	rm "$ledger" "$ledger.bad"
	cp "$TMPDIR/good" "$ledger"
}

# shellcheck disable=SC2317 # by busywait
is_now()
{
	is_found=$(egress)
	[ "$is_found" = "$(of "$1")" ] || { echo "$is_found instead of $(of "$1")"; return 1; }
}

# equals_now N: what is served is N requests; a reading is shared for a while.
equals_now()
{
	equals_said=$(busywait 10 is_now "$1") || { diag "$equals_said"; return 1; }
}

# cgroup_bytes_are BYTES: those of the interface are "removed" after a change of versions.
cgroup_bytes_are()
{
	egress >"$TMPDIR/bytes" && [ "$(cut -d ' ' -f 1 "$TMPDIR/bytes")" = "$1" ] && return
	diag <"$TMPDIR/bytes"
	return 1
}

# row PART CGROUP NAME BYTES: a line of a ledger.
row()
{
	printf '%s\tcgroup\t%s\t%s\tcgroup\tegress\tlocal_out\tipv4\ttcp\tshape\t1\t%s\n' "$@"
}

# sealed <LINES: with the checksum behind them.
sealed()
{
	python3 -c '
import sys
text = sys.stdin.buffer.read()
h = 0xcbf29ce484222325
for byte in text:
    h = ((h ^ byte) * 0x100000001b3) & 0xffffffffffffffff
sys.stdout.buffer.write(text + b"end\t%016x\n" % h)'
}

test_plan 21
mkdir "$TMPDIR/books" && setup_cgroup group && setup_pair && mkdir "$group/web"
test_result $? "topology"
serve_ledger && talk 30 "$group/web" && equals_now 30
test_result $? "no ledger yet" || diag <"$TMPDIR/serve.err"
kill_and_wait "$serve"
serve_ledger && equals_now 30
test_result $? "a restart is no reboot"
talk 10 "$group/web"
kill -KILL "$serve"
wait "$serve" 2>/dev/null
serve_ledger && equals_now 40
test_result $? "nor is a kill"

n=40
for again in first second third; do
	reboot
	talk 5 "$group/web"
	serve_ledger && equals_now "$n" && talk 7 "$group/web" && equals_now $((n + 7))
	test_result $? "the $again reboot: all goes on" || diag <"$TMPDIR/serve.err"
	n=$((n + 7))
done
expect_equal "one series of the cgroup, as before" 1 "$(grep -c \
	"^sekisho_cgroup_bytes_total{.*/web\",name=\"web\",direction=\"egress\"" "$TMPDIR/metrics")"
kill -KILL "$serve"
wait "$serve" 2>/dev/null
serve_ledger && equals_now $n
test_result $? "killed after a reboot"
expect_equal "sekisho export has it, too" $((n * 84)) "$("$SEKISHO" export --ledger "$ledger" |
	metric sekisho_cgroup_bytes_total 'direction="egress"')"
mkdir "$TMPDIR/folder"
fails_with "folder is no ledger" "$SEKISHO" export --ledger "$TMPDIR/folder"
test_result $? "which says what is no ledger"

# Without power: what was written last is there.
kill_and_wait "$serve"
serve_ledger --ledger-interval 1
talk 3 "$group/web"
n=$((n + 3))
# shellcheck disable=SC2317 # by busywait
written()
{
	awk -F '\t' -v bytes=$((n * 84)) '$2 == "cgroup" && $6 == "egress" { sum += $12 }
		END { exit sum != bytes }' "$ledger"
}
busywait 30 written
test_result $? "written now and then" || diag <"$ledger"
kill -KILL "$serve"
wait "$serve" 2>/dev/null
crash
serve_ledger && equals_now $n
test_result $? "a crash after that loses nothing"

# Another version, whose maps are others, takes over: nothing begins at zero.
kill_and_wait "$serve"
SEKISHO=$SEK_BUILD/other-abi/sekisho
serve_ledger
cgroup_bytes_are $((n * 84))
test_result $? "another version takes over"
reboot
serve_ledger
cgroup_bytes_are $((n * 84))
test_result $? "and has its reboot"
reboot
SEKISHO=$this

cp "$ledger" "$TMPDIR/good"
damaged "cut off" truncate -s -10 "$ledger"
damaged "one bit is another" sed -i '3s/egress/egreSs/' "$ledger"
damaged "another file" cp /bin/true "$ledger"

# What is no longer there is kept, until it is too much.
mkdir "$TMPDIR/small" && mount -t tmpfs -o size=1m small "$TMPDIR/small"
ledger=$TMPDIR/small/ledger
{
	printf 'sekisho-ledger\t1\tx\t0\n'
	row now /a/there there 1
	row base /a/there there 10
	row base /a/gone/far gone 100
	row base '/n\x09\xff' odd 1000
	row base / removed 10000
	seq 1100 | sed 's|.*|base\tcgroup\t/old/&\t&\tcgroup\tegress\tlocal_out\tipv4\ttcp\tshape\t1\t7|'
} | sealed >"$ledger"
serve_ledger
expect_equal "those that are gone are their parents'" "11 100 18700" "$(get /metrics >"$TMPDIR/metrics"
	for who in '{cgroup="/a/there",name="there",direction="egress"' '{cgroup="/a",name="removed",direction="egress"' \
		'{cgroup="/",name="removed",direction="egress"'; do
		metric sekisho_cgroup_bytes_total "$who" 'class="tcp"' <"$TMPDIR/metrics"
	done | xargs)"
kill_and_wait "$serve"
dd if=/dev/zero of="$TMPDIR/small/full" bs=4k 2>/dev/null
cp "$ledger" "$TMPDIR/before"
serve_http --ledger "$ledger" --ledger-interval 1 && busywait 40 says "write the ledger .*No space left" && busywait 20 is_ok 0 &&
	cmp "$ledger" "$TMPDIR/before"
test_result $? "no space: said, and the file is as it was" || diag <"$TMPDIR/serve.err"
rm "$TMPDIR/small/full"
busywait 20 is_ok 1 && [ "$(grep -c "write the ledger" "$TMPDIR/serve.err")" -eq 1 ]
test_result $? "there is again" || diag <"$TMPDIR/serve.err"
kill_and_wait "$serve"
umount "$TMPDIR/small"
umount -l /proc/sys/kernel/random/boot_id 2>/dev/null
test_finish
