# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests of counting share: namespaces joined by veth, snapshots of all counters,
# ours and the kernel's, and tables of what must be equal:
#
#	. "$(dirname "$0")/net.sh"
#	private_mounts "$@"
#	plan_rows
#	net_ns left right
#	net_link left right 1
#	net_load
#	net_snapshot
#	in_ns "$left" ping -c 5 10.1.0.2
#	net_compare <<-'END'
#		echo requests: link.packets netns=left class=icmp_echo_request hook=tc == 5
#		    both ways: link.skbs netns=left ifname=right hook=tc == if.rx_packets netns=left dev=right + if.tx_packets netns=left dev=right
#	END
#	test_finish
#
# A row is NAME: SUM == SUM.  A sum adds and subtracts numbers and counters; a counter is
# [N *] TABLE.FIELD KEY=VALUE..., and stands for how much it has grown since the
# snapshot, in all lines of the table that match.  VALUE may be a|b, and KEY!=VALUE.
# Tables, see snapshot_*(): link, icmp, cgroup, peer, tunnel (what sekisho shows), if (interfaces),
# qdisc, nft (rules, by their comment), wg, and snmp, whose fields have nstat's names.
# Two sums of nothing are not equal, unless the right one is 0: they prove nothing.

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

net=$SEK_BUILD/selftests/net
spaces=

# Where a snapshot has to ask for more, as asking takes time. A test sets uses_wg itself.
uses_qdisc=
uses_nft=
uses_wg=

# plan_rows [N]: a result for each row in the script, and N more.
plan_rows()
{
	test_plan $(($(grep -c '^	.*: .* == ' "$0") + ${1:-0}))
}

# net_ns NAME...: as setup_ns, with as little chatter of IPv6's own as can be.
net_ns()
{
	for space; do
		setup_ns "$space" || exit 1
		spaces="$spaces $space"
		in_ns "$(net_name "$space")" sysctl -q -w \
			net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv6.conf.default.mldv2_unsolicited_report_interval=1 \
			net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 || exit 1
	done
}

net_name()
{
	echo "sek-test-$SEK_ID-$1"
}

# net_pair A B [MTU]: a veth pair; A's end is called B, and B's A.
net_pair()
{
	ip link add "$2" mtu "${3:-1500}" netns "$(net_name "$1")" type veth \
		peer name "$1" mtu "${3:-1500}" netns "$(net_name "$2")" &&
		ip -n "$(net_name "$1")" link set "$2" up &&
		ip -n "$(net_name "$2")" link set "$1" up || exit 1
}

# net_link A B N [MTU]: net_pair with addresses: A has 10.N.0.1 and fd00:N::1, B ends in 2.
net_link()
{
	net_pair "$1" "$2" "${4:-1500}"
	net_address "$1" "$2" "$3" 1
	net_address "$2" "$1" "$3" 2
}

# net_address NS DEV N HOST: addresses as in net_link; up.  Neighbours are asked once,
# and not again while a test goes on.
net_address()
{
	ip -n "$(net_name "$1")" -batch - <<-END || exit 1
		address add 10.$3.0.$4/24 dev $2
		address add fd00:$3::$4/64 dev $2 nodad
		link set $2 up
		ntable change name arp_cache dev $2 delay_probe 3600000
		ntable change name ndisc_cache dev $2 delay_probe 3600000
	END
}

# net_gateway NS N HOST: default routes.
net_gateway()
{
	ip -n "$(net_name "$1")" route add default via "10.$2.0.$3" || exit 1
	ip -n "$(net_name "$1")" route add default via "fd00:$2::$3" || exit 1
}

# net_forward NS: makes it a router.
net_forward()
{
	in_ns "$(net_name "$1")" sysctl -q -w net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1 || exit 1
}

# net_qdisc NS DEV KIND...: at the root, counted as the table qdisc.
net_qdisc()
{
	uses_qdisc="$uses_qdisc $1"
	space=$1 dev=$2
	shift 2
	tc -n "$(net_name "$space")" qdisc replace dev "$dev" root "$@" || exit 1
}

# Carrier comes some time after a link is raised, and addresses are of no use before.
are_links_up()
{
	for space in $spaces; do
		! ip -n "$(net_name "$space")" -o link show up | grep -q 'state DOWN' || return
	done
}

