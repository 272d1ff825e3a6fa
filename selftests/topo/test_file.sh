#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# topo show FILE: the examples, their plans, includes, and what is said of mistakes.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

show()
{
	"$SEKISHO" -j topo show "$@"
}

# Without capabilities, as whoever can read the tree.
without_privileges()
{
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid "$(stat -c %u "$top")" --bounding-set=-all --inh-caps=-all \
			--no-new-privs "$@"
	else
		"$@"
	fi
}

# Exit 1, nothing on stdout, and this one line.
refuses()
{
	out=$("$SEKISHO" topo show "$1" 2>"$TMPDIR/said")
	code=$?
	diag <"$TMPDIR/said"
	[ "$code" -eq 1 ] && [ -z "$out" ] && [ "$(cat "$TMPDIR/said")" = "sekisho: $2" ]
}

# The literal blocks of a man page that begin with a key, as files: doc-1, doc-2...
documented()
{
	awk -v to="$TMPDIR/doc-" '
		/^\.Ed/ { inside = 0 }
		inside && !first && !/^(name|nodes|links|tests):/ { inside = 0 }
		inside {
			if (!first || $1 == first) {
				n++
				first = $1
			}
			gsub(/\\\(dq/, "\"")
			print >(to n)
		}
		/^\.Bd -literal/ { inside = 1; first = "" }' "$top/docs/man/sekisho-topo.8"
}

# What each of them is a part of.
in_a_file()
{
	case $(head -n 1 "$1") in
	links:*) echo 'nodes: [vm1, vm2, vm3, h1, h2, h3, c01, gw]' ;;
	tests:*)
		echo 'nodes: [vm1, vm2, vm6, vm9]'
		echo 'links: [vm1-vm2]'
		;;
	esac
	cat "$1"
}

test_plan 26

# The examples.
for name in nine-routers:9:9:0 swallowed-tunnel:4:3:0 bgp-triangle:3:3:0 \
	leaf-spine:40:72:0 one-switch:11:10:1; do
	file=$top/examples/${name%%:*}.yaml
	without_privileges "$SEKISHO" -j topo show "$file" | json '
		[.nodes, .links, (.nodes | map(select(.kind == "bridge")))] | map(length) |
		join(":")' >"$TMPDIR/counts"
	expect_equal "example ${name%%:*}" "${name#*:}" "$(cat "$TMPDIR/counts")"
done

# Scenario: nine routers on one laptop.
expect_equal "nine routers have the addresses of the sheet" "10.0.10.1/24 10.0.10.2/24 \
10.0.20.1/24 10.0.20.2/24 10.0.30.1/24 10.0.30.2/24 10.0.40.1/24 10.0.40.2/24 10.0.50.1/24 \
10.0.50.2/24 10.0.60.1/24 10.0.60.2/24 10.0.70.1/24 10.0.70.2/24 10.0.80.1/24 10.0.80.2/24 \
10.0.90.1/24 10.0.90.2/24" "$(show "$top/examples/nine-routers.yaml" | json '[.ends[].ipv4] | join(" ")')"
expect_equal "a host's interface and address as given" "eth0 10.59.79.145/24" "$(
	show "$top/examples/swallowed-tunnel.yaml" |
		json '.ends[] | select(.node == "c01") | "\(.ifname) \(.ipv4)"')"

# The whole plan of a file with everything in it.
show "$folder/everything.yaml" >"$TMPDIR/first" && show - <"$folder/everything.yaml" |
	cmp - "$TMPDIR/first"
test_result $? "the same on every run, also from standard input"
json '.links[] | select(.link == "first")' <"$TMPDIR/first" >"$TMPDIR/link"
expect_equal "JSON has numbers in the unit of their names" \
	'[10000,1000,10000,100000000,1400,7,10,120]' "$(jq -c '[.delay_us, .jitter_us,
	.loss_ppm, .rate, .mtu, .cost, .flap_up_s, .flap_down_s]' "$TMPDIR/link")"
