// SPDX-License-Identifier: GPL-2.0-only
#include "scrape.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "serve_http.h"

#define REQUEST "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
#define LENGTH	"Content-Length: "

/* What is kept of an answer of which only the size matters. */
#define HEADER 512

/* Until somebody answers again. */
#define PATIENCE_MS 30000

struct client {
	int fd;
	size_t n;
	char header[HEADER + 1];
};

static int begin(int flags)
{
	const char *port = strrchr(SEK_SERVE_ADDRESS, ':') + 1;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno == EINPROGRESS)
		return fd;
	close(fd);
	return -ECONNREFUSED;
}

/* @n: bytes of the answer, of which @header has the first. */
static bool is_whole(const char *header, size_t n)
{
	const char *length = strstr(header, LENGTH), *end = strstr(header, "\r\n\r\n");

	return !strncmp(header, "HTTP/1.1 200 ", 13) && length && end && length < end &&
	       n == (size_t)(end + 4 - header) + strtoul(length + strlen(LENGTH), NULL, 10);
}

int sek_scrape_get(char **ret)
{
	SEK_CLEANUP(sek_closep) int fd = begin(0);
	SEK_CLEANUP(sek_freep) char *text = NULL;
	SEK_CLEANUP(sek_fclosep) FILE *to = NULL;
	char part[65536];
	size_t size = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	to = open_memstream(&text, &size);
	if (!to || send(fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) < 0)
		return -errno;
	while ((n = recv(fd, part, sizeof(part), 0)) > 0)
		fwrite(part, 1, n, to);
	fflush(to);
	if (n < 0 || !is_whole(text, size))
		return n < 0 ? -errno : -EPROTO;
	fclose(to);
	to = NULL;
	*ret = text;
	text = NULL;
	return 0;
}

double sek_scrape_value(const char *text, const char *name, const char *label)
{
	double sum = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		size_t len = strcspn(line += line != text, "\n");
		const char *found = label ? memmem(line, len, label, strlen(label)) : line;

		if (!strncmp(line, name, strlen(name)) && strchr("{ ", line[strlen(name)]) && found)
			sum += strtod((const char *)memrchr(line, ' ', len), NULL);
	}
	return sum;
}

/* One event of a client. Is it done? */
static bool serve_client(struct client *c, int epoll_fd, bool may_write)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	char part[65536];
	ssize_t n;

	if (may_write && !c->n) {
		n = send(c->fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL);
		return n < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
	}
	n = recv(c->fd, part, sizeof(part), 0);
	if (n > 0 && c->n < HEADER)
		memcpy(c->header + c->n, part,
		       (size_t)n < HEADER - c->n ? (size_t)n : HEADER - c->n);
	c->n += n > 0 ? n : 0;
	return n <= 0;
}

static int serve_clients(int epoll_fd, unsigned int left, unsigned int *answers)
{
	struct epoll_event events[256];

	while (left) {
		int n = epoll_wait(epoll_fd, events, 256, PATIENCE_MS);

		if (n <= 0)
			return n ? -errno : -ETIMEDOUT;
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (!serve_client(c, epoll_fd, events[i].events & EPOLLOUT))
				continue;
			*answers += is_whole(c->header, c->n);
			sek_closep(&c->fd);
			left--;
		}
	}
	return 0;
}

int sek_scrape_many(unsigned int n, unsigned int *ret_answers)
{
	SEK_CLEANUP(sek_closep) int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	SEK_CLEANUP(sek_freep) struct client *clients = calloc(n, sizeof(*clients));
	struct rlimit files = { n + 100, n + 100 };
	unsigned int begun = 0;
	int err = 0;

	if (epoll_fd < 0 || !clients || setrlimit(RLIMIT_NOFILE, &files))
		return -errno;
	for (; begun < n && !err; begun++) {
		struct epoll_event event = { .events = EPOLLOUT, .data.ptr = &clients[begun] };

		clients[begun].fd = begin(SOCK_NONBLOCK);
		if (clients[begun].fd < 0)
			err = clients[begun].fd;
		else if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, clients[begun].fd, &event))
			err = -errno;
	}
	*ret_answers = 0;
	if (!err)
		err = serve_clients(epoll_fd, n, ret_answers);
	for (unsigned int i = 0; i < begun; i++)
		sek_closep(&clients[i].fd);
	return err;
}
