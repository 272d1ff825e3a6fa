/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who pays for what WireGuard sends. An encrypted packet belongs to no cgroup
 * that the hooks could see: its sender's slot travels in the packet, from
 * namespace to namespace in tc_index, through the tunnel in the hash.
 */
#ifndef SEK_BPF_TUNNEL_H
#define SEK_BPF_TUNNEL_H

static __always_inline bool sek_tunnels_exist(void)
{
	__u32 zero = 0;
	struct sek_ports *ports = bpf_map_lookup_elem(&sek_ports, &zero);

	return ports && ports->bit[0] & 1;
}

/* The slot of the socket's cgroup; overflow if there is no socket any more. */
static __always_inline __u32 sek_sender_slot(struct __sk_buff *ctx)
{
	__u64 id = bpf_skb_cgroup_id(ctx);

	return id ? sek_cgroup_slot(id) : SEK_SLOT_OVERFLOW;
}

/*
 * Into a tunnel: who was noted when it left its own namespace, or whose socket
 * it is here. Out of line, as all that is rare.
 */
static __noinline int sek_tunnel_enter(struct __sk_buff *ctx)
{
	__u32 slot = sek_sender_slot(ctx) ?: ctx->tc_index, hash;

	hash = bpf_get_hash_recalc(ctx) & ~(SEK_TUNNEL_MARK | SEK_TUNNEL_SLOT);
	bpf_set_hash(ctx, hash | SEK_TUNNEL_MARK | (slot & SEK_TUNNEL_SLOT));
	return 0;
}

/* Out of a namespace: the next one takes the socket from the packet. */
static __noinline int sek_tunnel_note(struct __sk_buff *ctx)
{
	ctx->tc_index = sek_sender_slot(ctx);
	return 0;
}

/*
 * Before Linux 6.2 a program knows a link by its classid alone. Read once more,
 * so that the verifier has nothing to remember of it meanwhile.
 */
static __always_inline __u32 sek_tunnel_kind(struct __sk_buff *ctx)
{
	__u32 slot = ctx->tc_classid & SEK_CLASSID_SLOT;
	struct sek_link *link = NULL;

	if (ctx->tc_classid & SEK_CLASSID_NO_L2 || sek_tunnels_exist())
		link = bpf_map_lookup_elem(&sek_links, &slot);
	return link ? link->flags >> SEK_LINK_KIND_SHIFT : 0;
}

/**
 * sek_tunnel_sender() - remember at tc egress who sent a packet
 * @ctx: of a tc program
 * @kind: of the link, as in &struct sek_link_id
 * @local: the packet was sent here
 */
static __always_inline void sek_tunnel_sender(struct __sk_buff *ctx, __u32 kind, bool local)
{
	if (!kind)
		return;
	if (kind & SEK_LINK_TUNNEL >> SEK_LINK_KIND_SHIFT)
		sek_tunnel_enter(ctx);
	else if (local && sek_tunnels_exist())
		sek_tunnel_note(ctx);
}

/**
 * sek_tunnel_leave() - count a data message that a device sends, for who pays for it
 * @ctx: of a tc program
 * @device: value of sek_port_ids
 * @family: enum sek_family of the outer packet
 * @len: of the message
 *
 * Bytes are those of the outer IP packet, as at the cgroup hook. Without a mark
 * nobody is known, and slot 0 pays.
 */
static __always_inline void sek_tunnel_leave(struct __sk_buff *ctx, __u32 device, __u32 family,
					     __u32 len)
{
	struct sek_size size = {
		.bytes = len + sizeof(struct sek_udp_hdr) +
			 (family == SEK_FAMILY_IPV4 ? sizeof(struct sek_ipv4_hdr)
						    : sizeof(struct sek_ipv6_hdr)),
	};
	__u32 key, hash = ctx->hash, slot = SEK_SLOT_OVERFLOW;
	struct sek_cell *cell;

	if (device & SEK_PORT_MARKED && hash & SEK_TUNNEL_MARK)
		slot = hash & SEK_TUNNEL_SLOT;
	key = sek_tunnel_cell_index(slot, family);
	cell = bpf_map_lookup_elem(&sek_tunnel_count, &key);
	if (cell)
		sek_count(cell, &size, false);
}

#endif
