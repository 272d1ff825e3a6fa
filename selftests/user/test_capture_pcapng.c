// SPDX-License-Identifier: GPL-2.0-only
/* The capture reader: pcapng. */
#include "capture_fixture.h"

enum { SECTION = 0x0a0d0d0a, INTERFACE = 1, PACKET = 2, SIMPLE = 3, CUSTOM = 0xbad, ENHANCED = 6 };

static void put_section(capture *f, uint16_t major, uint16_t minor)
{
	put32(f, SECTION);
	put32(f, 28);
	put32(f, 0x1a2b3c4d);
	put16(f, major);
	put16(f, minor);
	put32(f, UINT32_MAX);
	put32(f, UINT32_MAX);
	put32(f, 28);
}

static void put_interface(capture *f, uint16_t link_type, uint32_t snaplen)
{
	put32(f, INTERFACE);
	put32(f, 20);
	put16(f, link_type);
	put16(f, 0);
	put32(f, snaplen);
	put32(f, 20);
}

/* With one option, of which the length need not be that of its value. */
static void put_interface_option(capture *f, uint16_t code, uint16_t len, uint64_t value)
{
	put32(f, INTERFACE);
	put32(f, 32);
	put16(f, ETHERNET);
	put16(f, 0);
	put32(f, 0);
	put16(f, code);
	put16(f, len);
	value = f->big ? htobe64(value) : htole64(value);
	put(f, &value, sizeof(value));
	put32(f, 32);
}

static void put_resolution(capture *f, uint8_t resol, int64_t offset)
{
	put32(f, INTERFACE);
	put32(f, 44);
	put16(f, ETHERNET);
	put16(f, 0);
	put32(f, 0);
	put16(f, 9);
	put16(f, 1);
	put(f, (uint8_t[4]){ resol, 0xff, 0xff, 0xff }, 4);
	put16(f, 14);
	put16(f, 8);
	offset = (int64_t)(f->big ? htobe64((uint64_t)offset) : htole64((uint64_t)offset));
	put(f, &offset, sizeof(offset));
	put32(f, 0);
	put32(f, 44);
}

/* An Enhanced Packet Block with padding and, behind the packet, an option. */
static void put_packet(capture *f, uint32_t interface, uint64_t ts, uint32_t cap_len,
		       uint32_t orig_len)
{
	uint32_t padding = -cap_len & 3;
	uint32_t len = 32 + cap_len + padding + 12;

	put32(f, ENHANCED);
	put32(f, len);
	put32(f, interface);
	put32(f, ts >> 32);
	put32(f, (uint32_t)ts);
	put32(f, cap_len);
	put32(f, orig_len);
	put_data(f, cap_len);
	put_zeros(f, padding);
	put16(f, 2);
	put16(f, 4);
	put_zeros(f, 8);
	put32(f, len);
}

static void put_simple(capture *f, uint32_t orig_len, uint32_t body)
{
	put32(f, SIMPLE);
	put32(f, 16 + body);
	put32(f, orig_len);
	put_data(f, body);
	put32(f, 16 + body);
}

static void put_custom(capture *f, uint32_t len)
{
	put32(f, CUSTOM);
	put32(f, len);
	put_zeros(f, len - 12);
	put32(f, len);
}

TEST_F(capture, pcapng_interfaces_differ_in_link_type)
{
	put_section(self, 1, 0);
	put_interface(self, ETHERNET, 0);
	put_custom(self, 12);
	put_packet(self, 0, 0x0005f5e100000001, 61, 1514);
	put_interface(self, RAW, 96);
	put_packet(self, 1, 7, 20, 20);
	put_custom(self, 5000);
	put_packet(self, 0, 8, 0, 14);
	put_custom(self, 12);
	ASSERT_EQ(0, open_written(self));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(1, self->r.n);
	EXPECT_EQ(0x0005f5e100000001 * 1000, self->r.ts_ns);
	EXPECT_EQ(61, self->r.cap_len);
	EXPECT_EQ(1514, self->r.orig_len);
	EXPECT_EQ(0, self->r.interface_id);
	EXPECT_EQ(ETHERNET, self->r.link_type);
	EXPECT_TRUE(is_data(&self->r));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(2, self->r.n);
	EXPECT_EQ(1, self->r.interface_id);
	EXPECT_EQ(RAW, self->r.link_type);
	EXPECT_EQ(20, self->r.cap_len);
	EXPECT_TRUE(is_data(&self->r));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(3, self->r.n);
	EXPECT_EQ(ETHERNET, self->r.link_type);
	EXPECT_EQ(0, self->r.cap_len);
	EXPECT_EQ(14, self->r.orig_len);
	EXPECT_EQ(0, sek_capture_next(self->c, &self->r));
}

