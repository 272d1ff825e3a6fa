// SPDX-License-Identifier: GPL-2.0-only
/* Preloaded into sekisho: its clock, in seconds, is $LATER_SECONDS ahead. */
#include <stdlib.h>
#include <time.h>

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc has __names */
time_t time(time_t *ret)
{
	const char *later = getenv("LATER_SECONDS");
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += later ? strtol(later, NULL, 10) : 0;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}
