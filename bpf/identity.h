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
	__u32 bits = sek_config.link_ids_bits;
	__u32 i, key = sek_link_hash(netns_cookie, ifindex, bits);

	for (i = 0; i < SEK_LINK_PROBES; i++) {
		const struct sek_link_id *id;

		id = bpf_map_lookup_elem(&sek_link_ids, &key);
		if (id && id->ifindex == ifindex &&
		    id->netns_cookie == netns_cookie)
			return id;
		key = (key + 1) & ((1U << bits) - 1);
	}
	return NULL;
}

/* A hint is wrong if a crash left it twice, which is rare: few tries do. */
#define SEK_CGROUP_TRIES 4

/* Gives a free slot to a cgroup. */
static __always_inline __u32 sek_cgroup_take(__u64 id)
{
	__u32 i, zero = 0, slot, *last;
	__u64 *owner;

	for (i = 0; i < SEK_CGROUP_TRIES; i++) {
		if (bpf_map_pop_elem(&sek_cgroup_free, &slot))
			break;
		owner = bpf_map_lookup_elem(&sek_cgroup_owner, &slot);
		if (owner && !__sync_val_compare_and_swap(owner, 0, id))
			return slot;
	}
	last = bpf_map_lookup_elem(&sek_cgroup_last, &zero);
	if (!last ||
	    *last + SEK_CGROUP_SLOT_FIRST >= sek_config.cgroup_slots)
		return SEK_SLOT_OVERFLOW;
	slot = __sync_fetch_and_add(last, 1) + SEK_CGROUP_SLOT_FIRST;
	if (slot >= sek_config.cgroup_slots)
		return SEK_SLOT_OVERFLOW;
	owner = bpf_map_lookup_elem(&sek_cgroup_owner, &slot);
	if (owner && !__sync_val_compare_and_swap(owner, 0, id))
		return slot;
	return SEK_SLOT_OVERFLOW;
}

static __always_inline void sek_cgroup_give_back(__u32 slot)
{
	__u64 *owner = bpf_map_lookup_elem(&sek_cgroup_owner, &slot);

	if (owner)
		*(volatile __u64 *)owner = 0;
	bpf_map_push_elem(&sek_cgroup_free, &slot, BPF_ANY);
}

/* First packet of a cgroup, or a cache entry that another cgroup took. */
static __noinline __u32 sek_cgroup_slot_slow(__u64 id)
{
	__u32 slot, *known, key = id & (SEK_CGROUP_CACHE - 1);
	__u64 *word;

	known = bpf_map_lookup_elem(&sek_cgroup_ids, &id);
	if (!known) {
		slot = sek_cgroup_take(id);
		if (slot == SEK_SLOT_OVERFLOW)
			return slot;
		/* Another CPU may be first, or there is no room for an id. */
		if (bpf_map_update_elem(&sek_cgroup_ids, &id, &slot, BPF_NOEXIST))
			sek_cgroup_give_back(slot);
		known = bpf_map_lookup_elem(&sek_cgroup_ids, &id);
		if (!known)
			return SEK_SLOT_OVERFLOW;
	}
	slot = *known & ~SEK_CGROUP_REMOVED;
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
