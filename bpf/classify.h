/* SPDX-License-Identifier: GPL-2.0-only */
/* struct sek_packet -> enum sek_class. Pure: no map, no context, no state. */
#ifndef SEK_BPF_CLASSIFY_H
#define SEK_BPF_CLASSIFY_H

/* Message types and the exact lengths of all but the last (bytes of UDP). */
#define SEK_WIREGUARD_INITIATION 1
#define SEK_WIREGUARD_RESPONSE 2
#define SEK_WIREGUARD_COOKIE 3
#define SEK_WIREGUARD_DATA 4
#define SEK_WIREGUARD_INITIATION_LEN 148
#define SEK_WIREGUARD_RESPONSE_LEN 92
#define SEK_WIREGUARD_COOKIE_LEN 64

/* ICMP, RFC 792, and ICMPv6, RFC 4443 and 4861 */
#define SEK_ICMP_ECHO_REPLY 0
#define SEK_ICMP_UNREACHABLE 3
#define SEK_ICMP_REDIRECT 5
#define SEK_ICMP_ECHO_REQUEST 8
#define SEK_ICMP_TIME_EXCEEDED 11
#define SEK_ICMP_CODE_TOO_BIG 4 /* fragmentation needed, RFC 1191 */
#define SEK_ICMPV6_UNREACHABLE 1
#define SEK_ICMPV6_TOO_BIG 2
#define SEK_ICMPV6_TIME_EXCEEDED 3
#define SEK_ICMPV6_ECHO_REQUEST 128
#define SEK_ICMPV6_ECHO_REPLY 129
#define SEK_ICMPV6_ROUTER_SOLICIT 133
#define SEK_ICMPV6_NEIGHBOR_ADVERT 136
#define SEK_ICMPV6_REDIRECT 137

/**
 * struct sek_message - a UDP datagram that begins like a WireGuard message
 * @len: bytes of UDP payload
 * @sport: source port
 * @dport: destination port
 * @whole: all of @hdr is there; otherwise the type alone, and a counter that no
 *	shape allows
 * @hdr: start of the payload, in host order
 */
struct sek_message {
	__u32 len;
	__u16 sport;
	__u16 dport;
	bool whole;
	struct sek_wireguard_hdr hdr;
};

/**
 * sek_read_message() - the message of a packet of shape WIREGUARD
 * @v: its bytes
 * @off: of the UDP payload
 * @m: filled in
 *
 * A capture, or a first fragment, may end within the header: the type and the
 * length still tell a handshake.
 *
 * Return: false if its type was not captured
 */
static __always_inline bool sek_read_message(const struct sek_view *v,
					     __u32 off, struct sek_message *m)
{
	struct sek_udp_hdr udp_buf, *udp;
	struct sek_wireguard_hdr wg_buf, *wg;
	__u32 type_buf, *type;

	udp = sek_header(v, off - sizeof(*udp), sizeof(*udp), &udp_buf);
	if (!udp)
		return false;
	m->len = bpf_ntohs(udp->len) - sizeof(*udp);
	/* Of a GSO skb, each segment is a datagram of its own. */
	if (v->gso_size && v->gso_size < m->len)
		m->len = v->gso_size;
	m->sport = bpf_ntohs(udp->sport);
	m->dport = bpf_ntohs(udp->dport);
	wg = sek_header(v, off, sizeof(*wg), &wg_buf);
	m->whole = wg;
	if (!wg) {
		type = sek_header(v, off, sizeof(*type), &type_buf);
		if (!type)
			return false;
		m->hdr = (struct sek_wireguard_hdr){ .type = sek_le32(*type),
						     .high = ~0U };
		return true;
	}
	m->hdr.type = sek_le32(wg->type);
	m->hdr.index = sek_le32(wg->index);
	m->hdr.word = sek_le32(wg->word);
	m->hdr.high = sek_le32(wg->high);
	return true;
}

/**
 * sek_classify_wireguard() - class of a WireGuard message
 * @m: the message
 * @trusted: something other than its bytes says that it is WireGuard
 *
 * An untrusted data message also needs a counter below 2^40, which no session
 * of a few minutes reaches: public captures hold DNS, RTP and QUIC that begin
 * like one.
 *
 * Return: enum sek_class, UDP if it is none
 */
