/* SPDX-License-Identifier: GPL-2.0-only */
/* What people do with topologies: one function for each command. */
#ifndef SEK_TOPO_RUN_H
#define SEK_TOPO_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "../load.h"
#include "topo.h"

/**
 * struct sek_run_up - how to bring a topology up, and what came of it
 * @count: let the datapath count in it
 * @wait_s: wait so many seconds for the routing to converge; 0: not at all
 * @fresh: it was not up before
 * @changed: something was made, changed or removed
 * @is_up: all of it is there and written down, also if the routing has not converged
 * @made_s: seconds until all was made
 * @converged_s: seconds from the beginning until the routing had converged; below 0: not waited
 */
struct sek_run_up {
	bool count;
	unsigned int wait_s;
	bool fresh;
	bool changed;
	bool is_up;
	double made_s;
	double converged_s;
};

/**
 * sek_run_up - bring a topology up, or change the one of its name that is
 * @t: as it shall be
 * @up: how, and what came of it
 * @report: for people
 *
 * What the kernel or the machine lacks is found before anything is made. If a new one fails,
 * nothing of it is left; if a change fails, the next try rebuilds it. Once it has the lock, a
 * signal that asks the process to end is a failure, too, and from then on signals are only noted:
 * see sek_stop_end().
 *
 * Return: 0; -ETIMEDOUT if it is up but has not converged; -EINTR if it was asked to end; another
 * -errno, with the report.
 */
int sek_run_up(const struct sek_topo *t, struct sek_run_up *up, struct sek_report *report);

/**
 * sek_run_down - take a topology down
 * @name: of the topology
 * @report: for people
 *
 * Return: 0; -ENOENT if there is none; another -errno, with the report.
 */
int sek_run_down(const char *name, struct sek_report *report);

/**
 * sek_run_get - a topology that is up, or was meant to be
 * @name: of the topology
 * @ret: to be freed by sek_topo_free()
 * @report: for people
 *
 * Return: 0; -ENOENT if there is none; another -errno, with the report.
 */
int sek_run_get(const char *name, struct sek_topo **ret, struct sek_report *report);

/**
 * enum sek_run_cut - ways to cut a link
 * @SEK_RUN_HEAL: not at all: all is as it was
 * @SEK_RUN_CARRIER: both ends are down, which the routers see
 * @SEK_RUN_SILENT: all packets are lost, and nobody is told
 */
enum sek_run_cut {
	SEK_RUN_HEAL,
	SEK_RUN_CARRIER,
	SEK_RUN_SILENT,
};

/**
 * sek_run_cut - cut or heal a link
 * @name: of the topology
 * @link: "vm1-vm2", or "vm2-vm1" for the same one
 * @how: what to do
 * @report: for people
 *
 * Twice is no error.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_run_cut(const char *name, const char *link, enum sek_run_cut how,
		struct sek_report *report);

/**
 * struct sek_run_set - what to change of a link
 * @impair: values
 * @mtu: value
 * @delay: take @impair.delay_us
 * @jitter: take @impair.jitter_us
 * @loss: take @impair.loss_ppm
 * @rate: take @impair.rate_bps
 * @set_mtu: take @mtu
 */
struct sek_run_set {
	struct sek_topo_impair impair;
	__u32 mtu;
	bool delay;
	bool jitter;
	bool loss;
	bool rate;
	bool set_mtu;
};

/**
 * sek_run_set - change a link while it is up
 * @name: of the topology
 * @link: as above
 * @set: what; the rest stays as it is
 * @report: for people
 *
 * Return: 0; -EOPNOTSUPP if the kernel cannot do that; another -errno, with the report.
 */
int sek_run_set(const char *name, const char *link, const struct sek_run_set *set,
		struct sek_report *report);

/**
 * sek_run_wait - wait until each router has a route to every net it can reach
 * @name: of the topology
 * @seconds: at most
 * @report: what is missing
 *
 * Return: 0; -ETIMEDOUT, or another -errno, with the report.
 */
int sek_run_wait(const char *name, unsigned int seconds, struct sek_report *report);

/**
 * sek_run_exec - become a program in a node
 * @name: of the topology
 * @node: its name
 * @argv: words, with a NULL behind them
 * @report: for people
 *
 * Return: -errno, with the report; not at all if the program runs.
 */
int sek_run_exec(const char *name, const char *node, char *const argv[], struct sek_report *report);

#endif
