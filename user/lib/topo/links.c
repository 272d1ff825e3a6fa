// SPDX-License-Identifier: GPL-2.0-only
/* The part of work.h that is about links. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "joined.h"
#include "tunnels.h"
#include "work.h"

static int keep_joined(struct sek_work *w, size_t link)
{
	int err = 0;

	for (size_t e = 0; e < 2 && !err; e++) {
		const struct sek_topo_end *end = &w->t->links[link].end[e];

		if (w->t->nodes[end->node].join)
			err = sek_joined_keep_link(w, end->node, end->ifname);
	}
	return err;
}

static struct sek_batch_end rt_end(struct sek_work *w, size_t e)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	struct sek_work_node *node = &w->node[end->node];

	if (node->next_index)
		w->index[e] = node->next_index++;
	return (struct sek_batch_end){
		.ifname = end->ifname,
		.ifindex = w->index[e],
		.mac = end->mac,
		.netns_fd = node->fd,
		.group = w->t->nodes[end->node].join ? sek_joined_group(w->place->name) : 0,
	};
}

static int make_veth(struct sek_work *w, size_t link)
{
	const struct sek_topo_link *l = &w->t->links[link];
	struct sek_batch_end one = rt_end(w, 2 * link), other = rt_end(w, 2 * link + 1);

	/* veth_newlink() takes both numbers or none. */
	if (!one.ifindex || !other.ifindex) {
		w->index[2 * link] = 0;
		w->index[2 * link + 1] = 0;
		one.ifindex = 0;
		other.ifindex = 0;
	}
	sek_batch_veth(&w->batch, &one, &other, l->mtu);
	return sek_work_send(w, l->end[0].node, "make the link %s", l->name);
}

/*
 * The kernel gives a WireGuard interface no link-local address, from which OSPFv3 and RIPng
 * speak: it gets one with the lower half of its other address. One that goes down loses it.
 */
static void put_link_local(struct sek_work *w, size_t e, int index)
{
	const struct sek_topo_ip *ip = &sek_work_end_of(w, e)->ipv6;
	struct sek_topo_ip local = { .family = AF_INET6, .plen = 64, .addr = { 0xfe, 0x80 } };

	if (w->t->links[e / 2].kind != SEK_TOPO_LINK_WIREGUARD || !ip->family)
		return;
	memcpy(local.addr + 8, ip->addr + 8, 8);
	sek_batch_addr(&w->batch, index, &local);
}

/* Where both ends are there: addresses, and up. */
static int raise_end(struct sek_work *w, size_t e)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	const struct sek_topo_node *n = &w->t->nodes[end->node];
	int index = sek_work_index(w, e), bridge, err;

	if (index < 0)
		return index;
	err = n->join && end->ipv6.family ? sek_joined_allow_ipv6(w, end->node, end->ifname) : 0;
	if (err)
		return err;
	if (n->kind == SEK_TOPO_BRIDGE) {
		bridge = sek_batch_index(w->node[end->node].nl, SEK_WORK_BRIDGE, NULL);
		if (bridge < 0)
			return sek_report_fail(w->report, bridge, "find the bridge of %s", n->name);
		sek_batch_port(&w->batch, index, bridge);
		return sek_work_send(w, end->node, "plug %s into the bridge", end->ifname);
	}
	if (end->ipv4.family)
		sek_batch_addr(&w->batch, index, &end->ipv4);
	if (end->ipv6.family)
		sek_batch_addr(&w->batch, index, &end->ipv6);
	put_link_local(w, e, index);
	sek_batch_set_up(&w->batch, index, true);
	return sek_work_send(w, end->node, "raise %s", end->ifname);
}

int sek_links_mtu(struct sek_work *w, size_t link)
{
	int err = 0;

	for (size_t e = 2 * link; e < 2 * link + 2 && !err; e++) {
		int index = sek_work_index(w, e);

		if (index < 0)
			return index;
		sek_batch_set_mtu(&w->batch, index, w->t->links[link].mtu);
		err = sek_work_send(w, sek_work_end_of(w, e)->node, "set the MTU of %s",
				    sek_work_end_of(w, e)->ifname);
	}
	return err;
}

int sek_links_make(struct sek_work *w)
{
	int err = 0;

	for (size_t i = 0; i < w->t->links_n && !err; i++) {
		bool tunnel = w->t->links[i].kind == SEK_TOPO_LINK_WIREGUARD;

		if (!w->link_fresh[i])
			continue;
		err = sek_work_go_on(w);
		if (err)
			return err;
		err = keep_joined(w, i);
		if (err)
			return sek_report_fail(w->report, err, "write down the link %s",
					       w->t->links[i].name);
		err = tunnel ? sek_tunnels_make(w, i) : make_veth(w, i);
		if (!err && tunnel && w->t->links[i].mtu)
			err = sek_links_mtu(w, i);
		if (!err)
			err = raise_end(w, 2 * i);
		if (!err)
			err = raise_end(w, 2 * i + 1);
	}
	return err;
}

static int lower_end(struct sek_work *w, size_t e)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	int index = sek_work_index(w, e), err, left;
	char path[PATH_MAX];

	if (index < 0)
		return index;
	err = sek_work_enter(w, end->node);
	if (err)
		return err;
	/* An interface that goes down loses its IPv6 addresses, unless it was told to keep them. */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/keep_addr_on_down", end->ifname);
	err = sek_work_write(path, "1");
	left = sek_work_leave(w);
	if (left || (err && err != -ENOENT))
		return left ? left
			    : sek_report_fail(w->report, err, "keep the addresses of %s in %s",
					      end->ifname, w->t->nodes[end->node].name);
	sek_batch_set_up(&w->batch, index, false);
	return sek_work_send(w, end->node, "lower %s", end->ifname);
}

static int raise_again(struct sek_work *w, size_t e)
{
	int index = sek_work_index(w, e);

	if (index < 0)
		return index;
	put_link_local(w, e, index);
	sek_batch_set_up(&w->batch, index, true);
	return sek_work_send(w, sek_work_end_of(w, e)->node, "raise %s",
			     sek_work_end_of(w, e)->ifname);
}

int sek_links_carrier(struct sek_work *w, size_t link, bool up)
{
	int err = up ? raise_again(w, 2 * link) : lower_end(w, 2 * link);

	if (!err)
		err = up ? raise_again(w, 2 * link + 1) : lower_end(w, 2 * link + 1);
	return err;
}
