/* SPDX-License-Identifier: GPL-2.0-only */
/* How large a packet gets through to an address: by echo requests that may not be cut. */
#ifndef SEK_TUNNEL_ECHO_H
#define SEK_TUNNEL_ECHO_H

#include "device.h"

/**
 * struct sek_echo - what was found out
 * @answers: the address answers small requests; if not, nothing is known
 * @largest: packet that was answered, with its IP header, in bytes
 * @told: a router told that packets are too large for it
 * @cut: a full packet that may be cut on its way was answered; IPv4 only
 * @asked: how many requests were sent
 */
struct sek_echo {
	bool answers;
	__u32 largest;
	bool told;
	bool cut;
	unsigned int asked;
};

/**
 * sek_echo_probe() - find the largest packet that is answered
 * @dst: address
 * @mark: of the packets
 * @full: do not look for larger ones, in bytes with the IP header
 * @ret: what was found out; untouched on failure
 *
 * Acts in the namespace of the calling thread, and takes up to five seconds, if it has to search.
 * What routers tell meanwhile the kernel remembers for the route.
 *
 * Return: 0 or -errno.
 */
int sek_echo_probe(const struct sek_prefix *dst, __u32 mark, __u32 full, struct sek_echo *ret);

#endif
