/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEK_CAPTURE_FIXTURE_H
#define SEK_CAPTURE_FIXTURE_H

/*
 * A capture file in memory, that a test writes and the capture reader reads:
 * each test runs in both byte orders, whatever the host's is.
 */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/lib/capture.h"
#include "kselftest_harness.h"

enum { ETHERNET = 1, RAW = 101, SLL = 113 };

FIXTURE(capture)
{
	FILE *out; /* writes bytes */
	char *bytes;
	size_t len;
	bool big;
	struct sek_capture *c;
	struct sek_capture_record r;
	char error[SEK_CAPTURE_ERROR_SIZE];
};

FIXTURE_VARIANT(capture)
{
	bool big;
};

FIXTURE_VARIANT_ADD(capture, little_endian){
	.big = false,
};

FIXTURE_VARIANT_ADD(capture, big_endian){
	.big = true,
};

FIXTURE_SETUP(capture)
{
	self->big = variant->big;
	self->out = open_memstream(&self->bytes, &self->len);
	ASSERT_NE(NULL, self->out);
}

FIXTURE_TEARDOWN(capture)
{
	sek_capture_close(self->c);
	fclose(self->out);
	free(self->bytes);
}

typedef FIXTURE_DATA(capture) capture;

static inline void put(capture *f, const void *p, size_t len)
{
	fwrite(p, 1, len, f->out);
}

static inline void put16(capture *f, uint16_t v)
{
	v = f->big ? htobe16(v) : htole16(v);
	put(f, &v, sizeof(v));
}

static inline void put32(capture *f, uint32_t v)
{
	v = f->big ? htobe32(v) : htole32(v);
	put(f, &v, sizeof(v));
}

/* Packet bytes: 1, 2, 3 … */
static inline void put_data(capture *f, uint32_t len)
{
	for (uint32_t i = 1; i <= len; i++)
		fputc((int)(i & 0xff), f->out);
}

static inline bool is_data(const struct sek_capture_record *r)
{
	for (uint32_t i = 0; i < r->cap_len; i++)
		if (r->data[i] != ((i + 1) & 0xff))
			return false;
	return true;
}

static inline void put_zeros(capture *f, uint32_t len)
{
	while (len--)
		fputc(0, f->out);
}

/* Opens the first len bytes of what was written. */
static inline int open_part(capture *f, size_t len)
{
	FILE *in;

	sek_capture_close(f->c);
	f->c = NULL;
	f->error[0] = 0;
	in = fmemopen(f->bytes, len, "rb");
	return in ? sek_capture_open_file(in, &f->c, f->error, sizeof(f->error)) : -errno;
}

static inline int open_written(capture *f)
{
	fflush(f->out);
	return open_part(f, f->len);
}

/* The result of next() that ends the file; the number of records before it. */
static inline int read_to_end(capture *f, uint64_t *n)
{
	int ret;

	*n = 0;
	do {
		ret = sek_capture_next(f->c, &f->r);
		if (ret > 0 && (f->r.n != ++*n || !is_data(&f->r)))
			return -EPROTO;
	} while (ret > 0);
	return ret;
}

/* Opens what was written, to the error that must come behind n records. */
static inline int result_after(capture *f, uint64_t n)
{
	int ret = open_written(f);
	uint64_t got;

	if (ret)
		return n ? -EPROTO : ret;
	ret = read_to_end(f, &got);
	if (ret != sek_capture_next(f->c, &f->r) || got != n)
		return -EPROTO;
	return !!ret == !!sek_capture_error(f->c)[0] ? ret : -EPROTO;
}

#endif
