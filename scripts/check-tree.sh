#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check-tree.sh RULE <FILES: names the files that break a rule of the tree.
#
#	spdx		the licence is said at the top
#	length		no more than 600 lines
#	paths		nothing of the machine where it was written
#	scripts		can be run, if they begin with #!
#	includes	arrows go one way: out, log and opts know nobody, lib not the
#			commands, and nothing shared is declared outside the ABI
#
# Data (captures, corpora) and what has no comments are not asked for a licence.

set -eu

usage()
{
	sed -n '4s/^# //p' "$0" >&2
	exit 2
}

no_spdx()
{
	case $1 in
	*.pcap | *.pcapng | *.json | *.svg | *.png | */corpus/* | .gitignore | \
		COPYING | LICENSE*) return 1 ;;
	esac
	! head -n 3 "$1" | grep -q 'SPDX-License-Identifier: '
}

too_long()
{
	case $1 in
	*.pcap | *.pcapng | */corpus/* | COPYING | LICENSE*) return 1 ;;
	esac
	[ "$(wc -l <"$1")" -gt 600 ]
}

# The clone's own place, and those where people keep theirs.
with_path()
{
	case $1 in
	scripts/check-tree.sh) return 1 ;;
	esac
	grep -nHIE -e "(^|[^[:alnum:]_.])(/home/|/Users/|$(pwd -P)(/|$))" "$1"
}

not_executable()
{
	if [ "$(head -c 2 "$1")" = '#!' ]; then
		[ ! -x "$1" ]
	else
		[ -x "$1" ]
	fi
}

includes_wrong()
{
	case $1 in
	user/out/* | user/log.* | user/opts*)
		grep -nHE '^#include "(.*/)?(lib|cmd)' "$1"
		;;
	user/lib/*)
		grep -nHE '^#include "(\.\./)?(cmd|opts|log|out/)' "$1"
		;;
	bpf/*)
		grep -nHE '^#include "(.*/)?user/' "$1"
		;;
	*)
		return 1
		;;
	esac
}

[ $# -eq 1 ] || usage
case $1 in
spdx) rule=no_spdx ;;
length) rule=too_long ;;
paths) rule=with_path ;;
scripts) rule=not_executable ;;
includes) rule=includes_wrong ;;
*) usage ;;
esac

status=0
while read -r file; do
	if "$rule" "$file"; then
		echo "$file: $1"
		status=1
	fi
done
exit "$status"
