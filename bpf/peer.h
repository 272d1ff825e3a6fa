/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * WireGuard messages -> peers. Only those come here that a WireGuard socket of
 * this namespace sends or receives, so others pay nothing for it.
 */
#ifndef SEK_BPF_PEER_H
#define SEK_BPF_PEER_H

/**
 * struct sek_wg_seen - a message at the tc hook
 * @netns_cookie: where
 * @off: of the message in the packet
 * @gso_size: payload of each segment, 0 if it is not a GSO skb
 * @class: enum sek_class, of WireGuard
 * @family: enum sek_family of the outer packet
 * @egress: the direction
 * @size: of the packet
 */
struct sek_wg_seen {
	__u64 netns_cookie;
	__u32 off;
	__u32 gso_size;
	__u32 class;
	__u32 family;
	__u32 egress;
	struct sek_size size;
};

/* What tells the devices on a packet's way apart. */
struct sek_way {
	__u32 route_ifindex; /* IP sends it there; at egress only */
	__u32 flags;
	__u32 priv_flags;
};

/* Linux 6.2 and later */
static __always_inline void sek_way_kern(struct __sk_buff *ctx, bool egress, struct sek_way *way)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(ctx);
	struct dst_entry *dst;

	if (egress) {
		dst = bpf_rdonly_cast((void *)(skb->_skb_refdst & ~1UL),
				      bpf_core_type_id_kernel(struct dst_entry));
		way->route_ifindex = dst->dev->ifindex;
		return;
	}
	way->flags = skb->dev->flags;
	way->priv_flags = BPF_CORE_READ_BITFIELD(skb->dev, priv_flags);
}

static __always_inline void sek_way_probed(struct __sk_buff *ctx, bool egress, struct sek_way *way)
{
	struct sk_buff *skb = (void *)ctx;
	struct net_device *dev;
	struct dst_entry *dst;

	if (egress) {
		dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);
		way->route_ifindex = BPF_CORE_READ(dst, dev, ifindex);
		return;
	}
	dev = BPF_CORE_READ(skb, dev);
	way->flags = BPF_CORE_READ(dev, flags);
	way->priv_flags = BPF_CORE_READ_BITFIELD_PROBED(dev, priv_flags);
}

/* The device that the socket's packets are handed to, or come from, of several on their way. */
static __always_inline bool sek_is_sockets_device(struct __sk_buff *ctx, bool egress)
{
	struct sek_way way = {};

	/* What was received before is not from a socket, what is for another host not for one. */
	if (ctx->vlan_present ||
	    (egress ? ctx->ingress_ifindex != 0 : ctx->pkt_type == SEK_PACKET_OTHERHOST))
		return false;
	if (sek_config.kern_ctx)
		sek_way_kern(ctx, egress, &way);
	else
		sek_way_probed(ctx, egress, &way);
	/* A port hands all to its bridge or bond. */
	return egress ? way.route_ifindex == ctx->ifindex
		      : !(way.flags & SEK_IFF_SLAVE) && !(way.priv_flags & SEK_IFF_BRIDGE_PORT);
}

/* The remote end of the packet, with what @key already has. */
static __always_inline bool sek_remote_addr(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					    struct sek_remote_key *key)
{
	if (seen->family == SEK_FAMILY_IPV4) {
		key->addr[10] = key->addr[11] = 0xff;
		return !bpf_skb_load_bytes_relative(ctx,
						    seen->egress
							    ? offsetof(struct sek_ipv4_hdr, daddr)
							    : offsetof(struct sek_ipv4_hdr, saddr),
						    key->addr + 12, 4, BPF_HDR_START_NET);
	}
	return !bpf_skb_load_bytes_relative(ctx,
					    seen->egress ? offsetof(struct sek_ipv6_hdr, daddr)
							 : offsetof(struct sek_ipv6_hdr, saddr),
					    key->addr, 16, BPF_HDR_START_NET);
}

/* Gives out a slot; of two CPUs one wins, and the other's slot stays empty. */
static __always_inline __u32 sek_peer_new(__u32 *slot)
{
	__u32 zero = 0, new, was, *last;

	last = bpf_map_lookup_elem(&sek_peer_last, &zero);
	if (!last || *last + 1 >= SEK_PEER_SLOTS)
		return SEK_SLOT_OVERFLOW;
	new = __sync_fetch_and_add(last, 1) + 1;
	if (new >= SEK_PEER_SLOTS)
		return SEK_SLOT_OVERFLOW;
	was = __sync_val_compare_and_swap(slot, 0, new);
	return was ?: new;
}

/* The slot of a remote end that is known; @add: one that is not known is now. */
static __always_inline __u32 sek_peer_remote(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					     const struct sek_message *m, bool add)
{
	struct sek_remote_key key = {
		.netns_cookie = seen->netns_cookie,
		.port = seen->egress ? m->sport : m->dport,
		.remote_port = seen->egress ? m->dport : m->sport,
	};
	__u32 zero = 0, *slot;

	if (!sek_remote_addr(ctx, seen, &key))
		return SEK_SLOT_OVERFLOW;
	slot = bpf_map_lookup_elem(&sek_remotes, &key);
	if (!slot && add) {
		bpf_map_update_elem(&sek_remotes, &key, &zero, BPF_NOEXIST);
		slot = bpf_map_lookup_elem(&sek_remotes, &key);
	}
	if (!slot)
		return SEK_SLOT_OVERFLOW;
	return *slot ?: sek_peer_new(slot);
}

