/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers -> struct sek_packet. Each header is read once, here, and judged
 * afterwards in classify.h. Compiles natively too, for tests and fuzzing:
 * the including file provides struct sek_view, sek_header() and sek_quick().
 *
 * The same code serves two views. The quick one reads the usual packet in
 * place and answers MALFORMED to all that is rare: headers beyond the linear
 * part, VLAN tags, options, extension headers, lengths of zero. The full one
 * then looks again; its answer stands.
 */
#ifndef SEK_BPF_PACKET_H
#define SEK_BPF_PACKET_H

#include "headers.h"

/* Two tags are QinQ; deeper stacks are not IP to us. */
#define SEK_VLAN_MAX 2
/*
 * RFC 8200 knows six extension headers that may stand once each, destination
 * options twice; beyond eight somebody plays with us.
 */
#define SEK_EXT_MAX 8

/**
 * enum sek_shape - how far the headers of a packet could be followed
 *
 * Where headers alone decide, it is the class: nothing is left to be done.
 */
enum sek_shape {
	SEK_SHAPE_TCP = SEK_CLASS_TCP,
	SEK_SHAPE_UDP = SEK_CLASS_UDP,
	SEK_SHAPE_OTHER = SEK_CLASS_OTHER_IP,    /* none of these, or too deep */
	SEK_SHAPE_FRAGMENT = SEK_CLASS_FRAGMENT, /* not the first one */
	SEK_SHAPE_MALFORMED = SEK_CLASS_MALFORMED,
	SEK_SHAPE_ARP = SEK_CLASS_ARP,
	SEK_SHAPE_NON_IP = SEK_CLASS_NON_IP,
	SEK_SHAPE_WIREGUARD = SEK_CLASS_NR, /* UDP that begins with a message type */
	SEK_SHAPE_ICMP,                     /* of the right IP version */
};

/**
 * struct sek_packet - what the headers say
 * @shape: enum sek_shape
 * @family: enum sek_family
 * @icmp: type << 16 | code << 24 of shape ICMP, 0 of others
 * @hdr_len: bytes before the TCP or UDP payload, link header included: what
 *	each segment of a GSO skb repeats; 0 of other shapes
 */
struct sek_packet {
	__u32 shape;
	__u32 family;
	__u32 icmp;
	__u32 hdr_len;
};

static __always_inline __u32 sek_shape(const struct sek_packet *p)
{
	return p->shape;
}

static __always_inline __u32 sek_family(const struct sek_packet *p)
{
	return p->family;
}

static __always_inline __u32 sek_icmp_type(const struct sek_packet *p)
{
	return p->icmp >> 16 & 0xff;
}

static __always_inline __u32 sek_icmp_code(const struct sek_packet *p)
{
	return p->icmp >> 24;
}

/* The parsers return shape | family << 8, one word for one register. */
#define SEK_NO_IP(shape) ((shape) | SEK_FAMILY_NONE << 8)

/**
 * struct sek_start - where the first header of a packet is
 * @ethernet: an Ethernet header at 0; the rest is unused then
 * @proto: ethertype of what is at @off, host order; 0: IP, see its version
 * @off: in bytes
 */
struct sek_start {
	bool ethernet;
	__u16 proto;
	__u32 off;
};

/* What the walk through the headers carries from one to the next. */
struct sek_cursor {
	__u32 off;    /* of the next header */
	__u32 left;   /* bytes from there to the end of the IP packet */
	__u32 family; /* enum sek_family << 8 */
	__u8 proto;   /* protocol of the next header */
	__u16 first;  /* not 0: a first fragment, lengths exceed what is here */
	bool jumbo;   /* the IPv6 length field did not suffice */
};

/*
 * More than any walk can reach: link header, IPv6 header and SEK_EXT_MAX times
 * 2,048 bytes. A mask, so that the verifier sees the bound.
 */
#define SEK_OFF_MASK 0x7fff

/* A packet that claims to be IP but is not: its version tells the family. */
static __always_inline __u32 sek_parse_broken(const struct sek_view *v, __u32 off)
{
	__u8 buf, *version;

	if (sek_quick(v))
		return SEK_SHAPE_MALFORMED;
	version = sek_header(v, off, 1, &buf);
	if (version && *version >> 4 == 4)
		return SEK_SHAPE_MALFORMED | SEK_FAMILY_IPV4 << 8;
	if (version && *version >> 4 == 6)
		return SEK_SHAPE_MALFORMED | SEK_FAMILY_IPV6 << 8;
	return SEK_NO_IP(SEK_SHAPE_MALFORMED);
}

