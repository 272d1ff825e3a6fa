// SPDX-License-Identifier: GPL-2.0-only
/* WireGuard of userspace: lines of KEY=VALUE over its control socket (wireguard.com/xplatform). */
#include "wg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "../cleanup.h"
#include "../wireguard.h"

/* For one answer, in ms; wireguard-go needs some for thousands of peers. */
#define ANSWER_TIME 10000

/* An answer of more is none of WireGuard's. */
#define ANSWER_SIZE (256u << 20)

/* "private_key=" and 64 digits with their NUL */
#define HEX_SIZE (2 * SEK_KEY_SIZE + 1)

/* A growing text that may hold keys. */
struct text {
	char *bytes;
	size_t len;
	size_t room;
};

static void release_text(struct text *t)
{
	if (t->bytes)
		explicit_bzero(t->bytes, t->len);
	free(t->bytes);
}

static int grow(struct text *t)
{
	size_t room = t->room ? 2 * t->room : 4096;
	char *bytes = room <= ANSWER_SIZE ? malloc(room) : NULL;

	if (!bytes)
		return -ENOMEM;
	if (t->bytes) {
		memcpy(bytes, t->bytes, t->len);
		explicit_bzero(t->bytes, t->len);
		free(t->bytes);
	}
	t->bytes = bytes;
	t->room = room;
	return 0;
}

/* A line of at most 200 bytes. */
__attribute__((format(printf, 2, 3))) static int put(struct text *t, const char *fmt, ...)
{
	va_list args;
	int err = t->room - t->len < 200 ? grow(t) : 0;

	if (err)
		return err;
	va_start(args, fmt);
	t->len += vsnprintf(t->bytes + t->len, t->room - t->len, fmt, args);
	va_end(args);
	return 0;
}

static int put_key(struct text *t, const char *name, const struct sek_key *key)
{
	char hex[HEX_SIZE];
	int err;

	sodium_bin2hex(hex, sizeof(hex), key->bytes, sizeof(key->bytes));
	err = put(t, "%s=%s\n", name, hex);
	explicit_bzero(hex, sizeof(hex));
	return err;
}

static int put_endpoint(struct text *t, const union sek_endpoint *e)
{
	char endpoint[SEK_ENDPOINT_TEXT];

	return e->sa.sa_family ? put(t, "endpoint=%s\n", sek_endpoint_format(e, endpoint)) : 0;
}

