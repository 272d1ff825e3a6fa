// SPDX-License-Identifier: GPL-2.0-only
#include "ipfix.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "listen.h"

/* Fits an Ethernet frame, with headers of IPv6 and UDP. */
#define MESSAGE_MAX 1420

#define VERSION		10
#define SET_TEMPLATE	2
#define TEMPLATE_LINK	256
#define TEMPLATE_CGROUP 257
#define VARIABLE	65535

/* Information elements of IANA's registry "IPFIX Entities". */
enum {
	IE_OCTET_DELTA_COUNT = 1,
	IE_PACKET_DELTA_COUNT = 2,
	IE_PROTOCOL_IDENTIFIER = 4,
	IE_IP_VERSION = 60,
	IE_FLOW_DIRECTION = 61,
	IE_INTERFACE_NAME = 82,
	IE_APPLICATION_NAME = 96,
	IE_FLOW_START_MILLISECONDS = 152,
	IE_FLOW_END_MILLISECONDS = 153,
	IE_OBSERVATION_DOMAIN_NAME = 300,
	IE_USER_NAME = 371,
};

struct field {
	uint16_t element;
	uint16_t length;
};

static const struct field link_fields[] = {
	{ IE_FLOW_START_MILLISECONDS, 8 }, { IE_FLOW_END_MILLISECONDS, 8 },
	{ IE_OCTET_DELTA_COUNT, 8 },	   { IE_PACKET_DELTA_COUNT, 8 },
	{ IE_PROTOCOL_IDENTIFIER, 1 },	   { IE_IP_VERSION, 1 },
	{ IE_FLOW_DIRECTION, 1 },	   { IE_APPLICATION_NAME, VARIABLE },
	{ IE_INTERFACE_NAME, VARIABLE },   { IE_OBSERVATION_DOMAIN_NAME, VARIABLE },
};

