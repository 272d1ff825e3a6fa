/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTTP for those who scrape, on a thread of its own: nothing that a client does or leaves undone
 * holds up its caller. What it costs at most is fixed: connections, their memory, texts kept for
 * slow readers, and time spent on making texts.
 */
#ifndef SEK_SERVE_HTTP_H
#define SEK_SERVE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct sek_http_page - one text, in one format
 * @path: "/metrics"; several pages with the same path are negotiated, the first is the default
 * @type: its Content-Type
 * @media: the media type that a client names to get it, "text/plain"
 * @version: which version parameter it must have, if it has one; NULL: any
 */
struct sek_http_page {
	const char *path;
	const char *type;
	const char *media;
	const char *version;
};

/**
 * struct sek_http_options - what to serve, to whom
 * @addresses: "HOST:PORT", "[ADDRESS]:PORT" or ":PORT"; port 0: any that is free. Not used if
 *	systemd passed sockets
 * @addresses_n: how many
 * @config_file: --web.config.file of Prometheus' exporter-toolkit, or NULL
 * @pages: must stay
 * @pages_n: how many
 * @make: makes the text of a page, in the HTTP thread: @ret is from malloc(). Returns 0 or -errno
 * @say: tells a person, in the HTTP thread, one line: a changed configuration is not usable
 * @arg: for both
 */
struct sek_http_options {
	const char *const *addresses;
	size_t addresses_n;
	const char *config_file;
	const struct sek_http_page *pages;
	size_t pages_n;
	int (*make)(size_t page, char **ret, size_t *ret_n, void *arg);
	void (*say)(const char *line, void *arg);
	void *arg;
};

/**
 * struct sek_http_stats - what happened so far
 * @requests: that were answered with a page
 * @refused: that were answered otherwise: not found, not allowed, not authenticated
 * @dropped: connections that were closed because they were too slow or in the way
 * @config_failures: times that a changed configuration was not usable
 * @connections: that are open now
 * @config_ok: the configuration in use is the one on disk
 */
struct sek_http_stats {
	uint64_t requests;
	uint64_t refused;
	uint64_t dropped;
	uint64_t config_failures;
	uint64_t connections;
	bool config_ok;
};

struct sek_http;

/**
 * sek_http_new() - listen and begin to answer
 * @options: copied, but for what it points to, which must stay
 * @ret: to be freed by sek_http_free()
 * @error: one line if it fails
 * @size: of @error
 *
 * Return: 0 or -errno.
 */
int sek_http_new(const struct sek_http_options *options, struct sek_http **ret, char *error,
		 size_t size);

/**
 * sek_http_url() - where it can be reached
 * @h: server
 * @i: which of its addresses
 * @ret: "http://127.0.0.1:20435"
 * @size: of @ret
 *
 * Return: false if there is no address @i.
 */
bool sek_http_url(const struct sek_http *h, size_t i, char *ret, size_t size);

/**
 * sek_http_stats() - what happened so far; from any thread
 * @h: server
 * @ret: filled in
 */
void sek_http_stats(const struct sek_http *h, struct sek_http_stats *ret);

/**
 * sek_http_free() - close all connections, and free
 * @h: server, or NULL
 */
void sek_http_free(struct sek_http *h);

#endif
