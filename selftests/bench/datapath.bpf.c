// SPDX-License-Identifier: GPL-2.0-only
/* The programs as they are, and tc ingress without some of its parts. */
#include "sekisho.bpf.c"

static __always_inline int count_unparsed(struct __sk_buff *ctx, __u32 slot)
{
	__u32 key = slot * SEK_POINT_LINK_NR + SEK_POINT_TC_INGRESS;
	__u32 cell = sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_OTHER_IP, SEK_CERTAINTY_SHAPE);
	struct sek_counters *counters = bpf_map_lookup_elem(&sek_link_count, &key);
	struct sek_size size = { .bytes = ctx->len };

	if (counters)
		sek_count(&counters->cell[cell], &size, false);
	return TC_ACT_UNSPEC;
}

/* One counter, always the same. */
SEC("tc")
int counter_tc(struct __sk_buff *ctx)
{
	return count_unparsed(ctx, SEK_SLOT_OVERFLOW);
}

/* The counter of whoever the packet belongs to: all but parsing and judging. */
SEC("tc")
int floor_tc(struct __sk_buff *ctx)
{
	struct sek_place where = {};

	sek_locate(ctx, false, &where);
	return count_unparsed(ctx, where.slot);
}
