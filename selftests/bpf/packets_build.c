// SPDX-License-Identifier: GPL-2.0-only
/* Layers -> bytes. Checksums are left zero: nothing that is tested reads them. */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"

#define SIZE_MAX_PACKET (128u << 10)

enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101, LINKTYPE_LINUX_SLL = 113 };

/* Where a length field is to be written when the packet is whole. */
struct pending {
	const struct sek_layer *layer;
	uint32_t start;
};

struct build {
	uint8_t data[SIZE_MAX_PACKET];
	uint32_t len;
	uint32_t end; /* of the IP packet: padding comes behind it */
};

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = value >> 8;
	to[1] = value;
}

static void put32(uint8_t *to, uint32_t value)
{
	put16(to, value >> 16);
	put16(to + 2, value);
}

static void put_le32(uint8_t *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}

static uint32_t or_else(uint32_t value, uint32_t usual)
{
	return value ? value : usual;
}

static uint32_t wireguard_size(const struct sek_layer *l)
{
	static const uint32_t sizes[] = { 0, 148, 92, 64, 128 };

	if (l->size)
		return l->size;
	return l->type < sizeof(sizes) / sizeof(sizes[0]) ? sizes[l->type] : 128;
}

/* As the field has it. */
static uint32_t words(const struct sek_layer *l)
{
	return or_else(l->words, 5) & 0xf;
}

/* An impossible header length is one in the field only: there are 20 bytes. */
static uint32_t words_size(const struct sek_layer *l)
{
	return words(l) < 5 ? 20 : words(l) * 4;
}

static uint32_t layer_size(const struct sek_layer *l)
{
	switch (l->kind) {
	case SEK_LAYER_END:
		return 0;
	case SEK_LAYER_ETH:
		return 14;
	case SEK_LAYER_SLL:
		return 16;
	case SEK_LAYER_VLAN:
		return 4;
	case SEK_LAYER_ARP:
		return 28;
	case SEK_LAYER_IPV4:
		return words_size(l);
	case SEK_LAYER_IPV6:
		return 40;
	case SEK_LAYER_EXT:
	case SEK_LAYER_FRAG:
	case SEK_LAYER_JUMBO:
		return or_else(l->size, 8);
	case SEK_LAYER_AH:
		return or_else(l->size, 24);
	case SEK_LAYER_TCP:
		/* A size: fewer bytes than the data offset claims. */
		return or_else(l->size, words_size(l));
	case SEK_LAYER_UDP:
	case SEK_LAYER_ICMP:
		return 8;
	case SEK_LAYER_WIREGUARD:
		return wireguard_size(l);
	case SEK_LAYER_BYTES:
	case SEK_LAYER_PAYLOAD:
	case SEK_LAYER_PADDING:
		return l->size;
	}
	abort();
}

static void build_wireguard(uint8_t *to, const struct sek_layer *l, uint32_t size)
{
	uint8_t head[16];

	put_le32(head, l->type | l->reserved << 8);
	put_le32(head + 4, SEK_PACKET_INDEX(l->type));
	if (l->type == 4) {
		put_le32(head + 8, (uint32_t)l->counter);
		put_le32(head + 12, l->counter >> 32);
	} else {
		put_le32(head + 8, SEK_PACKET_PEER_INDEX);
		put_le32(head + 12, 0xa5a5a5a5);
	}
	memset(to, 0xa5, size);
	memcpy(to, head, size < sizeof(head) ? size : sizeof(head));
}

static void build_ip(uint8_t *to, const struct sek_layer *l, uint32_t size)
{
	switch (l->kind) {
	case SEK_LAYER_IPV4:
		to[0] = or_else(l->version, 4) << 4 | words(l);
		put16(to + 6, l->frag);
		to[8] = 64;
		to[9] = l->next;
		put32(to + 12, 0xc0000201);
		put32(to + 16, 0xc0000202);
		/* Options: no operation */
		memset(to + 20, 1, size - 20);
		break;
	case SEK_LAYER_IPV6:
		to[0] = or_else(l->version, 6) << 4;
		to[6] = l->next;
		to[7] = 64;
		put32(to + 8, 0x20010db8);
		put32(to + 24, 0x20010db8);
		break;
	case SEK_LAYER_EXT:
		to[0] = l->next;
		to[1] = l->len ? l->len & 0xff : size / 8 - 1;
		/* PadN */
		to[2] = 1;
		to[3] = 4;
		break;
	case SEK_LAYER_FRAG:
		to[0] = l->next;
		put16(to + 2, l->frag);
		break;
	case SEK_LAYER_AH:
		to[0] = l->next;
		to[1] = l->len ? l->len & 0xff : size / 4 - 2;
		break;
	case SEK_LAYER_JUMBO:
		to[0] = l->next;
		memcpy(to + 2, "\xc2\4", 2);
		break;
	default:
		break;
	}
}