static const struct field cgroup_fields[] = {
	{ IE_FLOW_START_MILLISECONDS, 8 }, { IE_FLOW_END_MILLISECONDS, 8 },
	{ IE_OCTET_DELTA_COUNT, 8 },	   { IE_PACKET_DELTA_COUNT, 8 },
	{ IE_PROTOCOL_IDENTIFIER, 1 },	   { IE_IP_VERSION, 1 },
	{ IE_FLOW_DIRECTION, 1 },	   { IE_APPLICATION_NAME, VARIABLE },
	{ IE_USER_NAME, VARIABLE },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct sek_ipfix {
	int fd;
	uint64_t start_ms;
	uint64_t end_ms;
	uint32_t sequence; /* data records sent before this message */
	uint32_t records;  /* in this message */
	uint8_t message[MESSAGE_MAX];
	size_t n;
	size_t set; /* where the open set began; 0: none is open */
	uint16_t set_id;
};

static void put(struct sek_ipfix *x, const void *data, size_t n)
{
	memcpy(x->message + x->n, data, n);
	x->n += n;
}

static void put8(struct sek_ipfix *x, uint8_t value)
{
	put(x, &value, 1);
}

static void put16(struct sek_ipfix *x, uint16_t value)
{
	value = htobe16(value);
	put(x, &value, sizeof(value));
}

static void put32(struct sek_ipfix *x, uint32_t value)
{
	value = htobe32(value);
	put(x, &value, sizeof(value));
}

static void put64(struct sek_ipfix *x, uint64_t value)
{
	value = htobe64(value);
	put(x, &value, sizeof(value));
}

/* RFC 7011, section 7: one byte of length up to 254. */
static size_t string_length(const char *s)
{
	return s ? strnlen(s, 254) : 0;
}

static void put_string(struct sek_ipfix *x, const char *s)
{
	size_t n = string_length(s);

	put8(x, (uint8_t)n);
	put(x, s, n);
}

/* Writes the length of the open set, which its header has after the id. */
static void close_set(struct sek_ipfix *x)
{
	uint16_t length = htobe16((uint16_t)(x->n - x->set));

	if (x->set)
		memcpy(x->message + x->set + 2, &length, sizeof(length));
	x->set = 0;
}

static void open_set(struct sek_ipfix *x, uint16_t id)
{
	close_set(x);
	x->set = x->n;
	x->set_id = id;
	put16(x, id);
	put16(x, 0);
}

static void put_template(struct sek_ipfix *x, uint16_t id, const struct field *fields, size_t n)
{
	put16(x, id);
	put16(x, (uint16_t)n);
	for (size_t i = 0; i < n; i++) {
		put16(x, fields[i].element);
		put16(x, fields[i].length);
	}
}

/* Section 3.1; the length is written when it is known. */
static void begin_message(struct sek_ipfix *x)
{
	x->n = 0;
	x->set = 0;
	x->records = 0;
	put16(x, VERSION);
	put16(x, 0);
	put32(x, (uint32_t)time(NULL));
	put32(x, x->sequence);
	put32(x, 1); /* the only observation domain */
	open_set(x, SET_TEMPLATE);
	put_template(x, TEMPLATE_LINK, link_fields, COUNT(link_fields));
	put_template(x, TEMPLATE_CGROUP, cgroup_fields, COUNT(cgroup_fields));
	close_set(x);
}

int sek_ipfix_flush(struct sek_ipfix *x)
{
	uint16_t length;
	ssize_t sent;

	if (!x->records)
		return 0;
	close_set(x);
	length = htobe16((uint16_t)x->n);
	memcpy(x->message + 2, &length, sizeof(length));
	sent = send(x->fd, x->message, x->n, MSG_NOSIGNAL);
	x->sequence += x->records;
	x->records = 0;
	x->n = 0;
	return sent < 0 ? -errno : 0;
}

void sek_ipfix_begin(struct sek_ipfix *x, uint64_t start_ms, uint64_t end_ms)
{
	x->start_ms = start_ms;
	x->end_ms = end_ms;
}

/* What a class is on the wire; 0 where it may be anything. */
static uint8_t protocol_of(const struct sek_ipfix_record *r)
{
	bool v6 = !strcmp(r->family, "ipv6");

	if (!strncmp(r->class, "wireguard_", 10) || !strcmp(r->class, "udp"))
		return IPPROTO_UDP;
	if (!strcmp(r->class, "tcp"))
		return IPPROTO_TCP;
	if (!strncmp(r->class, "icmp_", 5))
		return v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	return 0;
}

static void put_record(struct sek_ipfix *x, const struct sek_ipfix_record *r)
{
	put64(x, x->start_ms);
	put64(x, x->end_ms);
	put64(x, r->bytes);
	put64(x, r->packets);
	put8(x, protocol_of(r));
	put8(x, !strcmp(r->family, "ipv4") ? 4 : !strcmp(r->family, "ipv6") ? 6 : 0);
	put8(x, r->egress);
	put_string(x, r->class);
	put_string(x, r->who);
	if (!r->cgroup)
		put_string(x, r->where);
	x->records++;
}

int sek_ipfix_add(struct sek_ipfix *x, const struct sek_ipfix_record *r)
{
	uint16_t id = r->cgroup ? TEMPLATE_CGROUP : TEMPLATE_LINK;
	size_t size = 4 + 35 + 3 + string_length(r->class) + string_length(r->who) +
		      string_length(r->where);
	int err = 0;

	if (x->n && x->n + size > MESSAGE_MAX)
		err = sek_ipfix_flush(x);
	if (!x->n)
		begin_message(x);
	if (!x->set || x->set_id != id)
		open_set(x, id);
	put_record(x, r);
	return err;
}

int sek_ipfix_open(const char *address, struct sek_ipfix **ret, char *error, size_t size)
{
	struct sek_ipfix *x = calloc(1, sizeof(*x));
	int err;

	if (!x) {
		snprintf(error, size, "out of memory");
		return -ENOMEM;
	}
	err = sek_listen_connect(address, SOCK_DGRAM, &x->fd, error, size);
	if (err) {
		free(x);
		return err;
	}
	*ret = x;
	return 0;
}

void sek_ipfix_close(struct sek_ipfix *x)
{
	if (!x)
		return;
	close(x->fd);
	free(x);
}
