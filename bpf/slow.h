/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The full view: headers beyond the linear part, VLAN tags, options, extension
 * headers, captures. Global functions, which the verifier checks once and not
 * again for each way that leads there.
 */
#ifndef SEK_BPF_SLOW_H
#define SEK_BPF_SLOW_H

/**
 * struct sek_slow - what goes in and comes out
 * @start: in: where the first header is
 * @len: in: bytes of the packet
 * @cap: in: bytes of it that there are
 * @packet: out
 */
struct sek_slow {
	struct sek_start start;
	__u32 len;
	__u32 cap;
	struct sek_packet packet;
};

static __always_inline int sek_parse_slow(void *ctx, __u32 kind,
					  struct sek_slow *slow)
{
	struct sek_view view = {
		.kind = kind,
		.ctx = ctx,
		.len = slow->len,
		.cap = slow->cap,
	};

	sek_parse(&view, &slow->start, &slow->packet);
	return 0;
}

__noinline int sek_parse_skb(struct __sk_buff *ctx, struct sek_slow *slow)
{
	return slow ? sek_parse_slow(ctx, SEK_BYTES_SKB, slow) : -1;
}

__noinline int sek_parse_xdp(struct xdp_md *ctx, struct sek_slow *slow)
{
	return slow ? sek_parse_slow(ctx, SEK_BYTES_XDP, slow) : -1;
}

/**
 * sek_inner_end() - headers of a tunnel's GSO skb, which its segments repeat
 * @v: full view
 * @ip: where the inner IP header is
 * @l4: where the inner TCP or UDP header is
 *
 * Our parser stops at the outer ones; the kernel has noted where these are.
 *
 * Return: where the inner TCP or UDP header ends, or 0.
 */
static __always_inline __u32 sek_inner_end(const struct sek_view *v, __u32 ip,
					   __u32 l4)
{
	__u8 buf, *byte = sek_header(v, ip, 1, &buf);

	if (!byte)
		return 0;
	ip += *byte >> 4 == 6 ? offsetof(struct sek_ipv6_hdr, nexthdr) :
				offsetof(struct sek_ipv4_hdr, protocol);
	byte = sek_header(v, ip, 1, &buf);
	if (byte && *byte == SEK_PROTO_UDP)
		return l4 + sizeof(struct sek_udp_hdr);
	byte = sek_header(v, l4 + offsetof(struct sek_tcp_hdr, doff_ns), 1, &buf);
	return byte ? l4 + (*byte >> 4) * 4 : 0;
}

/**
 * sek_parse_packet() - quick, and in full where that does not suffice
 * @ctx: of the program
 * @xdp: @ctx is a struct xdp_md; a compile-time constant
 * @v: quick view
 * @start: where the first header is
 * @p: filled in
 */
static __always_inline void sek_parse_packet(void *ctx, bool xdp,
					     const struct sek_view *v,
					     const struct sek_start *start,
					     struct sek_packet *p)
{
	struct sek_slow slow;

	sek_parse(v, start, p);
	if (sek_shape(p) != SEK_SHAPE_MALFORMED)
		return;
	slow = (struct sek_slow){
		.start = *start,
		.len = v->len,
		.cap = v->len,
	};
	if (xdp)
		sek_parse_xdp(ctx, &slow);
	else
		sek_parse_skb(ctx, &slow);
	*p = slow.packet;
}

#endif
