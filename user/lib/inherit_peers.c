// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers of another version: what its slots have counted is kept for their peers, as if the slots
 * were taken back. As in inherit_totals.c, who does it again gets the same sums.
 */
#include "inherit_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "peers.h"

struct sum {
	struct sek_peer_owner owner;
	struct sek_peer_removed value;
};

struct sums {
	const struct sek_inherit *h;
	struct sum *v;
	size_t n;
	size_t room;		       /* in memory */
	size_t limit;		       /* in the map */
	struct sek_peer_removed moved; /* from, slot, owner: was added to its target already */
};

static int add(struct sums *s, const struct sek_peer_owner *owner, const char *ifname,
	       const char *netns, const struct sek_peer_cell *cell)
{
	static const struct sek_peer_owner nobody;
	struct sum *sum = NULL;

	if (sek_peers_are_zero(cell))
		return 0;
	for (size_t i = 0; i < s->n && !sum; i++) {
		if (!memcmp(&s->v[i].owner, owner, sizeof(*owner)))
			sum = &s->v[i];
	}
	/* More than the map holds: those of all that are gone. */
	if (!sum && s->n >= s->limit && memcmp(owner, &nobody, sizeof(nobody)) != 0)
		return add(s, &nobody, ifname, netns, cell);
	if (!sum && s->n == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		sum = reallocarray(s->v, s->room, sizeof(*sum));
		if (!sum)
			return -ENOMEM;
		s->v = sum;
		sum = NULL;
	}
	if (!sum) {
		sum = &s->v[s->n++];
		memset(sum, 0, sizeof(*sum));
		sum->owner = *owner;
		memcpy(sum->value.ifname, ifname, sizeof(sum->value.ifname));
		memcpy(sum->value.netns, netns, sizeof(sum->value.netns));
	}
	sek_peers_add_cells(sum->value.cell, cell);
	return 0;
}

/* Slots of remote ends that nobody has told the peer of are their namespaces'. */
static uint64_t *find_netns(const struct sek_inherit *h)
{
	uint64_t *netns = calloc(SEK_PEER_SLOTS, sizeof(*netns));
	struct sek_remote_key key, *last = NULL;
	__u32 ref;

	for (; netns && !bpf_map_get_next_key(h->fd[SEK_MAP_REMOTES], last, &key); last = &key) {
		if (!bpf_map_lookup_elem(h->fd[SEK_MAP_REMOTES], &key, &ref))
			netns[ref & (SEK_PEER_SLOTS - 1)] = key.netns_cookie;
	}
	/* Overflow is nobody's. */
	if (netns)
		netns[SEK_SLOT_OVERFLOW] = 0;
	return netns;
}

static int read_slot(const struct sek_inherit *h, uint32_t slot,
		     struct sek_peer_cell ret[SEK_PEER_CELLS])
{
	struct sek_maps old = { .cpus = h->cpus };

	old.fd[SEK_MAP_PEER_COUNT] = h->fd[SEK_MAP_PEER_COUNT];
	return sek_peers_read_slot(&old, slot, ret);
}

static int add_slots(struct sums *s)
{
	SEK_CLEANUP(sek_freep) uint64_t *netns = find_netns(s->h);
	int err = netns ? 0 : -ENOMEM;

	for (__u32 slot = 0; slot < SEK_PEER_SLOTS && !err; slot++) {
		struct sek_peer_cell cell[SEK_PEER_CELLS];
		struct sek_peer_owner owner;
		struct sek_peer_id id;

		if (s->moved.from == SEK_FROM_SLOT && s->moved.slot == slot)
			continue;
		if (bpf_map_lookup_elem(s->h->fd[SEK_MAP_PEERS], &slot, &id))
			return -errno;
		owner = sek_peers_owner(&id);
		if (!id.ifindex)
			owner.netns_cookie = netns[slot];
		err = read_slot(s->h, slot, cell);
		if (!err)
			err = add(s, &owner, id.ifname, id.netns, cell);
	}
	return err;
}

/* Calls @fn for each entry of what was kept. */
static int each_kept(struct sums *s, int (*fn)(struct sums *s, const struct sek_peer_owner *owner,
					       const struct sek_peer_removed *value))
{
	struct sek_peer_owner owner, *last = NULL;
	struct sek_peer_removed value;
	int fd = s->h->fd[SEK_MAP_PEER_REMOVED], err = 0;

	for (; fd >= 0 && !err && !bpf_map_get_next_key(fd, last, &owner); last = &owner) {
		if (bpf_map_lookup_elem(fd, &owner, &value))
			return -errno;
		err = fn(s, &owner, &value);
	}
	return err;
}

static int find_moved(struct sums *s, const struct sek_peer_owner *owner,
		      const struct sek_peer_removed *value)
{
	(void)owner;
	if (value->from != SEK_FROM_NONE)
		s->moved = *value;
	return 0;
}

static int add_kept(struct sums *s, const struct sek_peer_owner *owner,
		    const struct sek_peer_removed *value)
{
	if (s->moved.from == SEK_FROM_OWNER && !memcmp(&s->moved.owner, owner, sizeof(*owner)))
		return 0;
	return add(s, owner, value->ifname, value->netns, value->cell);
}

static int write_sums(const struct sums *s, const struct sek_maps *m)
{
	for (size_t i = 0; i < s->n; i++) {
		if (bpf_map_update_elem(m->fd[SEK_MAP_PEER_REMOVED], &s->v[i].owner, &s->v[i].value,
					BPF_NOEXIST) &&
		    errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* Are they what we know? */
static bool have_sizes(const struct sek_inherit *h)
{
	const struct {
		enum sek_map map;
		uint32_t key;
		uint32_t value;
	} maps[] = {
		{ SEK_MAP_REMOTES, sizeof(struct sek_remote_key), 4 },
		{ SEK_MAP_PEERS, 4, sizeof(struct sek_peer_id) },
		{ SEK_MAP_PEER_COUNT, 4, sizeof(struct sek_peer_cell) },
		{ SEK_MAP_PEER_REMOVED, sizeof(struct sek_peer_owner),
		  sizeof(struct sek_peer_removed) },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		struct bpf_map_info info = {};
		__u32 len = sizeof(info);
		int fd = h->fd[maps[i].map];

		/* Before version 6 nothing was kept. */
		if (fd < 0 && maps[i].map == SEK_MAP_PEER_REMOVED)
			continue;
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ||
		    info.key_size != maps[i].key || info.value_size != maps[i].value)
			return false;
	}
	return true;
}

int sek_inherit_add_up_peers(const struct sek_inherit *h, const struct sek_maps *m)
{
	struct sums s = { .h = h };
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int err;

	/* Others: peers begin anew. */
	if (!have_sizes(h))
		return 0;
	if (bpf_obj_get_info_by_fd(m->fd[SEK_MAP_PEER_REMOVED], &info, &len))
		return -errno;
	s.limit = info.max_entries - 1;
	err = each_kept(&s, find_moved);
	if (!err)
		err = add_slots(&s);
	if (!err)
		err = each_kept(&s, add_kept);
	if (!err)
		err = write_sums(&s, m);
	free(s.v);
	return err;
}
