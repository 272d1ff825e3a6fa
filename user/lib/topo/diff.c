// SPDX-License-Identifier: GPL-2.0-only
#include "diff.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cleanup.h"
#include "bird.h"
#include "down.h"
#include "frr.h"
#include "ip.h"
#include "saved.h"
#include "tunnels.h"

static bool is_same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/*
 * What can be changed in place is not looked at: routing, timers, static routes. A sysctl that is
 * taken back, an extra address or a process that is gone would have to be undone.
 */
static bool is_same_node(const struct sek_topo_node *a, const struct sek_topo_node *b)
{
	bool same = a->kind == b->kind && a->join == b->join && a->cgroup == b->cgroup &&
		    is_same_text(a->join_name, b->join_name) && a->addresses_n == b->addresses_n &&
		    a->sysctls_n == b->sysctls_n && a->processes_n == b->processes_n &&
		    a->daemon == b->daemon && !(sek_bird_is_wanted(a) && !sek_bird_is_wanted(b));

	for (size_t i = 0; same && i < a->addresses_n; i++)
		same = !sek_ip_order(&a->addresses[i], &b->addresses[i]);
	for (size_t i = 0; same && i < a->sysctls_n; i++)
		same = is_same_text(a->sysctls[i].key, b->sysctls[i].key) &&
		       is_same_text(a->sysctls[i].value, b->sysctls[i].value);
	for (size_t i = 0; same && i < a->processes_n; i++)
		same = is_same_text(a->processes[i], b->processes[i]);
	return same;
}

static bool is_same_ip(const struct sek_topo_ip *a, const struct sek_topo_ip *b)
{
	return a->family == b->family && (!a->family || !sek_ip_order(a, b));
}

static bool is_same_end(const struct sek_topo *old, const struct sek_topo_end *a,
			const struct sek_topo *new, const struct sek_topo_end *b)
{
	return !strcmp(old->nodes[a->node].name, new->nodes[b->node].name) &&
	       !strcmp(a->ifname, b->ifname) && !memcmp(a->mac, b->mac, sizeof(a->mac)) &&
	       is_same_ip(&a->ipv4, &b->ipv4) && is_same_ip(&a->ipv6, &b->ipv6) &&
	       is_same_ip(&a->endpoint, &b->endpoint) && a->port == b->port;
}

/* Impairments and costs are changed in place. */
static bool is_same_link(const struct sek_topo *old, const struct sek_topo_link *a,
			 const struct sek_topo *new, const struct sek_topo_link *b)
{
	return a->kind == b->kind && a->mtu == b->mtu && a->flap_up_s == b->flap_up_s &&
	       a->flap_down_s == b->flap_down_s && is_same_end(old, &a->end[0], new, &b->end[0]) &&
	       is_same_end(old, &a->end[1], new, &b->end[1]);
}

/* Names in order, to be found by halves. */
struct name {
	const char *name;
	size_t at;
};

static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct name *index_nodes(const struct sek_topo *t)
{
	struct name *v = calloc(t->nodes_n + 1, sizeof(*v));

	for (size_t i = 0; v && i < t->nodes_n; i++)
		v[i] = (struct name){ t->nodes[i].name, i };
	if (v)
		qsort(v, t->nodes_n, sizeof(*v), compare);
	return v;
}

static struct name *index_links(const struct sek_topo *t)
{
	struct name *v = calloc(t->links_n + 1, sizeof(*v));

	for (size_t i = 0; v && i < t->links_n; i++)
		v[i] = (struct name){ t->links[i].name, i };
	if (v)
		qsort(v, t->links_n, sizeof(*v), compare);
	return v;
}

static int choose_nodes(struct sek_diff *d, const struct sek_place *p, const struct sek_topo *old,
			const struct sek_topo *new)
{
	SEK_CLEANUP(sek_freep) struct name *index = index_nodes(new);
	bool same = sek_saved_is_same(old, new);

	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < old->nodes_n; i++) {
		struct name key = { old->nodes[i].name, 0 };
		struct name *found = bsearch(&key, index, new->nodes_n, sizeof(*index), compare);
		SEK_CLEANUP(sek_closep) int fd = -1;

		/* FRR's daemons are not told of a change: they go with their node. */
		if (found && (same || !sek_frr_is_wanted(&old->nodes[i])) &&
		    is_same_node(&old->nodes[i], &new->nodes[found->at]))
			fd = sek_place_netns(p, old->nodes[i].name);
		d->keep_node[i] = fd >= 0;
		if (!d->keep_node[i])
			d->nodes[d->nodes_n++] = old->nodes[i].name;
	}
	return 0;
}

/* Is the interface there? Its namespace is. */
static bool is_there(struct mnl_socket *const *nl, const struct sek_topo_link *l)
{
	return sek_batch_index(nl[l->end[0].node], l->end[0].ifname, NULL) > 0 &&
	       sek_batch_index(nl[l->end[1].node], l->end[1].ifname, NULL) > 0;
}

static int choose_links(struct sek_diff *d, struct mnl_socket *const *nl,
			const struct sek_topo *old, const struct sek_topo *new)
{
	SEK_CLEANUP(sek_freep) struct name *index = index_links(old);

	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < new->links_n; i++) {
		struct name key = { new->links[i].name, 0 };
		struct name *found = bsearch(&key, index, old->links_n, sizeof(*index), compare);
		const struct sek_topo_link *l = found ? &old->links[found->at] : NULL;

		d->keep_link[i] = l && d->keep_node[l->end[0].node] &&
				  d->keep_node[l->end[1].node] &&
				  is_same_link(old, l, new, &new->links[i]) && is_there(nl, l);
		d->old_link[i] = d->keep_link[i] ? found->at : SEK_GRAPH_NONE;
	}
	return 0;
}

