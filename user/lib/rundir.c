// SPDX-License-Identifier: GPL-2.0-only
#include "rundir.h"

#include <errno.h>
#include <sys/stat.h>

int sek_rundir_make(int at, const char *path, mode_t mode)
{
	if (mkdirat(at, path, mode) && errno != EEXIST)
		return -errno;
	return fchmodat(at, path, mode, 0) ? -errno : 0;
}
