/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs' parser and classifier, compiled for this machine: over flat
 * memory of which a part may be "linear", as an skb's.
 */
#ifndef SEK_SELFTESTS_NATIVE_H
#define SEK_SELFTESTS_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>

#include "../../user/lib/capture.h"
#include "sekisho/abi.h"

/** enum sek_bytes - how much of the packet the parser sees */
enum sek_bytes {
	SEK_BYTES_QUICK, /* the linear part */
	SEK_BYTES_FULL,	 /* all of it */
};

/**
 * struct sek_view - a packet
 * @kind: enum sek_bytes
 * @data: its bytes, at any alignment
 * @linear: bytes of them in the linear part, at most @cap
 * @len: bytes of the packet on the wire
 * @cap: bytes that there are, at most @len
 * @gso_size: as in the programs
 */
struct sek_view {
	enum sek_bytes kind;
	const __u8 *data;
	__u32 linear;
	__u32 len;
	__u32 cap;
	__u32 gso_size;
};

/* Copies in both views, so that @data needs no alignment. */
static __always_inline void *sek_header(const struct sek_view *v, __u32 off, __u32 len, void *buf)
{
	__u32 there = v->kind == SEK_BYTES_QUICK ? v->linear : v->cap;

	if (len > there || off > there - len)
		return NULL;
	return memcpy(buf, v->data + off, len);
}

static __always_inline bool sek_quick(const struct sek_view *v)
{
	return v->kind == SEK_BYTES_QUICK;
}

#include "../../bpf/packet.h"
#include "../../bpf/classify.h"

/**
 * struct sek_native - what a packet is
 * @family: enum sek_family
 * @class: enum sek_class
 * @icmp_type: 0 unless it is ICMP
 * @icmp_code: likewise
 * @hdr_len: as in struct sek_packet
 */
struct sek_native {
	__u32 family;
	__u32 class;
	__u32 icmp_type;
	__u32 icmp_code;
	__u32 hdr_len;
};

/* As sek_parse_packet() in slow.h. */
static inline void sek_native_parse(const struct sek_view *v, const struct sek_start *start,
				    struct sek_packet *p)
{
	struct sek_view full = *v;

	if (v->kind == SEK_BYTES_QUICK) {
		sek_parse(v, start, p);
		if (sek_shape(p) != SEK_SHAPE_MALFORMED)
			return;
	}
	full.kind = SEK_BYTES_FULL;
	sek_parse(&full, start, p);
}

/**
 * sek_native_judge() - class of a packet
 * @v: packet; of kind QUICK, in full where that does not suffice
 * @start: where it begins
 * @trusted: something other than its bytes says that it is WireGuard
 *
 * Return: what it is.
 */
static inline struct sek_native sek_native_judge(const struct sek_view *v,
						 const struct sek_start *start, bool trusted)
{
	struct sek_view full = *v;
	struct sek_native ret = {};
	struct sek_message m;
	struct sek_packet p;

	sek_native_parse(v, start, &p);
	ret.family = sek_family(&p);
	ret.class = sek_classify(&p);
	ret.hdr_len = p.hdr_len;
	if (sek_shape(&p) == SEK_SHAPE_ICMP) {
		ret.icmp_type = sek_icmp_type(&p);
		ret.icmp_code = sek_icmp_code(&p);
	}
	if (sek_shape(&p) != SEK_SHAPE_WIREGUARD)
		return ret;
	full.kind = SEK_BYTES_FULL;
	if (sek_read_message(&full, p.hdr_len, &m))
		ret.class = sek_classify_wireguard(&m, trusted);
	return ret;
}

/**
 * sek_native_record() - class of a packet of a capture
 * @r: packet
 * @l2: where it begins; NULL if it is shorter than its link header
 * @kind: how to look at it first
 * @linear: bytes in the linear part, at most those captured
 * @trusted: as for sek_native_judge()
 *
 * Return: what it is.
 */
static inline struct sek_native sek_native_record(const struct sek_capture_record *r,
						  const struct sek_capture_l2 *l2,
						  enum sek_bytes kind, __u32 linear, bool trusted)
{
	struct sek_view view = {
		.kind = kind,
		.data = r->data,
		.linear = linear,
		.len = r->orig_len,
		.cap = r->cap_len,
	};
	struct sek_start start;

	if (!l2)
		return (struct sek_native){
			.family = SEK_FAMILY_NONE,
			.class = SEK_CLASS_MALFORMED,
		};
	start = (struct sek_start){
		.ethernet = l2->ethernet,
		.proto = l2->proto,
		.off = l2->offset,
	};
	return sek_native_judge(&view, &start, trusted);
}

/** sek_native_equal() - are two verdicts the same in all? */
static inline bool sek_native_equal(const struct sek_native *a, const struct sek_native *b)
{
	return a->family == b->family && a->class == b->class && a->icmp_type == b->icmp_type &&
	       a->icmp_code == b->icmp_code && a->hdr_len == b->hdr_len;
}

#endif
