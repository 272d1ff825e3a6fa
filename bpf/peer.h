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
 * @class: enum sek_class, once it is judged
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

/* @ref, if that life of its slot lasts; else 0 */
static __always_inline __u32 sek_peer_live(__u32 ref)
{
	__u32 slot = ref & (SEK_PEER_SLOTS - 1), *life;

	life = bpf_map_lookup_elem(&sek_peer_lives, &slot);
	return life && sek_peer_ref(slot, *(volatile __u32 *)life) == ref ? ref : 0;
}

/* A hint is wrong if a crash left it twice, which is rare: few tries do. */
#define SEK_PEER_TRIES 4

/* Begins a slot's life. Return: what refers to it; 0: it is not free. */
static __always_inline __u32 sek_peer_begin(__u32 slot)
{
	__u32 *life = bpf_map_lookup_elem(&sek_peer_lives, &slot), was;

	if (!life)
		return 0;
	was = *(volatile __u32 *)life;
	if ((was & SEK_PEER_STATE) != SEK_PEER_FREE ||
	    __sync_val_compare_and_swap(life, was, was + SEK_PEER_IN_USE) != was)
		return 0;
	return sek_peer_ref(slot, was + SEK_PEER_IN_USE);
}

static __always_inline __u32 sek_peer_take(void)
{
	__u32 i, zero = 0, slot, ref, *last;

	for (i = 0; i < SEK_PEER_TRIES; i++) {
		if (bpf_map_pop_elem(&sek_peer_free, &slot))
			break;
		ref = sek_peer_begin(slot);
		if (ref)
			return ref;
	}
	last = bpf_map_lookup_elem(&sek_peer_last, &zero);
	if (!last || *last + 1 >= SEK_PEER_SLOTS)
		return 0;
	slot = __sync_fetch_and_add(last, 1) + 1;
	return slot < SEK_PEER_SLOTS ? sek_peer_begin(slot) : 0;
}

/*
 * Gives a slot to the remote end @key, whose entry is @ref. Of two CPUs one wins, and the other's
 * slot stays empty until it is taken back. Somebody has to look who it is, or, where handshakes
 * find none, which slots are nobody's any more.
 */
static __noinline __u32 sek_peer_new(const struct sek_remote_key *key, __u32 *ref, bool handshake)
{
	__u32 old = *(volatile __u32 *)ref, new = sek_peer_take(), slot, was;

	if (new || handshake)
		sek_tell(SEK_EVENT_PEER, key->netns_cookie, 0);
	if (!new)
		return 0;
	slot = new & (SEK_PEER_SLOTS - 1);
	bpf_map_update_elem(&sek_peer_places, &slot, key, BPF_ANY);
	was = __sync_val_compare_and_swap(ref, old, new);
	return was == old ? new : sek_peer_live(was);
}

/* What refers to the slot of a remote end that is known; @add: one that shakes hands is now. */
static __always_inline __u32 sek_peer_remote(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					     const struct sek_message *m, bool add)
{
	struct sek_remote_key key = {
		.netns_cookie = seen->netns_cookie,
		.port = seen->egress ? m->sport : m->dport,
		.remote_port = seen->egress ? m->dport : m->sport,
	};
	__u32 zero = 0, *ref, live;

	if (!sek_remote_addr(ctx, seen, &key))
		return 0;
	ref = bpf_map_lookup_elem(&sek_remotes, &key);
	if (!ref && add) {
		bpf_map_update_elem(&sek_remotes, &key, &zero, BPF_NOEXIST);
		ref = bpf_map_lookup_elem(&sek_remotes, &key);
	}
	if (!ref)
		return 0;
	live = sek_peer_live(*(volatile __u32 *)ref);
	return live ?: sek_peer_new(&key, ref, add);
}

/* @receiver: the index is the receiver's, else the sender's */
static __always_inline struct sek_index_key sek_peer_index(const struct sek_wg_seen *seen,
							   const struct sek_message *m, __u32 index,
							   bool receiver)
{
	return (struct sek_index_key){
		.netns_cookie = seen->netns_cookie,
		.index = index,
		.port = seen->egress ? m->sport : m->dport,
		.remote = receiver == (bool)seen->egress,
	};
}

static __always_inline void sek_peer_add_index(const struct sek_index_key *key, __u32 ref)
{
	if (ref)
		bpf_map_update_elem(&sek_indexes, key, &ref, BPF_ANY);
}

/* The sender of a handshake message announces its own index. */
static __always_inline void sek_peer_add_sender(const struct sek_wg_seen *seen,
						const struct sek_message *m, __u32 ref)
{
	struct sek_index_key key = sek_peer_index(seen, m, m->hdr.index, false);

	sek_peer_add_index(&key, ref);
}

/*
 * What refers to the slot of a message that was sent to @index. Sessions that are older than
 * the programs, or whose slot was taken back, are found by their remote end, and remembered if
 * the device itself is the one who uses the index.
 */
static __always_inline __u32 sek_peer_session(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					      const struct sek_message *m, __u32 index)
{
	struct sek_index_key key = sek_peer_index(seen, m, index, true);
	__u32 *known = bpf_map_lookup_elem(&sek_indexes, &key), ref;

	ref = known ? sek_peer_live(*known) : 0;
	if (ref)
		return ref;
	ref = sek_peer_remote(ctx, seen, m, false);
	if (seen->egress)
		sek_peer_add_index(&key, ref);
	return ref;
}