/* A socket in each namespace that stays, by old node. */
static int open_sockets(const struct sek_place *p, const struct sek_topo *old, const bool *keep,
			struct mnl_socket **nl)
{
	SEK_CLEANUP(sek_closep) int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int err = own < 0 ? -errno : 0;

	for (size_t i = 0; i < old->nodes_n && !err; i++) {
		SEK_CLEANUP(sek_closep) int fd = -1;

		if (!keep[i])
			continue;
		fd = sek_place_netns(p, old->nodes[i].name);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			err = fd < 0 ? fd : -errno;
		else
			err = sek_netlink_open(NETLINK_ROUTE, &nl[i]);
	}
	if (own >= 0 && setns(own, CLONE_NEWNET))
		return -errno;
	return err;
}

static void close_sockets(const struct sek_topo *old, struct mnl_socket **nl)
{
	for (size_t i = 0; nl && i < old->nodes_n; i++)
		sek_netlink_closep(&nl[i]);
	free(nl);
}

int sek_diff_make(struct sek_diff *d, const struct sek_place *p, const struct sek_topo *old,
		  const struct sek_topo *new)
{
	struct mnl_socket **nl = calloc(old->nodes_n + 1, sizeof(struct mnl_socket *));
	int err = -ENOMEM;

	d->nodes = calloc(old->nodes_n + 1, sizeof(char *));
	d->keep_node = calloc(old->nodes_n + 1, sizeof(*d->keep_node));
	d->keep_link = calloc(new->links_n + 1, sizeof(*d->keep_link));
	d->old_link = calloc(new->links_n + 1, sizeof(*d->old_link));
	if (nl && d->nodes && d->keep_node && d->keep_link && d->old_link)
		err = choose_nodes(d, p, old, new);
	if (!err)
		err = open_sockets(p, old, d->keep_node, nl);
	if (!err)
		err = choose_links(d, nl, old, new);
	close_sockets(old, nl);
	return err;
}

bool sek_diff_is_empty(const struct sek_diff *d, const struct sek_topo *old,
		       const struct sek_topo *new)
{
	if (d->nodes_n || old->nodes_n != new->nodes_n || old->links_n != new->links_n)
		return false;
	for (size_t i = 0; i < new->links_n; i++) {
		if (!d->keep_link[i])
			return false;
	}
	return true;
}

static int remove_end(const struct sek_place *p, const char *node, const char *ifname)
{
	SEK_CLEANUP(sek_closep) int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	SEK_CLEANUP(sek_closep) int fd = sek_place_netns(p, node);
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nl = NULL;
	struct sek_batch b = { 0 };
	int err;

	if (own < 0 || fd < 0)
		return fd < 0 ? fd : -errno;
	if (setns(fd, CLONE_NEWNET))
		return -errno;
	err = sek_netlink_open(NETLINK_ROUTE, &nl);
	if (setns(own, CLONE_NEWNET))
		return -errno;
	sek_batch_del(&b, ifname);
	if (!err)
		err = sek_batch_send(nl, &b);
	return err == -ENODEV ? 0 : err;
}

/* One end of a veth takes the other with it; those of a tunnel know nothing of each other. */
static int remove_tunnel(const struct sek_diff *d, const struct sek_place *p,
			 const struct sek_topo *old, const struct sek_topo_link *l)
{
	int err = 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		const char *node = old->nodes[l->end[i].node].name;

		if (!d->keep_node[l->end[i].node])
			continue;
		err = remove_end(p, node, l->end[i].ifname);
		if (!err)
			err = sek_tunnels_wait_gone(p, node, l->end[i].ifname);
	}
	return err;
}

/* With its nodes it would go, too, but from one that stays only some time later. */
static int remove_link(const struct sek_diff *d, const struct sek_place *p,
		       const struct sek_topo *old, const struct sek_topo_link *l)
{
	if (l->kind == SEK_TOPO_LINK_WIREGUARD)
		return remove_tunnel(d, p, old, l);
	for (size_t i = 0; i < 2; i++) {
		if (d->keep_node[l->end[i].node])
			return remove_end(p, old->nodes[l->end[i].node].name, l->end[i].ifname);
	}
	return 0;
}

static int remove_links(const struct sek_diff *d, const struct sek_place *p,
			const struct sek_topo *old, const struct sek_topo *new,
			struct sek_report *report)
{
	bool *stays = calloc(old->links_n + 1, sizeof(*stays));
	char file[sizeof("cut/") + sizeof(old->links[0].name)];
	int err = 0;

	if (!stays)
		return sek_report_fail(report, -ENOMEM, "compare the topologies");
	for (size_t i = 0; i < new->links_n; i++) {
		if (d->keep_link[i])
			stays[d->old_link[i]] = true;
	}
	for (size_t i = 0; i < old->links_n; i++) {
		const struct sek_topo_link *l = &old->links[i];

		if (stays[i])
			continue;
		err = remove_link(d, p, old, l);
		if (err) {
			sek_report_fail(report, err, "remove the link %s", l->name);
			break;
		}
		snprintf(file, sizeof(file), "cut/%s", l->name);
		unlinkat(p->dir, file, 0);
	}
	free(stays);
	return err;
}

int sek_diff_remove(const struct sek_diff *d, struct sek_place *p, const struct sek_topo *old,
		    const struct sek_topo *new, struct sek_report *report)
{
	int err = remove_links(d, p, old, new, report);

	return err ? err : sek_down_nodes(p, d->nodes, d->nodes_n, report);
}

void sek_diff_free(struct sek_diff *d)
{
	free(d->nodes);
	free(d->keep_node);
	free(d->keep_link);
	free(d->old_link);
	memset(d, 0, sizeof(*d));
}
