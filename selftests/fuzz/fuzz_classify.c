// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the parser and the classifier of the programs, compiled natively:
 * the quick view and then the full one come to the same as the full one alone,
 * the verdict has a cell, and no byte that is not there is read.
 *
 * An input is four bytes that say how the packet is seen, and the packet.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../bpf/native.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the four bytes are. */
enum { START, LINEAR, MORE, GSO, SETUP };

/* Where packets begin: as captures of Ethernet, raw IP and Linux cooked do. */
static const struct sek_start starts[] = {
	{ .ethernet = true },
	{ .proto = 0 },
	{ .proto = SEK_ETH_IPV4 },
	{ .proto = SEK_ETH_IPV6 },
	{ .proto = SEK_ETH_8021Q, .off = 16 },
	{ .proto = SEK_ETH_IPV4, .off = 20 },
	{ .proto = SEK_ETH_ARP, .off = 16 },
	{ .proto = SEK_CAPTURE_PROTO_NONE, .off = 16 },
};

static void require(bool promise)
{
	if (!promise)
		abort();
}

static bool is_icmp(uint32_t class)
{
	return class >= SEK_CLASS_ICMP_ECHO_REQUEST && class <= SEK_CLASS_ICMP_OTHER;
}

static void check(const struct sek_native *n, const struct sek_view *v)
{
	uint32_t certainties = n->class < SEK_CLASS_WIREGUARD_NR ? SEK_CERTAINTY_NR : 1;

	require(n->family < SEK_FAMILY_NR);
	if (n->family == SEK_FAMILY_NONE)
		require(n->class >= SEK_CLASS_MALFORMED && n->class < SEK_CLASS_NR);
	else
		require(n->class < SEK_CLASS_IP_NR);
	for (uint32_t i = 0; i < certainties; i++)
		require(sek_cell_index(n->family, n->class, i) < SEK_CELL_NR);

	require(is_icmp(n->class) || (!n->icmp_type && !n->icmp_code));
	require(n->class != SEK_CLASS_ICMP_NEIGHBOR || n->family == SEK_FAMILY_IPV6);
	/* What GSO multiplies is part of the packet. */
	require(n->hdr_len <= v->len);
}

static void judge(struct sek_view *v, const struct sek_start *start)
{
	for (int trusted = 0; trusted < 2; trusted++) {
		struct sek_native full, quick;

		v->kind = SEK_BYTES_FULL;
		full = sek_native_judge(v, start, trusted);
		v->kind = SEK_BYTES_QUICK;
		quick = sek_native_judge(v, start, trusted);
		require(sek_native_equal(&full, &quick));
		check(&full, v);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A power of two: most are the length itself, one is beyond 16 bits. */
	static const uint32_t more[] = { 0, 0, 0, 0, 1, 40, 1500, 70000 };
	struct sek_view v = {};
	uint8_t *copy;

	if (size < SETUP)
		return 0;
	v.cap = size - SETUP;
	v.len = v.cap + more[data[MORE] % 8];
	/* All of it, or an end near the headers, where it matters. */
	v.linear = data[LINEAR] < v.cap ? data[LINEAR] : v.cap;
	v.gso_size = data[GSO] < 128 ? 0 : data[GSO];

	/* Of the exact size, so that ASan sees a read beyond it. */
	copy = malloc(v.cap ? v.cap : 1);
	if (!copy)
		return 0;
	memcpy(copy, data + SETUP, v.cap);
	v.data = copy;
	judge(&v, &starts[data[START] % (sizeof(starts) / sizeof(starts[0]))]);
	free(copy);
	return 0;
}
