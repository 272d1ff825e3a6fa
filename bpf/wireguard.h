/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How sure a WireGuard class is. Only UDP packets that begin with a message
 * type come here, so the lookups cost other traffic nothing.
 */
#ifndef SEK_BPF_WIREGUARD_H
#define SEK_BPF_WIREGUARD_H

/* What sek_port_ids has of a port; NULL: it is not WireGuard's. */
static __always_inline const __u32 *sek_port_device(__u64 netns_cookie, __u16 port)
{
	struct sek_port_key key = { .netns_cookie = netns_cookie, .port = port };
	__u32 zero = 0, at = port;
	struct sek_ports *ports;

	/* Not every verifier knows that a port out of a header has 16 bits. */
	barrier_var(at);
	at &= 0xffff;
	ports = bpf_map_lookup_elem(&sek_ports, &zero);
	if (!ports || !(ports->bit[at / 64] >> (at % 64) & 1))
		return NULL;
	return bpf_map_lookup_elem(&sek_port_ids, &key);
}

static __always_inline void sek_session_add(__u32 index)
{
	__u32 one = 1;

	bpf_map_update_elem(&sek_sessions, &index, &one, BPF_ANY);
}

static __always_inline bool sek_session_known(__u32 index)
{
	return bpf_map_lookup_elem(&sek_sessions, &index);
}

/* Whether a handshake announced the index that a message is sent to. */
static __always_inline bool sek_session_of(const struct sek_message *m)
{
	if (!m->whole || m->hdr.type == SEK_WIREGUARD_INITIATION)
		return false;
	return sek_session_known(m->hdr.type == SEK_WIREGUARD_RESPONSE ?
					 m->hdr.word :
					 m->hdr.index);
}

/* Class | certainty << 8 of a message; @known: one of its ports is a WireGuard socket's here. */
static __always_inline int sek_judge_message(const struct sek_message *m, bool known)
{
	__u32 class, certainty = SEK_CERTAINTY_SHAPE;

	if (known)
		certainty = SEK_CERTAINTY_KNOWN;
	else if (sek_session_of(m))
		certainty = SEK_CERTAINTY_TRACKED;
	class = sek_classify_wireguard(m, certainty != SEK_CERTAINTY_SHAPE);
	if (class == SEK_CLASS_UDP)
		return SEK_CLASS_UDP;
	if (m->whole && (class == SEK_CLASS_WIREGUARD_INITIATION ||
			 class == SEK_CLASS_WIREGUARD_RESPONSE))
		sek_session_add(m->hdr.index);
	return class | certainty << 8;
}

/* The same of a packet of shape WIREGUARD, by its bytes and by what is known of sockets. */
static __always_inline int sek_judge_wireguard(const struct sek_view *v,
					       __u32 off, __u64 netns_cookie)
{
	struct sek_message m;

	if (!sek_read_message(v, off, &m))
		return SEK_CLASS_UDP;
	return sek_judge_message(&m, sek_port_device(netns_cookie, m.dport) ||
					     sek_port_device(netns_cookie, m.sport));
}

/* Out of line, as slow.h: the hot path keeps its registers. */
__noinline int sek_wireguard_skb(struct __sk_buff *ctx, __u32 off,
				 __u64 netns_cookie, __u32 cap, __u32 gso_size)
{
	struct sek_view view = {
		.kind = SEK_BYTES_SKB,
		.ctx = ctx,
		.cap = cap,
		.gso_size = gso_size,
	};

	return sek_judge_wireguard(&view, off, netns_cookie);
}

__noinline int sek_wireguard_xdp(struct xdp_md *ctx, __u32 off,
				 __u64 netns_cookie, __u32 cap)
{
	struct sek_view view = { .kind = SEK_BYTES_XDP, .ctx = ctx, .cap = cap };

	return sek_judge_wireguard(&view, off, netns_cookie);
}

#endif