static __always_inline struct sek_index_key sek_peer_index(const struct sek_wg_seen *seen,
							   const struct sek_message *m, __u32 index)
{
	return (struct sek_index_key){
		.netns_cookie = seen->netns_cookie,
		.index = index,
		.port = seen->egress ? m->sport : m->dport,
	};
}

static __always_inline void sek_peer_add_index(const struct sek_wg_seen *seen,
					       const struct sek_message *m, __u32 index, __u32 slot)
{
	struct sek_index_key key = sek_peer_index(seen, m, index);

	if (slot)
		bpf_map_update_elem(&sek_indexes, &key, &slot, BPF_ANY);
}

/*
 * The slot of a message that was sent to @index. Sessions that are older than
 * the programs are found by their remote end, and remembered if the device
 * itself is the one who uses the index.
 */
static __always_inline __u32 sek_peer_session(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					      const struct sek_message *m, __u32 index)
{
	struct sek_index_key key = sek_peer_index(seen, m, index);
	__u32 *known = bpf_map_lookup_elem(&sek_indexes, &key), slot;

	if (known)
		return *known;
	slot = sek_peer_remote(ctx, seen, m, false);
	if (seen->egress)
		sek_peer_add_index(seen, m, index, slot);
	return slot;
}

static __always_inline void sek_peer_add(__u32 slot, __u32 egress, __u32 class, __u32 message_bytes,
					 const struct sek_size *size)
{
	__u32 key = sek_peer_cell_index(slot, egress, class);
	struct sek_peer_cell *cell = bpf_map_lookup_elem(&sek_peer_count, &key);

	if (!cell)
		return;
	cell->messages += 1 + size->gso_packets;
	cell->message_bytes += message_bytes;
	cell->wire_bytes += size->bytes + size->gso_bytes;
	if (!slot)
		SEK_STAT(no_peer);
}

/* An answer was sent: the initiation that it answers was a real one. */
static __always_inline void sek_peer_answered(const struct sek_wg_seen *seen,
					      const struct sek_message *m, __u32 slot)
{
	struct sek_index_key key = sek_peer_index(seen, m, m->hdr.word);
	struct sek_size size = {};
	__u32 *bytes;

	bytes = bpf_map_lookup_elem(&sek_unanswered, &key);
	if (!bytes)
		return;
	size.bytes = *bytes;
	if (!bpf_map_delete_elem(&sek_unanswered, &key))
		sek_peer_add(slot, false, SEK_CLASS_WIREGUARD_INITIATION,
			     SEK_WIREGUARD_INITIATION_LEN, &size);
}

/* The slot of a message, after what it tells about sessions was noted; -1: not to be counted. */
static __always_inline int sek_peer_of(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
				       const struct sek_message *m)
{
	__u32 slot, bytes = seen->size.bytes; /* on the stack: 6.1 takes no other value */
	struct sek_index_key key;

	switch (seen->class) {
	case SEK_CLASS_WIREGUARD_INITIATION:
		if (!seen->egress) {
			key = sek_peer_index(seen, m, m->hdr.index);
			bpf_map_update_elem(&sek_unanswered, &key, &bytes, BPF_ANY);
			return -1;
		}
		slot = sek_peer_remote(ctx, seen, m, true);
		sek_peer_add_index(seen, m, m->hdr.index, slot);
		return slot;
	case SEK_CLASS_WIREGUARD_RESPONSE:
		if (seen->egress) {
			slot = sek_peer_remote(ctx, seen, m, true);
			sek_peer_add_index(seen, m, m->hdr.word, slot);
			sek_peer_answered(seen, m, slot);
		} else {
			slot = sek_peer_session(ctx, seen, m, m->hdr.word);
		}
		sek_peer_add_index(seen, m, m->hdr.index, slot);
		return slot;
	case SEK_CLASS_WIREGUARD_COOKIE:
		return seen->egress ? sek_peer_remote(ctx, seen, m, false)
				    : sek_peer_session(ctx, seen, m, m->hdr.index);
	default:
		return sek_peer_session(ctx, seen, m, m->hdr.index);
	}
}

/**
 * sek_peer_count_skb() - count a WireGuard message for its peer
 * @ctx: of a tc program
 * @seen: the message
 *
 * Global, as slow.h: the hot path keeps its registers, and the verifier looks
 * at it once.
 *
 * Return: 0; nothing depends on it.
 */
__noinline int sek_peer_count_skb(struct __sk_buff *ctx, struct sek_wg_seen *seen)
{
	struct sek_view view = { .kind = SEK_BYTES_SKB, .ctx = ctx };
	struct sek_message m;
	const __u32 *device;
	__u16 port;
	int slot;

	if (!seen)
		return 0;
	view.cap = ctx->len;
	view.gso_size = seen->gso_size;
	if (!sek_read_message(&view, seen->off, &m) || !m.whole)
		return 0;
	port = seen->egress ? m.sport : m.dport;
	device = sek_port_device(seen->netns_cookie, port);
	if (!device || !sek_is_sockets_device(ctx, seen->egress))
		return 0;
	slot = sek_peer_of(ctx, seen, &m);
	if (slot >= 0)
		sek_peer_add(slot, seen->egress, seen->class,
			     seen->gso_size ? ctx->len - seen->off : m.len, &seen->size);
	if (seen->egress && seen->class == SEK_CLASS_WIREGUARD_DATA)
		sek_tunnel_leave(ctx, *device, seen->family, m.len);
	return 0;
}

#endif
