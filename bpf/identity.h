/* SPDX-License-Identifier: GPL-2.0-only */
/* Who a packet belongs to: device and cgroup -> slot. */
#ifndef SEK_BPF_IDENTITY_H
#define SEK_BPF_IDENTITY_H

/**
 * sek_link_find() - an interface's entry
 * @netns_cookie: net->net_cookie of its namespace
 * @ifindex: its index there
 *
 * Return: the entry, or NULL if it was never attached to
 */
static __always_inline const struct sek_link_id *
sek_link_find(__u64 netns_cookie, __u32 ifindex)
{
	__u32 i, key = sek_link_hash(netns_cookie, ifindex);

	for (i = 0; i < SEK_LINK_PROBES; i++) {
		const struct sek_link_id *id;

		id = bpf_map_lookup_elem(&sek_link_ids, &key);
		if (id && id->ifindex == ifindex &&
		    id->netns_cookie == netns_cookie)
			return id;
		key = (key + 1) & (SEK_LINK_IDS - 1);
	}
	return NULL;
}

/* First packet of a cgroup, or a cache entry that another cgroup took. */
static __noinline __u32 sek_cgroup_slot_slow(__u64 id)
{
	__u32 zero = 0, key = id & (SEK_CGROUP_CACHE - 1);
	__u32 slot, *known, *last;
	__u64 *word;

	known = bpf_map_lookup_elem(&sek_cgroup_ids, &id);
	if (!known) {
		last = bpf_map_lookup_elem(&sek_cgroup_last, &zero);
		if (!last || *last + 1 >= sek_config.cgroup_slots)
			return SEK_SLOT_OVERFLOW;
		slot = __sync_fetch_and_add(last, 1) + 1;
		if (slot >= sek_config.cgroup_slots)
			return SEK_SLOT_OVERFLOW;
		/* If another CPU is first, its slot counts and ours stays empty. */
		bpf_map_update_elem(&sek_cgroup_ids, &id, &slot, BPF_NOEXIST);
		known = bpf_map_lookup_elem(&sek_cgroup_ids, &id);
		if (!known)
			return SEK_SLOT_OVERFLOW;
	}
	slot = *known;
	word = bpf_map_lookup_elem(&sek_cgroup_cache, &key);
	if (word && !(id >> 48))
		*(volatile __u64 *)word = id << 16 | slot;
	return slot;
}

/**
 * sek_cgroup_slot() - the slot of a cgroup, given out if it has none yet
 * @id: cgroup id
 *
 * Return: slot, or SEK_SLOT_OVERFLOW if there are none left
 */
static __always_inline __u32 sek_cgroup_slot(__u64 id)
{
	__u32 key = id & (SEK_CGROUP_CACHE - 1);
	__u64 word, *entry;

	entry = bpf_map_lookup_elem(&sek_cgroup_cache, &key);
	if (entry) {
		word = *(volatile __u64 *)entry;
		if (word >> 16 == id)
			return word & 0xffff;
	}
	return sek_cgroup_slot_slow(id);
}

#endif
