/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPFIX over UDP (RFC 7011), for collectors of flow records: how much each identity sent and
 * received since the last record, by class.
 */
#ifndef SEK_SERVE_IPFIX_H
#define SEK_SERVE_IPFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tally.h"

/**
 * struct sek_ipfix_record - what was counted in one interval
 * @cgroup: of a cgroup, else of a link
 * @where: name of the link's namespace; unused for a cgroup
 * @who: the link, or the path of the cgroup
 * @egress: direction
 * @family: word of an enum sek_family
 * @class: word of an enum sek_class
 * @packets: since the last record
 * @bytes: likewise
 */
struct sek_ipfix_record {
	bool cgroup;
	const char *where;
	const char *who;
	bool egress;
	const char *family;
	const char *class;
	uint64_t packets;
	uint64_t bytes;
};

struct sek_ipfix;

/**
 * sek_ipfix_open() - be ready to send to a collector
 * @address: "HOST:PORT" or "[ADDRESS]:PORT"
 * @ret: to be closed by sek_ipfix_close()
 * @error: one line if it fails
 * @size: of @error
 *
 * Return: 0 or -errno.
 */
int sek_ipfix_open(const char *address, struct sek_ipfix **ret, char *error, size_t size);

/**
 * sek_ipfix_begin() - the interval of the records that follow
 * @x: exporter
 * @start_ms: since the Unix epoch
 * @end_ms: likewise
 */
void sek_ipfix_begin(struct sek_ipfix *x, uint64_t start_ms, uint64_t end_ms);

/**
 * sek_ipfix_add() - send a record, together with others
 * @x: exporter
 * @record: strings of more than 255 bytes are cut
 *
 * Each message begins with the templates, since a collector may have been started after the last
 * one, and UDP may have lost it.
 *
 * Return: 0 or -errno. A collector that is not there (-ECONNREFUSED) is no reason to end.
 */
int sek_ipfix_add(struct sek_ipfix *x, const struct sek_ipfix_record *record);

/**
 * sek_ipfix_flush() - send what waits
 * @x: exporter
 *
 * Return: 0 or -errno.
 */
int sek_ipfix_flush(struct sek_ipfix *x);

/**
 * sek_ipfix_deltas() - send what two readings of the counters differ by
 * @x: exporter
 * @before: the earlier one; empty: all that was counted
 * @after: the later one, of the same scope, with all dimensions but hook and route
 *
 * The rows "removed" are of those that went: most of what they have was sent while those were
 * there, and only the rest is sent.
 *
 * Return: 0 or -errno.
 */
int sek_ipfix_deltas(struct sek_ipfix *x, const struct sek_tally *before,
		     const struct sek_tally *after);

/**
 * sek_ipfix_close() - close
 * @x: exporter, or NULL
 */
void sek_ipfix_close(struct sek_ipfix *x);

#endif
