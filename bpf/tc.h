/* SPDX-License-Identifier: GPL-2.0-only */
/* tc ingress and egress of an interface, by tcx or clsact. */
#ifndef SEK_BPF_TC_H
#define SEK_BPF_TC_H

/* Headers of IPv6, an encapsulation limit, and GRE with all its options: 64 bytes. */
#define SEK_OUTER_MAX 128

/*
 * Where a packet is and what the kernel's routing has done with it. @outer is
 * the length of a tunnel's headers in front of the packet, which the device
 * does not count.
 */
struct sek_place {
	__u64 netns_cookie;
	__u32 slot;
	__u32 l2;
	__u32 kind;
	__u32 point;
	__u32 outer;
};

/*
 * Local packets were never received. Of the received ones, those that were
 * routed carry a route, and those that a bridge passes on do not. The low bit
 * of @refdst tells who holds the reference.
 */
static __always_inline __u32 sek_egress_point(const struct __sk_buff *ctx,
					      unsigned long refdst)
{
	if (!ctx->ingress_ifindex)
		return SEK_POINT_TC_EGRESS_LOCAL;
	return refdst & ~1UL ? SEK_POINT_TC_EGRESS_FORWARDED :
			       SEK_POINT_TC_EGRESS_OTHER;
}

/* Linux 6.2 and later: the namespace and the index name the interface. */
static __always_inline void sek_locate_kern(struct __sk_buff *ctx, bool egress,
					    struct sek_place *where)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(ctx);
	const struct sek_link_id *id;

	where->netns_cookie = skb->dev->nd_net.net->net_cookie;
	if (egress)
		where->point = sek_egress_point(ctx, skb->_skb_refdst);
	id = sek_link_find(where->netns_cookie, ctx->ifindex);
	if (id) {
		where->slot = id->slot;
		where->l2 = id->l2;
		if (egress)
			where->kind = id->kind;
	} else {
		SEK_STAT(no_link);
	}
}

/* Before: the loader has written the slot into the clsact filter's classid. */
static __always_inline void sek_locate_classid(struct __sk_buff *ctx,
					       bool egress,
					       struct sek_place *where)
{
	struct sk_buff *skb = (void *)ctx;
	unsigned long refdst = 0;

	where->slot = ctx->tc_classid & SEK_CLASSID_SLOT;
	where->l2 = ctx->tc_classid & SEK_CLASSID_NO_L2 ? SEK_L2_NONE :
							  SEK_L2_ETHERNET;
	if (where->slot == SEK_SLOT_OVERFLOW)
		SEK_STAT(no_link);
	if (!egress)
		return;
	if (ctx->ingress_ifindex)
		refdst = BPF_CORE_READ(skb, _skb_refdst);
	where->point = sek_egress_point(ctx, refdst);
}

static __always_inline void sek_locate(struct __sk_buff *ctx, bool egress,
				       struct sek_place *where)
{
	where->point = SEK_POINT_TC_INGRESS;
	if (sek_config.kern_ctx)
		sek_locate_kern(ctx, egress, where);
	else
		sek_locate_classid(ctx, egress, where);
}

/* sek_inner_end(), or 0 if it is no tunnel's. */
static __noinline __u32 sek_inner_hdr_len(struct __sk_buff *ctx)
{
	struct sek_view view = {
		.kind = SEK_BYTES_SKB,
		.ctx = ctx,
		.cap = ctx->len,
	};
	struct sk_buff *skb = (void *)ctx;
	__u32 start;

	if (!BPF_CORE_READ_BITFIELD_PROBED(skb, encapsulation))
		return 0;
	start = BPF_CORE_READ(skb, data) - BPF_CORE_READ(skb, head);
	return sek_inner_end(&view, BPF_CORE_READ(skb, inner_network_header) - start,
			     BPF_CORE_READ(skb, inner_transport_header) - start);
}

/*
 * What a GSO skb stands for. At egress the kernel has worked it out, too, but
 * on 6.1 from a tunnel's outer headers alone.
 */
static __always_inline void sek_tc_gso(struct __sk_buff *ctx, __u32 outer,
				       const struct sek_packet *packet,
				       __u32 gso_size, struct sek_size *size)
{
	__u32 hdr_len = packet->hdr_len, inner;

	if (sek_shape(packet) != SEK_SHAPE_TCP) {
		inner = sek_inner_hdr_len(ctx);
		if (inner)
			hdr_len = inner;
	}
	sek_gso(size, hdr_len - outer, ctx->gso_segs, gso_size);
}

