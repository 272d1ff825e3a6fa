// SPDX-License-Identifier: GPL-2.0-only
/* How sure it is that a packet is WireGuard's: known, tracked, or by its shape. */
#include <endian.h>

#include "../../user/lib/testrun.h"
#include "hook_fixture.h"

/* The first words of a message, in an Ethernet frame of IPv4 or IPv6. */
enum { MESSAGE_IPV4 = 42, MESSAGE_IPV6 = 62, INDEX = 4, WORD = 8 };

static const struct {
	const char *row;
	uint32_t family, message;
	uint32_t by_shape; /* class */
	uint32_t trusted;
} messages[] = {
#define BOTH(name, shape, is)                                                    \
	{ "ipv4 wireguard " name, SEK_FAMILY_IPV4, MESSAGE_IPV4, shape, is },    \
	{                                                                        \
		"ipv6 wireguard " name, SEK_FAMILY_IPV6, MESSAGE_IPV6, shape, is \
	}
	BOTH("initiation", SEK_CLASS_WIREGUARD_INITIATION, SEK_CLASS_WIREGUARD_INITIATION),
	BOTH("response", SEK_CLASS_WIREGUARD_RESPONSE, SEK_CLASS_WIREGUARD_RESPONSE),
	BOTH("cookie", SEK_CLASS_WIREGUARD_COOKIE, SEK_CLASS_WIREGUARD_COOKIE),
	BOTH("data", SEK_CLASS_WIREGUARD_DATA, SEK_CLASS_WIREGUARD_DATA),
	BOTH("keepalive", SEK_CLASS_WIREGUARD_KEEPALIVE, SEK_CLASS_WIREGUARD_KEEPALIVE),
	/* A counter that high has no shape of WireGuard's. */
	BOTH("data, counter 2^40", SEK_CLASS_UDP, SEK_CLASS_WIREGUARD_DATA),
	BOTH("keepalive, counter 2^40", SEK_CLASS_UDP, SEK_CLASS_WIREGUARD_KEEPALIVE),
	/* No message at all, wherever it comes from. */
	BOTH("type 5", SEK_CLASS_UDP, SEK_CLASS_UDP),
	BOTH("initiation of 147", SEK_CLASS_UDP, SEK_CLASS_UDP),
	BOTH("data, reserved", SEK_CLASS_UDP, SEK_CLASS_UDP),
#undef BOTH
};

#define MESSAGES (sizeof(messages) / sizeof(messages[0]))

