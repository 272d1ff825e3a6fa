// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcapng: blocks, each a type, its length, a body and the length again. Nothing
 * of a block is kept but the packet, so that its length costs no memory.
 */
#include <byteswap.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "capture_priv.h"

#define SECTION_MAGIC 0x1a2b3c4du

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 2, /* obsolete, still found */
	BLOCK_SIMPLE = 3,
	BLOCK_ENHANCED = 6,

	/* What is around a body, and the least that a section header has with it. */
	BLOCK_OVERHEAD = 12,
	BLOCK_SECTION_MIN = 28,

	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,
};

static int add_interface(struct sek_capture *c, const struct sek_capture_interface *iface)
{
	if (c->n_interfaces == c->max_interfaces) {
		uint32_t max = c->max_interfaces ? c->max_interfaces * 2 : 8;
		struct sek_capture_interface *new;

		if (max > SEK_CAPTURE_MAX_INTERFACES)
			return sek_capture_fail(c, -EBADMSG, "more than %u interfaces",
						SEK_CAPTURE_MAX_INTERFACES);
		new = reallocarray(c->interfaces, max, sizeof(*new));
		if (!new)
			return sek_capture_fail(c, -ENOMEM, "no memory for %" PRIu32 " interfaces",
						max);
		c->interfaces = new;
		c->max_interfaces = max;
	}
	c->interfaces[c->n_interfaces++] = *iface;
	return 0;
}

static int64_t get_s64(const struct sek_capture *c, const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (int64_t)(c->swap ? bswap_64(v) : v);
}