static __always_inline void sek_peer_add(__u32 ref, __u32 egress, __u32 class, __u32 message_bytes,
					 const struct sek_size *size)
{
	__u32 key = sek_peer_cell_index(ref & (SEK_PEER_SLOTS - 1), egress, class);
	struct sek_peer_cell *cell = bpf_map_lookup_elem(&sek_peer_count, &key);

	if (!cell)
		return;
	cell->messages += 1 + size->gso_packets;
	cell->message_bytes += message_bytes;
	cell->wire_bytes += size->bytes + size->gso_bytes;
	if (!ref)
		SEK_STAT(no_peer);
}

/* An answer was sent: the initiation that it answers was a real one. */
static __always_inline void sek_peer_answered(const struct sek_wg_seen *seen,
					      const struct sek_message *m, __u32 ref)
{
	struct sek_index_key key = sek_peer_index(seen, m, m->hdr.word, true);
	struct sek_size size = {};
	__u32 *bytes;

	bytes = bpf_map_lookup_elem(&sek_unanswered, &key);
	if (!bytes)
		return;
	size.bytes = *bytes;
	if (!bpf_map_delete_elem(&sek_unanswered, &key))
		sek_peer_add(ref, false, SEK_CLASS_WIREGUARD_INITIATION,
			     SEK_WIREGUARD_INITIATION_LEN, &size);
}

/*
 * What refers to the slot of a message, 0: to none, after what it tells about sessions was noted.
 * False: it is not to be counted.
 */
static __always_inline bool sek_peer_of(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					const struct sek_message *m, __u32 *ref)
{
	__u32 bytes = seen->size.bytes; /* on the stack: 6.1 takes no other value */
	struct sek_index_key key;

	switch (seen->class) {
	case SEK_CLASS_WIREGUARD_INITIATION:
		if (!seen->egress) {
			key = sek_peer_index(seen, m, m->hdr.index, false);
			bpf_map_update_elem(&sek_unanswered, &key, &bytes, BPF_ANY);
			return false;
		}
		*ref = sek_peer_remote(ctx, seen, m, true);
		sek_peer_add_sender(seen, m, *ref);
		return true;
	case SEK_CLASS_WIREGUARD_RESPONSE:
		if (seen->egress) {
			*ref = sek_peer_remote(ctx, seen, m, true);
			key = sek_peer_index(seen, m, m->hdr.word, true);
			sek_peer_add_index(&key, *ref);
			sek_peer_answered(seen, m, *ref);
		} else {
			*ref = sek_peer_session(ctx, seen, m, m->hdr.word);
		}
		sek_peer_add_sender(seen, m, *ref);
		return true;
	case SEK_CLASS_WIREGUARD_COOKIE:
		*ref = seen->egress ? sek_peer_remote(ctx, seen, m, false)
				    : sek_peer_session(ctx, seen, m, m->hdr.index);
		return true;
	default:
		*ref = sek_peer_session(ctx, seen, m, m->hdr.index);
		return true;
	}
}

static __always_inline void sek_peer_charge(struct __sk_buff *ctx, const struct sek_wg_seen *seen,
					    const struct sek_message *m, __u32 device)
{
	__u32 ref = 0;

	if (sek_peer_of(ctx, seen, m, &ref))
		sek_peer_add(ref, seen->egress, seen->class,
			     seen->gso_size ? ctx->len - seen->off : m->len, &seen->size);
	if (seen->egress && seen->class == SEK_CLASS_WIREGUARD_DATA)
		sek_tunnel_leave(ctx, device, seen->family, m->len);
}

/**
 * sek_peer_judge() - judge a packet of shape WIREGUARD, and count it for its peer
 * @ctx: of a tc program
 * @seen: the packet; its class is filled in
 *
 * A message that a WireGuard socket of this namespace sends or receives has a peer.
 *
 * Global, as slow.h: the hot path keeps its registers, and the verifier looks
 * at it once.
 *
 * Return: class | certainty << 8
 */
__noinline int sek_peer_judge(struct __sk_buff *ctx, struct sek_wg_seen *seen)
{
	struct sek_view view = { .kind = SEK_BYTES_SKB, .ctx = ctx };
	struct sek_message m;
	const __u32 *device;
	__u16 own, other;
	int both;

	if (!seen)
		return SEK_CLASS_UDP;
	view.cap = ctx->len;
	view.gso_size = seen->gso_size;
	if (!sek_read_message(&view, seen->off, &m))
		return SEK_CLASS_UDP;
	own = seen->egress ? m.sport : m.dport;
	other = seen->egress ? m.dport : m.sport;
	device = sek_port_device(seen->netns_cookie, own);
	both = sek_judge_message(&m, device || sek_port_device(seen->netns_cookie, other));
	seen->class = both & 0xff;
	if (device && both >> 8 == SEK_CERTAINTY_KNOWN && m.whole &&
	    sek_is_sockets_device(ctx, seen->egress))
		sek_peer_charge(ctx, seen, &m, *device);
	return both;
}

#endif
