/* SPDX-License-Identifier: GPL-2.0-only */
/* Class -> counters: sizes, GSO, exact ICMP types. */
#ifndef SEK_BPF_COUNT_H
#define SEK_BPF_COUNT_H

/**
 * struct sek_size - what one skb adds to its cell
 * @bytes: length of the skb as the hook accounts it
 * @gso_packets: packets it stands for, beyond the first
 * @gso_bytes: headers that those will have and the skb has not
 */
struct sek_size {
	__u32 bytes;
	__u32 gso_packets;
	__u32 gso_bytes;
};

/**
 * sek_gso() - fill in what a GSO skb stands for
 * @s: size with @bytes set
 * @hdr_len: of the headers that each segment repeats
 * @segs: gso_segs of the skb, 0 if its sender was not to be trusted
 * @size: gso_size of the skb, not 0
 *
 * As qdisc_pkt_len_init(): untrusted counts are computed from the length.
 */
static __always_inline void sek_gso(struct sek_size *s, __u32 hdr_len,
				    __u32 segs, __u32 size)
{
	if (!segs && s->bytes > hdr_len)
		segs = (s->bytes - hdr_len + size - 1) / size;
	if (segs > 1) {
		s->gso_packets = segs - 1;
		s->gso_bytes = s->gso_packets * hdr_len;
	}
}

/**
 * sek_count() - add one skb to a cell
 * @cell: of this CPU
 * @s: what to add
 * @nested: another packet may be counted on this CPU between load and store
 *
 * XDP, tc and cgroup ingress run with softirqs off, so nothing comes between.
 * Cgroup egress runs in the sending task, with softirqs and preemption on, and
 * so does netfilter at times.
 */
static __always_inline void sek_count(struct sek_cell *cell,
				      const struct sek_size *s, bool nested)
{
	if (nested) {
		__sync_fetch_and_add(&cell->skbs, 1);
		__sync_fetch_and_add(&cell->skb_bytes, s->bytes);
		if (s->gso_packets) {
			__sync_fetch_and_add(&cell->gso_packets, s->gso_packets);
			__sync_fetch_and_add(&cell->gso_bytes, s->gso_bytes);
		}
		return;
	}
	cell->skbs++;
	cell->skb_bytes += s->bytes;
	if (s->gso_packets) {
		cell->gso_packets += s->gso_packets;
		cell->gso_bytes += s->gso_bytes;
	}
}

/* Adds one to a field of struct sek_stats. */
#define SEK_STAT(field)                                                        \
	do {                                                                   \
		__u32 __zero = 0;                                              \
		struct sek_stats *__stats =                                    \
			bpf_map_lookup_elem(&sek_stats, &__zero);              \
		if (__stats)                                                   \
			__sync_fetch_and_add(&__stats->field, 1);              \
	} while (0)

/* Tells a follower; @kind: enum sek_event_kind. */
static __always_inline void sek_tell(__u32 kind, __u64 id, __u32 pid)
{
	struct sek_event event = { .id = id, .kind = kind, .pid = pid };

	if (bpf_ringbuf_output(&sek_events, &event, sizeof(event), 0))
		SEK_STAT(no_event);
}

/**
 * sek_count_icmp() - the row of an exact ICMP type and code
 * @slot: of the link or cgroup
 * @kind: point | family << 8 | type << 16 | code << 24
 * @bytes: of the skb; ICMP knows no GSO
 *
 * Scalars only: a pointer would force the caller's packet into memory.
 */
static __noinline void sek_count_icmp(__u32 slot, __u32 kind, __u32 bytes)
{
	static const struct sek_cell zero;
	struct sek_size size = { .bytes = bytes };
	struct sek_icmp_key key = {
		.slot = slot,
		.point = kind,
		.family = kind >> 8,
		.type = kind >> 16,
		.code = kind >> 24,
	};
	struct sek_cell *cell;

	cell = bpf_map_lookup_elem(&sek_icmp_count, &key);
	if (!cell) {
		/* Another CPU may have been first: then there is one now. */
		bpf_map_update_elem(&sek_icmp_count, &key, &zero, BPF_NOEXIST);
		cell = bpf_map_lookup_elem(&sek_icmp_count, &key);
	}
	if (cell)
		sek_count(cell, &size, true);
	else
		SEK_STAT(no_icmp);
}

static __always_inline __u32 sek_icmp_kind(__u32 point,
					   const struct sek_packet *p)
{
	return point | sek_family(p) << 8 | p->icmp;
}

/**
 * sek_count_plain() - add a TCP or UDP packet of which no more is to be known
 * @counters: as in sek_count_packet()
 * @p: headers
 * @s: what to add
 * @gso_size: of the skb
 * @nested: as in sek_count()
 *
 * That is most packets. What the others need would keep registers and branches
 * busy, also where it is nothing.
 *
 * Return: false if it is another packet, and is not counted yet
 */
static __always_inline bool sek_count_plain(struct sek_counters *counters,
					    const struct sek_packet *p,
					    const struct sek_size *s,
					    __u32 gso_size, bool nested)
{
	__u32 cell = sek_cell_index(sek_family(p), sek_shape(p), SEK_CERTAINTY_SHAPE);

	if (gso_size || (sek_shape(p) != SEK_SHAPE_TCP && sek_shape(p) != SEK_SHAPE_UDP))
		return false;
	if (counters && cell < SEK_CELL_NR)
		sek_count(&counters->cell[cell], s, nested);
	return true;
}

/**
 * sek_count_packet() - add one packet to its identity's books
 * @counters: of its slot and point, on this CPU; NULL never happens
 * @slot: for the exact ICMP type
 * @point: enum sek_point
 * @p: headers
 * @cell: from sek_cell_index()
 * @s: what to add
 * @nested: as in sek_count()
 */
static __always_inline void
sek_count_packet(struct sek_counters *counters, __u32 slot, __u32 point,
		 const struct sek_packet *p, __u32 cell,
		 const struct sek_size *s, bool nested)
{
	if (counters && cell < SEK_CELL_NR)
		sek_count(&counters->cell[cell], s, nested);
	if (sek_shape(p) == SEK_SHAPE_ICMP)
		sek_count_icmp(slot, sek_icmp_kind(point, p), s->bytes);
}

#endif
