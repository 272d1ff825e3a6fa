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

/**
 * sek_tunnels_wait_gone - wait until wireguard-go has seen that its interface is removed
 * @p: the topology
 * @node: whose tunnel it was
 * @ifname: its interface, which is gone
 *
 * It removes its control socket then; a new one of the same name must not be there before.
 *
 * Return: 0, at once if the tunnel was the kernel's; -EBUSY after five seconds; another -errno.
 */
int sek_tunnels_wait_gone(const struct sek_place *p, const char *node, const char *ifname);

#endif
