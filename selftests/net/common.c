// SPDX-License-Identifier: GPL-2.0-only
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void die(const char *format, ...)
{
	int err = errno;
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, err ? ": %s\n" : "\n", strerror(err));
	exit(1);
}

struct address parse_address(const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
					.ai_socktype = SOCK_DGRAM };
	struct addrinfo *found;
	struct address address;

	errno = 0;
	if (getaddrinfo(host, port, &hints, &found))
		die("%s port %s is no address", host, port);
	address.len = found->ai_addrlen;
	memcpy(&address.to, found->ai_addr, address.len);
	freeaddrinfo(found);
	return address;
}

int parse_number(const char *word)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(word, &end, 10);
	if (*end || end == word || n < 0 || n > INT_MAX)
		die("%s is not a number from 0 to %d", word, INT_MAX);
	return (int)n;
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("run on CPU %d", cpu);
}

void detach(void)
{
	pid_t child = fork();
	int null;

	if (child < 0)
		die("fork");
	if (child) {
		printf("%d\n", child);
		exit(0);
	}
	null = open("/dev/null", O_RDWR);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		die("open /dev/null");
	close(null);
}
