// SPDX-License-Identifier: GPL-2.0-only
#include "maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "cleanup.h"
#include "state.h"

const char *const sek_map_names[SEK_MAP_NR] = {
	[SEK_MAP_META] = "sek_meta",
	[SEK_MAP_LINK_IDS] = "sek_link_ids",
	[SEK_MAP_LINKS] = "sek_links",
	[SEK_MAP_LINK_COUNT] = "sek_link_count",
	[SEK_MAP_CGROUP_IDS] = "sek_cgroup_ids",
	[SEK_MAP_CGROUP_LAST] = "sek_cgroup_last",
	[SEK_MAP_CGROUP_CACHE] = "sek_cgroup_cache",
	[SEK_MAP_CGROUP_OWNER] = "sek_cgroup_owner",
	[SEK_MAP_CGROUP_FREE] = "sek_cgroup_free",
	[SEK_MAP_CGROUP_GONE] = "sek_cgroup_gone",
	[SEK_MAP_CGROUP_COUNT] = "sek_cgroup_count",
	[SEK_MAP_TUNNEL_COUNT] = "sek_tunnel_count",
	[SEK_MAP_ICMP_COUNT] = "sek_icmp_count",
	[SEK_MAP_REMOVED] = "sek_removed",
	[SEK_MAP_ICMP_REMOVED] = "sek_icmp_removed",
	[SEK_MAP_NETNS_KNOWN] = "sek_netns_known",
	[SEK_MAP_EVENTS] = "sek_events",
	[SEK_MAP_PORTS] = "sek_ports",
	[SEK_MAP_PORT_IDS] = "sek_port_ids",
	[SEK_MAP_SESSIONS] = "sek_sessions",
	[SEK_MAP_LOCAL_IN_JUMP] = "sek_local_in_jump",
	[SEK_MAP_REMOTES] = "sek_remotes",
	[SEK_MAP_INDEXES] = "sek_indexes",
	[SEK_MAP_UNANSWERED] = "sek_unanswered",
	[SEK_MAP_PEER_LAST] = "sek_peer_last",
	[SEK_MAP_PEER_LIVES] = "sek_peer_lives",
	[SEK_MAP_PEER_FREE] = "sek_peer_free",
	[SEK_MAP_PEER_PLACES] = "sek_peer_places",
	[SEK_MAP_PEERS] = "sek_peers",
	[SEK_MAP_PEER_REMOVED] = "sek_peer_removed",
	[SEK_MAP_PEER_COUNT] = "sek_peer_count",
	[SEK_MAP_STATS] = "sek_stats",
};

uint32_t sek_maps_link_ids(uint32_t link_slots)
{
	uint32_t n = 1U << SEK_LINK_IDS_BITS;

	while (n < link_slots * SEK_LINK_IDS_PER_SLOT)
		n *= 2;
	return n;
}

/* Slots that a map of so many entries has. */
static int entries(int fd, uint32_t per_slot, uint32_t *ret_slots)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret_slots = info.max_entries / per_slot;
	return 0;
}

static int check_abi(const struct sek_maps *m)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	struct sek_meta meta;
	int err;

	/* Another version's struct may have another size. */
	if (bpf_obj_get_info_by_fd(m->fd[SEK_MAP_META], &info, &len))
		return -errno;
	if (info.value_size != sizeof(meta))
		return -EPROTO;
	err = sek_maps_meta(m, &meta);
	if (err)
		return err;
	return meta.abi == SEK_ABI_VERSION ? 0 : -EPROTO;
}

int sek_maps_open(struct sek_maps *m)
{
	uint32_t link_ids = 1;
	int err = 0;

	for (int i = 0; i < SEK_MAP_NR; i++)
		m->fd[i] = -1;
	for (int i = 0; i < SEK_MAP_NR && !err; i++) {
		m->fd[i] = sek_state_get(SEK_STATE_MAPS, sek_map_names[i]);
		if (m->fd[i] < 0)
			err = m->fd[i];
		else if (i == SEK_MAP_META)
			err = check_abi(m);
	}
	if (!err)
		err = entries(m->fd[SEK_MAP_LINKS], 1, &m->link_slots);
	if (!err)
		err = entries(m->fd[SEK_MAP_LINK_IDS], 1, &link_ids);
	m->link_ids_bits = __builtin_ctz(link_ids);
	if (!err)
		err = entries(m->fd[SEK_MAP_CGROUP_COUNT], SEK_POINT_CGROUP_NR, &m->cgroup_slots);
	m->cpus = libbpf_num_possible_cpus();
	if (err)
		sek_maps_close(m);
	return err;
}

void sek_maps_close(struct sek_maps *m)
{
	for (int i = 0; i < SEK_MAP_NR; i++) {
		if (m->fd[i] >= 0)
			close(m->fd[i]);
		m->fd[i] = -1;
	}
}

int sek_maps_meta(const struct sek_maps *m, struct sek_meta *ret)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(m->fd[SEK_MAP_META], &zero, ret) ? -errno : 0;
}

