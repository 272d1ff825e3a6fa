/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cgroup_skb at the root of cgroup2: whose socket sends or receives. Packets
 * begin with their IP header here.
 */
#ifndef SEK_BPF_CGROUP_H
#define SEK_BPF_CGROUP_H

#define SEK_CGROUP_PASS 1

static __always_inline int sek_cgroup(struct __sk_buff *ctx, bool egress)
{
	struct sek_start start = { .proto = bpf_ntohs(ctx->protocol) };
	__u64 netns_cookie = 0, id = bpf_skb_cgroup_id(ctx);
	__u32 key, slot = SEK_SLOT_OVERFLOW;
	struct sek_verdict verdict;
	struct sek_packet packet;
	struct sek_view view = {
		.kind = SEK_BYTES_QUICK,
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.len = ctx->len,
		.cap = ctx->len,
		.gso_size = ctx->gso_size,
	};
	struct sek_size size = { .bytes = view.len };
	struct sek_counters *counters;

	if (id) {
		slot = sek_cgroup_slot(id);
		if (slot == SEK_SLOT_OVERFLOW)
			SEK_STAT(no_cgroup);
	} else {
		SEK_STAT(no_socket);
	}

	sek_parse_packet(ctx, false, &view, &start, &packet);
	key = slot * SEK_POINT_CGROUP_NR + egress;
	counters = bpf_map_lookup_elem(&sek_cgroup_count, &key);
	if (sek_count_plain(counters, &packet, &size, view.gso_size, egress))
		return SEK_CGROUP_PASS;
	if (sek_shape(&packet) == SEK_SHAPE_WIREGUARD)
		netns_cookie = sek_skb_netns(ctx);
	verdict = sek_judge(ctx, false, &view, &packet, netns_cookie);
	if (view.gso_size)
		sek_gso(&size, packet.hdr_len, ctx->gso_segs, view.gso_size);
	sek_count_packet(counters, slot, SEK_POINT_CGROUP_INGRESS + egress, &packet,
			 sek_cell_index(sek_family(&packet), verdict.class,
					verdict.certainty),
			 &size, egress);
	return SEK_CGROUP_PASS;
}

SEC("cgroup_skb/ingress")
int sek_cgroup_ingress(struct __sk_buff *ctx)
{
	return sek_cgroup(ctx, false);
}

SEC("cgroup_skb/egress")
int sek_cgroup_egress(struct __sk_buff *ctx)
{
	return sek_cgroup(ctx, true);
}

#endif
