# SPDX-License-Identifier: GPL-2.0-only
# Of each namespace a line "@netns NAME", /proc/net/{snmp,netstat,snmp6}, and after "@wg"
# wg show all transfer -> lines of "TABLE KEY=VALUE...", the kernel's with nstat's names
$1 == "@netns" {
	netns = $2
	printf "%ssnmp netns=%s", ended, netns
	ended = "\n"
	wg = 0
	next
}

$1 == "@wg" {
	wg = 1
	next
}

wg {
	printf "\nwg netns=%s dev=%s rx=%s tx=%s", netns, $1, $3, $4
	next
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
