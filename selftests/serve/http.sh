# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What tests of serve's HTTP share.

# serve_http OPTION...: serve in the background, at any free port; its address is $url, its
# process $serve.  It follows the namespaces of serve_pair alone.
serve_http()
{
	: >"$TMPDIR/serve.err"
	"$SEKISHO" serve --netns "$left,$right" --cgroup "$group" \
		--web.listen-address 127.0.0.1:0 "$@" 2>"$TMPDIR/serve.err" &
	serve=$!
	defer kill_and_wait "$serve"
	busywait 5 has_url && return
	diag <"$TMPDIR/serve.err"
	return 1
}

has_url()
{
	url=$(sed -n 's/.* at \(http.*\)\/metrics$/\1/p' "$TMPDIR/serve.err")
	[ -n "$url" ] && echo "$url" >"$TMPDIR/url"
}

# The shell's own variable is lost in busywait's subshell.
url()
{
	cat "$TMPDIR/url"
}

# get PATH OPTION...
get()
{
	get_path=$1
	shift
	curl -sS --max-time 10 "$@" "$(url)$get_path"
}

# status PATH OPTION...: its number.
status()
{
	get "$@" -o /dev/null -w '%{http_code}' 2>/dev/null
}

# says TEXT: serve did, on stderr.
says()
{
	grep -q "$1" "$TMPDIR/serve.err"
}