/* All but the length fields that depend on what follows. */
static void build_layer(uint8_t *to, const struct sek_layer *l, uint32_t size)
{
	switch (l->kind) {
	case SEK_LAYER_ETH:
		to[0] = to[6] = 2;
		put16(to + 12, l->next);
		break;
	case SEK_LAYER_SLL:
		put16(to + 2, 1);
		put16(to + 14, l->next);
		break;
	case SEK_LAYER_VLAN:
		put16(to, 100);
		put16(to + 2, l->next);
		break;
	case SEK_LAYER_ARP:
		memcpy(to, "\0\1\x08\0\6\4\0\1", 8);
		break;
	case SEK_LAYER_IPV4:
	case SEK_LAYER_IPV6:
	case SEK_LAYER_EXT:
	case SEK_LAYER_FRAG:
	case SEK_LAYER_AH:
	case SEK_LAYER_JUMBO:
		build_ip(to, l, size);
		break;
	case SEK_LAYER_TCP:
		put16(to, SEK_PACKET_SPORT);
		put16(to + 2, SEK_PACKET_DPORT);
		if (size > 12)
			to[12] = words(l) << 4;
		break;
	case SEK_LAYER_UDP:
		put16(to, SEK_PACKET_SPORT);
		put16(to + 2, SEK_PACKET_DPORT);
		break;
	case SEK_LAYER_ICMP:
		to[0] = l->type;
		to[1] = l->code;
		break;
	case SEK_LAYER_WIREGUARD:
		build_wireguard(to, l, size);
		break;
	case SEK_LAYER_BYTES:
		memcpy(to, l->bytes, size);
		break;
	case SEK_LAYER_PAYLOAD:
		memset(to, 0x5a, size);
		break;
	case SEK_LAYER_PADDING:
		if (l->bytes)
			memcpy(to, l->bytes, size);
		break;
	case SEK_LAYER_END:
		break;
	}
}

static uint32_t length(const struct sek_layer *l, uint32_t right)
{
	return l->len ? l->len : right + l->more;
}

static void write_length(struct build *b, const struct pending *p)
{
	uint8_t *at = b->data + p->start;
	uint32_t rest = b->end - p->start;

	switch (p->layer->kind) {
	case SEK_LAYER_IPV4:
		put16(at + 2, length(p->layer, rest));
		break;
	case SEK_LAYER_IPV6:
		put16(at + 4, length(p->layer, rest - 40));
		break;
	case SEK_LAYER_UDP:
		put16(at + 4, length(p->layer, rest));
		break;
	case SEK_LAYER_JUMBO:
		put32(at + 4, length(p->layer, rest));
		break;
	default:
		break;
	}
}

static void build_layers(struct build *b, const struct sek_packet_row *row)
{
	struct pending pending[SEK_PACKET_LAYERS];
	int i, n = 0;

	for (i = 0; i < SEK_PACKET_LAYERS && row->layers[i].kind; i++) {
		const struct sek_layer *l = &row->layers[i];
		uint32_t size = layer_size(l);

		if (b->len + size > sizeof(b->data))
			abort();
		build_layer(b->data + b->len, l, size);
		pending[n++] = (struct pending){ l, b->len };
		b->len += size;
		if (l->kind != SEK_LAYER_PADDING)
			b->end = b->len;
	}
	for (i = 0; i < n; i++)
		write_length(b, &pending[i]);
}

static uint16_t link_type(const struct sek_packet_row *row)
{
	switch (row->layers[0].kind) {
	case SEK_LAYER_ETH:
		return LINKTYPE_ETHERNET;
	case SEK_LAYER_SLL:
		return LINKTYPE_LINUX_SLL;
	default:
		return LINKTYPE_RAW;
	}
}

void sek_packets_build(size_t i, struct sek_packet_built *ret)
{
	const struct sek_packet_row *row = &sek_packet_rows[i];
	struct build *b = calloc(1, sizeof(*b));
	uint32_t cap_len;
	uint8_t *data;

	if (!b)
		abort();
	build_layers(b, row);
	if (row->cut && row->keep < b->len)
		b->len = row->keep;
	if (row->lost > b->len)
		abort();
	cap_len = b->len - row->lost;
	data = malloc(cap_len ? cap_len : 1);
	if (!data)
		abort();
	memcpy(data, b->data, cap_len);
	*ret = (struct sek_packet_built){
		.row = row,
		.r = {
			.n = i + 1,
			.cap_len = cap_len,
			.orig_len = b->len,
			.link_type = link_type(row),
			.data = data,
		},
	};
	ret->has_l2 = !sek_capture_l2(&ret->r, &ret->l2);
	free(b);
}

void sek_packets_free(struct sek_packet_built *p)
{
	free((void *)p->r.data);
	p->r.data = NULL;
}

size_t sek_packets_find(const char *name)
{
	for (size_t i = 0; i < sek_packet_rows_n; i++) {
		if (!strcmp(sek_packet_rows[i].name, name))
			return i;
	}
	abort();
}
