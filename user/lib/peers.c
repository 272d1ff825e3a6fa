// SPDX-License-Identifier: GPL-2.0-only
#include "peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"

static bool same_peer(const struct sek_peer_id *a, const struct sek_peer_id *b)
{
	return a->ifindex == b->ifindex && a->netns_cookie == b->netns_cookie &&
	       !memcmp(a->public_key, b->public_key, sizeof(a->public_key));
}

/* All of an array in one call. */
static int read_all(int fd, __u32 *keys, void *values)
{
	__u32 next, n = SEK_PEER_SLOTS;

	/* ENOENT is said at the end. */
	return bpf_map_lookup_batch(fd, NULL, &next, keys, values, &n, NULL) && errno != ENOENT
		       ? -errno
		       : 0;
}

int sek_peers_slots(const struct sek_maps *m, struct sek_peers_slots **ret)
{
	struct sek_peers_slots *slots = calloc(1, sizeof(*slots));
	__u32 keys[SEK_PEER_SLOTS];
	int err = slots ? read_all(m->fd[SEK_MAP_PEER_LIVES], keys, slots->life) : -ENOMEM;

	if (!err)
		err = read_all(m->fd[SEK_MAP_PEER_PLACES], keys, slots->place);
	if (!err)
		err = read_all(m->fd[SEK_MAP_PEERS], keys, slots->id);
	if (err)
		free(slots);
	else
		*ret = slots;
	return err;
}

int sek_peers_used(const struct sek_maps *m, uint32_t *ret)
{
	__u32 keys[SEK_PEER_SLOTS], life[SEK_PEER_SLOTS];
	int err = read_all(m->fd[SEK_MAP_PEER_LIVES], keys, life);

	if (err)
		return err;
	*ret = 0;
	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS; slot++)
		*ret += (life[slot] & SEK_PEER_STATE) != SEK_PEER_FREE;
	return 0;
}

uint32_t sek_peers_slot_of(const struct sek_peers_slots *slots, __u32 ref)
{
	uint32_t slot = ref & (SEK_PEER_SLOTS - 1);

	return sek_peer_ref(slot, slots->life[slot]) == ref ? slot : SEK_SLOT_OVERFLOW;
}

struct sek_peer_owner sek_peers_owner(const struct sek_peer_id *id)
{
	struct sek_peer_owner owner = { .netns_cookie = id->netns_cookie, .ifindex = id->ifindex };

	memcpy(owner.public_key, id->public_key, sizeof(owner.public_key));
	return owner;
}

bool sek_peers_place(uint64_t netns_cookie, uint16_t port, const union sek_endpoint *remote,
		     struct sek_remote_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->netns_cookie = netns_cookie;
	ret->port = port;
	switch (remote->sa.sa_family) {
	case AF_INET:
		memset(ret->addr + 10, 0xff, 2);
		memcpy(ret->addr + 12, &remote->v4.sin_addr, 4);
		ret->remote_port = ntohs(remote->v4.sin_port);
		return true;
	case AF_INET6:
		memcpy(ret->addr, &remote->v6.sin6_addr, 16);
		ret->remote_port = ntohs(remote->v6.sin6_port);
		return true;
	}
	return false;
}

/* What refers to a slot that a peer has from before, 0 if there is none. */
static __u32 find_ref(const struct sek_peers_slots *slots, const struct sek_peer_id *peer)
{
	for (uint32_t slot = 1; slot < SEK_PEER_SLOTS; slot++)
		if ((slots->life[slot] & SEK_PEER_STATE) == SEK_PEER_IN_USE &&
		    same_peer(&slots->id[slot], peer))
			return sek_peer_ref(slot, slots->life[slot]);
	return 0;
}

/* The slot that @ref refers to, also if it was given out since the slots were read. */
static uint32_t live_slot(const struct sek_maps *m, struct sek_peers_slots *slots, __u32 ref)
{
	uint32_t slot = ref & (SEK_PEER_SLOTS - 1);

	if (slot && sek_peer_ref(slot, slots->life[slot]) != ref &&
	    bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_LIVES], &slot, &slots->life[slot]))
		return SEK_SLOT_OVERFLOW;
	return sek_peers_slot_of(slots, ref);
}

/*
 * Of two peers that are said to be at one place one is not there any more: who made the last
 * handshake is.
 */
