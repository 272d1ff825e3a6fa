# SPDX-License-Identifier: GPL-2.0-only
# Five tables of sekisho's, and then of each namespace its name and what ip, tc and nft
# say -> lines of "TABLE KEY=VALUE..."
def line(table; more): table + " " + (more + to_entries
	| map("\(.key)=\(.value)" | gsub(" "; "_")) | join(" "));

def kernel($netns; $links; $qdiscs; $nft):
	[{key: "netns", value: $netns}] as $where
	| ($links[] | {dev: .ifname} + ([(.stats64 | to_entries[]) as {key: $way, $value}
		| $value | to_entries[] | {key: ($way + "_" + .key), value}] | from_entries)
		| line("if"; $where)),
	# clsact counts, too, what passes by.
	($qdiscs[] | select(.kind != "clsact") | {dev, kind, packets, bytes, drops}
		| line("qdisc"; $where)),
	($nft.nftables[]?.rule // empty | select(.comment)
		| {name: .comment} + (.expr[].counter // empty) | line("nft"; $where));

(["link", "icmp", "cgroup", "peer", "tunnel"] as $tables | .[:5] | to_entries[] | $tables[.key] as $table
	| .value[] | with_entries(select(.value != null)) | line($table; [])),
(.[5:] | range(0; length; 4) as $i | kernel(.[$i]; .[$i + 1]; .[$i + 2]; .[$i + 3]))
