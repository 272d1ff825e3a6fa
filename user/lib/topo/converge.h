/* SPDX-License-Identifier: GPL-2.0-only */
/* Has the routing converged? */
#ifndef SEK_TOPO_CONVERGE_H
#define SEK_TOPO_CONVERGE_H

#include "work.h"

/**
 * sek_converge_wait - wait until each node's FIB has a way to every net it can reach
 * @w: work, with @cut; its nodes are open
 * @seconds: at most
 *
 * The nets are those of all routers that it can reach through routers of its own protocol; the
 * default route does not count, but for hosts.
 *
 * Return: 0; -ETIMEDOUT, with the report saying which node lacks what; another -errno.
 */
int sek_converge_wait(struct sek_work *w, unsigned int seconds);

#endif