static __always_inline bool sek_is_ext(const struct sek_cursor *c)
{
	if (c->proto == SEK_PROTO_AH)
		return true;
	return c->family == SEK_FAMILY_IPV6 << 8 &&
	       (c->proto == SEK_PROTO_HOPOPTS || c->proto == SEK_PROTO_ROUTING ||
		c->proto == SEK_PROTO_FRAGMENT || c->proto == SEK_PROTO_DSTOPTS);
}

/**
 * sek_walk() - step over extension headers, SEK_EXT_MAX at most
 * @v: packet
 * @c: at the first of them; in the end at what follows, which is an extension
 *	header still if there were more
 *
 * Return: OTHER to go on, or FRAGMENT or MALFORMED where the way ends
 */
static __always_inline __u32 sek_walk(const struct sek_view *v, struct sek_cursor *c)
{
	struct sek_ext_hdr buf, *ext;
	__u32 len;
	int i;

	for (i = 0; i < SEK_EXT_MAX && sek_is_ext(c); i++) {
		if (c->left < sizeof(*ext))
			return SEK_SHAPE_MALFORMED;
		ext = sek_header(v, c->off, sizeof(*ext), &buf);
		if (!ext)
			return SEK_SHAPE_MALFORMED;
		len = (ext->len + 1) * 8; /* RFC 8200, 4.3 */
		if (c->proto == SEK_PROTO_FRAGMENT) {
			__u16 frag_off = bpf_ntohs(ext->frag_off);

			len = sizeof(*ext);
			if (frag_off & SEK_IPV6_OFFSET)
				return SEK_SHAPE_FRAGMENT;
			/* No branch: it would double what follows for the verifier. */
			c->first |= frag_off & SEK_IPV6_MF;
		} else if (c->proto == SEK_PROTO_AH) {
			len = (ext->len + 2) * 4; /* RFC 4302, 2.2 */
		}
		if (len > c->left)
			return SEK_SHAPE_MALFORMED;
		c->proto = ext->nexthdr;
		c->off += len;
		c->left -= len;
	}
	c->off &= SEK_OFF_MASK;
	return SEK_SHAPE_OTHER;
}

static __always_inline __u32 sek_le32(__u32 word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return __builtin_bswap32(word);
#else
	return word;
#endif
}

/* Payload of a UDP datagram, in bytes, or -1 if its length is impossible. */
static __always_inline __s32 sek_udp_payload(const struct sek_cursor *c,
					     const struct sek_udp_hdr *udp)
{
	__u32 len = bpf_ntohs(udp->len);

	if (c->jumbo && !len)
		len = c->left;
	if (len < sizeof(*udp))
		return -1;
	if (len > c->left) {
		if (!c->first)
			return -1;
		/* What is padding behind a fragment must not look like a message. */
		if (c->left < sizeof(*udp) + sizeof(__u32))
			return 0;
	}
	return len - sizeof(*udp);
}

static __always_inline __u32 sek_parse_udp(const struct sek_view *v,
					   struct sek_packet *p,
					   const struct sek_cursor *c)
{
	struct sek_udp_hdr buf, *udp;
	__u32 type_buf, *type;
	__s32 len;

	if (c->left < sizeof(*udp))
		return SEK_SHAPE_MALFORMED;
	udp = sek_header(v, c->off, sizeof(*udp), &buf);
	if (!udp)
		return SEK_SHAPE_MALFORMED;
	len = sek_udp_payload(c, udp);
	if (len < 0)
		return SEK_SHAPE_MALFORMED;

	p->hdr_len = c->off + sizeof(*udp);
	if (len < SEK_WIREGUARD_MIN)
		return SEK_SHAPE_UDP;
	type = sek_header(v, p->hdr_len, sizeof(*type), &type_buf);
	if (!type)
		return sek_quick(v) ? SEK_SHAPE_MALFORMED : SEK_SHAPE_UDP;
	return sek_le32(*type) - 1 < SEK_WIREGUARD_TYPE_MAX ?
		       SEK_SHAPE_WIREGUARD :
		       SEK_SHAPE_UDP;
}