TEST_F(capture, pcapng_simple_packet)
{
	put_section(self, 1, 0);
	put_interface(self, RAW, 0);
	put_simple(self, 61, 64);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(0, self->r.ts_ns);
	EXPECT_EQ(61, self->r.cap_len);
	EXPECT_EQ(61, self->r.orig_len);
	EXPECT_EQ(RAW, self->r.link_type);
	EXPECT_TRUE(is_data(&self->r));
}

/* The block has no captured length: the interface's limit tells it. */
TEST_F(capture, pcapng_simple_packet_snapped)
{
	put_section(self, 1, 0);
	put_interface(self, RAW, 21);
	put_simple(self, 1500, 24);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(21, self->r.cap_len);
	EXPECT_EQ(1500, self->r.orig_len);
}

TEST_F(capture, pcapng_simple_packet_beyond_block)
{
	put_section(self, 1, 0);
	put_interface(self, RAW, 0);
	put_simple(self, 25, 24);
	EXPECT_EQ(-EBADMSG, result_after(self, 0));
}

TEST_F(capture, pcapng_simple_packet_without_interface)
{
	put_section(self, 1, 0);
	put_simple(self, 24, 24);
	EXPECT_EQ(-EBADMSG, result_after(self, 0));
}

/* Its interface has 16 bits, and a count of drops follows. */
TEST_F(capture, pcapng_obsolete_packet)
{
	put_section(self, 1, 0);
	put_interface(self, ETHERNET, 0);
	put_interface(self, RAW, 0);
	put32(self, PACKET);
	put32(self, 44);
	put16(self, 1);
	put16(self, 0xbeef);
	put32(self, 1);
	put32(self, 2);
	put32(self, 9);
	put32(self, 90);
	put_data(self, 9);
	put_zeros(self, 3);
	put32(self, 44);
	ASSERT_EQ(0, open_written(self));
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(1, self->r.interface_id);
	EXPECT_EQ(RAW, self->r.link_type);
	EXPECT_EQ(4294967298000, self->r.ts_ns);
	EXPECT_EQ(9, self->r.cap_len);
	EXPECT_EQ(90, self->r.orig_len);
	EXPECT_TRUE(is_data(&self->r));
	EXPECT_EQ(0, sek_capture_next(self->c, &self->r));
}

/* A section has a byte order and interfaces of its own; records are counted on. */
TEST_F(capture, pcapng_sections)
{
	put_section(self, 1, 0);
	put_interface(self, ETHERNET, 0);
	put_interface(self, ETHERNET, 0);
	put_packet(self, 1, 1, 5, 5);
	self->big = !self->big;
	put_section(self, 1, 2);
	put_interface(self, SLL, 0);
	put_packet(self, 0, 1, 6, 600);
	put_packet(self, 1, 1, 6, 6);
	ASSERT_EQ(0, open_written(self));

	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(ETHERNET, self->r.link_type);
	ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
	EXPECT_EQ(2, self->r.n);
	EXPECT_EQ(SLL, self->r.link_type);
	EXPECT_EQ(600, self->r.orig_len);
	EXPECT_EQ(1000, self->r.ts_ns);
	EXPECT_EQ(-EBADMSG, sek_capture_next(self->c, &self->r));
	EXPECT_NE(NULL, strstr(sek_capture_error(self->c), "interface 1 is not described"));
}

TEST_F(capture, pcapng_section_of_unknown_version)
{
	put_section(self, 1, 0);
	put_interface(self, ETHERNET, 0);
	put_packet(self, 0, 0, 1, 1);
	put_section(self, 2, 0);
	EXPECT_EQ(-EINVAL, result_after(self, 1));
}

TEST_F(capture, pcapng_first_section_of_unknown_version)
{
	put_section(self, 2, 1);
	EXPECT_EQ(-EINVAL, open_written(self));
	EXPECT_NE(NULL, strstr(self->error, "version 2.1"));
}

TEST_F(capture, pcapng_lengths_of_block_differ)
{
	put_section(self, 1, 0);
	put_interface(self, ETHERNET, 0);
	put_packet(self, 0, 0, 4, 4);
	put_packet(self, 0, 0, 4, 4);
	fseek(self->out, -4, SEEK_CUR);
	put32(self, 44);
	EXPECT_EQ(-EBADMSG, result_after(self, 1));
	EXPECT_EQ(0, strncmp(sek_capture_error(self->c), "at byte 96, after 1 records: ", 29));
}