static void put_le32(uint8_t *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

/* Shows a message, with an index in it unless that is 0. */
static void show_message(struct __test_metadata *_metadata, struct _test_data_hook *self,
			 enum sek_instance_hook hook, size_t i, uint32_t at, uint32_t index,
			 uint32_t class, uint32_t certainty)
{
	uint32_t counted, len = frame(self, hook, messages[i].row, &counted);
	struct sek_cell add = { .skbs = 1, .skb_bytes = counted };

	if (index)
		put_le32(self->frame + messages[i].message + at, index);
	if (class == SEK_CLASS_UDP)
		certainty = SEK_CERTAINTY_SHAPE;
	show(_metadata, self, hook, messages[i].row, len, NULL,
	     sek_cell_index(messages[i].family, class, certainty), &add);
}

TEST_F(hook, known_port)
{
	static const uint16_t ports[] = { SEK_PACKET_DPORT, SEK_PACKET_SPORT };

	for (size_t port = 0; port < 2; port++) {
		ASSERT_EQ(0, sek_instance_add_port(&self->in, self->in.netns_cookie, ports[port]));
		for (size_t i = 0; i < MESSAGES; i++)
			show_message(_metadata, self, variant->hook, i, 0, 0, messages[i].trusted,
				     SEK_CERTAINTY_KNOWN);
		ASSERT_EQ(0, sek_instance_forget(&self->in));
	}
}

/* The same port, of a device in another namespace. */
TEST_F(hook, port_known_elsewhere)
{
	ASSERT_EQ(0, sek_instance_add_port(&self->in, self->in.netns_cookie + 1, SEK_PACKET_DPORT));
	for (size_t i = 0; i < MESSAGES; i++)
		show_message(_metadata, self, variant->hook, i, 0, 0, messages[i].by_shape,
			     SEK_CERTAINTY_SHAPE);
}

TEST_F(hook, other_port_known)
{
	ASSERT_EQ(0, sek_instance_add_port(&self->in, self->in.netns_cookie, SEK_PACKET_DPORT + 1));
	for (size_t i = 0; i < MESSAGES; i++)
		show_message(_metadata, self, variant->hook, i, 0, 0, messages[i].by_shape,
			     SEK_CERTAINTY_SHAPE);
}

/* A handshake between the indexes A and B, and what follows it. */
TEST_F(hook, tracked)
{
	enum { A = 0xaaaa0001, B = 0xbbbb0002, C = 0xcccc0003 };
	enum { INITIATION = 0, RESPONSE = 2, COOKIE = 4, DATA = 6, KEEPALIVE = 8, HIGH = 10 };

	for (size_t v6 = 0; v6 < 2; v6++) {
		ASSERT_EQ(0, sek_instance_forget(&self->in));
#define SHOW(i, at, index, class, certainty)                                                 \
	show_message(_metadata, self, variant->hook, (i) + v6, at, index, SEK_CLASS_##class, \
		     SEK_CERTAINTY_##certainty)
		SHOW(HIGH, INDEX, A, UDP, SHAPE);
		SHOW(INITIATION, INDEX, A, WIREGUARD_INITIATION, SHAPE);
		SHOW(HIGH, INDEX, A, WIREGUARD_DATA, TRACKED);
		SHOW(RESPONSE, WORD, C, WIREGUARD_RESPONSE, SHAPE);
		SHOW(RESPONSE, WORD, A, WIREGUARD_RESPONSE, TRACKED);
		SHOW(COOKIE, INDEX, A, WIREGUARD_COOKIE, TRACKED);
		SHOW(COOKIE, INDEX, C, WIREGUARD_COOKIE, SHAPE);
		SHOW(DATA, INDEX, B, WIREGUARD_DATA, SHAPE);
		/* The index that each response above has announced. */
		SHOW(DATA, INDEX, SEK_PACKET_INDEX(2), WIREGUARD_DATA, TRACKED);
		SHOW(HIGH, INDEX, SEK_PACKET_INDEX(2), WIREGUARD_DATA, TRACKED);
		SHOW(RESPONSE, INDEX, B, WIREGUARD_RESPONSE, SHAPE);
		SHOW(DATA, INDEX, B, WIREGUARD_DATA, TRACKED);
		SHOW(KEEPALIVE, INDEX, A, WIREGUARD_KEEPALIVE, TRACKED);
		SHOW(KEEPALIVE, INDEX, C, WIREGUARD_KEEPALIVE, SHAPE);
		SHOW(HIGH, INDEX, C, UDP, SHAPE);
		/* What is known is not only tracked. */
		ASSERT_EQ(0, sek_instance_add_port(&self->in, self->in.netns_cookie,
						   SEK_PACKET_DPORT));
		SHOW(DATA, INDEX, B, WIREGUARD_DATA, KNOWN);
#undef SHOW
	}
}

static void judge(struct __test_metadata *_metadata, struct sek_testrun *t, const char *row,
		  uint32_t index, uint32_t class, uint32_t certainty)
{
	struct sek_testrun_verdict v;
	SEK_PACKET(p, sek_packets_find(row));

	if (index)
		put_le32((uint8_t *)p.r.data + MESSAGE_IPV4 + INDEX, index);
	ASSERT_EQ(0, sek_testrun_packet(t, &p.r, &p.l2, &v));
	ASSERT_EQ(class, v.class)
	{
		TH_LOG("%s", row);
	}
	ASSERT_EQ(certainty, v.certainty)
	{
		TH_LOG("%s", row);
	}
}

/* A capture that holds a handshake tells by it which data is WireGuard's. */
TEST(capture_tracks)
{
	__attribute__((cleanup(sek_testrun_closep))) struct sek_testrun *t = NULL;
	int err = sek_testrun_open(&t);

	if (err == -EPERM)
		SKIP(return, "BPF needs privileges");
	ASSERT_EQ(0, err)
	{
		TH_LOG("%s", sek_bpflog_text());
	}
	/* Too short to have an index: nothing is learnt of it, not even a 0. */
	judge(_metadata, t, "ipv4 wireguard initiation, 4 bytes captured", 0,
	      SEK_CLASS_WIREGUARD_INITIATION, SEK_CERTAINTY_SHAPE);
	judge(_metadata, t, "ipv4 wireguard data, no index", 0, SEK_CLASS_WIREGUARD_DATA,
	      SEK_CERTAINTY_SHAPE);
	judge(_metadata, t, "ipv4 wireguard data, counter 2^40", SEK_PACKET_INDEX(1), SEK_CLASS_UDP,
	      SEK_CERTAINTY_SHAPE);
	judge(_metadata, t, "ipv4 wireguard initiation, 16 bytes captured", 0,
	      SEK_CLASS_WIREGUARD_INITIATION, SEK_CERTAINTY_SHAPE);
	judge(_metadata, t, "ipv4 wireguard data, counter 2^40", SEK_PACKET_INDEX(1),
	      SEK_CLASS_WIREGUARD_DATA, SEK_CERTAINTY_TRACKED);
}

TEST_HARNESS_MAIN
