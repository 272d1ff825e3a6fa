// SPDX-License-Identifier: GPL-2.0-only
#include "echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

#include "../cleanup.h"

#define HEADER 8 /* of an echo request */

/* What every path takes (RFC 791, RFC 8200). */
#define SMALL_IPV4 576
#define SMALL_IPV6 1280

#define LARGEST 65535

/* At once; a kernel answers all, a careful router some of them. */
#define BATCH 16

/* How often to ask for what did not come, and how long to wait: first, and when it is known. */
#define TRIES	 2
#define WAIT_MS	 500
#define SPARE_MS 100

/**
 * struct probe - one socket
 * @fd: raw, connected to the address
 * @v6: its family
 * @id: of our requests
 * @nonce: in each of them: others have the same id at times
 * @wait_ms: for an answer
 * @result: what is known
 */
struct probe {
	int fd;
	bool v6;
	__u16 id;
	__u32 nonce;
	__s64 wait_ms;
	struct sek_echo result;
};

/* The Internet checksum (RFC 1071) of an even number of bytes. */
static __u16 checksum(const unsigned char *data, size_t len)
{
	__u32 sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += data[i] << 8 | data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static __u32 header(const struct probe *p)
{
	return p->v6 ? sizeof(struct ip6_hdr) : sizeof(struct ip);
}

/* @size: with the IP header. The sequence number is the size, so that answers tell it. */
static int ask(struct probe *p, __u32 size)
{
	static unsigned char packet[LARGEST + 1];
	__u32 len = size - header(p);
	struct icmphdr *icmp = (void *)packet;

	memset(packet, 0, len + 1);
	icmp->type = p->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	icmp->un.echo.id = htons(p->id);
	icmp->un.echo.sequence = htons(size);
	memcpy(packet + HEADER, &p->nonce, sizeof(p->nonce));
	/* The kernel computes that of IPv6. */
	if (!p->v6)
		icmp->checksum = checksum(packet, len + (len & 1));
	p->result.asked++;
	if (send(p->fd, packet, len, 0) >= 0)
		return 0;
	/* Too large for what is known of the path by now; or an error that an answer told. */
	if (errno == EMSGSIZE)
		p->result.told = true;
	return errno == EMSGSIZE || errno == EHOSTUNREACH || errno == ECONNREFUSED ||
			       errno == ENOBUFS || errno == EACCES || errno == EPERM
		       ? 0
		       : -errno;
}

/* The size that an answer is to; 0: it is something else. */
static __u32 read_answer(struct probe *p)
{
	unsigned char packet[256];
	const struct icmphdr *icmp = (void *)packet;
	__u32 nonce;
	ssize_t n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT);

	if (n < 0 && errno == EMSGSIZE)
		p->result.told = true;
	if (n > 0 && !p->v6) {
		size_t skip = (packet[0] & 15) * 4UL;

		if ((size_t)n < skip)
			return 0;
		n -= skip;
		memmove(packet, packet + skip, n);
	}
	if (n < HEADER + (ssize_t)sizeof(nonce) ||
	    icmp->type != (p->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) ||
	    ntohs(icmp->un.echo.id) != p->id)
		return 0;
	memcpy(&nonce, packet + HEADER, sizeof(nonce));
	return nonce == p->nonce ? ntohs(icmp->un.echo.sequence) : 0;
}

static __s64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Until the largest one is answered, or time is up. */
static void hear(struct probe *p, __u32 largest)
{
	__s64 begin = now_ms(), until = begin + p->wait_ms;
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };

	while (p->result.largest < largest) {
		__s64 left = until - now_ms();
		__u32 size;

		if (left <= 0 || poll(&fd, 1, left) <= 0)
			break;
		size = read_answer(p);
		if (size && !p->result.answers) {
			p->wait_ms = 3 * (now_ms() - begin) + SPARE_MS;
			until = begin + p->wait_ms;
		}
		p->result.answers |= size != 0;
		if (size > p->result.largest)
			p->result.largest = size;
	}
}

static int ask_and_hear(struct probe *p, __u32 from, __u32 step, __u32 to)
{
	int err = 0;

	for (int i = 0; !err && i < TRIES && p->result.largest < to; i++) {
		for (__u32 size = from; !err && size < to; size += step)
			err = ask(p, size);
		if (!err)
			err = ask(p, to);
		if (!err)
			hear(p, to);
	}
	return err;
}

/* In ever smaller steps between what was answered and what was not. */
static int search(struct probe *p, __u32 full)
{
	__u32 beyond = full;
	int err = 0;

	while (!err && p->result.largest + 1 < beyond) {
		__u32 from = p->result.largest, step = (beyond - from + BATCH - 1) / BATCH;

		err = ask_and_hear(p, from + step, step, beyond - 1);
		/* Of those that were asked for, the next larger one was not answered. */
		if (p->result.largest + step < beyond)
			beyond = p->result.largest + step;
		if (step == 1)
			break;
	}
	return err;
}

static int set_option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

static int open_socket(struct probe *p, const struct sek_prefix *dst, __u32 mark)
{
	union sek_endpoint to = { 0 };
	socklen_t len = p->v6 ? sizeof(to.v6) : sizeof(to.v4);
	int err;

	p->fd = socket(dst->family, SOCK_RAW | SOCK_CLOEXEC, p->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (p->fd < 0)
		return -errno;
	/* Past what the kernel remembers of the path: it may have widened. */
	err = p->v6 ? set_option(p->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE)
		    : set_option(p->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	if (!err && mark)
		err = set_option(p->fd, SOL_SOCKET, SO_MARK, mark);
	if (err)
		return err;
	to.sa.sa_family = dst->family;
	if (p->v6)
		to.v6.sin6_addr = dst->v6;
	else
		to.v4.sin_addr = dst->v4;
	return connect(p->fd, &to.sa, len) ? -errno : 0;
}

/* As the kernel's WireGuard sends over IPv4: without "don't fragment". */
static int ask_uncut(struct probe *p, __u32 full)
{
	__u32 largest = p->result.largest;
	int err = set_option(p->fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);

	if (!err)
		err = ask_and_hear(p, full, 1, full);
	p->result.cut = p->result.largest == full;
	p->result.largest = largest;
	return err;
}

int sek_echo_probe(const struct sek_prefix *dst, __u32 mark, __u32 full, struct sek_echo *ret)
{
	struct probe p = { .fd = -1, .v6 = dst->family == AF_INET6, .wait_ms = WAIT_MS };
	__u32 small = p.v6 ? SMALL_IPV6 : SMALL_IPV4;
	__u16 random[4];
	int err;

	if (full <= small || full > LARGEST)
		return -EINVAL;
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return -EIO;
	p.id = random[0];
	memcpy(&p.nonce, random + 2, sizeof(p.nonce));
	err = open_socket(&p, dst, mark);
	if (!err)
		err = ask_and_hear(&p, small, full - small, full);
	if (!err && p.result.answers && p.result.largest < full)
		err = search(&p, full);
	if (!err && !p.v6 && p.result.answers && p.result.largest < full)
		err = ask_uncut(&p, full);
	if (!err)
		*ret = p.result;
	sek_closep(&p.fd);
	return err;
}
