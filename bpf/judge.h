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
	struct sek_verdict verdict = { .class = sek_classify(p) };
	__u32 both;

	if (sek_shape(p) != SEK_SHAPE_WIREGUARD)
		return verdict;
	both = xdp ? sek_wireguard_xdp(ctx, p->hdr_len, netns_cookie, v->cap) :
		     sek_wireguard_skb(ctx, p->hdr_len, netns_cookie, v->cap,
				       v->gso_size);
	verdict.class = both & 0xff;
	verdict.certainty = both >> 8;
	return verdict;
}

#endif
