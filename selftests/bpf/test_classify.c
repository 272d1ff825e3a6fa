// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every packet of the table is what the table says: natively, over a capture,
 * and at each hook that can see it, where it is counted once and right.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/lib/bpflog.h"
#include "../../user/lib/names.h"
#include "../../user/lib/testrun.h"
#include "hook_fixture.h"
#include "native.h"
#include "packets.h"

static struct sek_native judge(const struct sek_packet_built *p, enum sek_bytes kind,
			       uint32_t linear)
{
	return sek_native_record(&p->r, p->has_l2 ? &p->l2 : NULL, kind, linear, false);
}

static bool is_icmp(uint32_t class)
{
	return class >= SEK_CLASS_ICMP_ECHO_REQUEST && class <= SEK_CLASS_ICMP_OTHER;
}

/* A class that the table lacks, or has in one family only, is not tested. */
TEST(table_has_each_class)
{
	bool seen[SEK_FAMILY_NR][SEK_CLASS_NR] = {};

	for (size_t i = 0; i < sek_packet_rows_n; i++)
		seen[sek_packet_rows[i].family][sek_packet_rows[i].class] = true;
	for (unsigned int f = 0; f < SEK_FAMILY_NR; f++) {
		for (unsigned int c = 0; c < SEK_CLASS_NR; c++) {
			bool exists = f == SEK_FAMILY_NONE ? c >= SEK_CLASS_MALFORMED
							   : c < SEK_CLASS_IP_NR;

			/* IPv4 has ARP for that. */
			if (f == SEK_FAMILY_IPV4 && c == SEK_CLASS_ICMP_NEIGHBOR)
				exists = false;
			EXPECT_EQ(exists, seen[f][c])
			{
				TH_LOG("%s %s", sek_family_name(f), sek_class_name(c));
			}
		}
	}
}

TEST(native)
{
	for (size_t i = 0; i < sek_packet_rows_n; i++) {
		SEK_PACKET(p, i);
		struct sek_native n = judge(&p, SEK_BYTES_FULL, 0);

		EXPECT_EQ(p.row->family, n.family);
		EXPECT_EQ(p.row->class, n.class);
		EXPECT_EQ(p.row->icmp_type, n.icmp_type);
		EXPECT_EQ(p.row->icmp_code, n.icmp_code);
		if (_metadata->exit_code) {
			TH_LOG("%s", p.row->name);
			return;
		}
	}
}

/* Wherever the linear part ends, the quick view says the same or gives up. */
TEST(native_quick)
{
	for (size_t i = 0; i < sek_packet_rows_n; i++) {
		SEK_PACKET(p, i);
		struct sek_native full = judge(&p, SEK_BYTES_FULL, 0);

		for (uint32_t linear = 0; linear <= p.r.cap_len; linear++) {
			struct sek_native quick = judge(&p, SEK_BYTES_QUICK, linear);

			ASSERT_TRUE(sek_native_equal(&full, &quick))
			{
				TH_LOG("%s: %u bytes linear: %s, in full %s", p.row->name, linear,
				       sek_class_name(quick.class), sek_class_name(full.class));
			}
		}
	}
}

/* The registries, in ranges of types: the table has samples only. */
static const struct {
	uint32_t family;
	int first, last, code;
	uint32_t class;
} icmp_ranges[] = {
	{ SEK_FAMILY_IPV4, 0, 0, -1, SEK_CLASS_ICMP_ECHO_REPLY },
	{ SEK_FAMILY_IPV4, 3, 3, 4, SEK_CLASS_ICMP_TOO_BIG },
	{ SEK_FAMILY_IPV4, 3, 3, -1, SEK_CLASS_ICMP_UNREACHABLE },
	{ SEK_FAMILY_IPV4, 5, 5, -1, SEK_CLASS_ICMP_REDIRECT },
	{ SEK_FAMILY_IPV4, 8, 8, -1, SEK_CLASS_ICMP_ECHO_REQUEST },
	{ SEK_FAMILY_IPV4, 11, 11, -1, SEK_CLASS_ICMP_TIME_EXCEEDED },
	{ SEK_FAMILY_IPV6, 1, 1, -1, SEK_CLASS_ICMP_UNREACHABLE },
	{ SEK_FAMILY_IPV6, 2, 2, -1, SEK_CLASS_ICMP_TOO_BIG },
	{ SEK_FAMILY_IPV6, 3, 3, -1, SEK_CLASS_ICMP_TIME_EXCEEDED },
	{ SEK_FAMILY_IPV6, 128, 128, -1, SEK_CLASS_ICMP_ECHO_REQUEST },
	{ SEK_FAMILY_IPV6, 129, 129, -1, SEK_CLASS_ICMP_ECHO_REPLY },
	{ SEK_FAMILY_IPV6, 133, 136, -1, SEK_CLASS_ICMP_NEIGHBOR },
	{ SEK_FAMILY_IPV6, 137, 137, -1, SEK_CLASS_ICMP_REDIRECT },
};