TEST_F(capture, pcapng_largest_block_is_skipped)
{
	put_section(self, 1, 0);
	put_custom(self, SEK_CAPTURE_MAX_BLOCK);
	EXPECT_EQ(0, result_after(self, 0));
}

/* Lengths below the overhead, odd ones, and ones above the limit; the end agrees. */
TEST_F(capture, pcapng_block_length)
{
	static const uint32_t lengths[] = {
		0, 4, 8, 11, 13, 14, 15, SEK_CAPTURE_MAX_BLOCK + 4, UINT32_MAX, UINT32_MAX - 3
	};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		rewind(self->out);
		put_section(self, 1, 0);
		put32(self, CUSTOM);
		put32(self, lengths[i]);
		put_zeros(self, lengths[i] & 3);
		put32(self, lengths[i]);
		ASSERT_EQ(-EBADMSG, result_after(self, 0))
		{
			TH_LOG("length %u", lengths[i]);
		}
	}
}

TEST_F(capture, pcapng_section_of_no_byte_order)
{
	put_section(self, 1, 0);
	put_section(self, 1, 0);
	fseek(self->out, 28 + 8, SEEK_SET);
	put32(self, 0x1a2b4d3c);
	fseek(self->out, 56, SEEK_SET);
	EXPECT_EQ(-EINVAL, result_after(self, 0));
}

/* Each block, with the longest body that lacks a field. */
TEST_F(capture, pcapng_block_too_short_for_its_fields)
{
	static const struct {
		uint32_t type, len;
	} blocks[] = {
		{ SECTION, 24 }, { INTERFACE, 16 }, { PACKET, 28 },
		{ SIMPLE, 12 },	 { ENHANCED, 28 },
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		rewind(self->out);
		put_section(self, 1, 0);
		put_interface(self, ETHERNET, 0);
		put32(self, blocks[i].type);
		put32(self, blocks[i].len);
		if (blocks[i].type == SECTION)
			put32(self, 0x1a2b3c4d);
		put_zeros(self, blocks[i].len - 12);
		put32(self, blocks[i].len);
		put_zeros(self, 64);
		ASSERT_EQ(-EBADMSG, result_after(self, 0))
		{
			TH_LOG("block type %#x", blocks[i].type);
		}
	}
}

static int read_packet_lengths(capture *f, uint32_t block_len, uint32_t cap_len)
{
	rewind(f->out);
	put_section(f, 1, 0);
	put_interface(f, ETHERNET, 0);
	put32(f, ENHANCED);
	put32(f, block_len);
	put_zeros(f, 12);
	put32(f, cap_len);
	put32(f, cap_len);
	put_data(f, block_len - 32);
	put32(f, block_len);
	return open_written(f) ? -EPROTO : sek_capture_next(f->c, &f->r);
}

TEST_F(capture, pcapng_packet_length)
{
	EXPECT_EQ(1, read_packet_lengths(self, 40, 8));
	EXPECT_EQ(-EBADMSG, read_packet_lengths(self, 40, 9));
	EXPECT_EQ(-EBADMSG, read_packet_lengths(self, 40, UINT32_MAX));
	EXPECT_EQ(1, read_packet_lengths(self, 300000, SEK_CAPTURE_MAX_RECORD));
	EXPECT_TRUE(is_data(&self->r));
	EXPECT_EQ(-EBADMSG, read_packet_lengths(self, 300000, SEK_CAPTURE_MAX_RECORD + 1));
}

static int read_option(capture *f, uint16_t code, uint16_t len, uint64_t value)
{
	rewind(f->out);
	put_section(f, 1, 0);
	put_interface_option(f, code, len, value);
	return open_written(f) ? -EPROTO : sek_capture_next(f->c, &f->r);
}

TEST_F(capture, pcapng_options)
{
	/* Of the right length; behind one of a byte an end of options. */
	EXPECT_EQ(0, read_option(self, 9, 1, 0));
	EXPECT_EQ(0, read_option(self, 14, 8, 0));
	/* Not known, of any length up to the block's end. */
	EXPECT_EQ(0, read_option(self, 2, 5, UINT64_MAX));
	EXPECT_EQ(0, read_option(self, 2, 8, UINT64_MAX));
	EXPECT_EQ(-EBADMSG, read_option(self, 2, 9, 0));
	EXPECT_EQ(-EBADMSG, read_option(self, 2, UINT16_MAX, 0));
	/* The second is in the padding of the first, and runs over the end. */
	EXPECT_EQ(-EBADMSG, read_option(self, 2, 4, UINT64_MAX));
	/* Of a length that it cannot have. */
	EXPECT_EQ(-EBADMSG, read_option(self, 9, 0, 0));
	EXPECT_EQ(-EBADMSG, read_option(self, 9, 2, 0));
	EXPECT_EQ(-EBADMSG, read_option(self, 14, 4, 0));
	/* Nothing behind the end counts. */
	EXPECT_EQ(0, read_option(self, 0, 0, UINT64_MAX));
}