static __always_inline __u32 sek_parse_tcp(const struct sek_view *v,
					   struct sek_packet *p,
					   const struct sek_cursor *c)
{
	struct sek_tcp_hdr buf, *tcp;
	__u32 len;

	if (c->left < sizeof(*tcp))
		return SEK_SHAPE_MALFORMED;
	tcp = sek_header(v, c->off, sizeof(*tcp), &buf);
	if (!tcp)
		return SEK_SHAPE_MALFORMED;
	len = (tcp->doff_ns >> 4) * 4;
	if (len < sizeof(*tcp) || len > c->left)
		return SEK_SHAPE_MALFORMED;
	p->hdr_len = c->off + len;
	return SEK_SHAPE_TCP;
}

/* Shape by the header that says what an IP packet carries. */
static __always_inline __u32 sek_parse_l4(const struct sek_view *v,
					  struct sek_packet *p,
					  const struct sek_cursor *c)
{
	__u8 icmp = c->family == SEK_FAMILY_IPV4 << 8 ? SEK_PROTO_ICMP :
							SEK_PROTO_ICMPV6;
	struct sek_icmp_hdr buf, *hdr;

	if (c->proto == SEK_PROTO_TCP)
		return sek_parse_tcp(v, p, c);
	if (c->proto == SEK_PROTO_UDP)
		return sek_parse_udp(v, p, c);
	if (c->proto != icmp)
		return SEK_SHAPE_OTHER;

	if (c->left < sizeof(*hdr))
		return SEK_SHAPE_MALFORMED;
	hdr = sek_header(v, c->off, sizeof(*hdr), &buf);
	if (!hdr)
		return SEK_SHAPE_MALFORMED;
	p->icmp = hdr->type << 16 | (__u32)hdr->code << 24;
	return SEK_SHAPE_ICMP;
}

/* What follows the IP header, extension headers first. */
static __always_inline __u32 sek_parse_payload(const struct sek_view *v,
					       struct sek_packet *p,
					       struct sek_cursor *c)
{
	__u32 shape;

	if (sek_is_ext(c)) {
		if (sek_quick(v))
			return SEK_SHAPE_MALFORMED;
		shape = sek_walk(v, c);
		if (shape != SEK_SHAPE_OTHER)
			return c->family | shape;
	}
	return c->family | sek_parse_l4(v, p, c);
}

static __always_inline __u32 sek_parse_ipv4(const struct sek_view *v,
					    struct sek_packet *p, __u32 off)
{
	struct sek_cursor c = { .family = SEK_FAMILY_IPV4 << 8 };
	__u32 hdr_len = sizeof(struct sek_ipv4_hdr), tot_len;
	struct sek_ipv4_hdr buf, *ip;

	ip = sek_header(v, off, sizeof(*ip), &buf);
	if (!ip || v->len < off)
		return sek_parse_broken(v, off);
	if (ip->version_ihl != 0x45) {
		hdr_len = (ip->version_ihl & 0xf) * 4;
		if (sek_quick(v) || ip->version_ihl >> 4 != 4 ||
		    hdr_len < sizeof(*ip))
			return sek_parse_broken(v, off);
	}

	c.proto = ip->protocol;
	tot_len = bpf_ntohs(ip->tot_len);
	/* TSO and BIG TCP leave it zero, for the segments to fill in. */
	if (!sek_quick(v) && !tot_len && c.proto == SEK_PROTO_TCP)
		tot_len = v->len - off;
	if (tot_len < hdr_len || tot_len > v->len - off)
		return sek_parse_broken(v, off);

	if (ip->frag_off & bpf_htons(SEK_IPV4_OFFSET))
		return c.family | SEK_SHAPE_FRAGMENT;
	c.first = ip->frag_off & bpf_htons(SEK_IPV4_MF);
	c.off = off + hdr_len;
	c.left = tot_len - hdr_len;
	return sek_parse_payload(v, p, &c);
}

