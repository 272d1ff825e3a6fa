/* SPDX-License-Identifier: GPL-2.0-only */
/* What sek_xdp_capture is given and answers; a part of abi.h, which includes it. */
#ifndef SEKISHO_CAPTURE_H
#define SEKISHO_CAPTURE_H

/**
 * struct sek_capture_in - a record of a capture, before the packet that
 *	PROG_TEST_RUN gives to sek_xdp_capture
 * @cap_len: bytes captured
 * @orig_len: bytes on the wire
 * @start: 0: an Ethernet header, else SEK_CAPTURE_START | offset of the next
 *	header << 16 | its ethertype, 0: IP, see its version
 */
struct sek_capture_in {
	__u32 cap_len;
	__u32 orig_len;
	__u32 start;
};

#define SEK_CAPTURE_START (1U << 31)

/*
 * The answer is family | certainty << 2 | class << 8 | SEK_CAPTURE_DONE |
 * ICMP type << 16 | ICMP code << 24.
 */
#define SEK_CAPTURE_DONE (1U << 15)

/* A walk through the headers ends before, see SEK_OFF_MASK in bpf/packet.h. */
#define SEK_CAPTURE_MAX (32 * 1024 + 64)

_Static_assert(sizeof(struct sek_capture_in) == 12, "metadata of XDP comes in words of 4 bytes");

#endif
