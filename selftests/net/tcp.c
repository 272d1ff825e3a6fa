// SPDX-License-Identifier: GPL-2.0-only
/*
 * tcp sink ADDRESS PORT
 *	accepts, reads and discards, in the background; prints its pid when it is ready
 * tcp send [OPTION...] ADDRESS PORT
 *	sends, and waits until the other side has read all and closed
 *	-b N	so many bytes (1000000)
 *	-m HOW	write (by default), zerocopy, sendfile or splice
 *	-c CPU	from this CPU
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "common.h"

#define CHUNK 65536

static char chunk[CHUNK] __attribute__((aligned(4096)));

static int open_socket(const struct address *a)
{
	int fd = socket(a->to.ss_family, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static void discard(int fd)
{
	while (read(fd, chunk, sizeof(chunk)) > 0)
		;
	close(fd);
}

/* A process for each connection. */
static int sink(char **argv)
{
	struct address a = parse_address(argv[0], argv[1]);
	int fd = open_socket(&a), one = 1, peer;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a.to, a.len) || listen(fd, 16))
		die("listen on %s port %s", argv[0], argv[1]);
	signal(SIGCHLD, SIG_IGN);
	detach();
	while ((peer = accept(fd, NULL, NULL)) >= 0) {
		if (!fork()) {
			close(fd);
			discard(peer);
			_exit(0);
		}
		close(peer);
	}
	die("accept");
}

static ssize_t by_write(int fd, size_t n)
{
	return send(fd, chunk, n, 0);
}

/* The pages are never written again, so the notifications may wait. */
static ssize_t by_zerocopy(int fd, size_t n)
{
	return send(fd, chunk, n, MSG_ZEROCOPY);
}

static int file(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("payload", 0);
		if (fd < 0 || ftruncate(fd, CHUNK))
			die("make a file");
	}
	return fd;
}

static ssize_t by_sendfile(int fd, size_t n)
{
	off_t from = 0;

	return sendfile(fd, file(), &from, n);
}

static ssize_t by_splice(int fd, size_t n)
{
	static int ends[2] = { -1, -1 };
	loff_t from = 0;
	ssize_t in, out, done = 0;

	if (ends[0] < 0 && pipe(ends))
		die("pipe");
	in = splice(file(), &from, ends[1], NULL, n, 0);
	for (; done < in; done += out) {
		out = splice(ends[0], NULL, fd, NULL, in - done, 0);
		if (out <= 0)
			return -1;
	}
	return in;
}

static const struct {
	const char *name;
	ssize_t (*send)(int fd, size_t n);
} ways[] = {
	{ "write", by_write },
	{ "zerocopy", by_zerocopy },
	{ "sendfile", by_sendfile },
	{ "splice", by_splice },
};

static void drop_notifications(int fd)
{
	struct msghdr m = {};

	while (recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		;
}

static void send_all(int fd, size_t way, size_t bytes)
{
	ssize_t n;

	for (size_t done = 0; done < bytes; done += n) {
		n = ways[way].send(fd, bytes - done < CHUNK ? bytes - done : CHUNK);
		if (n < 0 && errno == ENOBUFS)
			n = 0;
		else if (n < 0)
			die("send");
		drop_notifications(fd);
	}
	shutdown(fd, SHUT_WR);
	discard(fd);
}

static size_t parse_way(const char *name)
{
	size_t n = sizeof(ways) / sizeof(*ways);

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(ways[i].name, name))
			return i;
	}
	errno = 0;
	die("no way of sending '%s'", name);
}

static int start_send(int argc, char **argv)
{
	int option, fd, one = 1, bytes = 1000000;
	struct address a;
	size_t way = 0;

	while ((option = getopt(argc, argv, "b:m:c:")) != -1) {
		if (option == 'b')
			bytes = parse_number(optarg);
		else if (option == 'm')
			way = parse_way(optarg);
		else if (option == 'c')
			pin(parse_number(optarg));
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	a = parse_address(argv[optind], argv[optind + 1]);
	fd = open_socket(&a);
	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die("SO_ZEROCOPY");
	if (connect(fd, (struct sockaddr *)&a.to, a.len))
		die("connect");
	send_all(fd, way, bytes);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "sink"))
		return sink(argv + 2);
	if (argc > 3 && !strcmp(argv[1], "send"))
		return start_send(argc - 1, argv + 1);
	return 2;
}
