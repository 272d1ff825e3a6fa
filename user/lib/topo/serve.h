/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs in nodes by itself: the file's processes, and links that flap. */
#ifndef SEK_TOPO_SERVE_H
#define SEK_TOPO_SERVE_H

#include "work.h"

/**
 * sek_serve_start - start what is new
 * @w: work; nodes and links that were made tell what is new
 *
 * Processes have a session of their own, no input, and node/NODE/processes.log as output. What
 * makes a link flap is a process of ours in the namespace of its first end.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_serve_start(struct sek_work *w);

/**
 * sek_serve_look - note which of the processes that were started have failed already
 * @w: work, after sek_serve_start()
 */
void sek_serve_look(struct sek_work *w);

#endif
