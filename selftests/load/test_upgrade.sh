#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 120
#
# Another build's programs replace those of a running one under traffic, back and
# forth, and no packet goes uncounted.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/load/load.sh
. "$folder/load.sh"

next=$SEK_BUILD/next/sekisho

# send: pings both ways until the file that says so has gone.
send()
{
	while [ -e "$TMPDIR/go" ]; do
		in_ns "$1" ping -q -f -c 500 "$2" >/dev/null
	done
}

# load_with SEKISHO
load_with()
{
	# shellcheck disable=SC2154 # group is set by setup_cgroup
	"$1" load --netns "$left" --dev v --cgroup "$group" --hook "$hooks" >"$TMPDIR/out"
}

programs()
{
	"$SEKISHO" -j status | jq -c 'map(.program_id)'
}

hooks=tc,cgroup
! has_feature netfilter || hooks=$hooks,netfilter
test_plan 10
setup_pair && setup_cgroup group
test_result $? "topology"
test "$("$SEKISHO" --version)" != "$("$next" --version)"
test_result $? "two builds"

# Before the first packet: statistics and counters begin together.
got=$(delivered "$left")
tx=$(statistic "$left" v tx.packets)
rx=$(statistic "$left" v rx.packets)
txb=$(statistic "$left" v tx.bytes)
load_with "$SEKISHO"
first=$(programs)
touch "$TMPDIR/go"
send "$left" 10.9.0.2 &
one=$!
send "$right" 10.9.0.1 &
two=$!

rounds=4
[ "$SEK_ENV" = native ] || rounds=2
failed=0
for _ in $(seq $rounds); do
	for command in "$next" "$SEKISHO"; do
		load_with "$command" || failed=1
		grep -q 'replaced [1-9]' "$TMPDIR/out" || { diag <"$TMPDIR/out"; failed=1; }
	done
done
test_result $failed "$rounds upgrades and downgrades under traffic"
[ "$(programs)" != "$first" ]
test_result $? "the programs are others now"
rm "$TMPDIR/go"
wait $one $two

expect_equal "egress packets" $(($(statistic "$left" v tx.packets) - tx)) \
	"$(sum skbs '.direction == "egress" and .hook == "tc"')"
expect_equal "egress bytes" $(($(statistic "$left" v tx.bytes) - txb)) \
	"$(sum skb_bytes '.direction == "egress" and .hook == "tc"')"
expect_equal "ingress packets" $(($(statistic "$left" v rx.packets) - rx)) \
	"$(sum skbs '.direction == "ingress" and .hook == "tc"')"
if has_feature netfilter; then
	expect_equal "packets delivered" $(($(delivered "$left") - got)) \
		"$(sum skbs '.route == "local_in"')"
else
	test_skip "packets delivered" "no netfilter programs"
fi
[ "$(sum skbs 'true')" -gt 2000 ]
test_result $? "there was traffic: $(sum skbs 'true') packets"
"$next" unload >/dev/null && nothing_left "$left"
test_result $? "either unloads"
test_finish
