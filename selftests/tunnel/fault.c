// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into sekisho: lets one of its requests to the kernel fail, or kills it there. What is
 * counted are messages to netlink and to wireguard-go, and writes to files (journal, sysctl).
 *
 *	FAULT_AT=N	the request, from 1
 *	FAULT_KIND=...	error: it is not done, and fails; before, after: killed
 *	FAULT_COUNT=F	at the end the number of requests is written to this file
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned int count;
static unsigned int at;
static const char *kind = "";
static const char *count_file;
static pid_t self;

__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("FAULT_AT");

	at = n ? strtoul(n, NULL, 10) : 0;
	kind = getenv("FAULT_KIND") ? getenv("FAULT_KIND") : "";
	count_file = getenv("FAULT_COUNT");
	self = getpid();
	/* Not for the programs that it runs. */
	unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void end(void)
{
	FILE *file = count_file && getpid() == self ? fopen(count_file, "we") : NULL;

	if (file) {
		fprintf(file, "%u\n", count);
		fclose(file);
	}
}

/* true: it fails. */
static bool is_failing(void)
{
	if (getpid() != self || ++count != at)
		return false;
	if (!strcmp(kind, "before"))
		kill(self, SIGKILL);
	return !strcmp(kind, "error");
}

static void passed(void)
{
	if (getpid() == self && count == at && !strcmp(kind, "after"))
		kill(self, SIGKILL);
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc has __names */
ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *,
			socklen_t) = (__typeof__(real))dlsym(RTLD_NEXT, "sendto");
	ssize_t n;

	if (is_failing()) {
		errno = ENOBUFS;
		return -1;
	}
	n = real(fd, buf, len, flags, to, to_len);
	passed();
	return n;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc has __names */
ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) = (__typeof__(real))dlsym(RTLD_NEXT,
										  "send");
	ssize_t n;

	if (is_failing()) {
		errno = ENOBUFS;
		return -1;
	}
	n = real(fd, buf, len, flags);
	passed();
	return n;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc has __names */
ssize_t write(int fd, const void *buf, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = (__typeof__(real))dlsym(RTLD_NEXT, "write");
	ssize_t n;

	if (fd > 2 && is_failing()) {
		errno = ENOSPC;
		return -1;
	}
	n = real(fd, buf, len);
	if (fd > 2)
		passed();
	return n;
}
