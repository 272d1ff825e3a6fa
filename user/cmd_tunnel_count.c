// SPDX-License-Identifier: GPL-2.0-only
/* What sekisho's own counters say of a tunnel, where they are loaded. */
#include <string.h>

#include "cmd_tunnel.h"
#include "lib/counters.h"
#include "lib/maps.h"

/* The link whose packets are added up. */
struct link {
	const char *ifname;
	uint64_t netns_ino;
	struct sek_tunnel_count *to;
};

static int add_row(const struct sek_row *row, void *arg)
{
	const struct link *link = arg;
	struct sek_tunnel_count *to = link->to;

	if (strcmp(row->hook, "tc") || row->netns_ino != link->netns_ino || !row->ifname ||
	    strcmp(row->ifname, link->ifname))
		return 0;
	to->counted = true;
	to->packets[row->egress] += row->packets;
	to->bytes[row->egress] += row->bytes;
	if (row->class < SEK_CLASS_NR)
		to->classes[row->egress][row->class] += row->packets;
	return 0;
}

void sek_tunnel_count(const char *ifname, struct sek_tunnel_count *ret)
{
	struct link link = { .ifname = ifname, .to = ret };
	struct sek_netns self = { .fd = -1 };
	struct sek_maps maps;

	memset(ret, 0, sizeof(*ret));
	if (sek_netns_self(&self))
		return;
	link.netns_ino = self.ino;
	sek_netns_release(&self);
	if (sek_maps_open(&maps))
		return;
	sek_counters_walk(&maps, SEK_SCOPE_LINK, add_row, &link);
	sek_maps_close(&maps);
}
