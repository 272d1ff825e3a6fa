// SPDX-License-Identifier: GPL-2.0-only
#include "rt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "../netlink.h"

static struct nlmsghdr *route_request(union sek_netlink_buf *buf, __u16 type, __u16 flags,
				      int family)
{
	struct rtmsg msg = { .rtm_family = family };

	return sek_netlink_message(buf, type, flags, &msg, sizeof(msg));
}

static int change(__u16 type, __u16 flags, const struct sek_rt_route *r)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = route_request(&buf, type, NLM_F_ACK | flags, r->dst.family);
	struct rtmsg *msg = mnl_nlmsg_get_payload(nlh);
	size_t size = sek_prefix_bits(&r->dst) / 8;

	msg->rtm_dst_len = r->dst.len;
	msg->rtm_table = r->table < 256 ? r->table : RT_TABLE_COMPAT;
	msg->rtm_protocol = r->protocol;
	msg->rtm_scope = r->scope;
	msg->rtm_type = r->type;
	mnl_attr_put(nlh, RTA_DST, size, r->dst.bytes);
	mnl_attr_put_u32(nlh, RTA_TABLE, r->table);
	if (r->oif)
		mnl_attr_put_u32(nlh, RTA_OIF, r->oif);
	if (r->gateway.family)
		mnl_attr_put(nlh, RTA_GATEWAY, size, r->gateway.bytes);
	if (r->metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, r->metric);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rt_route_add(const struct sek_rt_route *r)
{
	return change(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
}

int sek_rt_route_del(const struct sek_rt_route *r)
{
	return change(RTM_DELROUTE, 0, r);
}

static void take_address(struct sek_prefix *p, int family, const struct nlattr *attr)
{
	p->family = family;
	if (mnl_attr_get_payload_len(attr) == sek_prefix_bits(p) / 8)
		memcpy(p->bytes, mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
}

/* The first of several next hops. */
static void take_multipath(struct sek_rt_route *r, const struct nlattr *attr)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(attr);

	if (mnl_attr_get_payload_len(attr) >= sizeof(*hop) && !r->oif)
		r->oif = hop->rtnh_ifindex;
}

static void take_metrics(struct sek_rt_route *r, const struct nlattr *metrics)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, metrics)
	{
		if (mnl_attr_get_type(attr) == RTAX_MTU)
			r->mtu = mnl_attr_get_u32(attr);
	}
}

static int fill_route(const struct nlmsghdr *nlh, void *entry)
{
	const struct rtmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct sek_rt_route *r = entry;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || msg->rtm_flags & RTM_F_CLONED)
		return 0;
	r->dst.family = msg->rtm_family;
	r->dst.len = msg->rtm_dst_len;
	r->table = msg->rtm_table;
	r->type = msg->rtm_type;
	r->protocol = msg->rtm_protocol;
	r->scope = msg->rtm_scope;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			take_address(&r->dst, msg->rtm_family, attr);
			break;
		case RTA_TABLE:
			r->table = mnl_attr_get_u32(attr);
			break;
		case RTA_OIF:
			r->oif = mnl_attr_get_u32(attr);
			break;
		case RTA_GATEWAY:
			r->gateway.len = sek_prefix_bits(&r->dst);
			take_address(&r->gateway, msg->rtm_family, attr);
			break;
		case RTA_PRIORITY:
			r->metric = mnl_attr_get_u32(attr);
			break;
		case RTA_METRICS:
			take_metrics(r, attr);
			break;
		case RTA_MULTIPATH:
			take_multipath(r, attr);
			break;
		}
	}
	return 1;
}

int sek_rt_route_list(int family, __u32 table, struct sek_rt_route **ret, size_t *n)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = route_request(&buf, RTM_GETROUTE, NLM_F_DUMP, family);
	struct sek_rt_route *routes;
	size_t all, found = 0;
	int err = sek_netlink_list(NETLINK_ROUTE, nlh, sizeof(*routes), fill_route,
				   (void **)&routes, &all);

	if (err)
		return err;
	for (size_t i = 0; i < all; i++) {
		if (!table || routes[i].table == table)
			routes[found++] = routes[i];
	}
	*ret = routes;
	*n = found;
	return 0;
}

struct emptiness {
	__u32 table;
	bool found;
};

static int look_for_table(const struct nlmsghdr *nlh, void *data)
{
	struct emptiness *e = data;
	struct sek_rt_route r = { 0 };

	e->found |= fill_route(nlh, &r) && r.table == e->table;
	return e->found ? MNL_CB_STOP : MNL_CB_OK;
}

int sek_rt_table_is_empty(int family, __u32 table)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = route_request(&buf, RTM_GETROUTE, NLM_F_DUMP, family);
	struct emptiness e = { .table = table };
	int err = sek_netlink_request(NETLINK_ROUTE, nlh, look_for_table, &e);

	if (err && err != -EINTR)
		return err;
	return !e.found;
}

static int take_route(const struct nlmsghdr *nlh, void *data)
{
	struct nlmsghdr *message = (struct nlmsghdr *)nlh;
	struct rtmsg *msg = mnl_nlmsg_get_payload(message);

	/* The answer to a lookup is such a one; it is wanted here. */
	msg->rtm_flags &= ~RTM_F_CLONED;
	fill_route(message, data);
	return MNL_CB_OK;
}

int sek_rt_lookup(const struct sek_prefix *dst, __u32 mark, bool match, struct sek_rt_route *ret)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = route_request(&buf, RTM_GETROUTE, NLM_F_ACK, dst->family);
	struct rtmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct sek_rt_route r = { 0 };
	int err;

	msg->rtm_dst_len = sek_prefix_bits(dst);
	msg->rtm_flags = RTM_F_LOOKUP_TABLE | (match ? RTM_F_FIB_MATCH : 0);
	mnl_attr_put(nlh, RTA_DST, sek_prefix_bits(dst) / 8, dst->bytes);
	if (mark)
		mnl_attr_put_u32(nlh, RTA_MARK, mark);
	err = sek_netlink_request(NETLINK_ROUTE, nlh, take_route, &r);
	if (err)
		return err;
	/* IPv6 answers with the route that refuses. */
	if (r.type == RTN_UNREACHABLE || r.type == RTN_PROHIBIT || r.type == RTN_BLACKHOLE)
		return -ENETUNREACH;
	*ret = r;
	return 0;
}
