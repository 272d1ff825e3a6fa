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
	struct sek_counters *counters;
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
	key = slot * SEK_POINT_LINK_NR + SEK_POINT_XDP;
	counters = bpf_map_lookup_elem(&sek_link_count, &key);
	if (sek_count_plain(counters, &packet, &size, 0, false))
		return XDP_PASS;
	verdict = sek_judge(ctx, true, &view, &packet, netns_cookie);
	sek_count_packet(counters, slot, SEK_POINT_XDP, &packet,
			 sek_cell_index(sek_family(&packet), verdict.class,
					verdict.certainty),
			 &size, false);
	return XDP_PASS;
}

/*
 * The same over a capture, by PROG_TEST_RUN: XDP, because there the kernel takes
 * more than a page. struct sek_capture_in comes as metadata; the verdict goes
 * out as the return value, see SEK_CAPTURE_DONE.
 */
SEC("xdp.frags")
int sek_xdp_capture(struct xdp_md *ctx)
{
	const struct sek_capture_in *in = (void *)(long)ctx->data_meta;
	__u32 key = SEK_POINT_XDP;
	struct sek_verdict verdict;
	struct sek_size size = {};
	struct sek_view view = {};
	struct sek_slow slow = {};

	if ((const void *)(in + 1) > (const void *)(long)ctx->data)
		return 0;
	slow.start.ethernet = !in->start;
	slow.start.off = (in->start & ~SEK_CAPTURE_START) >> 16;
	slow.start.proto = in->start;
	slow.len = view.len = size.bytes = in->orig_len;
	slow.cap = view.cap = in->cap_len;

	sek_parse_xdp(ctx, &slow);
	verdict = sek_judge(ctx, true, &view, &slow.packet, 0);
	sek_count_packet(bpf_map_lookup_elem(&sek_link_count, &key), 0,
			 SEK_POINT_XDP, &slow.packet,
			 sek_cell_index(sek_family(&slow.packet), verdict.class,
					verdict.certainty),
			 &size, false);
	return sek_family(&slow.packet) | verdict.certainty << 2 | verdict.class << 8 |
	       SEK_CAPTURE_DONE | slow.packet.icmp;
}

#endif
