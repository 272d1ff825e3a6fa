/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is measured. Each function prints its details to stdout and adds its
 * rows to the result. It leaves nothing behind, also if it is killed: what it
 * makes lives as long as its open files.
 *
 * Return: 0 or -errno, after a line to stderr.
 */
#ifndef SEK_BENCH_AREA_H
#define SEK_BENCH_AREA_H

#include "result.h"

/** sek_hooks_measure() - each program over an empty one and over other ways of counting */
int sek_hooks_measure(struct sek_result *r);

/** sek_peer_measure() - what a WireGuard message costs more than another packet */
int sek_peer_measure(struct sek_result *r);

/** sek_forward_measure() - a router with and without the programs, and with conntrack */
int sek_forward_measure(struct sek_result *r);

/** sek_memory_measure() - what the maps take */
int sek_memory_measure(struct sek_result *r);

/** sek_serve_measure() - what a scrape costs */
int sek_serve_measure(struct sek_result *r);

/** sek_serve_host_measure() - what serve and top cost on a host with a thousand cgroups */
int sek_serve_host_measure(struct sek_result *r);

/** sek_tunnel_measure() - tunnels up and down, and many peers, against wg-quick and wg */
int sek_tunnel_measure(struct sek_result *r);

/** sek_attach_measure() - to attach and detach much at once */
int sek_attach_measure(struct sek_result *r);

/** sek_topo_measure() - topologies, against other ways of making them */
int sek_topo_measure(struct sek_result *r);

#endif