/* All of an array in one call. */
static int read_array(int fd, uint32_t n, size_t size, void **ret)
{
	__u32 *keys = calloc(n, sizeof(*keys)), next, got = n;
	void *values = calloc(n, size);
	int err = keys && values ? 0 : -ENOMEM;

	/* ENOENT is said at the end. */
	if (!err && bpf_map_lookup_batch(fd, NULL, &next, keys, values, &got, NULL) &&
	    errno != ENOENT)
		err = -errno;
	free(keys);
	if (err)
		free(values);
	else
		*ret = values;
	return err;
}

int sek_maps_links(const struct sek_maps *m, struct sek_link **ret)
{
	return read_array(m->fd[SEK_MAP_LINKS], m->link_slots, sizeof(**ret), (void **)ret);
}

int sek_maps_owners(const struct sek_maps *m, uint64_t **ret)
{
	return read_array(m->fd[SEK_MAP_CGROUP_OWNER], m->cgroup_slots, sizeof(**ret),
			  (void **)ret);
}

/*
 * Where the entry of an interface is. -ENOENT: it has none, but may have this one; -ENOSPC: there
 * is none for it. All that follow are looked at: interfaces that were removed have left gaps.
 */
static int find_id(const struct sek_maps *m, const struct sek_link *link, __u32 *ret_key)
{
	__u32 key = sek_link_hash(link->netns_cookie, link->ifindex, m->link_ids_bits);
	struct sek_link_id there;
	int err = -ENOSPC;

	for (int i = 0; i < SEK_LINK_PROBES; i++) {
		if (bpf_map_lookup_elem(m->fd[SEK_MAP_LINK_IDS], &key, &there))
			return -errno;
		if (there.netns_cookie == link->netns_cookie && there.ifindex == link->ifindex) {
			*ret_key = key;
			return 0;
		}
		if (!there.netns_cookie && err == -ENOSPC) {
			*ret_key = key;
			err = -ENOENT;
		}
		key = (key + 1) & ((1U << m->link_ids_bits) - 1);
	}
	return err;
}

/* Writes the entry by which BPF finds the slot. */
static int write_id(const struct sek_maps *m, const struct sek_link *link, uint32_t slot,
		    enum sek_l2 l2)
{
	struct sek_link_id id = {
		.netns_cookie = link->netns_cookie,
		.ifindex = link->ifindex,
		.slot = slot,
		.l2 = l2,
		.kind = link->flags >> SEK_LINK_KIND_SHIFT,
	};
	__u32 key;
	int err = find_id(m, link, &key);

	if (err && err != -ENOENT)
		return err;
	return bpf_map_update_elem(m->fd[SEK_MAP_LINK_IDS], &key, &id, BPF_ANY) ? -errno : 0;
}

int sek_maps_link_slot(const struct sek_maps *m, struct sek_link *links,
		       const struct sek_link *link, enum sek_l2 l2)
{
	uint32_t slot = SEK_SLOT_OVERFLOW;
	int err;

	for (uint32_t i = 1; i < m->link_slots; i++) {
		if (links[i].netns_cookie == link->netns_cookie &&
		    links[i].ifindex == link->ifindex) {
			slot = i;
			break;
		}
		if (!links[i].netns_cookie && !slot)
			slot = i;
	}
	if (slot == SEK_SLOT_OVERFLOW)
		return slot;

	uint32_t flags = links[slot].flags;

	/* The flags tell what the slot's owner has attached; a free one has none. */
	links[slot] = *link;
	links[slot].flags |= flags;
	err = sek_maps_link_write(m, links, slot);
	if (!err)
		err = write_id(m, link, slot, l2);
	return err == -ENOSPC ? SEK_SLOT_OVERFLOW : err ? err : (int)slot;
}

uint32_t sek_maps_link_flags(const struct sek_maps *m, uint64_t netns_cookie, uint32_t ifindex)
{
	struct sek_link link = { .netns_cookie = netns_cookie, .ifindex = ifindex };
	struct sek_link_id id;
	__u32 key, slot;

	if (find_id(m, &link, &key) || bpf_map_lookup_elem(m->fd[SEK_MAP_LINK_IDS], &key, &id))
		return 0;
	slot = id.slot;
	return bpf_map_lookup_elem(m->fd[SEK_MAP_LINKS], &slot, &link) ? 0 : link.flags;
}

/* No program asks for it any more. */
static int remove_id(const struct sek_maps *m, const struct sek_link *link)
{
	const struct sek_link_id none = {};
	__u32 key;
	int err = find_id(m, link, &key);

	if (err)
		return err == -ENOENT || err == -ENOSPC ? 0 : err;
	return bpf_map_update_elem(m->fd[SEK_MAP_LINK_IDS], &key, &none, BPF_ANY) ? -errno : 0;
}

int sek_maps_link_remove(const struct sek_maps *m, struct sek_link *links, uint32_t slot)
{
	int err = remove_id(m, &links[slot]);

	if (err)
		return err;
	memset(&links[slot], 0, sizeof(links[slot]));
	return sek_maps_link_write(m, links, slot);
}

int sek_maps_link_write(const struct sek_maps *m, const struct sek_link *links, uint32_t slot)
{
	__u32 key = slot;

	return bpf_map_update_elem(m->fd[SEK_MAP_LINKS], &key, &links[slot], BPF_ANY) ? -errno : 0;
}

