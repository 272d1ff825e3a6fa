// SPDX-License-Identifier: GPL-2.0-only
#include "ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int parse_plen(const char *text, unsigned int bits, __u8 *ret)
{
	unsigned int plen = 0;

	if (!*text || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return -EINVAL;
	while (*text)
		plen = plen * 10 + (unsigned int)(*text++ - '0');
	if (plen > bits)
		return -EINVAL;
	*ret = (__u8)plen;
	return 0;
}

int sek_ip_parse(const char *text, struct sek_topo_ip *ret, bool *ret_has_plen)
{
	const char *slash = strchrnul(text, '/');
	char address[INET6_ADDRSTRLEN];
	struct sek_topo_ip ip = {};

	if ((size_t)(slash - text) >= sizeof(address))
		return -EINVAL;
	*(char *)mempcpy(address, text, (size_t)(slash - text)) = '\0';
	ip.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(ip.family, address, ip.addr) != 1)
		return -EINVAL;
	ip.plen = (__u8)sek_ip_bits(ip.family);
	if (*slash && parse_plen(slash + 1, ip.plen, &ip.plen))
		return -EINVAL;
	if (ret_has_plen)
		*ret_has_plen = *slash;
	*ret = ip;
	return 0;
}

const char *sek_ip_text(char to[static SEK_IP_TEXT_SIZE], const struct sek_topo_ip *ip)
{
	if (!ip->family || !inet_ntop(ip->family, ip->addr, to, SEK_IP_TEXT_SIZE))
		return strcpy(to, "-");
	if (ip->plen < sek_ip_bits(ip->family)) {
		size_t n = strlen(to);

		snprintf(to + n, SEK_IP_TEXT_SIZE - n, "/%u", ip->plen);
	}
	return to;
}

struct sek_topo_ip sek_ip_net(const struct sek_topo_ip *ip)
{
	struct sek_topo_ip net = *ip;

	for (unsigned int i = 0; i < sizeof(net.addr); i++) {
		unsigned int kept = ip->plen > 8 * i ? ip->plen - 8 * i : 0;

		if (kept < 8)
			net.addr[i] &= (__u8)(0xff00U >> kept);
	}
	return net;
}

struct sek_topo_ip sek_ip_host(const struct sek_topo_ip *net, __u32 n)
{
	struct sek_topo_ip ip = *net;
	__u8 *last = ip.addr + sek_ip_bits(ip.family) / 8 - sizeof(__be32);
	__be32 word;

	memcpy(&word, last, sizeof(word));
	word = htonl(ntohl(word) + n);
	memcpy(last, &word, sizeof(word));
	return ip;
}

bool sek_ip_contains(const struct sek_topo_ip *net, const struct sek_topo_ip *ip)
{
	struct sek_topo_ip cut = *ip, whole = *net;

	if (net->family != ip->family || net->plen > ip->plen)
		return false;
	cut.plen = net->plen;
	cut = sek_ip_net(&cut);
	whole = sek_ip_net(&whole);
	return sek_ip_same(&cut, &whole);
}

bool sek_ip_same(const struct sek_topo_ip *a, const struct sek_topo_ip *b)
{
	return a->family == b->family && !memcmp(a->addr, b->addr, sek_ip_bits(a->family) / 8);
}

int sek_ip_order(const struct sek_topo_ip *a, const struct sek_topo_ip *b)
{
	int order = (int)a->family - (int)b->family;

	if (!order)
		order = memcmp(a->addr, b->addr, sek_ip_bits(a->family) / 8);
	return order ?: (int)a->plen - (int)b->plen;
}
