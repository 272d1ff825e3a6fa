// SPDX-License-Identifier: GPL-2.0-only
/* The part of work.h that is about namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cleanup.h"
#include "joined.h"
#include "work.h"

/* lo is the first interface of each namespace. */
#define LO 1
/*
 * Interfaces get numbers from here on. A new namespace may have more than lo: one from each tunnel
 * module that is loaded (tunl0, gre0, gretap0, erspan0, ip_vti0, sit0, ip6tnl0, ip6gre0, ip6_vti0),
 * by the sysctl net.core.fb_tunnels_only_for_init_net.
 */
#define FIRST_INDEX 32

/* As sysctl(8): the first separator tells which one is meant. */
static void sysctl_path(char path[static PATH_MAX], const char *key)
{
	char *c = path + snprintf(path, PATH_MAX, "/proc/sys/");

	snprintf(c, PATH_MAX - (c - path), "%s", key);
	if (c[strcspn(c, "./")] == '/')
		return;
	for (; *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
}

int sek_nodes_sysctls(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	char path[PATH_MAX];
	int err, left;

	if (!n->sysctls_n)
		return 0;
	err = sek_work_enter(w, node);
	for (size_t i = 0; i < n->sysctls_n && !err; i++) {
		sysctl_path(path, n->sysctls[i].key);
		err = n->join ? sek_joined_keep_sysctl(w, node, path) : 0;
		if (!err)
			err = sek_work_write(path, n->sysctls[i].value);
		if (err)
			sek_report_fail(w->report, err, "set sysctl %s to '%s' in %s",
					n->sysctls[i].key, n->sysctls[i].value, n->name);
	}
	left = sek_work_leave(w);
	return left ? left : err;
}

/* The calling thread is in the namespace, which has no interface but lo. */
static int write_defaults(struct sek_work *w, const struct sek_topo_node *n)
{
	bool router = n->kind == SEK_TOPO_ROUTER;
	/* No packet is sent for a second or two while the kernel looks for duplicates. */
	int err = sek_work_write("/proc/sys/net/ipv6/conf/default/accept_dad", "0");

	if (err == -ENOENT)
		return sek_report_fail(w->report, err, "find IPv6 in the kernel");
	if (!err && router)
		err = sek_work_write("/proc/sys/net/ipv4/ip_forward", "1");
	if (!err && router)
		err = sek_work_write("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	return err ? sek_report_fail(w->report, err, "write the sysctls of %s", n->name) : 0;
}

/* The file is there before the namespace, or it would be lost by a crash. */
static int make_name(struct sek_work *w, const struct sek_topo_node *n, char path[PATH_MAX])
{
	int err = sek_place_path(w->place, path, "ns/%s", n->name), fd;

	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0444);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int bind_name(struct sek_work *w, const struct sek_topo_node *n, const char *from)
{
	char path[PATH_MAX];
	int err = make_name(w, n, path);

	if (!err && mount(from, path, NULL, MS_BIND, NULL))
		err = -errno;
	return err;
}

/* The calling thread is in the namespace. */
static int open_own(struct sek_work *w, size_t node)
{
	struct sek_work_node *wn = &w->node[node];
	int err;

	wn->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	err = wn->fd < 0 ? -errno : sek_netlink_open(NETLINK_ROUTE, &wn->nl);
	if (err)
		return sek_report_fail(w->report, err, "open the namespace of %s",
				       w->t->nodes[node].name);
	return 0;
}

static int make_bridge(struct sek_work *w, size_t node)
{
	struct sek_work_node *wn = &w->node[node];

	sek_batch_bridge(&w->batch, SEK_WORK_BRIDGE, wn->next_index++);
	return sek_work_send(w, node, "make the bridge");
}

static int make(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	struct sek_work_node *wn = &w->node[node];
	int err;

	if (unshare(CLONE_NEWNET))
		return sek_report_fail(w->report, -errno, "make a network namespace for %s",
				       n->name);
	err = bind_name(w, n, "/proc/thread-self/ns/net");
	if (err)
		return sek_report_fail(w->report, err, "keep the namespace of %s", n->name);
	err = open_own(w, node);
	if (!err)
		err = write_defaults(w, n);
	if (err)
		return err;
	wn->fresh = true;
	wn->next_index = FIRST_INDEX;
	sek_batch_set_up(&w->batch, LO, true);
	for (size_t i = 0; i < n->addresses_n; i++)
		sek_batch_addr(&w->batch, LO, &n->addresses[i]);
	err = sek_work_send(w, node, "raise lo");
	if (!err && n->kind == SEK_TOPO_BRIDGE)
		err = make_bridge(w, node);
	return err;
}

static int adopt(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	char from[PATH_MAX];
	/* LXC answers on a socket of the namespace it was started in, not in that of a node. */
	int err = sek_work_leave(w);

	if (!err)
		err = sek_joined_path(n, from, w->report);
	if (err)
		return err;
	err = bind_name(w, n, from);
	if (err)
		return sek_report_fail(w->report, err, "join %s for the node %s", from, n->name);
	w->node[node].fd = sek_place_netns(w->place, n->name);
	if (w->node[node].fd < 0)
		return sek_report_say(w->report, -EINVAL,
				      "join %s for the node %s: not a namespace", from, n->name);
	w->node[node].fresh = true;
	err = sek_work_enter(w, node);
	if (!err)
		err = sek_netlink_open(NETLINK_ROUTE, &w->node[node].nl);
	if (err)
		return sek_report_fail(w->report, err, "open the namespace of %s", n->name);
	return sek_joined_prepare(w, node);
}

static int open_one(struct sek_work *w, size_t node, bool make_it)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	int fd = sek_place_netns(w->place, n->name), err;

	if (fd == -ENOENT && make_it)
		return n->join == SEK_TOPO_JOIN_NONE ? make(w, node) : adopt(w, node);
	if (fd < 0)
		return sek_report_fail(w->report, fd, "open the namespace of %s", n->name);
	w->node[node].fd = fd;
	err = sek_work_enter(w, node);
	if (err)
		return err;
	sek_closep(&w->node[node].fd);
	return open_own(w, node);
}

static bool is_mounted(struct sek_work *w)
{
	struct stat names, folder;

	return !fstatat(w->place->dir, "ns", &names, AT_SYMLINK_NOFOLLOW) &&
	       !fstat(w->place->dir, &folder) && names.st_dev != folder.st_dev;
}

/* One mount holds all names: a thousand namespaces are let go by one call. */
static int mount_names(struct sek_work *w)
{
	char path[PATH_MAX];
	int err = sek_place_mkdir(w->place, "ns");

	if (err || is_mounted(w))
		return err;
	err = sek_place_path(w->place, path, "ns");
	if (!err && mount("sekisho", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755"))
		err = -errno;
	return err;
}

/*
 * A third of the time is the kernel's for the sysctls of each namespace, under no lock that two
 * CPUs would share: two threads take a third off, more of them gain little.
 */
#define THREADS 2

/* Fewer are made before another thread has begun. */
#define THREADS_FROM 8

/**
 * struct share - what one thread opens: every THREADS-th node
 * @w: a copy with a batch and a report of its own; nodes are shared, each is one thread's
 * @report: of the thread
 * @first: number of the first node
 * @step: to the next one
 * @make: those that are not there
 * @err: what came of it
 */
struct share {
	struct sek_work w;
	struct sek_report report;
	size_t first;
	size_t step;
	bool make;
	int err;
};

static void *open_share(void *arg)
{
	struct share *s = arg;

	for (size_t i = s->first; i < s->w.t->nodes_n && !s->err; i += s->step) {
		s->err = sek_work_go_on(&s->w);
		if (!s->err)
			s->err = open_one(&s->w, i, s->make);
	}
	return NULL;
}

static int open_all(struct sek_work *w, bool make_them)
{
	struct share s[THREADS];
	size_t n = w->t->nodes_n < THREADS_FROM ? 1 : THREADS;
	pthread_t threads[THREADS];
	bool started[THREADS] = { false };
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		s[i] = (struct share){ .w = *w, .first = i, .step = n, .make = make_them };
		s[i].w.report = &s[i].report;
	}
	for (size_t i = 1; i < n; i++)
		started[i] = !pthread_create(&threads[i], NULL, open_share, &s[i]);
	for (size_t i = 0; i < n; i++) {
		if (started[i])
			pthread_join(threads[i], NULL);
		else
			open_share(&s[i]);
		if (s[i].err && !err) {
			err = s[i].err;
			snprintf(w->report->error, sizeof(w->report->error), "%s",
				 s[i].report.error);
		}
		sek_report_free(&s[i].report);
	}
	return err;
}

int sek_nodes_open(struct sek_work *w, bool make_them)
{
	int err = make_them ? mount_names(w) : 0, left;

	if (err)
		return sek_report_fail(w->report, err, "prepare " SEK_PLACE_DIR "/%s/ns",
				       w->place->name);
	err = open_all(w, make_them);
	left = sek_work_leave(w);
	return err ? err : left;
}
