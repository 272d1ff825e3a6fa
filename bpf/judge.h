/* SPDX-License-Identifier: GPL-2.0-only */
/* The verdict on a parsed packet. */
#ifndef SEK_BPF_JUDGE_H
#define SEK_BPF_JUDGE_H

/**
 * struct sek_verdict - what one packet turned out to be
 * @class: enum sek_class
 * @certainty: enum sek_certainty
 */
struct sek_verdict {
	__u32 class;
	__u32 certainty;
};

/* @both: class | certainty << 8 */
static __always_inline struct sek_verdict sek_verdict(__u32 both)
{
	return (struct sek_verdict){ .class = both & 0xff, .certainty = both >> 8 };
}

/**
 * sek_judge() - class and certainty of a parsed packet
 * @ctx: of the program
 * @xdp: @ctx is a struct xdp_md; a compile-time constant
 * @v: its bytes
 * @p: its headers
 * @netns_cookie: where it is seen, for the certainty of WireGuard
 *
 * Return: the verdict.
 */
static __always_inline struct sek_verdict
sek_judge(void *ctx, bool xdp, const struct sek_view *v,
	  const struct sek_packet *p, __u64 netns_cookie)
{
	int both;

	if (sek_shape(p) != SEK_SHAPE_WIREGUARD)
		return sek_verdict(sek_classify(p));
	if (xdp)
		both = sek_wireguard_xdp(ctx, p->hdr_len, netns_cookie, v->cap);
	else
		both = sek_wireguard_skb(ctx, p->hdr_len, netns_cookie, v->cap, v->gso_size);
	return sek_verdict(both);
}

#endif