TEST_F(capture, pcapng_timestamps)
{
	static const struct {
		uint8_t resol;
		int64_t offset;
		uint64_t ts, ns;
	} cases[] = {
		{ 6, 0, 1700000000123456, 1700000000123456000 },
		{ 9, 0, 1700000000123456789, 1700000000123456789 },
		{ 3, 0, 1700000000123, 1700000000123000000 },
		{ 0, 0, 1700000000, 1700000000000000000 },
		{ 12, 0, 1700000000123456789, 1700000000123456 },
		{ 127, 0, UINT64_MAX, 0 },
		{ 0x80 | 0, 0, 17, 17000000000 },
		{ 0x80 | 10, 0, 1536, 1500000000 },
		{ 0x80 | 32, 0, (1700000000ull << 32) + (1u << 31), 1700000000500000000 },
		{ 0x80 | 63, 0, UINT64_MAX, 1999999999 },
		{ 0x80 | 64, 0, UINT64_MAX, 999999999 },
		{ 0x80 | 127, 0, UINT64_MAX, 0 },
		{ 9, 0, UINT64_MAX, UINT64_MAX },
		{ 6, 1700000000, 123456, 1700000000123456000 },
		{ 6, -1, 1500000, 500000000 },
		/* What does not fit. */
		{ 8, 0, UINT64_MAX, UINT64_MAX },
		{ 0, 0, UINT64_MAX, UINT64_MAX },
		{ 0x80, 0, UINT64_MAX, UINT64_MAX },
		{ 0, INT64_MAX, UINT64_MAX, UINT64_MAX },
		{ 6, -2, 1500000, 0 },
		{ 9, INT64_MIN, UINT64_MAX, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rewind(self->out);
		put_section(self, 1, 0);
		put_resolution(self, cases[i].resol, cases[i].offset);
		put_packet(self, 0, cases[i].ts, 1, 1);
		ASSERT_EQ(0, open_written(self));
		ASSERT_EQ(1, sek_capture_next(self->c, &self->r));
		EXPECT_EQ(cases[i].ns, self->r.ts_ns)
		{
			TH_LOG("case %zu", i);
		}
	}
}

TEST_F(capture, pcapng_most_interfaces)
{
	put_section(self, 1, 0);
	for (uint32_t i = 0; i < SEK_CAPTURE_MAX_INTERFACES; i++)
		put_interface(self, ETHERNET, 0);
	put_packet(self, SEK_CAPTURE_MAX_INTERFACES - 1, 0, 1, 1);
	EXPECT_EQ(0, result_after(self, 1));
	put_interface(self, ETHERNET, 0);
	EXPECT_EQ(-EBADMSG, result_after(self, 1));
}

/* Whole records are read, wherever the file ends. */
TEST_F(capture, pcapng_truncated)
{
	size_t whole[4];
	uint64_t n;

	put_section(self, 1, 0);
	whole[0] = (size_t)ftell(self->out);
	put_interface(self, ETHERNET, 0);
	whole[1] = (size_t)ftell(self->out);
	put_packet(self, 0, 0, 5, 5);
	whole[2] = (size_t)ftell(self->out);
	put_simple(self, 3, 4);
	whole[3] = (size_t)ftell(self->out);
	fflush(self->out);

	for (size_t len = 4; len <= whole[3]; len++) {
		int ret = open_part(self, len);
		bool end = false;

		if (len < whole[0]) {
			ASSERT_EQ(-ENODATA, ret);
			ASSERT_EQ(NULL, self->c);
			continue;
		}
		ASSERT_EQ(0, ret);
		ret = read_to_end(self, &n);
		for (size_t i = 0; i < 4; i++)
			end |= len == whole[i];
		ASSERT_EQ(end ? 0 : -ENODATA, ret);
		ASSERT_EQ((len >= whole[2]) + (len >= whole[3]), n);
	}
}

TEST_HARNESS_MAIN