"$SEKISHO" topo show "$folder/everything.yaml" >"$TMPDIR/text"
grep -Eq '^ +first +veth +10ms +1ms +1% +100Mbit/s +1400 +7 +10s/120s +-$' "$TMPDIR/text" &&
	grep -Eq '^ +a-d-2 +a +wg-d +10\.' "$TMPDIR/text" &&
	grep -Eq '^ +c +0\.0\.0\.0/0 +10\.0\.20\.1 +- +file$' "$TMPDIR/text" &&
	grep -Eq '^ +c +net\.ipv6\.conf\.all\.forwarding +1$' "$TMPDIR/text"
test_result $? "text has units" || diag <"$TMPDIR/text"
"$SEKISHO" topo show --dot "$folder/everything.yaml" >"$TMPDIR/dot"
expect_equal "--dot has each link" "$(json '.links | length' <"$TMPDIR/first")" \
	"$(grep -c ' -- ' "$TMPDIR/dot")"

# The man page.
documented
for file in "$TMPDIR"/doc-*; do
	in_a_file "$file" >"$TMPDIR/lab.yaml"
	out=$("$SEKISHO" topo show "$TMPDIR/lab.yaml" 2>&1)
	test_result $? "as documented: $(head -n 1 "$file")" || diag "$out"
done

# Includes.
mkdir "$TMPDIR/parts"
cat >"$TMPDIR/parts/base.yaml" <<-'END'
	name: base
	routing: rip
	defaults: {link: {delay: 1ms, mtu: 1400}}
	nodes: [a, b]
	links: [a-b]
END
echo 'include: base.yaml' >"$TMPDIR/parts/again.yaml"
cat >"$TMPDIR/lab.yaml" <<-'END'
	include: [parts/again.yaml, parts/base.yaml]
	routing: ospf
	defaults: {link: {delay: 5ms}}
	nodes: [c]
	links: [b-c]
END
expect_equal "included files come first, and the file wins" \
	"lab a b c ospf a-b 5000 1400 b-c 5000 1400" "$(show "$TMPDIR/lab.yaml" | json '
	[.topology, .nodes[].node, .nodes[0].routing, (.links[] | .link, .delay_us, .mtu)] |
	join(" ")')"
cd "$TMPDIR" || exit
echo 'include: two.yaml' >one.yaml
printf 'nodes: [a]\ninclude:\n  - one.yaml\n' >two.yaml
refuses one.yaml "two.yaml:3:5: 'one.yaml' includes itself by way of this file"
test_result $? "a circle of includes"
printf 'name: x\n\nnodes: [vm1, vm2]\nlinks: [vm1-vm3]\n' >parts/wrong.yaml
echo 'include: parts/wrong.yaml' >lab.yaml
refuses lab.yaml "parts/wrong.yaml:4:13: there is no node 'vm3'; do you mean 'vm1'?"
test_result $? "a mistake in an included file has its place there"
printf 'nodes: [a, b]\nlinks: [{ends: [a, b], ipv4: 10.0.0.0/16}]\n' >parts/base.yaml
printf 'include: parts/base.yaml\nnodes: [b]\n' >lab.yaml
refuses lab.yaml "lab.yaml:2:9: there is a node 'b' already (parts/base.yaml:1)"
test_result $? "what is in the other file is told with its name"
mkfifo fifo
echo 'include: fifo' >lab.yaml
refuses lab.yaml "lab.yaml:1:10: 'fifo' is no file"
test_result $? "an included pipe is not waited for"

# What cannot be read.
refuses nothing.yaml "nothing.yaml: open the file: No such file or directory"
test_result $? "a file that is not there"
refuses "$TMPDIR" "$TMPDIR: read the file: Is a directory"
test_result $? "a folder"
echo 'nodes: [a]' >'9 lives.yaml'
refuses '9 lives.yaml' "9 lives.yaml: the topology has no 'name', and that of the file cannot \
be one; add a line such as 'name: lab'"
test_result $? "a file's name that can name nothing"
"$SEKISHO" topo show "$folder/everything.yaml" >/dev/full 2>said
[ $? -eq 1 ] && [ "$(cat said)" = "sekisho: write the output: No space left on device" ]
test_result $? "an output that cannot be written"
test_finish