static __always_inline __u32
sek_classify_wireguard(const struct sek_message *m, bool trusted)
{
	switch (m->hdr.type) {
	case SEK_WIREGUARD_INITIATION:
		if (m->len == SEK_WIREGUARD_INITIATION_LEN)
			return SEK_CLASS_WIREGUARD_INITIATION;
		break;
	case SEK_WIREGUARD_RESPONSE:
		if (m->len == SEK_WIREGUARD_RESPONSE_LEN)
			return SEK_CLASS_WIREGUARD_RESPONSE;
		break;
	case SEK_WIREGUARD_COOKIE:
		if (m->len == SEK_WIREGUARD_COOKIE_LEN)
			return SEK_CLASS_WIREGUARD_COOKIE;
		break;
	case SEK_WIREGUARD_DATA:
		if (m->len < SEK_WIREGUARD_MIN || (!trusted && m->hdr.high >> 8))
			break;
		return m->len == SEK_WIREGUARD_MIN ?
			       SEK_CLASS_WIREGUARD_KEEPALIVE :
			       SEK_CLASS_WIREGUARD_DATA;
	}
	return SEK_CLASS_UDP;
}

static __always_inline __u32 sek_classify_icmp(const struct sek_packet *p)
{
	switch (sek_icmp_type(p)) {
	case SEK_ICMP_ECHO_REQUEST:
		return SEK_CLASS_ICMP_ECHO_REQUEST;
	case SEK_ICMP_ECHO_REPLY:
		return SEK_CLASS_ICMP_ECHO_REPLY;
	case SEK_ICMP_UNREACHABLE:
		return sek_icmp_code(p) == SEK_ICMP_CODE_TOO_BIG ?
			       SEK_CLASS_ICMP_TOO_BIG :
			       SEK_CLASS_ICMP_UNREACHABLE;
	case SEK_ICMP_TIME_EXCEEDED:
		return SEK_CLASS_ICMP_TIME_EXCEEDED;
	case SEK_ICMP_REDIRECT:
		return SEK_CLASS_ICMP_REDIRECT;
	}
	return SEK_CLASS_ICMP_OTHER;
}

static __always_inline __u32 sek_classify_icmpv6(const struct sek_packet *p)
{
	switch (sek_icmp_type(p)) {
	case SEK_ICMPV6_ECHO_REQUEST:
		return SEK_CLASS_ICMP_ECHO_REQUEST;
	case SEK_ICMPV6_ECHO_REPLY:
		return SEK_CLASS_ICMP_ECHO_REPLY;
	case SEK_ICMPV6_UNREACHABLE:
		return SEK_CLASS_ICMP_UNREACHABLE;
	case SEK_ICMPV6_TOO_BIG:
		return SEK_CLASS_ICMP_TOO_BIG;
	case SEK_ICMPV6_TIME_EXCEEDED:
		return SEK_CLASS_ICMP_TIME_EXCEEDED;
	case SEK_ICMPV6_REDIRECT:
		return SEK_CLASS_ICMP_REDIRECT;
	case SEK_ICMPV6_ROUTER_SOLICIT ... SEK_ICMPV6_NEIGHBOR_ADVERT:
		return SEK_CLASS_ICMP_NEIGHBOR;
	}
	return SEK_CLASS_ICMP_OTHER;
}

/**
 * sek_classify() - what a packet is, by its headers alone
 * @p: filled by sek_parse()
 *
 * Return: enum sek_class; UDP for the shape WIREGUARD, whose message is to be
 * judged by sek_classify_wireguard()
 */
static __always_inline __u32 sek_classify(const struct sek_packet *p)
{
	if (sek_shape(p) == SEK_SHAPE_ICMP)
		return sek_family(p) == SEK_FAMILY_IPV4 ? sek_classify_icmp(p) :
							  sek_classify_icmpv6(p);
	if (sek_shape(p) == SEK_SHAPE_WIREGUARD)
		return SEK_CLASS_UDP;
	return sek_shape(p);
}

#endif