static __always_inline struct sek_verdict
sek_tc_judge(struct __sk_buff *ctx, const struct sek_place *where, const struct sek_view *view,
	     const struct sek_packet *packet, const struct sek_size *size)
{
	struct sek_wg_seen seen;

	if (sek_shape(packet) != SEK_SHAPE_WIREGUARD)
		return sek_verdict(sek_classify(packet));
	seen = (struct sek_wg_seen){
		.netns_cookie = where->netns_cookie,
		.off = packet->hdr_len,
		.gso_size = view->gso_size,
		.family = sek_family(packet),
		.egress = where->point != SEK_POINT_TC_INGRESS,
		.size = *size,
	};
	return sek_verdict(sek_peer_judge(ctx, &seen));
}

/* Counts one packet where it is. */
static __always_inline void sek_tc_count(struct __sk_buff *ctx, const struct sek_place *where,
					 const struct sek_view *view,
					 const struct sek_packet *packet)
{
	__u32 key = where->slot * SEK_POINT_LINK_NR + where->point;
	struct sek_counters *counters = bpf_map_lookup_elem(&sek_link_count, &key);
	struct sek_size size = { .bytes = view->len - where->outer };
	struct sek_verdict verdict;

	if (sek_count_plain(counters, packet, &size, view->gso_size, false))
		return;
	if (view->gso_size)
		sek_tc_gso(ctx, where->outer, packet, view->gso_size, &size);
	verdict = sek_tc_judge(ctx, where, view, packet, &size);
	sek_count_packet(counters, where->slot, where->point, packet,
			 sek_cell_index(sek_family(packet), verdict.class,
					verdict.certainty),
			 &size, false);
}

/*
 * GRE without a peer of its own: its link header is the outer IP header, with
 * length 0 at egress, and GRE's. The kernel knows where the packet begins.
 */
static __noinline __u32 sek_outer_len(struct __sk_buff *ctx)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(ctx);
	long start = skb->data - skb->head;
	__u32 len;

	/* In 64 bits: the verifier knows these as pointers. */
	barrier_var(start);
	len = skb->network_header - start;
	return len < ctx->len && len <= SEK_OUTER_MAX ? len : 0;
}

static __always_inline void sek_tc_parse(struct __sk_buff *ctx, struct sek_place *where,
					 const struct sek_view *view, struct sek_packet *packet)
{
	struct sek_start start = {
		.ethernet = where->l2 == SEK_L2_ETHERNET,
		.proto = bpf_ntohs(ctx->protocol),
	};
	struct sek_slow slow;

	if (!sek_config.kern_ctx || where->l2 != SEK_L2_OUTER) {
		sek_parse_packet(ctx, false, view, &start, packet);
		return;
	}
	where->outer = sek_outer_len(ctx);
	start.off = where->outer;
	slow = (struct sek_slow){ .start = start, .len = view->len, .cap = view->len };
	sek_parse_skb(ctx, &slow);
	*packet = slow.packet;
}

static __always_inline int sek_tc(struct __sk_buff *ctx, bool egress)
{
	struct sek_view view = {
		.kind = SEK_BYTES_QUICK,
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.len = ctx->len,
		.cap = ctx->len,
		.gso_size = ctx->gso_size,
	};
	struct sek_place where = {};
	struct sek_packet packet;

	sek_locate(ctx, egress, &where);
	sek_tc_parse(ctx, &where, &view, &packet);
	if (!sek_config.kern_ctx && sek_shape(&packet) == SEK_SHAPE_WIREGUARD)
		where.netns_cookie = sek_skb_netns(ctx);
	sek_tc_count(ctx, &where, &view, &packet);
	if (!egress)
		return TC_ACT_UNSPEC;
	if (!sek_config.kern_ctx)
		where.kind = sek_tunnel_kind(ctx);
	sek_tunnel_sender(ctx, where.kind, !ctx->ingress_ifindex);
	/* TCX_NEXT by its older name: whatever else is attached decides. */
	return TC_ACT_UNSPEC;
}

SEC("tc")
int sek_tc_ingress(struct __sk_buff *ctx)
{
	return sek_tc(ctx, false);
}

SEC("tc")
int sek_tc_egress(struct __sk_buff *ctx)
{
	return sek_tc(ctx, true);
}

#endif