/* Length of an IPv6 payload whose length field is zero, or 0 if it is none. */
static __always_inline __u32 sek_parse_jumbo(const struct sek_view *v, __u8 nexthdr,
					     __u32 off)
{
	struct sek_ext_hdr buf, *hop;
	__u64 len;

	/* Newer kernels send BIG TCP without the option. */
	if (nexthdr == SEK_PROTO_TCP)
		return v->len - off;
	if (nexthdr != SEK_PROTO_HOPOPTS)
		return 0;
	hop = sek_header(v, off, sizeof(*hop), &buf);
	if (!hop || bpf_ntohs(hop->frag_off) != (SEK_OPT_JUMBO << 8 | 4))
		return 0;
	len = bpf_ntohl(hop->rest);
	/*
	 * RFC 2675, 3: what fits the header's own field must stand there. If it
	 * does, the length is impossible: all ones. A branch here would be all of
	 * what follows once more for the verifier.
	 */
	return len | (__s64)(len - SEK_JUMBO_MIN) >> 63;
}

static __always_inline __u32 sek_parse_ipv6(const struct sek_view *v,
					    struct sek_packet *p, __u32 off)
{
	struct sek_cursor c = { .family = SEK_FAMILY_IPV6 << 8 };
	struct sek_ipv6_hdr buf, *ip;

	ip = sek_header(v, off, sizeof(*ip), &buf);
	c.off = off + sizeof(*ip);
	if (!ip || v->len < c.off || (ip->version_class & 0xf0) != 0x60)
		return sek_parse_broken(v, off);

	c.proto = ip->nexthdr;
	c.left = bpf_ntohs(ip->payload_len);
	if (!c.left && !sek_quick(v)) {
		c.left = sek_parse_jumbo(v, c.proto, c.off);
		c.jumbo = c.left;
	}
	if (c.left > v->len - c.off)
		return sek_parse_broken(v, off);
	return sek_parse_payload(v, p, &c);
}

static __always_inline bool sek_is_vlan(__u16 proto)
{
	return proto == SEK_ETH_8021Q || proto == SEK_ETH_8021AD ||
	       proto == SEK_ETH_QINQ;
}

/* Everything behind the link header. */
static __always_inline __u32 sek_parse_l3(const struct sek_view *v,
					  struct sek_packet *p, __u16 proto,
					  __u32 off)
{
	struct sek_vlan_hdr vlan_buf, *vlan;
	struct sek_arp_hdr arp;
	int i;

	for (i = 0; !sek_quick(v) && i < SEK_VLAN_MAX && sek_is_vlan(proto); i++) {
		vlan = sek_header(v, off, sizeof(*vlan), &vlan_buf);
		if (!vlan)
			return SEK_NO_IP(SEK_SHAPE_MALFORMED);
		proto = bpf_ntohs(vlan->proto);
		off += sizeof(*vlan);
	}
	if (proto == SEK_ETH_IPV4)
		return sek_parse_ipv4(v, p, off);
	if (proto == SEK_ETH_IPV6)
		return sek_parse_ipv6(v, p, off);
	if (sek_quick(v) && sek_is_vlan(proto))
		return SEK_SHAPE_MALFORMED;
	if (proto != SEK_ETH_ARP)
		return SEK_NO_IP(SEK_SHAPE_NON_IP);
	return sek_header(v, off, sizeof(arp), &arp) ?
		       SEK_NO_IP(SEK_SHAPE_ARP) :
		       SEK_NO_IP(SEK_SHAPE_MALFORMED);
}

/**
 * sek_parse() - read the headers of a packet
 * @v: its bytes
 * @start: what comes first
 * @p: filled in; of shape MALFORMED from a quick view, try a full one
 */
static __always_inline void sek_parse(const struct sek_view *v,
				      const struct sek_start *start,
				      struct sek_packet *p)
{
	__u32 off = start->off, what;
	__u16 proto = start->proto;

	p->shape = SEK_SHAPE_MALFORMED;
	p->family = SEK_FAMILY_NONE;
	p->icmp = 0;
	p->hdr_len = 0;
	if (start->ethernet) {
		struct sek_eth_hdr buf, *eth;

		eth = sek_header(v, 0, sizeof(*eth), &buf);
		if (!eth)
			return;
		proto = bpf_ntohs(eth->proto);
		off = sizeof(*eth);
	} else if (!proto) {
		__u8 buf, *version = sek_header(v, off, 1, &buf);

		proto = version && *version >> 4 == 6 ? SEK_ETH_IPV6 :
							SEK_ETH_IPV4;
	}
	what = sek_parse_l3(v, p, proto, off);
	p->shape = what & 0xff;
	p->family = what >> 8;
}

#endif
