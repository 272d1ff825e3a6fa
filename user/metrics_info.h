/* SPDX-License-Identifier: GPL-2.0-only */
/* sekisho_cgroup_info: whose each cgroup is, to be joined with its counters. */
#ifndef SEK_METRICS_INFO_H
#define SEK_METRICS_INFO_H

#include "lib/cgroup_who_cache.h"
#include "lib/serve/tally.h"
#include "out/buffer.h"
#include "out/metrics.h"

/**
 * sek_metrics_cgroup_info() - write a series for each cgroup that has more than a path
 * @b: text
 * @format: format
 * @t: of SEK_SCOPE_CGROUP; nothing is written if its rows have no path
 * @cache: used, and filled
 */
void sek_metrics_cgroup_info(struct sek_buffer *b, enum sek_metrics_format format,
			     const struct sek_tally *t, struct sek_who_cache *cache);

#endif
