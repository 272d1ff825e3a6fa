/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command that changes a topology works with, and the steps of its work. */
#ifndef SEK_TOPO_WORK_H
#define SEK_TOPO_WORK_H

#include <stdbool.h>
#include <sys/types.h>

#include "../load.h"
#include "graph.h"
#include "place.h"
#include "batch.h"
#include "topo.h"

/* The interface of a bridge that joins its links; no host name has such a character. */
#define SEK_WORK_BRIDGE "br_0"

/**
 * struct sek_work_node - a node's namespace
 * @fd: of the namespace; -1: not open
 * @nl: rtnetlink socket in it
 * @next_index: index of the next interface to be made there; 0: the kernel chooses
 * @fresh: made by this command
 */
struct sek_work_node {
	int fd;
	struct mnl_socket *nl;
	__u32 next_index;
	bool fresh;
};

/**
 * struct sek_work_process - a process of the file, started by this command
 * @pid: of it; a child
 * @node: where it runs
 * @line: number in the node's processes
 */
struct sek_work_process {
	pid_t pid;
	size_t node;
	size_t line;
};

/**
 * struct sek_work - a topology at work
 * @place: its folder, locked
 * @t: the topology as it shall be
 * @report: for people
 * @node: by node
 * @index: by end (2 * link + end): index of its interface; 0: not known yet
 * @link_fresh: by link: made by this command
 * @cut: by link: it is cut
 * @down: by link: it is cut so that its ends can tell
 * @batch: for one socket at a time; empty between functions
 * @process: processes of the file that were started
 * @processes_n: how many
 * @own_fd: the namespace that the command came from
 * @netem: the kernel has it
 */
struct sek_work {
	struct sek_place *place;
	const struct sek_topo *t;
	struct sek_report *report;
	struct sek_work_node *node;
	__u32 *index;
	bool *link_fresh;
	bool *cut;
	bool *down;
	struct sek_batch batch;
	struct sek_work_process *process;
	size_t processes_n;
	int own_fd;
	bool netem;
};

/**
 * sek_work_begin - for a topology, with nothing open yet
 * @w: filled in; to be released by sek_work_end(), also after failure
 * @place: its folder
 * @t: the topology
 * @report: for people
 *
 * Return: 0 or -errno.
 */
int sek_work_begin(struct sek_work *w, struct sek_place *place, const struct sek_topo *t,
		   struct sek_report *report);

/** sek_work_end() - close everything; the calling thread is where it was at the beginning */
void sek_work_end(struct sek_work *w);

/**
 * sek_work_enter - move the calling thread into a node's namespace
 * @w: work
 * @node: which
 *
 * Return: 0 or -errno.
 */
int sek_work_enter(struct sek_work *w, size_t node);

/** sek_work_leave() - move the calling thread back; 0 or -errno */
int sek_work_leave(struct sek_work *w);

/**
 * sek_work_write - write a sysctl, or another file of the kernel's
 * @path: the file
 * @value: what is written
 *
 * Return: 0 or -errno.
 */
int sek_work_write(const char *path, const char *value);

/**
 * sek_work_send - send the batch, and say what failed
 * @w: work
 * @node: in whose namespace
 * @fmt: printf format: what was being done
 *
 * Return: 0 or -errno.
 */
int sek_work_send(struct sek_work *w, size_t node, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sek_work_index - index of an end's interface
 * @w: work
 * @end: 2 * link + end
 *
 * Return: the index, or -errno, with the report.
 */
int sek_work_index(struct sek_work *w, size_t end);

/**
 * sek_work_go_on - has nobody asked the command to end?
 * @w: work
 *
 * Return: 0; -EINTR, with the report.
 */
int sek_work_go_on(struct sek_work *w);

/** sek_work_end_of() - the end with a number */
static inline const struct sek_topo_end *sek_work_end_of(const struct sek_work *w, size_t end)
{
	return &w->t->links[end / 2].end[end % 2];
}

/**
 * sek_nodes_open - open the namespaces of all nodes
 * @w: work
 * @make: make those that are not there; otherwise one that is missing is an error
 *
 * Return: 0 or -errno, with the report.
 */
int sek_nodes_open(struct sek_work *w, bool make);

/**
 * sek_nodes_sysctls - write what the file asks for
 * @w: work
 * @node: which
 *
 * Return: 0 or -errno, with the report.
 */
int sek_nodes_sysctls(struct sek_work *w, size_t node);

/**
 * sek_links_make - make the links that are not there
 * @w: work; @link_fresh tells which
 *
 * Return: 0 or -errno, with the report.
 */
int sek_links_make(struct sek_work *w);

/**
 * sek_links_mtu - set both ends of a link to its MTU
 * @w: work
 * @link: which
 *
 * Return: 0 or -errno, with the report.
 */
int sek_links_mtu(struct sek_work *w, size_t link);

/**
 * sek_links_carrier - cut a link, or heal it
 * @w: work
 * @link: which
 * @up: heal
 *
 * Both ends lose their carrier, and keep their addresses.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_links_carrier(struct sek_work *w, size_t link, bool up);

/**
 * sek_impair_probe - find out whether the kernel has netem
 * @w: work; @netem is written
 *
 * Return: 0 or -errno, with the report.
 */
int sek_impair_probe(struct sek_work *w);

/**
 * sek_impair_check - can the kernel do what a link asks for?
 * @w: work, after sek_impair_probe()
 * @link: which
 *
 * Return: 0; -EOPNOTSUPP, with the report.
 */
int sek_impair_check(struct sek_work *w, size_t link);

/**
 * sek_impair_write - make both ends of a link as the topology has them
 * @w: work
 * @link: which
 *
 * Return: 0 or -errno, with the report.
 */
int sek_impair_write(struct sek_work *w, size_t link);

/**
 * sek_impair_silence - swallow all packets of a link, or let them pass again
 * @w: work
 * @link: which
 * @on: swallow
 *
 * The routers see no carrier go.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_impair_silence(struct sek_work *w, size_t link, bool on);

/**
 * sek_routes_write - the routes that no daemon finds
 * @w: work, with @cut
 *
 * What was there of ours is removed. What leads through a link that is down is left out.
 *
 * Return: 0 or -errno, with the report.
 */
int sek_routes_write(struct sek_work *w);

#endif
