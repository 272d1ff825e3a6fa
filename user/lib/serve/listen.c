// SPDX-License-Identifier: GPL-2.0-only
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's own limit, net.core.somaxconn, is below. */
#define BACKLOG 65535

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

/* HOST and PORT of "HOST:PORT"; HOST is NULL if it is empty. */
static int split(char *address, char **host, char **port)
{
	char *colon = strrchr(address, ':');

	if (!colon || !colon[1])
		return -EINVAL;
	*colon = '\0';
	*port = colon + 1;
	*host = *address ? address : NULL;
	if (address[0] == '[') {
		if (colon[-1] != ']')
			return -EINVAL;
		colon[-1] = '\0';
		*host = address + 1;
	} else if (strchr(address, ':')) {
		return -EINVAL;
	}
	return 0;
}

static int listen_at(const struct addrinfo *at)
{
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, zero = 0, err;

	if (fd < 0)
		return -errno;
	/* "[::]" takes IPv4 as well, unless another socket has it. */
	if (at->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) &&
	    !bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* A host without IPv6 has no "::". */
static int listen_any(const struct addrinfo *list)
{
	int err = -EADDRNOTAVAIL;

	for (int family = AF_INET6;; family = AF_INET) {
		for (const struct addrinfo *at = list; at; at = at->ai_next) {
			if (at->ai_family != family)
				continue;
			err = listen_at(at);
			if (err >= 0 || (err != -EAFNOSUPPORT && err != -EADDRNOTAVAIL))
				return err;
		}
		if (family == AF_INET)
			return err;
	}
}

/* All that an address may be, to be freed by freeaddrinfo(). */
static int resolve(const char *address, const struct addrinfo *hints, struct addrinfo **ret,
		   char *error, size_t size)
{
	char *copy = strdup(address), *host, *port;
	int err = copy ? split(copy, &host, &port) : -ENOMEM, code;

	if (err) {
		snprintf(error, size, "'%s' is no address; write HOST:PORT, [IPV6]:PORT%s", address,
			 hints->ai_flags & AI_PASSIVE ? " or :PORT" : "");
	} else {
		code = getaddrinfo(host, port, hints, ret);
		if (code) {
			snprintf(error, size, "'%s': %s", address, gai_strerror(code));
			err = -EINVAL;
		}
	}
	free(copy);
	return err;
}

int sek_listen_open(const char *address, int *ret, char *error, size_t size)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	int fd = resolve(address, &hints, &list, error, size);

	if (fd)
		return fd;
	fd = listen_any(list);
	freeaddrinfo(list);
	if (fd < 0) {
		snprintf(error, size, "listen at %s: %s%s", address, strerror(-fd),
			 fd == -EADDRINUSE ? "; another program has this port, choose another one"
					   : "");
		return fd;
	}
	*ret = fd;
	return 0;
}

int sek_listen_connect(const char *address, int type, int *ret, char *error, size_t size)
{
	const struct addrinfo hints = { .ai_socktype = type };
	struct addrinfo *list = NULL;
	int err = resolve(address, &hints, &list, error, size), fd;

	if (err)
		return err;
	fd = socket(list->ai_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, list->ai_addr, list->ai_addrlen)) {
		err = -errno;
		snprintf(error, size, "connect to %s: %s", address, strerror(-err));
		if (fd >= 0)
			close(fd);
	} else {
		*ret = fd;
	}
	freeaddrinfo(list);
	return err;
}

/* A number of the environment; -1 if it is none. */
static long variable(const char *name)
{
	const char *text = getenv(name);
	char *end;
	long value;

	if (!text || !*text)
		return -1;
	value = strtol(text, &end, 10);
	return *end ? -1 : value;
}

static int check(int fd)
{
	socklen_t len = sizeof(int);
	int value = 0, flags;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len))
		return -errno;
	if (value != SOCK_STREAM)
		return -EINVAL;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len))
		return -errno;
	if (!value)
		return -EINVAL;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	return 0;
}

int sek_listen_systemd(int ret[SEK_LISTEN_MAX], size_t *n, char *error, size_t size)
{
	long count = variable("LISTEN_FDS");

	*n = 0;
	if (variable("LISTEN_PID") != getpid() || count <= 0)
		return 0;
	/* Not for programs that this one starts. */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count > SEK_LISTEN_MAX) {
		snprintf(error, size, "systemd passed %ld sockets; %d is the most", count,
			 SEK_LISTEN_MAX);
		return -E2BIG;
	}
	for (int i = 0; i < count; i++) {
		int err = check(FIRST_FD + i);

		if (err) {
			snprintf(error, size,
				 "systemd passed descriptor %d, which is no listening stream "
				 "socket",
				 FIRST_FD + i);
			return err;
		}
		ret[i] = FIRST_FD + i;
	}
	*n = count;
	return 0;
}
