/* SPDX-License-Identifier: GPL-2.0-only */
/* WireGuard links: by the kernel, or by wireguard-go where it has none. */
#ifndef SEK_TOPO_TUNNELS_H
#define SEK_TOPO_TUNNELS_H

#include "work.h"

/**
 * sek_tunnels_check - can they be made here?
 * @report: for people
 *
 * Return: 0; -EOPNOTSUPP, with the report.
 */
int sek_tunnels_check(struct sek_report *report);

/**
 * sek_tunnels_make - make both ends of a link, with new keys, down
 * @w: work
 * @link: which
 *
 * Each end lets all addresses through: what goes there is routing's to say. A handshake is sent
 * with the first packet.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_tunnels_make(struct sek_work *w, size_t link);

#endif
