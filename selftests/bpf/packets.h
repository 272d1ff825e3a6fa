/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets and what they are. The table says what the rules want, independently
 * of the code that is tested with it.
 */
#ifndef SEK_SELFTESTS_PACKETS_H
#define SEK_SELFTESTS_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../user/lib/capture.h"
#include "sekisho/abi.h"

/* UDP and TCP ports of all packets. */
#define SEK_PACKET_SPORT 40000
#define SEK_PACKET_DPORT 51820

/* Session index of the sender, or for types 3 and 4 the receiver, by message type. */
#define SEK_PACKET_INDEX(type) (0x01010101u * (type))
/* That of the receiver in a handshake response. */
#define SEK_PACKET_PEER_INDEX 0x77777777u

#define SEK_PACKET_LAYERS 14

/** enum sek_layer_kind - what is built; END is behind the last */
enum sek_layer_kind {
	SEK_LAYER_END,
	SEK_LAYER_ETH,
	SEK_LAYER_SLL,
	SEK_LAYER_VLAN,
	SEK_LAYER_ARP,
	SEK_LAYER_IPV4,
	SEK_LAYER_IPV6,
	SEK_LAYER_EXT,
	SEK_LAYER_FRAG,
	SEK_LAYER_AH,
	SEK_LAYER_JUMBO,
	SEK_LAYER_TCP,
	SEK_LAYER_UDP,
	SEK_LAYER_ICMP,
	SEK_LAYER_WIREGUARD,
	SEK_LAYER_BYTES,
	SEK_LAYER_PAYLOAD,
	SEK_LAYER_PADDING,
};

/**
 * struct sek_layer - one header of a packet, or what follows the last
 * @kind: which; the other fields are used where the kind has them
 * @next: ethertype or protocol of what follows
 * @version: of IP, 0 for the right one
 * @words: header length field of IPv4 and TCP; 0 for 5, SEK_WORDS_ZERO for 0
 * @frag: flags and offset field of a fragment
 * @len: length field; 0 for the right one, SEK_LEN_ZERO for 0
 * @more: added to the right length
 * @type: of an ICMP or WireGuard message
 * @code: of an ICMP message
 * @reserved: the three bytes behind WireGuard's message type
 * @counter: of a WireGuard data message
 * @size: bytes: of an extension header, a message, a payload; 0 for the usual
 * @bytes: to be copied
 */
struct sek_layer {
	enum sek_layer_kind kind;
	uint16_t next;
	uint8_t version;
	uint8_t words;
	uint16_t frag;
	uint32_t len;
	int32_t more;
	uint8_t type;
	uint8_t code;
	uint32_t reserved;
	uint64_t counter;
	uint32_t size;
	const char *bytes;
};

/* What does not fit the field is cut. */
#define SEK_LEN_ZERO   0x10000
#define SEK_WORDS_ZERO 0x10

/**
 * struct sek_packet_row - one packet of the table
 * @name: for people
 * @layers: from the first byte on; the first one tells the link type
 * @cut: no more than @keep bytes were ever there
 * @keep: see @cut
 * @lost: bytes at the end that were not captured
 * @family: expected enum sek_family
 * @class: expected enum sek_class; of certainty SHAPE
 * @icmp_type: expected for ICMP classes, exactly
 * @icmp_code: likewise
 */
struct sek_packet_row {
	const char *name;
	struct sek_layer layers[SEK_PACKET_LAYERS];
	bool cut;
	uint32_t keep;
	uint32_t lost;
	enum sek_family family;
	enum sek_class class;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

extern const struct sek_packet_row sek_packet_rows[];
extern const size_t sek_packet_rows_n;

/**
 * struct sek_packet_built - a row and its bytes
 * @row: the row
 * @r: as a record of a capture; its data is of the exact size, so that ASan
 *	sees a read beyond
 * @l2: where it begins
 * @has_l2: false if it is shorter than its link header: nothing to parse then
 */
struct sek_packet_built {
	const struct sek_packet_row *row;
	struct sek_capture_record r;
	struct sek_capture_l2 l2;
	bool has_l2;
};

/**
 * sek_packets_build() - the bytes of a row
 * @i: index of the row
 * @ret: filled in, to be given to sek_packets_free(). Aborts without memory.
 */
void sek_packets_build(size_t i, struct sek_packet_built *ret);

/** sek_packets_free() - for __attribute__((cleanup)), too */
void sek_packets_free(struct sek_packet_built *p);

/** sek_packets_find() - index of a row by its name, which exists */
size_t sek_packets_find(const char *name);

/* Declares @p, the packet of row @i, to be freed where its scope ends. */
#define SEK_PACKET(p, i)                                                           \
	__attribute__((cleanup(sek_packets_free))) struct sek_packet_built p = {}; \
	sek_packets_build(i, &p)

#endif
