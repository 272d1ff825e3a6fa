# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What a systemd finds that is process 1 for a test: one unit, and nothing of the host's.

# write_units ROOT COMMAND: below ROOT/run. systemd is to be told to start sek-command.service.
write_units()
{
	mkdir -p "$1/run/systemd/system"
	cat >"$1/run/systemd/system/sek-command.service" <<-END
		[Unit]
		DefaultDependencies=no
		AllowIsolate=yes
		[Service]
		ExecStart=$2
		StandardOutput=null
		StandardError=null
	END
	# sysinit.target wants these. The first would empty /tmp, where the tree may be.
	for unit in systemd-tmpfiles-setup systemd-tmpfiles-setup-dev systemd-udevd \
		systemd-udev-trigger systemd-modules-load systemd-sysctl systemd-random-seed \
		systemd-sysusers systemd-update-utmp systemd-journal-flush kmod-static-nodes; do
		ln -s /dev/null "$1/run/systemd/system/$unit.service"
	done
}
