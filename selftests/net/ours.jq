# SPDX-License-Identifier: GPL-2.0-only
# sekisho -j show link, icmp, cgroup -> lines of "TABLE KEY=VALUE..."
["link", "icmp", "cgroup"] as $tables
| to_entries[]
| $tables[.key] as $table
| .value[]
| with_entries(select(.value != null))
| $table + " " + (to_entries | map("\(.key)=\(.value)" | gsub(" "; "_")) | join(" "))