static uint32_t icmp_class(uint32_t family, int type, int code)
{
	for (size_t i = 0; i < sizeof(icmp_ranges) / sizeof(icmp_ranges[0]); i++)
		if (icmp_ranges[i].family == family && type >= icmp_ranges[i].first &&
		    type <= icmp_ranges[i].last &&
		    (icmp_ranges[i].code < 0 || icmp_ranges[i].code == code))
			return icmp_ranges[i].class;
	return SEK_CLASS_ICMP_OTHER;
}

TEST(native_icmp)
{
	static const char *const names[] = { "ipv4 icmp of 8 bytes", "ipv6 icmp of 8 bytes" };

	for (uint32_t family = 0; family < 2; family++) {
		SEK_PACKET(p, sek_packets_find(names[family]));
		uint8_t *icmp = (uint8_t *)p.r.data + p.r.cap_len - 8;

		for (uint32_t i = 0; i < 1 << 16; i++) {
			struct sek_native n;

			icmp[0] = i >> 8;
			icmp[1] = i & 0xff;
			n = judge(&p, SEK_BYTES_FULL, 0);
			ASSERT_EQ(icmp_class(family, i >> 8, i & 0xff), n.class)
			{
				TH_LOG("%s %u/%u", sek_family_name(family), i >> 8, i & 0xff);
			}
			ASSERT_EQ(i >> 8, n.icmp_type);
			ASSERT_EQ(i & 0xff, n.icmp_code);
		}
	}
}

TEST(capture)
{
	__attribute__((cleanup(sek_testrun_closep))) struct sek_testrun *t = NULL;
	int err = sek_testrun_open(&t);

	if (err == -EPERM)
		SKIP(return, "BPF needs privileges");
	ASSERT_EQ(0, err)
	{
		TH_LOG("%s", sek_bpflog_text());
	}
	for (size_t i = 0; i < sek_packet_rows_n; i++) {
		struct sek_testrun_verdict v;
		SEK_PACKET(p, i);

		EXPECT_EQ(0, sek_testrun_packet(t, &p.r, p.has_l2 ? &p.l2 : NULL, &v));
		EXPECT_EQ(p.row->family, v.family);
		EXPECT_EQ(p.row->class, v.class);
		EXPECT_EQ(SEK_CERTAINTY_SHAPE, v.certainty);
		EXPECT_EQ(is_icmp(p.row->class), v.has_icmp);
		EXPECT_EQ(p.row->icmp_type, v.icmp_type);
		EXPECT_EQ(p.row->icmp_code, v.icmp_code);
		if (_metadata->exit_code) {
			TH_LOG("%s", p.row->name);
			return;
		}
	}
}

/* A packet of a row, expected where its row says. */
static void show_row(struct __test_metadata *_metadata, struct _test_data_hook *self,
		     enum sek_instance_hook hook, const struct sek_packet_built *p, uint32_t len,
		     uint32_t counted)
{
	struct sek_icmp_key key = {
		.slot = sek_instance_slot(&self->in, hook),
		.point = sek_instance_point(hook),
		.family = p->row->family,
		.type = p->row->icmp_type,
		.code = p->row->icmp_code,
	};
	struct sek_cell icmp, add = { .skbs = 1, .skb_bytes = counted };
	uint64_t skbs, bytes;

	if (hook == SEK_INSTANCE_XDP)
		ASSERT_EQ(0, sek_instance_set_l2(&self->in,
						 p->l2.ethernet ? SEK_L2_ETHERNET : SEK_L2_NONE));
	ASSERT_EQ(0, sek_instance_read_icmp(&self->in, &key, &icmp));
	skbs = icmp.skbs;
	bytes = icmp.skb_bytes;
	show(_metadata, self, hook, p->row->name, len, NULL,
	     sek_cell_index(p->row->family, p->row->class, SEK_CERTAINTY_SHAPE), &add);
	if (!is_icmp(p->row->class))
		return;
	self->icmp_skbs++;
	ASSERT_EQ(0, sek_instance_read_icmp(&self->in, &key, &icmp));
	ASSERT_EQ(skbs + 1, icmp.skbs);
	ASSERT_EQ(bytes + counted, icmp.skb_bytes);
}

TEST_F(hook, table)
{
	size_t shown = 0;
	uint64_t icmp_skbs;

	for (size_t i = 0; i < sek_packet_rows_n; i++) {
		uint32_t len, counted;
		SEK_PACKET(p, i);

		if (!p.has_l2)
			continue;
		len = sek_instance_present(variant->hook, &p.r, &p.l2, self->frame, &counted);
		if (!len)
			continue;
		show_row(_metadata, self, variant->hook, &p, len, counted);
		shown++;
	}
	ASSERT_EQ(0, sek_instance_icmp_skbs(&self->in, &icmp_skbs));
	EXPECT_EQ(self->icmp_skbs, icmp_skbs);
	/* The others are snapped, or too short or too long for the hook. */
	EXPECT_GT(shown, sek_packet_rows_n / 2)
	{
		TH_LOG("%zu of %zu rows shown", shown, sek_packet_rows_n);
	}
}

TEST_HARNESS_MAIN
