// SPDX-License-Identifier: GPL-2.0-only
/*
 * udp sink ADDRESS PORT
 *	reads and discards, in the background; prints its pid when it is ready
 * udp send [OPTION...] ADDRESS PORT
 *	-n N	so many messages (1)
 *	-s N	each of so many bytes (100)
 *	-g N	each is cut by the kernel into datagrams of so many bytes (UDP_SEGMENT)
 *	-o KIND	with an IPv6 extension header: hop or dst; may be repeated
 *	-z	from pages that the packets share (MSG_ZEROCOPY)
 *	-c CPU	from this CPU
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

/* Messages a call. */
#define BATCH 64

static int open_socket(const struct address *a)
{
	int fd = socket(a->to.ss_family, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static int sink(char **argv)
{
	struct address a = parse_address(argv[0], argv[1]);
	int fd = open_socket(&a), room = 1 << 25;
	static char buf[BATCH][65536];
	struct iovec iov[BATCH];
	struct mmsghdr v[BATCH] = {};

	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ buf[i], sizeof(buf[i]) };
		v[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		die("SO_RCVBUFFORCE");
	if (bind(fd, (struct sockaddr *)&a.to, a.len))
		die("bind to %s port %s", argv[0], argv[1]);
	detach();
	while (recvmmsg(fd, v, BATCH, MSG_WAITFORONE, NULL) > 0 || errno == ECONNREFUSED)
		;
	die("recvmmsg");
}

struct send {
	int fd;
	int messages;
	int size;
	bool zerocopy;
};

/* The smallest header of each kind, with padding. */
static void add_extension(int fd, const char *kind)
{
	static const unsigned char header[8] = { 0, 0, 1, 4 };
	int option = !strcmp(kind, "hop") ? IPV6_HOPOPTS : IPV6_DSTOPTS;

	if (setsockopt(fd, IPPROTO_IPV6, option, header, sizeof(header)))
		die("add an extension header");
}

/* Waits until the kernel has let go of @n messages' pages. */
static void reap(int fd, int n)
{
	struct pollfd p = { .fd = fd };
	char control[256];

	while (n > 0) {
		struct msghdr m = { .msg_control = control, .msg_controllen = sizeof(control) };
		struct cmsghdr *c;

		poll(&p, 1, -1);
		if (recvmsg(fd, &m, MSG_ERRQUEUE) < 0)
			die("MSG_ERRQUEUE");
		for (c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			/* ee_info and ee_data, the first and the last of a range */
			unsigned int range[4];

			memcpy(range, CMSG_DATA(c), sizeof(range));
			n -= (int)(range[3] - range[2]) + 1;
		}
	}
}

static void send_all(const struct send *s)
{
	static char payload[65536] __attribute__((aligned(4096)));
	struct iovec iov = { payload, s->size };
	struct mmsghdr v[BATCH] = {};
	int left, n, sent;

	for (int i = 0; i < BATCH; i++)
		v[i].msg_hdr = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	for (left = s->messages; left; left -= sent) {
		n = left < BATCH ? left : BATCH;
		sent = sendmmsg(s->fd, v, n, s->zerocopy ? MSG_ZEROCOPY : 0);
		/* The queue of an interface may be full; nothing was counted as sent. */
		if (sent < 0 && errno == ENOBUFS)
			sent = 0;
		else if (sent < 0)
			die("send");
		if (s->zerocopy)
			reap(s->fd, sent);
	}
}

static int start_send(int argc, char **argv)
{
	struct send s = { .messages = 1, .size = 100 };
	const char *extensions[4];
	int option, one = 1, extensions_n = 0, segment = 0;
	struct address a;

	while ((option = getopt(argc, argv, "n:s:g:o:zc:")) != -1) {
		if (option == 'n')
			s.messages = parse_number(optarg);
		else if (option == 's')
			s.size = parse_number(optarg);
		else if (option == 'g')
			segment = parse_number(optarg);
		else if (option == 'o' && extensions_n < 4)
			extensions[extensions_n++] = optarg;
		else if (option == 'z')
			s.zerocopy = true;
		else if (option == 'c')
			pin(parse_number(optarg));
		else
			return 2;
	}
	if (argc - optind != 2)
		return 2;
	a = parse_address(argv[optind], argv[optind + 1]);
	s.fd = open_socket(&a);
	for (int i = 0; i < extensions_n; i++)
		add_extension(s.fd, extensions[i]);
	if (segment && setsockopt(s.fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		die("UDP_SEGMENT");
	if (s.zerocopy && setsockopt(s.fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		die("SO_ZEROCOPY");
	if (connect(s.fd, (struct sockaddr *)&a.to, a.len))
		die("connect");
	send_all(&s);
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
