/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that run once at each hook, there where programs differ with each way
 * to read the kernel's structs: TEST_F(hook, ...).
 */
#ifndef SEK_SELFTESTS_HOOK_FIXTURE_H
#define SEK_SELFTESTS_HOOK_FIXTURE_H

#include <errno.h>
#include <string.h>

#include "../../user/lib/attach_netfilter.h"
#include "../../user/lib/bpflog.h"
#include "../../user/lib/programs.h"
#include "instance.h"
#include "kselftest_harness.h"
#include "packets.h"

FIXTURE(hook)
{
	struct sek_instance in;
	struct sek_books before, after;
	uint64_t icmp_skbs;
	uint8_t frame[SEK_INSTANCE_FRAME];
};

FIXTURE_VARIANT(hook)
{
	enum sek_instance_hook hook;
	bool kern_ctx;
};

/* clang-format off */
#ifndef SEK_HOOK_FIXTURE_SKB_ONLY
FIXTURE_VARIANT_ADD(hook, local_in) { .hook = SEK_INSTANCE_LOCAL_IN };
FIXTURE_VARIANT_ADD(hook, xdp) { .hook = SEK_INSTANCE_XDP };
FIXTURE_VARIANT_ADD(hook, xdp_kern_ctx) { .hook = SEK_INSTANCE_XDP, .kern_ctx = true };
#endif
FIXTURE_VARIANT_ADD(hook, tc_ingress) { .hook = SEK_INSTANCE_TC_INGRESS };
FIXTURE_VARIANT_ADD(hook, tc_ingress_kern_ctx)
	{ .hook = SEK_INSTANCE_TC_INGRESS, .kern_ctx = true };
FIXTURE_VARIANT_ADD(hook, tc_egress) { .hook = SEK_INSTANCE_TC_EGRESS };
FIXTURE_VARIANT_ADD(hook, tc_egress_kern_ctx)
	{ .hook = SEK_INSTANCE_TC_EGRESS, .kern_ctx = true };
FIXTURE_VARIANT_ADD(hook, cgroup_ingress) { .hook = SEK_INSTANCE_CGROUP_INGRESS };
FIXTURE_VARIANT_ADD(hook, cgroup_egress) { .hook = SEK_INSTANCE_CGROUP_EGRESS };
/* clang-format on */

/* The frame of a row, in self->frame. */
static inline uint32_t frame(struct _test_data_hook *self, enum sek_instance_hook hook,
			     const char *row, uint32_t *counted)
{
	SEK_PACKET(p, sek_packets_find(row));

	return sek_instance_present(hook, &p.r, &p.l2, self->frame, counted);
}

/* What was seen so far is not expected again. */
static inline void read_before(struct __test_metadata *_metadata, struct _test_data_hook *self)
{
	ASSERT_EQ(0, sek_instance_read(&self->in, &self->before));
}

FIXTURE_SETUP(hook)
{
	uint32_t counted, len;
	int err;

	if (variant->kern_ctx && !sek_programs_kern_ctx())
		SKIP(return, "the kernel has no bpf_cast_to_kern_ctx()");
	if (variant->hook == SEK_INSTANCE_LOCAL_IN && sek_attach_netfilter_probe())
		SKIP(return, "the kernel has no netfilter programs");
	err = sek_instance_open(&self->in, 1U << variant->hook, variant->kern_ctx);
	if (err == -EPERM)
		SKIP(return, "BPF needs privileges");
	ASSERT_EQ(0, err)
	{
		TH_LOG("%s", sek_bpflog_text());
	}
	/* A cgroup gets its slot with its first packet. */
	len = frame(self, variant->hook, "ipv4 udp", &counted);
	ASSERT_EQ(0, sek_instance_run(&self->in, variant->hook, self->frame, len, NULL));
	read_before(_metadata, self);
}

FIXTURE_TEARDOWN(hook)
{
	sek_instance_close(&self->in);
}

/* Shows self->frame, and expects @add in one cell, and nothing else changed. */
static inline void show(struct __test_metadata *_metadata, struct _test_data_hook *self,
			enum sek_instance_hook hook, const char *name, uint32_t len,
			struct __sk_buff *ctx, uint32_t index, const struct sek_cell *add)
{
	struct sek_cell *cell = sek_instance_cell(&self->in, hook, &self->before, index);

	ASSERT_EQ(0, sek_instance_run(&self->in, hook, self->frame, len, ctx))
	{
		TH_LOG("%s", name);
	}
	ASSERT_EQ(0, sek_instance_read(&self->in, &self->after));
	cell->skbs += add->skbs;
	cell->skb_bytes += add->skb_bytes;
	cell->gso_packets += add->gso_packets;
	cell->gso_bytes += add->gso_bytes;
	ASSERT_EQ(0, memcmp(&self->before, &self->after, sizeof(self->before)))
	{
		TH_LOG("%s is not counted as it should, and there alone", name);
	}
}

#endif
