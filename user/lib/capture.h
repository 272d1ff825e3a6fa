/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_CAPTURE_H
#define SEK_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The largest record that is read, in bytes: MAXIMUM_SNAPLEN of libpcap. */
#define SEK_CAPTURE_MAX_RECORD (256u << 10)

/* The largest pcapng block that is believed, in bytes; Wireshark's limit too. */
#define SEK_CAPTURE_MAX_BLOCK (16u << 20)

/* The most interfaces in one pcapng section: what a Packet Block can name. */
#define SEK_CAPTURE_MAX_INTERFACES (1u << 16)

/* Room for any error text, with its terminating 0. */
#define SEK_CAPTURE_ERROR_SIZE 160

/* No protocol: above every ethertype in use (IANA: reserved). */
#define SEK_CAPTURE_PROTO_NONE 0xffff

struct sek_capture;

/**
 * struct sek_capture_record - one packet of a capture file
 * @n: number of the record in the file, from 1; blocks without a packet do
 *	not count
 * @ts_ns: time since the epoch in ns, clamped to what fits; 0 where the file
 *	has none (Simple Packet Block)
 * @cap_len: bytes at @data, at most SEK_CAPTURE_MAX_RECORD
 * @orig_len: bytes on the wire, never below @cap_len
 * @interface_id: interface within the pcapng section, 0 for pcap
 * @link_type: LINKTYPE_ value, https://www.tcpdump.org/linktypes.html
 * @data: the bytes, at any alignment; owned by the capture and valid until the
 *	next call on it
 */
struct sek_capture_record {
	uint64_t n;
	uint64_t ts_ns;
	uint32_t cap_len;
	uint32_t orig_len;
	uint32_t interface_id;
	uint16_t link_type;
	const uint8_t *data;
};

/**
 * struct sek_capture_l2 - where a packet parser starts in a record
 * @ethernet: an Ethernet header is at @offset; @proto says nothing then
 * @offset: bytes to leave out
 * @proto: what is at @offset, in host byte order: an ethertype (for a VLAN tag
 *	the tag's control field is first), a value below 0x0600 as Linux uses it
 *	(LLC and others), SEK_CAPTURE_PROTO_NONE for what is certainly not IP, or
 *	0 for an IP header whose version nibble decides
 */
struct sek_capture_l2 {
	bool ethernet;
	uint32_t offset;
	uint16_t proto;
};

int sek_capture_open(const char *path, struct sek_capture **ret, char *error, size_t size);
int sek_capture_open_file(FILE *file, struct sek_capture **ret, char *error, size_t size);
int sek_capture_next(struct sek_capture *c, struct sek_capture_record *ret);
const char *sek_capture_error(const struct sek_capture *c);
void sek_capture_close(struct sek_capture *c);
void sek_capture_closep(struct sek_capture **c);

int sek_capture_l2(const struct sek_capture_record *r, struct sek_capture_l2 *ret);
const char *sek_capture_link_name(uint16_t link_type);

#endif
