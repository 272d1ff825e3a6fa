# SPDX-License-Identifier: GPL-2.0-only
# /proc/net/{snmp,netstat,snmp6} -> one line "snmp KEY=VALUE...", with nstat's names
BEGIN {
	printf "snmp netns=%s", netns
}

# snmp6 has one a line; the others have a line of names, and one of values.
NF == 2 && !/:/ {
	printf " %s=%s", $1, $2
	next
}

$1 != group {
	group = $1
	split($0, name)
	next
}

{
	for (i = 2; i <= NF; i++)
		printf " %s%s=%s", substr(group, 1, length(group) - 1), name[i], $i
	group = ""
}

END {
	print ""
}
