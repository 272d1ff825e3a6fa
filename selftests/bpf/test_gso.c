// SPDX-License-Identifier: GPL-2.0-only
/* One skb may stand for many packets: what each hook makes of it. */
/* timeout: 90 */
#define SEK_HOOK_FIXTURE_SKB_ONLY /* XDP runs before GRO, LOCAL_IN's test run takes no gso_size */
#include "hook_fixture.h"

/* Bytes before the payload, of what a hook sees. */
static uint32_t headers(enum sek_instance_hook hook, uint32_t of_frame)
{
	bool cgroup = hook == SEK_INSTANCE_CGROUP_INGRESS || hook == SEK_INSTANCE_CGROUP_EGRESS;

	return cgroup ? of_frame - 14 : of_frame;
}

/* The row has @payload bytes: three segments of @size, their number told or not. */
static void show_segments(struct __test_metadata *_metadata, struct _test_data_hook *self,
			  enum sek_instance_hook hook, const char *row, uint32_t of_frame,
			  uint32_t size, uint32_t index)
{
	static const uint32_t segs[] = { 3, 0 };

	for (size_t i = 0; i < 2; i++) {
		uint32_t counted, len = frame(self, hook, row, &counted);
		struct __sk_buff ctx = {
			.gso_size = size,
			.gso_segs = segs[i],
			.wire_len = len + 2 * of_frame,
		};
		struct sek_cell add = {
			.skbs = 1,
			.skb_bytes = counted,
			.gso_packets = 2,
			.gso_bytes = 2 * headers(hook, of_frame),
		};

		show(_metadata, self, hook, row, len, &ctx, index, &add);
	}
}

TEST_F(hook, tcp)
{
	show_segments(_metadata, self, variant->hook, "ipv4 tcp", 54, 40,
		      sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_TCP, 0));
	show_segments(_metadata, self, variant->hook, "ipv6 tcp", 74, 40,
		      sek_cell_index(SEK_FAMILY_IPV6, SEK_CLASS_TCP, 0));
}

TEST_F(hook, udp)
{
	show_segments(_metadata, self, variant->hook, "ipv4 udp", 42, 40,
		      sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_UDP, 0));
}

/* wireguard-go sends several messages as one: each of the segments' length. */
TEST_F(hook, wireguard)
{
	show_segments(_metadata, self, variant->hook, "ipv4 wireguard data", 42, 48,
		      sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_WIREGUARD_DATA, 0));
	show_segments(_metadata, self, variant->hook, "ipv6 wireguard data of 96", 62, 32,
		      sek_cell_index(SEK_FAMILY_IPV6, SEK_CLASS_WIREGUARD_KEEPALIVE, 0));
}

/* Segments too short for a message are none, whatever they begin with. */
TEST_F(hook, short_segments)
{
	show_segments(_metadata, self, variant->hook, "ipv4 wireguard data of 72", 42, 24,
		      sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_UDP, 0));
}

/* The same where the quick view gives up. */
TEST_F(hook, behind_options)
{
	show_segments(_metadata, self, variant->hook, "ipv6 options wireguard of 96", 70, 32,
		      sek_cell_index(SEK_FAMILY_IPV6, SEK_CLASS_WIREGUARD_KEEPALIVE, 0));
	show_segments(_metadata, self, variant->hook, "ipv6 options wireguard of 72", 70, 24,
		      sek_cell_index(SEK_FAMILY_IPV6, SEK_CLASS_UDP, 0));
}

/* A segment that is the only one: as any packet. */
TEST_F(hook, one_segment)
{
	uint32_t counted, len = frame(self, variant->hook, "ipv4 tcp", &counted);
	struct __sk_buff ctx = { .gso_size = 1448, .gso_segs = 1 };
	struct sek_cell add = { .skbs = 1, .skb_bytes = counted };

	show(_metadata, self, variant->hook, "one segment", len, &ctx,
	     sek_cell_index(SEK_FAMILY_IPV4, SEK_CLASS_TCP, 0), &add);
}

TEST_HARNESS_MAIN
