/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_PRIVATE_HOST_H
#define SEK_PRIVATE_HOST_H

/*
 * A test that changes interfaces, namespaces or mounts does it in a network and a mount
 * namespace of its own, with a /run of its own. The harness runs each test in a process of its
 * own, so all of that goes with it.
 */
#include <dirent.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* NULL, or why it cannot be had. */
static inline const char *private_host(void)
{
	if (geteuid())
		return "needs root";
	if (unshare(CLONE_NEWNET | CLONE_NEWNS))
		return "needs namespaces of its own";
	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, NULL))
		return "needs a /run of its own";
	return NULL;
}

/* Runs a command of the shell; returns its exit status. */
__attribute__((format(printf, 1, 2))) static inline int run(const char *fmt, ...)
{
	char command[1024] = "{ ";
	size_t len = strlen(command);
	va_list args;

	va_start(args, fmt);
	vsnprintf(command + len, sizeof(command) - len, fmt, args);
	va_end(args);
	len = strlen(command);
	snprintf(command + len, sizeof(command) - len, "\n} >/dev/null 2>&1");
	return system(command);
}

/* How many files are open: before and after, they must be the same. */
static inline size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* To wait for something: true until @ms are over, with a pause at each call. */
static inline bool wait_more(struct timespec *until, long ms)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!until->tv_sec) {
		*until = now;
		until->tv_sec += ms / 1000;
		until->tv_nsec += ms % 1000 * 1000000;
		return true;
	}
	nanosleep(&pause, NULL);
	return now.tv_sec < until->tv_sec ||
	       (now.tv_sec == until->tv_sec && now.tv_nsec < until->tv_nsec);
}

#endif
