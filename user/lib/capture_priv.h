/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_CAPTURE_PRIV_H
#define SEK_CAPTURE_PRIV_H

/* What the files of the capture reader share; everybody else has capture.h. */

#include <byteswap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "capture.h"

#define NSEC_PER_SEC 1000000000

/* The type of the block that begins a pcapng file; the same in both byte orders. */
#define SEK_CAPTURE_SECTION 0x0a0d0d0au

struct sek_capture_interface {
	int64_t ts_offset; /* seconds to add to each timestamp */
	uint32_t snaplen; /* 0 = no limit */
	uint16_t link_type;
	uint8_t ts_resol; /* units per second: 10^n, with bit 7 set 2^n */
};

struct sek_capture {
	FILE *file;
	int status; /* 1 while there may be more, else what next() returns */
	bool swap; /* the byte order is not the host's */
	uint64_t n; /* whole records so far */
	uint64_t offset; /* bytes read so far */
	uint64_t start; /* offset of the record or block being read */

	/* Reads one record: 1, 0 at the end, or -errno. */
	int (*next)(struct sek_capture *c, struct sek_capture_record *rec);

	/* Of pcap: what its file header says. */
	uint32_t unit_ns; /* of a timestamp's fraction */
	uint16_t minor; /* version 2.minor */
	uint16_t link_type;

	/* Of pcapng: the block being read, and the section's interfaces. */
	uint32_t block_len;
	uint32_t left; /* bytes of the block's body not yet read */
	struct sek_capture_interface *interfaces;
	uint32_t n_interfaces;
	uint32_t max_interfaces;

	char error[SEK_CAPTURE_ERROR_SIZE];
	uint8_t buf[SEK_CAPTURE_MAX_RECORD];
};

/* Numbers of the file's byte order, at any alignment. */
static inline uint16_t get16(const struct sek_capture *c, const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return c->swap ? bswap_16(v) : v;
}

static inline uint32_t get32(const struct sek_capture *c, const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return c->swap ? bswap_32(v) : v;
}

__attribute__((format(printf, 3, 4))) int sek_capture_fail(struct sek_capture *c, int err,
							   const char *fmt, ...);
int sek_capture_read(struct sek_capture *c, void *buf, size_t len);
int sek_capture_read_start(struct sek_capture *c, void *buf, size_t len);
int sek_capture_read_data(struct sek_capture *c, uint32_t cap_len, uint32_t orig_len,
			  struct sek_capture_record *rec);

int sek_capture_pcapng_open(struct sek_capture *c);

#endif
