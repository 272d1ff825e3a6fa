// SPDX-License-Identifier: GPL-2.0-only
#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../stop.h"

/* A namespace and a socket for each node, and some for all else. */
static void raise_files(size_t nodes)
{
	struct rlimit limit;
	rlim_t want = 2 * nodes + 256;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = want;
	if (limit.rlim_max < want)
		limit.rlim_max = want;
	/* If it may not, opening the one too many says so. */
	setrlimit(RLIMIT_NOFILE, &limit);
}

int sek_work_begin(struct sek_work *w, struct sek_place *place, const struct sek_topo *t,
		   struct sek_report *report)
{
	memset(w, 0, sizeof(*w));
	w->place = place;
	w->t = t;
	w->report = report;
	w->own_fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	w->node = calloc(t->nodes_n + 1, sizeof(*w->node));
	w->index = calloc(2 * t->links_n + 1, sizeof(*w->index));
	w->link_fresh = calloc(t->links_n + 1, sizeof(*w->link_fresh));
	w->cut = calloc(t->links_n + 1, sizeof(*w->cut));
	w->down = calloc(t->links_n + 1, sizeof(*w->down));
	if (!w->node || !w->index || !w->link_fresh || !w->cut || !w->down)
		return sek_report_fail(report, -ENOMEM, "prepare the topology");
	for (size_t i = 0; i < t->nodes_n; i++)
		w->node[i].fd = -1;
	if (w->own_fd < 0)
		return sek_report_fail(report, -errno, "open the own network namespace");
	raise_files(t->nodes_n);
	return 0;
}

void sek_work_end(struct sek_work *w)
{
	for (size_t i = 0; w->node && i < w->t->nodes_n; i++) {
		sek_netlink_closep(&w->node[i].nl);
		sek_closep(&w->node[i].fd);
	}
	sek_closep(&w->own_fd);
	free(w->process);
	free(w->node);
	free(w->index);
	free(w->link_fresh);
	free(w->cut);
	free(w->down);
}

int sek_work_enter(struct sek_work *w, size_t node)
{
	if (setns(w->node[node].fd, CLONE_NEWNET))
		return sek_report_fail(w->report, -errno, "enter the namespace of %s",
				       w->t->nodes[node].name);
	return 0;
}

int sek_work_leave(struct sek_work *w)
{
	if (setns(w->own_fd, CLONE_NEWNET))
		return sek_report_fail(w->report, -errno, "go back to the own network namespace");
	return 0;
}

int sek_work_go_on(struct sek_work *w)
{
	const char *name = sek_stop_wanted();

	return name ? sek_report_say(w->report, -EINTR, "ended by %s", name) : 0;
}

int sek_work_write(const char *path, const char *value)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

int sek_work_send(struct sek_work *w, size_t node, const char *fmt, ...)
{
	int err = sek_batch_send(w->node[node].nl, &w->batch);
	const char *said = sek_netlink_error();
	char what[256];
	va_list args;

	if (!err)
		return 0;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return sek_report_fail(w->report, err, "%s in %s%s%s", what, w->t->nodes[node].name,
			       said[0] ? ": " : "", said);
}

int sek_work_index(struct sek_work *w, size_t end)
{
	const struct sek_topo_end *e = sek_work_end_of(w, end);
	int index;

	if (w->index[end])
		return w->index[end];
	index = sek_batch_index(w->node[e->node].nl, e->ifname, NULL);
	if (index < 0)
		return sek_report_fail(w->report, index, "find the interface %s in %s", e->ifname,
				       w->t->nodes[e->node].name);
	w->index[end] = index;
	return index;
}
