/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and nets of a topology: as text, and computed with. */
#ifndef SEK_TOPO_IP_H
#define SEK_TOPO_IP_H

#include <netinet/in.h>

#include "topo.h"

/* Room for the longest text, an IPv6 address with "/128", and its NUL. */
#define SEK_IP_TEXT_SIZE (INET6_ADDRSTRLEN + 4)

/* Bits of an address of this family. */
static inline unsigned int sek_ip_bits(__u8 family)
{
	return family == AF_INET6 ? 128 : 32;
}

/**
 * sek_ip_parse - read "10.0.10.1/24" or "fd00::1"
 * @text: an address; a length may follow after a slash
 * @ret: without a length, @plen is that of the whole address
 * @ret_has_plen: whether there was one; may be NULL
 *
 * Return: 0, or -EINVAL.
 */
int sek_ip_parse(const char *text, struct sek_topo_ip *ret, bool *ret_has_plen);

/**
 * sek_ip_text - write an address as people do, with its length unless that is all of it
 * @to: buffer
 * @ip: family 0 is "-"
 *
 * Return: @to.
 */
const char *sek_ip_text(char to[static SEK_IP_TEXT_SIZE], const struct sek_topo_ip *ip);

/**
 * sek_ip_net - the net of an address: all bits beyond its length zero
 * @ip: an address
 *
 * Return: the net.
 */
struct sek_topo_ip sek_ip_net(const struct sek_topo_ip *ip);

/**
 * sek_ip_host - an address of a net
 * @net: as sek_ip_net() gives it
 * @n: added to its last 32 bits, which may not overflow
 *
 * Return: the address, with the net's length.
 */
struct sek_topo_ip sek_ip_host(const struct sek_topo_ip *net, __u32 n);

/**
 * sek_ip_contains - is an address or net in a net?
 * @net: the net
 * @ip: of the same family or not; its length is looked at, too
 *
 * Return: true if each address of @ip is in @net.
 */
bool sek_ip_contains(const struct sek_topo_ip *net, const struct sek_topo_ip *ip);

/**
 * sek_ip_same - is it the same address?
 * @a: an address
 * @b: an address, whose length may differ
 *
 * Return: true if so.
 */
bool sek_ip_same(const struct sek_topo_ip *a, const struct sek_topo_ip *b);

/**
 * sek_ip_order - by family, address and length, shorter (larger nets) first, for qsort()
 * @a: an address
 * @b: an address
 *
 * Return: below, equal to or above 0.
 */
int sek_ip_order(const struct sek_topo_ip *a, const struct sek_topo_ip *b);

#endif
