// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fuzzes the capture reader: whatever the bytes are, it ends, and what it
 * promises of a record holds.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/lib/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool promise)
{
	if (!promise)
		abort();
}

/* Reads every byte, so that a sanitizer sees one that is not there. */
static void touch(const struct sek_capture_record *r)
{
	for (uint32_t i = 0; i < r->cap_len; i++) {
		volatile uint8_t byte = r->data[i];

		(void)byte;
	}
}

static void check_record(const struct sek_capture_record *r)
{
	struct sek_capture_l2 l2;

	require(r->cap_len <= SEK_CAPTURE_MAX_RECORD);
	require(r->cap_len <= r->orig_len);
	touch(r);
	if (sek_capture_l2(r, &l2))
		return;
	require(l2.offset <= r->cap_len);
	require(sek_capture_link_name(r->link_type));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__attribute__((cleanup(sek_capture_closep))) struct sek_capture *c = NULL;
	char error[SEK_CAPTURE_ERROR_SIZE] = "";
	struct sek_capture_record r;
	uint64_t n = 0;
	FILE *file;
	int ret;

	file = fmemopen((void *)data, size, "rb");
	if (!file)
		return 0;
	ret = sek_capture_open_file(file, &c, error, sizeof(error));
	if (ret) {
		require(ret < 0 && !c && error[0]);
		return 0;
	}
	while ((ret = sek_capture_next(c, &r)) > 0) {
		require(r.n == ++n);
		check_record(&r);
	}
	require(sek_capture_next(c, &r) == ret);
	require(!ret == !sek_capture_error(c)[0]);
	return 0;
}
