# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion for bash. Options and their words come from the command itself, so
# that this file has none to forget.

_sekisho()
{
	local command=${COMP_WORDS[0]} cur prev sub='' i words
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} != -* ]]; then
			sub=${COMP_WORDS[i]}
			break
		fi
	done
	if [[ -z $sub && $cur != -* ]]; then
		words='load unload status show serve top export classify topo probe help'
	elif [[ $prev == --* ]] &&
		words=$("$command" ${sub:+"$sub"} --complete 2>/dev/null | sed -n "s/^$prev	//p") &&
		[[ -n $words ]]; then
		words=${words//	/ }
	elif [[ $cur == -* ]]; then
		words=$("$command" ${sub:+"$sub"} --complete 2>/dev/null | cut -f1)
	elif [[ $sub == show ]]; then
		words='link netns cgroup icmp'
	elif [[ $sub == topo && $prev == topo ]]; then
		words='show'
	elif [[ $prev == --netns ]]; then
		words="all $(ls /run/netns 2>/dev/null)"
	elif [[ $prev == --dev ]]; then
		words=$(ls /sys/class/net 2>/dev/null)
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _sekisho sekisho
