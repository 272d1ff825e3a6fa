// SPDX-License-Identifier: GPL-2.0-only
/* Both ends of a forwarded packet's way. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

/* Link header and all of the IP header that a router changes, of either family. */
#define WORDS 5

/* Of the packets that are measured; what else a host sends has other lengths. */
const volatile __u32 frame_len;

__u64 head[WORDS];
__u64 arrived;

/* The clock is read when so many frames have been sent. */
__u64 sent;
__u64 stamp_at[2];
__u64 stamp[2];

/*
 * For BPF_F_TEST_XDP_LIVE_FRAMES, which uses its pages again as the router
 * left them, with other addresses and a TTL that has nearly expired.
 */
SEC("xdp")
int inject(struct xdp_md *ctx)
{
	__u64 *frame = (void *)(long)ctx->data;

	if ((void *)(frame + WORDS) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	for (int i = 0; i < WORDS; i++)
		frame[i] = head[i];
	for (int i = 0; i < 2; i++) {
		if (sent == stamp_at[i])
			stamp[i] = bpf_ktime_get_ns();
	}
	sent++;
	return XDP_PASS;
}

SEC("tc")
int sink(struct __sk_buff *ctx)
{
	if (ctx->len == frame_len)
		__sync_fetch_and_add(&arrived, 1);
	return TC_ACT_SHOT;
}

/* What the hook itself takes. */
SEC("tc")
int empty(struct __sk_buff *ctx __attribute__((unused)))
{
	return TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
