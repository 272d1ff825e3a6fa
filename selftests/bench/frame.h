/* SPDX-License-Identifier: GPL-2.0-only */
/* The packets that are measured: what hosts send most. */
#ifndef SEK_BENCH_FRAME_H
#define SEK_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum sek_frame { SEK_FRAME_IPV4_TCP, SEK_FRAME_IPV4_UDP, SEK_FRAME_IPV6_TCP, SEK_FRAME_NR };

/* Bytes of a frame: Ethernet, IP and transport header, and a little payload. */
#define SEK_FRAME_LEN 100

/* The router's interfaces, and the hosts behind them. */
#define SEK_FRAME_MAC_IN      "02:00:00:00:01:01"
#define SEK_FRAME_MAC_OUT     "02:00:00:00:02:01"
#define SEK_FRAME_MAC_SENDER  "02:00:00:00:01:02"
#define SEK_FRAME_MAC_SINK    "02:00:00:00:02:02"
#define SEK_FRAME_IPV4_SENDER "10.0.1.2"
#define SEK_FRAME_IPV4_SINK   "10.0.2.2"
#define SEK_FRAME_IPV6_SENDER "fd00:1::2"
#define SEK_FRAME_IPV6_SINK   "fd00:2::2"

/** sek_frame_names - by enum sek_frame, for people */
extern const char *const sek_frame_names[SEK_FRAME_NR];

/**
 * sek_frame_build() - a frame as the router receives it
 * @frame: which
 * @reply: from the sink to the sender, otherwise the other way
 * @port: of the sender, host order
 * @buf: gets SEK_FRAME_LEN bytes
 *
 * The IPv4 header has its checksum; TCP and UDP have none.
 */
void sek_frame_build(enum sek_frame frame, bool reply, uint16_t port, uint8_t *buf);

#endif