# net_load [OPTION...]: tc of all interfaces in all namespaces, unless told otherwise.
net_load()
{
	busywait 5 are_links_up || exit 1
	# shellcheck disable=SC2086 # a list
	"$SEKISHO" load --netns="$(printf ",sek-test-$SEK_ID-%s" $spaces | cut -c 2-)" \
		"${@:---hook=tc}" >"$TMPDIR/load" 2>&1
	test_result $? "load" || diag <"$TMPDIR/load"
}

# net_nft NS: rules from stdin; their counters are the table nft.
net_nft()
{
	uses_nft="$uses_nft $1"
	in_ns "$(net_name "$1")" nft -f - || exit 1
}

# Runs as a member of the cgroup $as, if that is set.
as=
run_as()
{
	if [ -n "$as" ]; then
		in_cgroup "$as" nsenter --net="/run/netns/$(net_name "$space")" "$@"
	else
		in_ns "$(net_name "$space")" "$@"
	fi
}

# net_sink NS udp|tcp ADDRESS PORT: something that reads, until the test ends.
net_sink()
{
	space=$1
	sink=$(run_as "$net/$2" sink "$3" "$4") || exit 1
	defer kill_and_wait "$sink"
}

# net_run NS PROGRAM...: what it says is comment if it fails.
net_run()
{
	space=$1
	shift
	log=$(run_as "$@" 2>&1) && return
	diag "$* failed:"
	diag "$log"
	return 1
}

# All counters, as lines of "TABLE KEY=VALUE...".
snapshot_all()
{
	: >"$TMPDIR/proc"
	{
		for object in link icmp cgroup peer tunnel; do
			"$SEKISHO" -j show "$object"
		done
		for space in $spaces; do
			# shellcheck disable=SC2016 # for the inner shell
			in_ns "$(net_name "$space")" sh -c '
				has()
				{
					case " $1 " in
					*" $space "*) ;;
					*) return 1 ;;
					esac
				}
				space=$2
				echo "\"$space\""
				ip -s -j link
				if has "$3"; then tc -s -j qdisc; else echo "[]"; fi
				if has "$4"; then nft -j list ruleset; else echo "{}"; fi
				exec >>"$1"
				echo "@netns $space"
				cat /proc/net/snmp /proc/net/netstat /proc/net/snmp6
				if has "$5"; then
					echo "@wg"
					wg show all transfer
				fi' - "$TMPDIR/proc" "$space" "$uses_qdisc" "$uses_nft" "$uses_wg"
		done
	} | jq -rs -f "$folder/snapshot.jq" | sed "s/sek-test-$SEK_ID-//g"
	awk -f "$folder/snapshot.awk" "$TMPDIR/proc"
}

# A snapshot takes its time: it is one only if nothing moved meanwhile.
is_quiet()
{
	mv "$TMPDIR/before" "$TMPDIR/earlier"
	snapshot_all >"$TMPDIR/before"
	cmp -s "$TMPDIR/before" "$TMPDIR/earlier"
}

# Counts begin here.
net_snapshot()
{
	: >"$TMPDIR/before"
	busywait 5 is_quiet || diag "there is always traffic here"
}

# net_sum SUM: what it was at the end of the last net_compare.
net_sum()
{
	echo "sum: $1 == 0" |
		awk -f "$folder/rows.awk" "$TMPDIR/before" "$TMPDIR/after" - | cut -f 3
}

# Of the rows in $TMPDIR/rows.
evaluate()
{
	snapshot_all >"$TMPDIR/after"
	awk -f "$folder/rows.awk" "$TMPDIR/before" "$TMPDIR/after" "$TMPDIR/rows" \
		>"$TMPDIR/results"
	! grep -q '^no' "$TMPDIR/results"
}

# net_skip WHY <ROWS
net_skip()
{
	while IFS=: read -r name rest; do
		[ -z "$rest" ] || test_skip "$name" "$1"
	done
}

# net_compare <ROWS: a result each.  What is under way may still arrive.
net_compare()
{
	cat >"$TMPDIR/rows"
	busywait 3 evaluate
	tab=$(printf '\t')
	while IFS=$tab read -r ok name ours theirs; do
		if [ "$ok" = ok ]; then
			diag "$name: $ours"
			test_result 0 "$name"
		else
			diag "$name: $ours is not $theirs, $((ours - theirs)) too many"
			test_result 1 "$name"
		fi
	done <"$TMPDIR/results"
}
