/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters and their health as metrics: what `export` writes once and `serve` answers. */
#ifndef SEK_METRICS_H
#define SEK_METRICS_H

#include <stdint.h>
#include <stdio.h>

#include "lib/maps.h"
#include "out/metrics.h"

struct sek_exporter;
struct sek_ledger;

/**
 * sek_exporter_new() - what exports, time and again
 * @scopes: bits of enum sek_scope: link, netns, cgroup, peer, tunnel; 0: link, cgroup and tunnel
 * @by: bits of enum sek_dim that are to be labels; 0: the usual ones
 * @ret: to be freed by sek_exporter_free()
 *
 * Return: 0 or -ENOMEM.
 */
int sek_exporter_new(uint32_t scopes, uint32_t by, struct sek_exporter **ret);

/**
 * sek_exporter_set_ledger() - add what was counted before to each reading
 * @e: exporter
 * @l: ledger; must stay
 */
void sek_exporter_set_ledger(struct sek_exporter *e, const struct sek_ledger *l);

/**
 * sek_exporter_read() - read the counters
 * @e: exporter
 * @m: open maps, or NULL if nothing is loaded: then there is nothing but the build's metrics
 *
 * Return: 0 or -errno.
 */
int sek_exporter_read(struct sek_exporter *e, const struct sek_maps *m);

/**
 * sek_exporter_write() - write what was read last
 * @e: exporter
 * @format: in which format
 * @b: text to be appended to; the end of the format (sek_metrics_end()) is the caller's
 *
 * Return: 0 or -errno.
 */
int sek_exporter_write(const struct sek_exporter *e, enum sek_metrics_format format,
		       struct sek_buffer *b);

/**
 * sek_exporter_json() - the same as one JSON array of flat objects, without health
 * @e: exporter
 * @to: where to
 * @pretty: with indentation
 *
 * Return: 0 or -errno.
 */
int sek_exporter_json(const struct sek_exporter *e, FILE *to, bool pretty);

/**
 * sek_exporter_free() - free it
 * @e: exporter, or NULL
 */
void sek_exporter_free(struct sek_exporter *e);

/* For __attribute__((cleanup())). */
static inline void sek_exporter_freep(struct sek_exporter **e)
{
	sek_exporter_free(*e);
}

#endif
