#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 300
#
# A version with another ABI takes over under traffic: each packet is counted once, in the old
# maps or in the new ones, and what the old ones had is still there.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/load/load.sh
. "$folder/load.sh"

this=$SEKISHO
other=$SEK_BUILD/other-abi/sekisho

# ping_while_told NETNS ADDRESS: from the cgroup, until the file that says so has gone.
ping_while_told()
{
	while [ -e "$TMPDIR/go" ]; do
		# shellcheck disable=SC2154 # group is set by setup_cgroup
		in_cgroup "$group/alive" nsenter --net="/run/netns/$1" ping -q -f -c 200 "$2" >/dev/null
	done
}

# of OBJECT FIELD SELECTION: a sum over the rows of show.
of()
{
	"$SEKISHO" -j show "$1" | jq "[.[] | select($3) | .$2] | add // 0"
}

# of_class CLASS: packets that cgroups sent, with bytes.
of_class()
{
	echo "$(of cgroup packets ".class == \"$1\" and .direction == \"egress\"")" \
		"$(of cgroup bytes ".class == \"$1\" and .direction == \"egress\"")"
}

# all: what is there, whoever had it, by all that tells kinds apart.
all()
{
	"$SEKISHO" -j show link | jq -c 'group_by([.hook, .direction, .family, .class, .route]) |
		map([.[0].hook, .[0].direction, .[0].class, .[0].route, (map(.packets) | add), (map(.bytes) | add)]) | sort'
	"$SEKISHO" -j show cgroup | jq -c 'group_by([.direction, .family, .class]) |
		map([.[0].direction, .[0].class, (map(.packets) | add), (map(.bytes) | add)]) | sort'
	"$SEKISHO" -j show icmp | jq -c 'group_by([.hook, .direction, .family, .type, .code]) |
		map([.[0].hook, .[0].direction, .[0].type, .[0].code, (map(.packets) | add)]) | sort'
}

# shellcheck disable=SC2317 # by busywait
has_sent()
{
	[ "$(of cgroup packets 'true')" -ge 2000 ]
}

load()
{
	"$SEKISHO" load --netns "$left" --dev v --cgroup "$group" --hook tc,cgroup "$@" >"$TMPDIR/out" 2>&1
}

# begin_anew: the first one has counted something.
begin_anew()
{
	"$other" unload >/dev/null
	SEKISHO=$this
	load && in_cgroup "$group/alive" nsenter --net="/run/netns/$left" \
		ping -q -c 3 -i 0.01 10.9.0.2 >/dev/null
	before=$(all)
	SEKISHO=$other
}

# die_at CALL N: the other one does, as it takes over; the next one does the rest.
die_at()
{
	begin_anew
	strace -f -o /dev/null -e trace="$1" -e inject="$1":signal=SIGKILL:when="$2" \
		"$other" load --netns "$left" --dev v --cgroup "$group" >/dev/null 2>&1 ||
		killed=$((killed + 1))
	load && [ "$before" = "$(all)" ] && [ ! -e /sys/fs/bpf/sekisho/maps-old ] && return
	diag <"$TMPDIR/out"
	diag "killed before $1 $2"
	diag "before: $before"
	diag "after:  $(all)"
	return 1
}

# Some of the calls of a whole run that change something, each in a line: "bpf 17".
changing_calls()
{
	begin_anew
	strace -f -e trace=bpf -o "$TMPDIR/trace" "$other" load --netns "$left" --dev v \
		--cgroup "$group" >/dev/null 2>&1 || return
	grep 'bpf(' "$TMPDIR/trace" | awk '/BPF_(MAP_UPDATE|LINK_UPDATE|OBJ_PIN|PROG_LOAD)/ {
			print "bpf", NR
		}' | awk -v every="$1" 'NR % every == 0'
	printf '%s\n' "rename 1" "mkdir 2" "unlink 4" "unlink 20"
}

test_plan 20
setup_pair && setup_cgroup group && mkdir "$group/alive"
test_result $? "topology"
[ "$("$this" --version)" != "$("$other" --version)" ]
test_result $? "two builds"

load
test_result $? "the first one counts" || diag <"$TMPDIR/out"
# Cgroups that are gone, whom nobody has settled, and one that is there.
sent=$(in_ns "$left" "$SEK_BUILD/selftests/serve/churn" "$group" 8 3)
in_cgroup "$group/alive" nsenter --net="/run/netns/$left" ping -q -c 20 -i 0.01 10.9.0.2 >/dev/null
before=$(all)
alive=$(of cgroup packets ".cgroup == \"/${group##*/}/alive\"")

SEKISHO=$other
load --link-slots 100 --cgroup-slots 500
test_result $? "the other one takes over" || diag <"$TMPDIR/out"
grep -q "took over what sekisho .* has counted" "$TMPDIR/out"
test_result $? "and says so" || diag <"$TMPDIR/out"
expect_equal "everything is there" "$before" "$(all)"
expect_equal "UDP is UDP" "$sent $((sent * 128))" "$(of_class udp)"
expect_equal "a cgroup has what it had" "$alive" \
	"$(of cgroup packets ".cgroup == \"/${group##*/}/alive\"")"
[ ! -e /sys/fs/bpf/sekisho/maps-old ]
test_result $? "the old maps are gone"

SEKISHO=$this
load
[ $? -eq 1 ] && grep -q "does not know" "$TMPDIR/out"
test_result $? "the first one does not know the other" || diag <"$TMPDIR/out"
SEKISHO=$other
expect_equal "and changes nothing" "$before" "$(all)"

# Killed on the way.
every=24
[ "$SEK_ENV" = native ] || every=40
calls=$(changing_calls $every) && [ -n "$calls" ]
test_result $? "a whole run"
failed=0
killed=0
while read -r call n; do
	die_at "$call" "$n" </dev/null || failed=1
done <<END
$calls
END
test_result $failed "killed on the way, all is there after the next"
diag "killed $killed times"
[ "$killed" -gt 3 ]
test_result $? "it was killed"

# Once more, under traffic.
touch "$TMPDIR/go"
"$other" unload >/dev/null
SEKISHO=$this
tx=$(statistic "$left" v tx.packets)
txb=$(statistic "$left" v tx.bytes)
rx=$(statistic "$left" v rx.packets)
load
ping_while_told "$left" 10.9.0.2 &
one=$!
ping_while_told "$right" 10.9.0.1 &
two=$!
busywait 10 has_sent
counted=$(of cgroup packets 'true')
SEKISHO=$other
load
test_result $? "under traffic" || diag <"$TMPDIR/out"
[ "$(of cgroup packets 'true')" -ge "$counted" ]
test_result $? "no total is less"
rm "$TMPDIR/go"
wait $one $two
expect_equal "packets sent" $(($(statistic "$left" v tx.packets) - tx)) \
	"$(sum skbs '.direction == "egress" and .hook == "tc"')"
expect_equal "bytes sent" $(($(statistic "$left" v tx.bytes) - txb)) \
	"$(sum skb_bytes '.direction == "egress" and .hook == "tc"')"
expect_equal "packets received" $(($(statistic "$left" v rx.packets) - rx)) \
	"$(sum skbs '.direction == "ingress" and .hook == "tc"')"
"$other" unload >/dev/null && nothing_left "$left"
test_result $? "it unloads"
test_finish
