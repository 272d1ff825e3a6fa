/* SPDX-License-Identifier: GPL-2.0-only */
/* For __attribute__((cleanup())): what a function holds is given back wherever it returns. */
#ifndef SEK_CLEANUP_H
#define SEK_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEK_CLEANUP(fn) __attribute__((cleanup(fn)))

/* @p: address of a pointer to anything that malloc() gave */
static inline void sek_freep(void *p)
{
	free(*(void **)p);
}

static inline void sek_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void sek_closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static inline void sek_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* The descriptor passes to somebody else, and is not closed here. */
static inline int sek_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