static bool is_there(const struct sek_device *device, const struct sek_device_peer *one)
{
	for (size_t i = 0; i < device->peers_n; i++) {
		const struct sek_device_peer *other = &device->peers[i];
		int64_t later = other->handshake - one->handshake;

		if (!later)
			later = (int64_t)other->handshake_ns - one->handshake_ns;
		if ((later > 0 || (!later && other < one)) &&
		    sek_endpoint_equal(&other->endpoint, &one->endpoint))
			return false;
	}
	return true;
}

static int enter_one(const struct sek_maps *m, struct sek_peers_slots *slots,
		     const struct sek_remote_key *key, const struct sek_peer_id *peer,
		     const struct sek_device *device, const struct sek_device_peer *one)
{
	int fd = m->fd[SEK_MAP_REMOTES];
	uint32_t slot;
	__u32 ref, own;

	if (bpf_map_lookup_elem(fd, key, &ref)) {
		own = find_ref(slots, peer);
		/* No room: it is overflow, but others may have their slots. */
		return bpf_map_update_elem(fd, key, &own, BPF_NOEXIST) && errno != EEXIST &&
				       errno != E2BIG
			       ? -errno
			       : 0;
	}
	slot = live_slot(m, slots, ref);
	if (slot && (same_peer(&slots->id[slot], peer) || !is_there(device, one)))
		return 0;
	if (slot && !slots->id[slot].ifindex) {
		slots->id[slot] = *peer;
		return bpf_map_update_elem(m->fd[SEK_MAP_PEERS], &slot, peer, BPF_ANY) ? -errno : 0;
	}
	own = find_ref(slots, peer);
	/* Not known, and none of its own: it is given one by BPF. */
	if (own == ref || (!slot && !own))
		return 0;
	return bpf_map_update_elem(fd, key, &own, BPF_ANY) ? -errno : 0;
}

int sek_peers_enter(const struct sek_maps *m, const struct sek_netns *netns, uint64_t socket_cookie,
		    const struct sek_device *device)
{
	SEK_CLEANUP(sek_freep) struct sek_peers_slots *slots = NULL;
	struct sek_peer_id peer = { .netns_cookie = netns->cookie, .ifindex = device->ifindex };
	struct sek_remote_key key;
	int err = sek_peers_slots(m, &slots);

	snprintf(peer.ifname, sizeof(peer.ifname), "%s", device->name);
	snprintf(peer.netns, sizeof(peer.netns), "%s", netns->name);
	for (size_t i = 0; i < device->peers_n && !err; i++) {
		const struct sek_device_peer *one = &device->peers[i];

		memcpy(peer.public_key, one->public_key.bytes, sizeof(peer.public_key));
		if (sek_peers_place(socket_cookie, device->port, &one->endpoint, &key))
			err = enter_one(m, slots, &key, &peer, device, one);
	}
	return err;
}

int sek_peers_read_slot(const struct sek_maps *m, uint32_t slot,
			struct sek_peer_cell ret[SEK_PEER_CELLS])
{
	struct sek_peer_cell values[m->cpus];

	memset(ret, 0, sizeof(struct sek_peer_cell[SEK_PEER_CELLS]));
	for (uint32_t i = 0; i < SEK_PEER_CELLS; i++) {
		__u32 index = slot * SEK_PEER_CELLS + i;

		if (bpf_map_lookup_elem(m->fd[SEK_MAP_PEER_COUNT], &index, values))
			return -errno;
		for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
			ret[i].messages += values[cpu].messages;
			ret[i].message_bytes += values[cpu].message_bytes;
			ret[i].wire_bytes += values[cpu].wire_bytes;
		}
	}
	return 0;
}

void sek_peers_add_cells(struct sek_peer_cell *to, const struct sek_peer_cell *from)
{
	for (uint32_t i = 0; i < SEK_PEER_CELLS; i++) {
		to[i].messages += from[i].messages;
		to[i].message_bytes += from[i].message_bytes;
		to[i].wire_bytes += from[i].wire_bytes;
	}
}

bool sek_peers_are_zero(const struct sek_peer_cell *cell)
{
	for (uint32_t i = 0; i < SEK_PEER_CELLS; i++) {
		if (cell[i].messages)
			return false;
	}
	return true;
}
