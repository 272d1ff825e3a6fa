// SPDX-License-Identifier: GPL-2.0-only
/* The capture reader: where the packet starts, by link type. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "../../user/lib/capture.h"
#include "kselftest_harness.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, NONE = SEK_CAPTURE_PROTO_NONE };

static const struct {
	uint16_t link_type;
	uint32_t cap_len;
	uint8_t bytes[20];
	int ret;
	struct sek_capture_l2 l2;
} cases[] = {
	{ 1, 14, {}, 0, { .ethernet = true } },
	{ 1, 13, {}, -ENODATA, {} },
	{ 1, 0, {}, -ENODATA, {} },

	{ 12, 1, { 0x45 }, 0, {} },
	{ 14, 1, { 0x60 }, 0, {} },
	{ 101, 1, { 0x45 }, 0, {} },
	{ 101, 0, {}, 0, {} },
	{ 228, 0, {}, 0, { .proto = IPV4 } },
	{ 229, 1, { 0x60 }, 0, { .proto = IPV6 } },

	/* Null: address families, in both byte orders. */
	{ 0, 4, { 2, 0, 0, 0 }, 0, { .offset = 4, .proto = IPV4 } },
	{ 0, 4, { 0, 0, 0, 2 }, 0, { .offset = 4, .proto = IPV4 } },
	{ 0, 4, { 10, 0, 0, 0 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 0, 4, { 0, 0, 0, 10 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 0, 4, { 24, 0, 0, 0 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 0, 4, { 0, 0, 0, 28 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 0, 4, { 30, 0, 0, 0 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 0, 4, { 7, 0, 0, 0 }, 0, { .offset = 4, .proto = NONE } },
	{ 0, 4, { 0, 0, 0, 0 }, 0, { .offset = 4, .proto = NONE } },
	{ 0, 4, { 2, 0, 0, 2 }, 0, { .offset = 4, .proto = NONE } },
	{ 0, 4, { 0, 2, 0, 0 }, 0, { .offset = 4, .proto = NONE } },
	{ 0, 3, { 2, 0, 0, 0 }, -ENODATA, {} },

	/* Loop: big endian only. */
	{ 108, 4, { 0, 0, 0, 2 }, 0, { .offset = 4, .proto = IPV4 } },
	{ 108, 4, { 0, 0, 0, 24 }, 0, { .offset = 4, .proto = IPV6 } },
	{ 108, 4, { 2, 0, 0, 0 }, 0, { .offset = 4, .proto = NONE } },
	{ 108, 3, { 0, 0, 0, 2 }, -ENODATA, {} },

	/* Linux cooked: Ethernet, tun, a VLAN tag, LLC, Netlink, radiotap, none. */
	{ 113, 16, { [3] = 1, [14] = 0x08, 0x00 }, 0, { .offset = 16, .proto = IPV4 } },
	{ 113,
	  16,
	  { 0xff, 0xff, 0xff, 0xfe, [14] = 0x86, 0xdd },
	  0,
	  { .offset = 16, .proto = IPV6 } },
	{ 113, 16, { [3] = 1, [14] = 0x81, 0x00 }, 0, { .offset = 16, .proto = 0x8100 } },
	{ 113, 16, { [3] = 1, [14] = 0x00, 0x04 }, 0, { .offset = 16, .proto = 4 } },
	{ 113, 16, { [2] = 0x03, 0x38, [14] = 0x08, 0x00 }, 0, { .offset = 16, .proto = NONE } },
	{ 113, 16, { [2] = 0x03, 0x23, [14] = 0x08, 0x00 }, 0, { .offset = 16, .proto = NONE } },
	{ 113, 16, { [3] = 1 }, 0, { .offset = 16, .proto = NONE } },
	{ 113, 15, { [3] = 1, [14] = 0x08 }, -ENODATA, {} },

	/* The same of version 2. */
	{ 276, 20, { 0x08, 0x00, [9] = 1 }, 0, { .offset = 20, .proto = IPV4 } },
	{ 276, 20, { 0x86, 0xdd, [8] = 0xff, 0xfe }, 0, { .offset = 20, .proto = IPV6 } },
	{ 276, 20, { 0x88, 0xa8, [9] = 1 }, 0, { .offset = 20, .proto = 0x88a8 } },
	{ 276, 20, { 0x00, 0x01, [9] = 1 }, 0, { .offset = 20, .proto = 1 } },
	{ 276, 20, { 0x08, 0x00, [8] = 0x03, 0x38 }, 0, { .offset = 20, .proto = NONE } },
	{ 276, 20, { 0x08, 0x00, [8] = 0x03, 0x02 }, 0, { .offset = 20, .proto = NONE } },
	{ 276, 20, { [9] = 1 }, 0, { .offset = 20, .proto = NONE } },
	{ 276, 19, { 0x08, 0x00, [9] = 1 }, -ENODATA, {} },

	/* Not supported, named or not; never mind the length. */
	{ 9, 20, {}, -EPROTONOSUPPORT, {} },
	{ 105, 20, {}, -EPROTONOSUPPORT, {} },
	{ 147, 0, {}, -EPROTONOSUPPORT, {} },
	{ 0xffff, 20, {}, -EPROTONOSUPPORT, {} },
};

TEST(start_of_packet)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sek_capture_record r = {
			.link_type = cases[i].link_type,
			.cap_len = cases[i].cap_len,
			.orig_len = 1500,
			.data = cases[i].bytes,
		};
		struct sek_capture_l2 l2 = {};

		EXPECT_EQ(cases[i].ret, sek_capture_l2(&r, &l2))
		{
			TH_LOG("case %zu, link type %u", i, r.link_type);
		}
		EXPECT_TRUE(l2.ethernet == cases[i].l2.ethernet &&
			    l2.offset == cases[i].l2.offset && l2.proto == cases[i].l2.proto)
		{
			TH_LOG("case %zu, link type %u: offset %u, proto %#x", i, r.link_type,
			       l2.offset, l2.proto);
		}
	}
}

TEST(result_is_untouched_on_failure)
{
	struct sek_capture_l2 l2 = { .ethernet = true, .offset = 77, .proto = 88 };
	struct sek_capture_record r = { .link_type = 113, .data = (const uint8_t *)"" };

	EXPECT_EQ(-ENODATA, sek_capture_l2(&r, &l2));
	r.link_type = 147;
	EXPECT_EQ(-EPROTONOSUPPORT, sek_capture_l2(&r, &l2));
	EXPECT_TRUE(l2.ethernet && l2.offset == 77 && l2.proto == 88);
}

TEST(names)
{
	static const struct {
		uint16_t link_type;
		const char *name;
	} names[] = {
		{ 0, "NULL" },	       { 1, "EN10MB" },	     { 12, "RAW" },   { 14, "RAW" },
		{ 101, "RAW" },	       { 108, "LOOP" },	     { 228, "IPV4" }, { 229, "IPV6" },
		{ 276, "LINUX_SLL2" }, { 113, "LINUX_SLL" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = sek_capture_link_name(names[i].link_type);

		ASSERT_NE(NULL, name);
		EXPECT_STREQ(names[i].name, name);
	}
	EXPECT_EQ(NULL, sek_capture_link_name(2));
	EXPECT_EQ(NULL, sek_capture_link_name(277));
	EXPECT_EQ(NULL, sek_capture_link_name(UINT16_MAX));
}

TEST_HARNESS_MAIN
