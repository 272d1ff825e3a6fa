// SPDX-License-Identifier: GPL-2.0-only
/* Fuzzes the reader of wg-quick's files, and what writes them back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/tunnel/save.h"

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void check_prefix(const struct sek_prefix *p)
{
	char text[SEK_PREFIX_TEXT];
	struct sek_prefix again;

	require(!sek_prefix_parse(sek_prefix_format(p, text), &again));
	require(sek_prefix_equal(p, &again));
}

static void check_conf(const struct sek_conf *c)
{
	for (size_t i = 0; i < c->addresses_n; i++)
		check_prefix(&c->addresses[i]);
	for (size_t i = 0; i < c->device.peers_n; i++) {
		const struct sek_device_peer *p = &c->device.peers[i];

		for (size_t k = 0; k < p->allowed_n; k++)
			check_prefix(&p->allowed[k]);
		require(!p->host == !p->service);
	}
}

/* A file that describes the state stays as it is, but for a newline at its end. */
static void check_save(const char *text, size_t len, struct sek_conf *c)
{
	struct sek_save_state state = { .device = c->device,
					.addresses = c->addresses,
					.addresses_n = c->addresses_n,
					.mtu = c->mtu };
	struct sek_conf_error error = { 0 };
	char *merged = NULL;
	size_t merged_len = 0;

	/* Of peers with the same key the device has one; names would be looked up. */
	for (size_t i = 0; i < c->device.peers_n; i++) {
		const struct sek_device_peer *p = &c->device.peers[i];

		if (sek_device_find_peer(&c->device, &p->public_key) != p)
			return;
	}
	require(!sek_save_merge(text, len, &state, &merged, &merged_len, &error));
	require(merged_len == len + (len && text[len - 1] != '\n'));
	require(!memcmp(merged, text, len));
	free(merged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sek_conf_error error = { 0 };
	struct sek_conf c = { 0 };

	if (sek_conf_parse((const char *)data, size, &c, &error)) {
		require(error.line && error.column && error.text[0]);
		require(!strchr(error.text, '\n'));
	} else {
		check_conf(&c);
		check_save((const char *)data, size, &c);
	}
	sek_conf_release(&c);
	return 0;
}
