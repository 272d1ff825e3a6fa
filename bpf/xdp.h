/* SPDX-License-Identifier: GPL-2.0-only */
/* XDP: frames as they arrive, before GRO. */
#ifndef SEK_BPF_XDP_H
#define SEK_BPF_XDP_H

SEC("xdp.frags")
int sek_xdp(struct xdp_md *ctx)
{
	__u32 key, len = bpf_xdp_get_buff_len(ctx), slot = SEK_SLOT_OVERFLOW;
	struct sek_start start = { .ethernet = true };
	struct sek_size size = { .bytes = len };
	const struct sek_link_id *id;
	struct sek_verdict verdict;
	struct sek_packet packet;
	struct xdp_buff *xdp;
	__u64 netns_cookie;
	struct sek_view view = {
		.kind = SEK_BYTES_QUICK,
		.data = (void *)(long)ctx->data,
		.data_end = (void *)(long)ctx->data_end,
		.len = len,
		.cap = len,
	};

	if (sek_config.kern_ctx) {
		xdp = bpf_cast_to_kern_ctx(ctx);
		netns_cookie = xdp->rxq->dev->nd_net.net->net_cookie;
	} else {
		xdp = (void *)ctx;
		netns_cookie = BPF_CORE_READ(xdp, rxq, dev, nd_net.net,
					     net_cookie);
	}
	id = sek_link_find(netns_cookie, ctx->ingress_ifindex);
	if (id) {
		slot = id->slot;
		start.ethernet = id->l2 == SEK_L2_ETHERNET;
	} else {
		SEK_STAT(no_link);
	}

	sek_parse_packet(ctx, true, &view, &start, &packet);
	verdict = sek_judge(ctx, true, &view, &packet, netns_cookie);
	key = slot * SEK_POINT_LINK_NR + SEK_POINT_XDP;
	sek_count_packet(bpf_map_lookup_elem(&sek_link_count, &key), slot,
			 SEK_POINT_XDP, &packet,
			 sek_cell_index(sek_family(&packet), verdict.class,
					verdict.certainty),
			 &size, false);
	return XDP_PASS;
}

#endif
