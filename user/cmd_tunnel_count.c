// SPDX-License-Identifier: GPL-2.0-only
/* What sekisho's own counters say of a tunnel, where they are loaded. */
#include <stdio.h>
#include <string.h>
#include <net/if.h>

#include "cmd_tunnel.h"
#include "lib/counters.h"
#include "lib/maps.h"

/* The link whose packets are added up; what an earlier one of that name counted is not meant. */
struct link {
	uint32_t ifindex;
	uint64_t netns_ino;
	struct sek_tunnel_count *to;
};

static int add_row(const struct sek_row *row, void *arg)
{
	const struct link *link = arg;
	struct sek_tunnel_count *to = link->to;

	if (strcmp(row->hook, "tc") || row->netns_ino != link->netns_ino ||
	    row->ifindex != link->ifindex)
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
	struct link link = { .ifindex = if_nametoindex(ifname), .to = ret };
	struct sek_netns self = { .fd = -1 };
	struct sek_maps maps;

	memset(ret, 0, sizeof(*ret));
	if (!link.ifindex || sek_netns_self(&self))
		return;
	link.netns_ino = self.ino;
	sek_netns_release(&self);
	if (sek_maps_open(&maps))
		return;
	sek_counters_walk(&maps, SEK_SCOPE_LINK, add_row, &link);
	sek_maps_close(&maps);
}

/* One peer of one interface: what an earlier one of that name counted is not meant. */
struct peer {
	__u32 ifindex;
	char public_key[SEK_KEY_TEXT];
	__u64 responses;
};

static int add_peer_row(const struct sek_row *row, void *arg)
{
	struct peer *peer = arg;

	if (!row->egress && row->class == SEK_CLASS_WIREGUARD_RESPONSE && row->public_key &&
	    row->ifindex == peer->ifindex && !strcmp(row->public_key, peer->public_key))
		peer->responses += row->packets;
	return 0;
}

struct calls {
	uint64_t netns_ino;
	struct sek_doctor_calls *to;
};

static int add_call_row(const struct sek_row *row, void *arg)
{
	const struct calls *calls = arg;
	struct sek_doctor_calls *to = calls->to;
	size_t i;

	if (strcmp(row->hook, "tc") || row->netns_ino != calls->netns_ino || !row->ifname ||
	    row->class !=
		    (row->egress ? SEK_CLASS_WIREGUARD_RESPONSE : SEK_CLASS_WIREGUARD_INITIATION))
		return 0;
	for (i = 0; i < to->n && strcmp(to->each[i].ifname, row->ifname); i++)
		;
	if (i == SEK_DOCTOR_IFACES)
		return 0;
	if (i == to->n)
		snprintf(to->each[to->n++].ifname, IFNAMSIZ, "%s", row->ifname);
	if (row->egress)
		to->each[i].responses += row->packets;
	else
		to->each[i].initiations += row->packets;
	return 0;
}

__u64 sek_tunnel_count_responses(__u32 ifindex, const struct sek_key *peer)
{
	struct peer p = { .ifindex = ifindex };
	struct sek_maps maps;

	if (sek_maps_open(&maps))
		return 0;
	sek_key_format(peer, p.public_key);
	sek_counters_walk(&maps, SEK_SCOPE_PEER, add_peer_row, &p);
	sek_maps_close(&maps);
	return p.responses;
}

void sek_tunnel_count_calls(struct sek_doctor_calls *ret)
{
	struct calls calls = { .to = ret };
	struct sek_netns self = { .fd = -1 };
	struct sek_maps maps;

	memset(ret, 0, sizeof(*ret));
	if (sek_netns_self(&self))
		return;
	calls.netns_ino = self.ino;
	sek_netns_release(&self);
	if (sek_maps_open(&maps))
		return;
	sek_counters_walk(&maps, SEK_SCOPE_LINK, add_call_row, &calls);
	sek_maps_close(&maps);
}