static int put_peer(struct text *t, const struct sek_device_peer *p)
{
	char prefix[SEK_PREFIX_TEXT];
	int err = put_key(t, "public_key", &p->public_key);

	if (!err)
		err = put_key(t, "preshared_key", &p->preshared_key);
	if (!err)
		err = put_endpoint(t, &p->endpoint);
	if (!err)
		err = put(t, "persistent_keepalive_interval=%u\nreplace_allowed_ips=true\n",
			  p->keepalive);
	for (size_t i = 0; !err && i < p->allowed_n; i++)
		err = put(t, "allowed_ip=%s\n", sek_prefix_format(&p->allowed[i], prefix));
	return err;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int wait_for(int fd, short events, long deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	long left = deadline - now_ms();
	int r = poll(&p, 1, left > 0 ? left : 0);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r ? 0 : -ETIMEDOUT;
}

static int send_all(int fd, const struct text *t, long deadline)
{
	size_t sent = 0;

	while (sent < t->len) {
		ssize_t n = send(fd, t->bytes + sent, t->len - sent, MSG_NOSIGNAL);

		if (n > 0) {
			sent += n;
		} else if (n < 0 && errno == EAGAIN) {
			int err = wait_for(fd, POLLOUT, deadline);

			if (err)
				return err;
		} else if (n < 0 && errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

/* An answer ends with an empty line; its last one is errno=N. */
static bool is_whole(const struct text *t)
{
	return t->len >= 2 && t->bytes[t->len - 1] == '\n' && t->bytes[t->len - 2] == '\n';
}

static int receive(int fd, struct text *t, long deadline)
{
	while (!is_whole(t)) {
		ssize_t n;
		int err = t->room - t->len < 2 ? grow(t) : 0;

		if (!err)
			err = wait_for(fd, POLLIN, deadline);
		if (err)
			return err;
		n = recv(fd, t->bytes + t->len, t->room - t->len - 1, 0);
		if (!n)
			return -EPROTO;
		if (n > 0)
			t->len += n;
		else if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
	t->bytes[t->len] = '\0';
	return 0;
}

static int ask(const char *name, const struct text *request, struct text *answer)
{
	SEK_CLEANUP(sek_closep) int fd = sek_wireguard_connect(name);
	long deadline = now_ms() + ANSWER_TIME;
	int err;

	if (fd < 0)
		return fd == -ENOENT || fd == -ECONNREFUSED ? -EOPNOTSUPP : fd;
	err = send_all(fd, request, deadline);
	return err ? err : receive(fd, answer, deadline);
}

/* The line "errno=N" of an answer that has nothing else to say. */
static int tell(const char *name, struct text *request)
{
	SEK_CLEANUP(release_text) struct text answer = { 0 };
	int err = put(request, "\n"), code;

	if (!err)
		err = ask(name, request, &answer);
	if (err)
		return err;
	if (sscanf(answer.bytes, "errno=%d", &code) != 1)
		return -EPROTO;
	return code > 0 ? -code : code;
}

int sek_wg_uapi_set(const struct sek_device *d)
{
	SEK_CLEANUP(release_text) struct text t = { 0 };
	int err = put(&t, "set=1\n");

	if (!err)
		err = put_key(&t, "private_key", &d->private_key);
	if (!err)
		err = put(&t, "listen_port=%u\nfwmark=%u\nreplace_peers=true\n", d->port,
			  d->fwmark);
	for (size_t i = 0; !err && i < d->peers_n; i++)
		err = put_peer(&t, &d->peers[i]);
	return err ? err : tell(d->name, &t);
}

int sek_wg_uapi_set_endpoint(const struct sek_device *d, const struct sek_key *key,
			     const union sek_endpoint *endpoint)
{
	SEK_CLEANUP(release_text) struct text t = { 0 };
	int err = put(&t, "set=1\n");

	if (!err)
		err = put_key(&t, "public_key", key);
	if (!err)
		err = put(&t, "update_only=true\n");
	if (!err)
		err = put_endpoint(&t, endpoint);
	return err ? err : tell(d->name, &t);
}

static int take_key(struct sek_key *key, const char *value)
{
	size_t len;

	if (sodium_hex2bin(key->bytes, sizeof(key->bytes), value, strlen(value), NULL, &len,
			   NULL) ||
	    len != sizeof(key->bytes))
		return -EPROTO;
	return 0;
}

static int take_allowed(struct sek_device_peer *p, const char *value)
{
	struct sek_prefix prefix;

	return sek_prefix_parse(value, &prefix) ? -EPROTO : sek_peer_allow(p, &prefix);
}

static int take_peer_line(struct sek_device_peer *p, const char *name, char *value)
{
	if (!strcmp(name, "preshared_key"))
		return take_key(&p->preshared_key, value);
	if (!strcmp(name, "endpoint"))
		return sek_endpoint_parse(value, &p->endpoint) ? -EPROTO : 0;
	if (!strcmp(name, "allowed_ip"))
		return take_allowed(p, value);
	if (!strcmp(name, "persistent_keepalive_interval"))
		p->keepalive = strtoul(value, NULL, 10);
	else if (!strcmp(name, "last_handshake_time_sec"))
		p->handshake = strtoll(value, NULL, 10);
	else if (!strcmp(name, "last_handshake_time_nsec"))
		p->handshake_ns = strtoul(value, NULL, 10);
	else if (!strcmp(name, "rx_bytes"))
		p->rx_bytes = strtoull(value, NULL, 10);
	else if (!strcmp(name, "tx_bytes"))
		p->tx_bytes = strtoull(value, NULL, 10);
	return 0;
}

static int take_device_line(struct sek_device *d, const char *name, const char *value)
{
	int err = 0;

	if (!strcmp(name, "private_key")) {
		err = take_key(&d->private_key, value);
		sek_key_public(&d->private_key, &d->public_key);
	} else if (!strcmp(name, "listen_port")) {
		d->port = strtoul(value, NULL, 10);
	} else if (!strcmp(name, "fwmark")) {
		d->fwmark = strtoul(value, NULL, 10);
	}
	return err;
}

/* What is not known is skipped: later versions may have more to say. */
static int take_line(struct sek_device *d, char *line)
{
	char *value = strchr(line, '=');
	struct sek_device_peer *p = d->peers_n ? &d->peers[d->peers_n - 1] : NULL;

	if (!value)
		return -EPROTO;
	*value++ = '\0';
	if (!strcmp(line, "errno"))
		return -atoi(value);
	if (!strcmp(line, "public_key")) {
		p = sek_device_add_peer(d);
		return p ? take_key(&p->public_key, value) : -ENOMEM;
	}
	return p ? take_peer_line(p, line, value) : take_device_line(d, line, value);
}

int sek_wg_uapi_get(struct sek_device *d)
{
	SEK_CLEANUP(release_text) struct text request = { 0 };
	SEK_CLEANUP(release_text) struct text answer = { 0 };
	int err = put(&request, "get=1\n\n");
	char *rest, *line;

	if (!err)
		err = ask(d->name, &request, &answer);
	if (err)
		return err;
	rest = answer.bytes;
	while (!err && (line = strsep(&rest, "\n")) && *line)
		err = take_line(d, line);
	return err;
}