void sek_maps_counters_add(struct sek_counters *to, const struct sek_counters *from)
{
	for (int i = 0; i < SEK_CELL_NR; i++) {
		to->cell[i].skbs += from->cell[i].skbs;
		to->cell[i].skb_bytes += from->cell[i].skb_bytes;
		to->cell[i].gso_packets += from->cell[i].gso_packets;
		to->cell[i].gso_bytes += from->cell[i].gso_bytes;
	}
}

uint32_t sek_maps_index(enum sek_point point, uint32_t slot)
{
	return point < SEK_POINT_LINK_NR ? slot * SEK_POINT_LINK_NR + point
					 : slot * SEK_POINT_CGROUP_NR + point - SEK_POINT_LINK_NR;
}

static int map_fd(const struct sek_maps *m, enum sek_point point)
{
	return m->fd[point < SEK_POINT_LINK_NR ? SEK_MAP_LINK_COUNT : SEK_MAP_CGROUP_COUNT];
}

/* Of all that a packet can be, one thing comes out of a tunnel. */
static struct sek_cell *tunnel_cell(struct sek_counters *counters, uint32_t family)
{
	return &counters->cell[sek_cell_index(family, SEK_CLASS_WIREGUARD_DATA,
					      SEK_CERTAINTY_KNOWN)];
}

static int tunnel_counters(const struct sek_maps *m, uint32_t slot, struct sek_counters *ret)
{
	struct sek_cell values[m->cpus];

	for (uint32_t family = 0; family < SEK_FAMILY_NONE; family++) {
		struct sek_cell *sum = tunnel_cell(ret, family);
		__u32 index = sek_tunnel_cell_index(slot, family);

		if (bpf_map_lookup_elem(m->fd[SEK_MAP_TUNNEL_COUNT], &index, values))
			return -errno;
		for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
			sum->skbs += values[cpu].skbs;
			sum->skb_bytes += values[cpu].skb_bytes;
		}
	}
	return 0;
}

int sek_maps_tunnel_slots(const struct sek_maps *m, bool **ret)
{
	uint32_t n = m->cgroup_slots * SEK_FAMILY_NONE;
	SEK_CLEANUP(sek_freep) struct sek_cell *values = NULL;
	bool *used = calloc(m->cgroup_slots, sizeof(*used));
	int err = used ? 0 : -ENOMEM;

	if (!err)
		err = read_array(m->fd[SEK_MAP_TUNNEL_COUNT], n, m->cpus * sizeof(*values),
				 (void **)&values);
	if (err) {
		free(used);
		return err;
	}
	for (size_t i = 0; i < (size_t)n * m->cpus; i++)
		used[i / m->cpus / SEK_FAMILY_NONE] |= values[i].skbs != 0;
	*ret = used;
	return 0;
}

int sek_maps_counters(const struct sek_maps *m, enum sek_point point, uint32_t slot,
		      struct sek_counters *ret)
{
	SEK_CLEANUP(sek_freep) struct sek_counters *values = NULL;
	__u32 index = sek_maps_index(point, slot);

	memset(ret, 0, sizeof(*ret));
	if (point == SEK_POINT_TUNNEL)
		return tunnel_counters(m, slot, ret);
	values = calloc(m->cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(map_fd(m, point), &index, values))
		return -errno;
	for (uint32_t cpu = 0; cpu < m->cpus; cpu++)
		sek_maps_counters_add(ret, &values[cpu]);
	return 0;
}

int sek_maps_counters_zero(const struct sek_maps *m, enum sek_point point, uint32_t slot)
{
	SEK_CLEANUP(sek_freep) void *zeroes = calloc(m->cpus, sizeof(struct sek_counters));
	__u32 index = sek_maps_index(point, slot);

	if (!zeroes)
		return -ENOMEM;
	if (point != SEK_POINT_TUNNEL)
		return bpf_map_update_elem(map_fd(m, point), &index, zeroes, BPF_ANY) ? -errno : 0;
	for (uint32_t family = 0; family < SEK_FAMILY_NONE; family++) {
		index = sek_tunnel_cell_index(slot, family);
		if (bpf_map_update_elem(m->fd[SEK_MAP_TUNNEL_COUNT], &index, zeroes, BPF_ANY))
			return -errno;
	}
	return 0;
}

int sek_maps_stats(const struct sek_maps *m, struct sek_stats *ret)
{
	struct sek_stats values[m->cpus];
	__u32 zero = 0;

	memset(ret, 0, sizeof(*ret));
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_STATS], &zero, values))
		return -errno;
	for (uint32_t cpu = 0; cpu < m->cpus; cpu++) {
		ret->no_link += values[cpu].no_link;
		ret->no_cgroup += values[cpu].no_cgroup;
		ret->no_icmp += values[cpu].no_icmp;
		ret->no_socket += values[cpu].no_socket;
		ret->no_gone += values[cpu].no_gone;
		ret->no_event += values[cpu].no_event;
		ret->no_peer += values[cpu].no_peer;
	}
	return 0;
}
