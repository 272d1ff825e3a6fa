// SPDX-License-Identifier: GPL-2.0-only
/* The part of batch.h that asks the kernel what is there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "batch.h"

struct walk {
	void (*fn)(const struct sek_batch_route *route, void *data);
	void *data;
	int err;
};

static void add_dev(struct sek_batch_route *route, __u32 index)
{
	if (route->devs_n < SEK_BATCH_DEVS)
		route->dev[route->devs_n++] = index;
}

/* rtnetlink(7), RTA_MULTIPATH: a struct rtnexthop for each way. */
static void add_ways(struct sek_batch_route *route, const struct nlattr *attr)
{
	const struct rtnexthop *way = mnl_attr_get_payload(attr);
	int left = mnl_attr_get_payload_len(attr);

	for (; RTNH_OK(way, left); way = RTNH_NEXT(way)) {
		add_dev(route, way->rtnh_ifindex);
		left -= RTNH_ALIGN(way->rtnh_len);
	}
}

static int take_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *header = mnl_nlmsg_get_payload(nlh);
	struct sek_batch_route route = {
		.to = { .family = header->rtm_family, .plen = header->rtm_dst_len },
		.proto = header->rtm_protocol,
		.live = !(header->rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN)),
	};
	const struct walk *w = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || header->rtm_table != RT_TABLE_MAIN ||
	    header->rtm_type != RTN_UNICAST || header->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*header))
	{
		if (mnl_attr_get_type(attr) == RTA_DST &&
		    mnl_attr_get_payload_len(attr) <= sizeof(route.to.addr))
			memcpy(route.to.addr, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
		if (mnl_attr_get_type(attr) == RTA_OIF)
			add_dev(&route, mnl_attr_get_u32(attr));
		if (mnl_attr_get_type(attr) == RTA_MULTIPATH)
			add_ways(&route, attr);
	}
	w->fn(&route, w->data);
	return MNL_CB_OK;
}

/* One message of another exchange than those of a batch: it has its own callback. */
static int ask(struct mnl_socket *nl, struct sek_batch *b, __u16 flags, mnl_cb_t cb, void *data)
{
	/* Apart from the numbers of batches, which begin at 1. */
	static _Thread_local unsigned int seq = 1U << 31;

	b->last->nlmsg_seq = ++seq | 1U << 31;
	b->last->nlmsg_flags |= flags;
	return sek_netlink_exchange(nl, b->last, b->last->nlmsg_len, cb, data);
}

int sek_batch_routes(struct mnl_socket *nl, __u8 family,
		     void (*fn)(const struct sek_batch_route *route, void *data), void *data)
{
	struct rtmsg header = { .rtm_family = family };
	struct walk w = { .fn = fn, .data = data };
	struct sek_batch b = { 0 };

	sek_batch_put(&b, RTM_GETROUTE, 0, &header, sizeof(header));
	return ask(nl, &b, NLM_F_DUMP, take_route, &w);
}

/* Fewer messages than a batch has room for. */
#define AT_ONCE 16

struct flush {
	struct mnl_socket *nl;
	struct sek_topo_ip *to;
	size_t n;
	size_t room;
	int err;
};

static void collect(const struct sek_batch_route *route, void *data)
{
	struct flush *f = data;
	struct sek_topo_ip *to;

	if (route->proto != SEK_BATCH_PROTO || f->err)
		return;
	if (f->n == f->room) {
		f->room = f->room ? 2 * f->room : 64;
		to = reallocarray(f->to, f->room, sizeof(*to));
		if (!to) {
			f->err = -ENOMEM;
			return;
		}
		f->to = to;
	}
	f->to[f->n++] = route->to;
}

/* What went with its interface meanwhile is no fault, and the kernel goes on behind it. */
static int send_deletes(const struct flush *f, struct sek_batch *b)
{
	int err = sek_batch_send(f->nl, b);

	return err == -ESRCH ? 0 : err;
}

static int delete_routes(const struct flush *f)
{
	struct sek_batch b = { 0 };
	int err = 0;

	for (size_t i = 0; i < f->n && !err; i++) {
		const struct sek_topo_ip *to = &f->to[i];
		struct rtmsg header = {
			.rtm_family = to->family,
			.rtm_dst_len = to->plen,
			.rtm_table = RT_TABLE_MAIN,
			.rtm_protocol = SEK_BATCH_PROTO,
			.rtm_scope = RT_SCOPE_NOWHERE,
		};
		struct nlmsghdr *nlh = sek_batch_put(&b, RTM_DELROUTE, 0, &header, sizeof(header));

		if (to->plen)
			mnl_attr_put(nlh, RTA_DST, to->family == AF_INET ? 4 : 16, to->addr);
		if (i % AT_ONCE == AT_ONCE - 1)
			err = send_deletes(f, &b);
	}
	return err ? err : send_deletes(f, &b);
}

int sek_batch_flush(struct mnl_socket *nl)
{
	static const __u8 families[] = { AF_INET, AF_INET6 };
	struct flush f = { .nl = nl };
	int err = 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		/* From the start, if something changed meanwhile. */
		do {
			f.n = 0;
			err = sek_batch_routes(nl, families[i], collect, &f);
		} while (err == -EINTR);
		err = err ? err : f.err;
		if (!err)
			err = delete_routes(&f);
	}
	free(f.to);
	return err;
}

struct found {
	int index;
	__u32 group;
};

static int take_index(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct found *found = data;
	const struct nlattr *attr;

	found->index = info->ifi_index;
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == IFLA_GROUP)
			found->group = mnl_attr_get_u32(attr);
	}
	return MNL_CB_OK;
}

int sek_batch_index(struct mnl_socket *nl, const char *ifname, __u32 *ret_group)
{
	struct found found = { .index = -ENODEV };
	struct ifinfomsg info = { 0 };
	struct sek_batch b = { 0 };
	int err;

	sek_batch_put(&b, RTM_GETLINK, 0, &info, sizeof(info));
	mnl_attr_put_strz(b.last, IFLA_IFNAME, ifname);
	err = ask(nl, &b, NLM_F_ACK, take_index, &found);
	if (err)
		return err;
	if (ret_group)
		*ret_group = found.group;
	return found.index;
}
