/* SPDX-License-Identifier: GPL-2.0-only */
/* BIRD: one process a namespace, for both families, as the unprivileged user "bird". */
#ifndef SEK_TOPO_BIRD_H
#define SEK_TOPO_BIRD_H

#include "work.h"

/** sek_bird_is_wanted() - does a node need it? */
bool sek_bird_is_wanted(const struct sek_topo_node *n);

/**
 * sek_bird_check - is it there, with the user that it shall run as?
 * @report: says what is missing, and which package has it
 *
 * Return: 0 or -errno.
 */
int sek_bird_check(struct sek_report *report);

/**
 * sek_bird_config - a node's configuration
 * @g: graph of the topology with nothing cut
 * @node: which
 * @log: path of its log file
 * @ret: text, to be freed; untouched on failure
 *
 * Return: 0 or -ENOMEM.
 */
int sek_bird_config(const struct sek_graph *g, size_t node, const char *log, char **ret);

/**
 * sek_bird_start - start it where it shall run, or tell it what has changed
 * @w: work
 *
 * Return: 0 or -errno, with the report.
 */
int sek_bird_start(struct sek_work *w);

#endif
