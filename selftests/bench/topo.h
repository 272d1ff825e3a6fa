/* SPDX-License-Identifier: GPL-2.0-only */
/* Other ways of making a topology of the same objects. */
#ifndef SEK_BENCH_TOPO_H
#define SEK_BENCH_TOPO_H

#include <stdbool.h>

/** sek_topo_seconds() - a clock */
double sek_topo_seconds(void);

/** sek_topo_settle() - until the kernel has removed the namespaces that were given up before */
void sek_topo_settle(void);

/**
 * sek_topo_bare() - unshare and rtnetlink, one request after the other, and nothing else
 * @nodes: how many
 * @ret: seconds
 *
 * Return: 0 or -errno.
 */
int sek_topo_bare(int nodes, double *ret);

/**
 * sek_topo_ip() - by ip(8)
 * @nodes: how many
 * @batch: as few processes as ip -batch needs; otherwise one for each step
 * @ret: seconds
 *
 * Return: 0 or -errno.
 */
int sek_topo_ip(int nodes, bool batch, double *ret);

/**
 * sek_topo_mininet() - by Mininet: hosts and links alone, one address each
 * @nodes: how many
 * @ret_up: seconds, without the start of Python
 * @ret_down: likewise
 *
 * Return: 0; -ENOENT if it is not installed; -errno.
 */
int sek_topo_mininet(int nodes, double *ret_up, double *ret_down);

#endif