/* Units are down to 2^-127 s, and products below 2^94: no step can overflow. */
static uint64_t timestamp_ns(const struct sek_capture_interface *iface, uint64_t ts)
{
	unsigned int exp = iface->ts_resol & 0x7f;
	__int128 ns = ts;

	if (iface->ts_resol & 0x80) {
		ns = (ns * NSEC_PER_SEC) >> exp;
	} else {
		for (; exp < 9; exp++)
			ns *= 10;
		for (; exp > 9 && ns; exp--)
			ns /= 10;
	}
	ns += (__int128)iface->ts_offset * NSEC_PER_SEC;
	if (ns < 0)
		return 0;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static int read_body(struct sek_capture *c, void *buf, uint32_t len)
{
	if (len > c->left)
		return sek_capture_fail(c, -EBADMSG,
					"a block of %" PRIu32 " bytes is too short for its fields",
					c->block_len);
	c->left -= len;
	return sek_capture_read(c, buf, len);
}

static int skip_body(struct sek_capture *c, uint32_t len)
{
	uint8_t scratch[4096];
	int ret = 0;

	while (len && !ret) {
		uint32_t part = len < sizeof(scratch) ? len : sizeof(scratch);

		ret = read_body(c, scratch, part);
		len -= part;
	}
	return ret;
}

/* Reads from behind the block's type to its body, for a section to behind the magic. */
static int begin_block(struct sek_capture *c, uint32_t type)
{
	uint32_t min = type == SEK_CAPTURE_SECTION ? BLOCK_SECTION_MIN : BLOCK_OVERHEAD;
	uint8_t len[4];
	uint32_t magic;
	int ret;

	ret = sek_capture_read(c, len, sizeof(len));
	if (ret)
		return ret;
	if (type == SEK_CAPTURE_SECTION) {
		/* The magic tells the byte order, also of the length before it. */
		ret = sek_capture_read(c, &magic, sizeof(magic));
		if (ret)
			return ret;
		if (magic != SECTION_MAGIC && magic != bswap_32(SECTION_MAGIC))
			return sek_capture_fail(c, -EINVAL,
						"a pcapng section of no known byte order");
		c->swap = magic != SECTION_MAGIC;
	}

	c->block_len = get32(c, len);
	if (c->block_len < min || c->block_len % 4 || c->block_len > SEK_CAPTURE_MAX_BLOCK)
		return sek_capture_fail(c, -EBADMSG, "a block cannot have %" PRIu32 " bytes",
					c->block_len);
	c->left = c->block_len - BLOCK_OVERHEAD;
	if (type == SEK_CAPTURE_SECTION)
		c->left -= sizeof(magic);
	return 0;
}

static int end_block(struct sek_capture *c)
{
	uint8_t len[4];
	int ret;

	ret = skip_body(c, c->left);
	if (!ret)
		ret = sek_capture_read(c, len, sizeof(len));
	if (ret)
		return ret;
	if (get32(c, len) != c->block_len)
		return sek_capture_fail(c, -EBADMSG,
					"a block of %" PRIu32 " bytes says %" PRIu32 " at its end",
					c->block_len, get32(c, len));
	return 0;
}

static int read_section(struct sek_capture *c)
{
	uint8_t version[4];
	uint16_t major;
	int ret;

	ret = read_body(c, version, sizeof(version));
	if (ret)
		return ret;
	/* A reader of one minor version understands the others. */
	major = get16(c, version);
	if (major != 1)
		return sek_capture_fail(c, -EINVAL, "pcapng version %u.%u is not known", major,
					get16(c, version + 2));
	c->n_interfaces = 0;
	return 0;
}

/* Reads one option's value, with its padding to 4 bytes. */
static int read_option(struct sek_capture *c, uint16_t code, uint16_t len,
		       struct sek_capture_interface *iface)
{
	uint8_t v[8];
	int ret;

	switch (code) {
	case OPTION_TSRESOL:
		if (len != 1)
			break;
		ret = read_body(c, v, 4);
		if (!ret)
			iface->ts_resol = v[0];
		return ret;
	case OPTION_TSOFFSET:
		if (len != sizeof(v))
			break;
		ret = read_body(c, v, sizeof(v));
		if (!ret)
			iface->ts_offset = get_s64(c, v);
		return ret;
	default:
		return skip_body(c, (len + 3u) & ~3u);
	}
	return sek_capture_fail(c, -EBADMSG, "interface option %u cannot have %u bytes", code, len);
}

static int read_interface(struct sek_capture *c)
{
	struct sek_capture_interface iface = { .ts_resol = 6 };
	uint8_t h[8], option[4];
	int ret;

	ret = read_body(c, h, sizeof(h));
	if (ret)
		return ret;
	iface.link_type = get16(c, h);
	iface.snaplen = get32(c, h + 4);
	while (c->left) {
		uint16_t code;

		ret = read_body(c, option, sizeof(option));
		if (ret)
			return ret;
		code = get16(c, option);
		if (code == OPTION_END)
			break;
		ret = read_option(c, code, get16(c, option + 2), &iface);
		if (ret)
			return ret;
	}
	return add_interface(c, &iface);
}

static const struct sek_capture_interface *find_interface(struct sek_capture *c, uint32_t id,
							  struct sek_capture_record *rec)
{
	if (id >= c->n_interfaces) {
		sek_capture_fail(c, -EBADMSG,
				 "interface %" PRIu32 " is not described; there are %" PRIu32, id,
				 c->n_interfaces);
		return NULL;
	}
	rec->interface_id = id;
	rec->link_type = c->interfaces[id].link_type;
	return &c->interfaces[id];
}

static int read_block_data(struct sek_capture *c, uint32_t cap_len, uint32_t orig_len,
			   struct sek_capture_record *rec)
{
	if (cap_len > c->left)
		return sek_capture_fail(c, -EBADMSG,
					"a packet of %" PRIu32 " bytes in a block of %" PRIu32,
					cap_len, c->block_len);
	c->left -= cap_len;
	return sek_capture_read_data(c, cap_len, orig_len, rec);
}

static int read_packet(struct sek_capture *c, uint32_t type, struct sek_capture_record *rec)
{
	const struct sek_capture_interface *iface;
	uint8_t h[20];
	uint32_t id;
	uint64_t ts;
	int ret;

	ret = read_body(c, h, sizeof(h));
	if (ret)
		return ret;
	/* In the obsolete block the other 16 bits count drops. */
	id = type == BLOCK_PACKET ? get16(c, h) : get32(c, h);
	iface = find_interface(c, id, rec);
	if (!iface)
		return -EBADMSG;
	ts = (uint64_t)get32(c, h + 4) << 32 | get32(c, h + 8);
	rec->ts_ns = timestamp_ns(iface, ts);
	return read_block_data(c, get32(c, h + 12), get32(c, h + 16), rec);
}

static int read_simple_packet(struct sek_capture *c, struct sek_capture_record *rec)
{
	const struct sek_capture_interface *iface;
	uint32_t cap_len, orig_len;
	uint8_t h[4];
	int ret;

	ret = read_body(c, h, sizeof(h));
	if (ret)
		return ret;
	iface = find_interface(c, 0, rec);
	if (!iface)
		return -EBADMSG;
	orig_len = get32(c, h);
	cap_len = orig_len;
	if (iface->snaplen && iface->snaplen < cap_len)
		cap_len = iface->snaplen;
	return read_block_data(c, cap_len, orig_len, rec);
}

static int parse_body(struct sek_capture *c, uint32_t type, struct sek_capture_record *rec)
{
	switch (type) {
	case SEK_CAPTURE_SECTION:
		return read_section(c);
	case BLOCK_INTERFACE:
		return read_interface(c);
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		return read_packet(c, type, rec);
	case BLOCK_SIMPLE:
		return read_simple_packet(c, rec);
	default:
		return 0;
	}
}

/* Reads the block whose type has just been read; rec->data is set if it has a packet. */
static int read_block(struct sek_capture *c, uint32_t type, struct sek_capture_record *rec)
{
	int ret;

	ret = begin_block(c, type);
	if (!ret)
		ret = parse_body(c, type, rec);
	if (!ret)
		ret = end_block(c);
	return ret;
}

static int next_pcapng(struct sek_capture *c, struct sek_capture_record *rec)
{
	uint8_t type[4];

	/* Each turn consumes a block: the file's length bounds it. */
	while (!rec->data) {
		int ret;

		c->start = c->offset;
		ret = sek_capture_read_start(c, type, sizeof(type));
		if (ret <= 0)
			return ret;
		ret = read_block(c, get32(c, type), rec);
		if (ret)
			return ret;
	}
	return 1;
}

/**
 * sek_capture_pcapng_open() - begin to read a pcapng file
 * @c: capture, of which the first section's type has just been read
 *
 * Return: as sek_capture_open_file()
 */
int sek_capture_pcapng_open(struct sek_capture *c)
{
	struct sek_capture_record none = {};

	c->next = next_pcapng;
	return read_block(c, SEK_CAPTURE_SECTION, &none);
}
