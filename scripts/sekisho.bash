# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion for bash. Options and their words come from the command itself, so
# that this file has none to forget.

_sekisho()
{
	local command=${COMP_WORDS[0]} cur prev sub='' second='' i words
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	for ((i = 1; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} != -* ]]; then
			sub=${COMP_WORDS[i]}
			break
		fi
	done
	if [[ ($sub == tunnel || $sub == topo) && i+1 -lt COMP_CWORD ]]; then
		second=${COMP_WORDS[i + 1]}
	fi
	if [[ -z $sub && $cur != -* ]]; then
		words='load unload status show serve top export classify topo tunnel probe help'
	elif [[ $prev == --* ]] &&
		words=$("$command" ${sub:+"$sub"} ${second:+"$second"} --complete 2>/dev/null | sed -n "s/^$prev	//p") &&
		[[ -n $words ]]; then
		words=${words//	/ }
	elif [[ $cur == -* ]]; then
		words=$("$command" ${sub:+"$sub"} ${second:+"$second"} --complete 2>/dev/null | cut -f1)
	elif [[ $sub == show ]]; then
		words='link netns cgroup icmp peer tunnel'
	elif [[ $sub == topo && $prev == topo ]]; then
		words='up down show exec shell cut heal set test'
	elif [[ $sub == topo && $second =~ ^(down|exec|shell|cut|heal|set)$ && $prev == "$second" ]]; then
		words=$(ls /run/sekisho/topo 2>/dev/null)
	elif [[ $sub == topo && $second =~ ^(exec|shell)$ ]]; then
		words=$(ls "/run/sekisho/topo/$prev/ns" 2>/dev/null)
	elif [[ $sub == tunnel && $prev == tunnel ]]; then
		words='up down show plan doctor refresh'
	elif [[ $prev == --netns || $prev == --underlay-netns ]]; then
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
