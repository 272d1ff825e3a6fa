// SPDX-License-Identifier: GPL-2.0-only
#include "frame.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>

#define PORT 5001 /* the sink's */
#define TTL  64

const char *const sek_frame_names[SEK_FRAME_NR] = {
	[SEK_FRAME_IPV4_TCP] = "IPv4 TCP",
	[SEK_FRAME_IPV4_UDP] = "IPv4 UDP",
	[SEK_FRAME_IPV6_TCP] = "IPv6 TCP",
};

/* RFC 1071, over a header without options */
static uint16_t checksum(const struct iphdr *ip)
{
	uint16_t words[sizeof(*ip) / 2];
	uint32_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum;
}

static void build_ethernet(uint8_t *buf, bool reply, uint16_t proto)
{
	struct ether_header eth = { .ether_type = htons(proto) };

	ether_aton_r(reply ? SEK_FRAME_MAC_SINK : SEK_FRAME_MAC_SENDER,
		     (struct ether_addr *)eth.ether_shost);
	ether_aton_r(reply ? SEK_FRAME_MAC_OUT : SEK_FRAME_MAC_IN,
		     (struct ether_addr *)eth.ether_dhost);
	memcpy(buf, &eth, sizeof(eth));
}

/* Returns its length. */
static size_t build_ipv4(uint8_t *buf, bool reply, uint8_t proto, size_t len)
{
	struct iphdr ip = {
		.version = 4, .ihl = 5, .tot_len = htons(len), .ttl = TTL, .protocol = proto
	};

	inet_pton(AF_INET, SEK_FRAME_IPV4_SENDER, reply ? &ip.daddr : &ip.saddr);
	inet_pton(AF_INET, SEK_FRAME_IPV4_SINK, reply ? &ip.saddr : &ip.daddr);
	ip.check = checksum(&ip);
	memcpy(buf, &ip, sizeof(ip));
	return sizeof(ip);
}

static size_t build_ipv6(uint8_t *buf, bool reply, uint8_t proto, size_t len)
{
	struct ip6_hdr ip = { .ip6_flow = htonl(6u << 28) };

	ip.ip6_plen = htons(len - sizeof(ip));
	ip.ip6_nxt = proto;
	ip.ip6_hlim = TTL;
	inet_pton(AF_INET6, SEK_FRAME_IPV6_SENDER, reply ? &ip.ip6_dst : &ip.ip6_src);
	inet_pton(AF_INET6, SEK_FRAME_IPV6_SINK, reply ? &ip.ip6_src : &ip.ip6_dst);
	memcpy(buf, &ip, sizeof(ip));
	return sizeof(ip);
}

static void build_tcp(uint8_t *buf, uint16_t source, uint16_t dest)
{
	struct tcphdr tcp = {
		.source = htons(source),
		.dest = htons(dest),
		.seq = htonl(1),
		.ack_seq = htonl(1),
		.doff = sizeof(tcp) / 4,
		.ack = 1,
		.window = htons(0xffff),
	};

	memcpy(buf, &tcp, sizeof(tcp));
}

static void build_udp(uint8_t *buf, uint16_t source, uint16_t dest, size_t len)
{
	struct udphdr udp = { .source = htons(source), .dest = htons(dest), .len = htons(len) };

	memcpy(buf, &udp, sizeof(udp));
}

void sek_frame_build(enum sek_frame frame, bool reply, uint16_t port, uint8_t *buf)
{
	uint8_t proto = frame == SEK_FRAME_IPV4_UDP ? IPPROTO_UDP : IPPROTO_TCP;
	uint16_t source = reply ? PORT : port, dest = reply ? port : PORT;
	bool ipv6 = frame == SEK_FRAME_IPV6_TCP;
	size_t off = sizeof(struct ether_header);

	memset(buf, 0, SEK_FRAME_LEN);
	build_ethernet(buf, reply, ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	if (ipv6)
		off += build_ipv6(buf + off, reply, proto, SEK_FRAME_LEN - off);
	else
		off += build_ipv4(buf + off, reply, proto, SEK_FRAME_LEN - off);
	if (proto == IPPROTO_UDP)
		build_udp(buf + off, source, dest, SEK_FRAME_LEN - off);
	else
		build_tcp(buf + off, source, dest);
}
