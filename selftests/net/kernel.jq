# SPDX-License-Identifier: GPL-2.0-only
# ip -s -j link, tc -s -j qdisc, nft -j list ruleset -> lines of "TABLE KEY=VALUE..."
def line(table):
	table + " netns=" + $netns + " " + (to_entries | map("\(.key)=\(.value)") | join(" "));

(.[0][] | {dev: .ifname} + ([(.stats64 | to_entries[]) as {key: $way, $value}
	| $value | to_entries[] | {key: ($way + "_" + .key), value}] | from_entries)
	| line("if")),
(.[1][] | {dev, kind, packets, bytes, drops} | line("qdisc")),
(.[2].nftables[]?.rule // empty | select(.comment)
	| {name: .comment} + (.expr[].counter // empty) | line("nft"))
