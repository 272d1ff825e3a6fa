#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# serial
# timeout: 480
#
# serve/containers under a systemd that is process 1 of a container, or of a guest
# (selftests/vm/run.sh -s -t 900 6.12 -- env SEK_SYSTEMD=1 SEK_FACTOR=5 selftests/serve/test_containers.sh):
# systemd makes the cgroups of containers and of nspawn's machines, as on hosts that have it, and
# show and /metrics tell the unit and the slice of each, too.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
[ -x /lib/systemd/systemd ] || skip_all "no systemd"
unset SEK_OWN_TMPDIR
"$folder/systemd.sh" "$TMPDIR/output" "$folder/test_containers.sh"
status=$?
cat "$TMPDIR/output"
exit "$status"
