/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netfilter's LOCAL_IN, behind all other hooks there: packets that the kernel
 * has decided to deliver to this namespace. They begin with their IP header.
 *
 * IPv4 comes reassembled: one packet here, however many fragments it was.
 * IPv6 comes in fragments, unless connection tracking has joined them before.
 */
#ifndef SEK_BPF_LOCAL_IN_H
#define SEK_BPF_LOCAL_IN_H

#define SEK_NF_ACCEPT	 1
#define SEK_NFPROTO_IPV4 2

static __always_inline __u32 sek_local_in_slot(const struct nf_hook_state *state,
					       __u64 netns_cookie)
{
	const struct sek_link_id *id;

	id = sek_link_find(netns_cookie, state->in->ifindex);
	if (id)
		return id->slot;
	SEK_STAT(no_link);
	return SEK_SLOT_OVERFLOW;
}

/* Global functions for the reason that slow.h tells. */
__noinline int sek_parse_nf(struct bpf_nf_ctx *ctx, struct sek_slow *slow)
{
	struct bpf_dynptr bytes;

	/* Has no reason to fail; the verifier wants a dynptr on every way. */
	bpf_dynptr_from_skb((struct __sk_buff *)ctx->skb, 0, &bytes);
	return slow ? sek_parse_slow(&bytes, SEK_BYTES_DYNPTR, slow) : -1;
}

__noinline int sek_wireguard_nf(struct bpf_nf_ctx *ctx, __u32 off, __u64 netns_cookie, __u32 cap,
				__u32 gso_size)
{
	struct bpf_dynptr bytes;
	struct sek_view view = {
		.kind = SEK_BYTES_DYNPTR,
		.ctx = &bytes,
		.cap = cap,
		.gso_size = gso_size,
	};

	bpf_dynptr_from_skb((struct __sk_buff *)ctx->skb, 0, &bytes);
	return sek_judge_wireguard(&view, off, netns_cookie);
}

/* sek_inner_end(), or 0 if it is no tunnel's. */
__noinline int sek_inner_nf(struct bpf_nf_ctx *ctx)
{
	struct sk_buff *skb = ctx->skb;
	struct bpf_dynptr bytes;
	struct sek_view view = {
		.kind = SEK_BYTES_DYNPTR,
		.ctx = &bytes,
		.cap = skb->len,
	};
	__u32 start = skb->data - skb->head;

	bpf_dynptr_from_skb((struct __sk_buff *)skb, 0, &bytes);
	if (!BPF_CORE_READ_BITFIELD(skb, encapsulation))
		return 0;
	return sek_inner_end(&view, skb->inner_network_header - start,
			     skb->inner_transport_header - start);
}

static __always_inline void sek_local_in_gso(struct bpf_nf_ctx *ctx,
					     const struct sek_packet *packet, __u32 segs,
					     __u32 gso_size, struct sek_size *size)
{
	__u32 hdr_len = packet->hdr_len, inner;

	if (sek_shape(packet) != SEK_SHAPE_TCP) {
		inner = sek_inner_nf(ctx);
		if (inner)
			hdr_len = inner;
	}
	sek_gso(size, hdr_len, segs, gso_size);
}

/*
 * There is no direct access to packets at this hook: the full view alone. What
 * userspace gives back from a queue (NFQUEUE) comes by in its task, where a
 * softirq may count another packet at any moment.
 */
SEC("?netfilter")
int sek_local_in_count(struct bpf_nf_ctx *ctx)
{
	const struct nf_hook_state *state = ctx->state;
	__u64 netns_cookie = state->net->net_cookie;
	struct sk_buff *skb = ctx->skb;
	struct skb_shared_info *shared = bpf_rdonly_cast(
		skb->head + skb->end, bpf_core_type_id_kernel(struct skb_shared_info));
	struct sek_slow slow = {
		.start.proto = state->pf == SEK_NFPROTO_IPV4 ? SEK_ETH_IPV4 : SEK_ETH_IPV6,
		.len = skb->len,
		.cap = skb->len,
	};
	const struct sek_packet *packet = &slow.packet;
	struct sek_size size = { .bytes = slow.len };
	__u32 key, slot, both, gso_size = shared->gso_size;

	slot = sek_local_in_slot(state, netns_cookie);
	sek_parse_nf(ctx, &slow);
	if (sek_shape(packet) == SEK_SHAPE_WIREGUARD)
		both = sek_wireguard_nf(ctx, packet->hdr_len, netns_cookie, slow.cap, gso_size);
	else
		both = sek_classify(packet);
	if (gso_size)
		sek_local_in_gso(ctx, packet, shared->gso_segs, gso_size, &size);
	key = slot * SEK_POINT_LINK_NR + SEK_POINT_LOCAL_IN;
	sek_count_packet(bpf_map_lookup_elem(&sek_link_count, &key), slot, SEK_POINT_LOCAL_IN,
			 packet, sek_cell_index(sek_family(packet), both & 0xff, both >> 8 & 0xff),
			 &size, true);
	return SEK_NF_ACCEPT;
}

/*
 * What is attached. A netfilter link cannot be given another program, but the
 * entry of the map can, between two packets; so this one, which has no reason
 * to change, stays. An entry is there before the first link is.
 */
SEC("?netfilter")
int sek_local_in(struct bpf_nf_ctx *ctx)
{
	bpf_tail_call(ctx, &sek_local_in_jump, 0);
	return SEK_NF_ACCEPT;
}

#endif
