// SPDX-License-Identifier: GPL-2.0-only
#include "hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../cleanup.h"
#include "ip.h"

static void line(FILE *to, const struct sek_topo_ip *ip, const char *name)
{
	struct sek_topo_ip whole = *ip;
	char text[SEK_IP_TEXT_SIZE];

	whole.plen = sek_ip_bits(ip->family);
	fprintf(to, "%s %s\n", sek_ip_text(text, &whole), name);
}

/*
 * Every address is there, so that each hop of a traceroute has a name; what the C library tries
 * first is the first one that can be reached.
 */
static void family(FILE *to, const struct sek_topo *t, __u8 family)
{
	for (size_t i = 0; i < t->nodes_n; i++) {
		const struct sek_topo_node *n = &t->nodes[i];

		for (size_t j = 0; j < n->addresses_n; j++) {
			if (n->addresses[j].family == family)
				line(to, &n->addresses[j], n->name);
		}
	}
	for (size_t i = 0; i < 2 * t->links_n; i++) {
		const struct sek_topo_end *end = &t->links[i / 2].end[i % 2];
		const struct sek_topo_ip *ip = family == AF_INET ? &end->ipv4 : &end->ipv6;

		if (ip->family)
			line(to, ip, t->nodes[end->node].name);
	}
}

int sek_hosts_write(const struct sek_place *p, const struct sek_topo *t)
{
	SEK_CLEANUP(sek_freep) char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return -ENOMEM;
	fprintf(to, "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
	family(to, t, AF_INET);
	family(to, t, AF_INET6);
	if (fclose(to))
		return -ENOMEM;
	return sek_place_write(p, "hosts", text, size);
}
