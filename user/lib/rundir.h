/* SPDX-License-Identifier: GPL-2.0-only */
/* Folders under /run/sekisho: what topologies run there as other users must get in. */
#ifndef SEK_RUNDIR_H
#define SEK_RUNDIR_H

#include <sys/types.h>

#define SEK_RUNDIR "/run/sekisho"

/**
 * sek_rundir_make() - make a folder; there already is fine
 * @at: a folder's descriptor, or AT_FDCWD
 * @path: relative to it
 * @mode: what the folder has afterwards, whatever the umask, and whoever made it
 *
 * Return: 0 or -errno.
 */
int sek_rundir_make(int at, const char *path, mode_t mode);

#endif
