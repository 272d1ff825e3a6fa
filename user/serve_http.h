/* SPDX-License-Identifier: GPL-2.0-only */
/* What `serve` answers over HTTP: metrics, JSON and a page that leads to them. */
#ifndef SEK_CMD_SERVE_HTTP_H
#define SEK_CMD_SERVE_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/serve/follow.h"
#include "serve_ledger.h"

/* No HTTP at all. */
#define SEK_SERVE_NOWHERE "none"

/* Loopback, and a port that IANA and the list of Prometheus' exporters have given to nobody. */
#define SEK_SERVE_ADDRESS "127.0.0.1:20435"

/**
 * struct sek_serve_http_options - what to serve, to whom
 * @addresses: HOST:PORT; not used if systemd passed sockets
 * @addresses_n: how many
 * @config_file: --web.config.file, or NULL
 * @scopes: see sek_exporter_new()
 * @by: likewise
 * @ledger: what was counted before, or NULL
 * @follow: gets the follower's numbers, in the HTTP thread
 * @arg: for @follow
 */
struct sek_serve_http_options {
	const char *const *addresses;
	size_t addresses_n;
	const char *config_file;
	uint32_t scopes;
	uint32_t by;
	const struct sek_serve_ledger *ledger;
	void (*follow)(struct sek_follow_stats *ret, void *arg);
	void *arg;
};

struct sek_serve_http;

/**
 * sek_serve_http_start() - listen, in threads of its own, and say where
 * @o: options; what they point to must stay
 * @ret: to be stopped by sek_serve_http_stop()
 *
 * Return: 0 or -errno, after an error was said.
 */
int sek_serve_http_start(const struct sek_serve_http_options *o, struct sek_serve_http **ret);

/**
 * sek_serve_http_stop() - close all connections and end
 * @s: server, or NULL
 */
void sek_serve_http_stop(struct sek_serve_http *s);

#endif
