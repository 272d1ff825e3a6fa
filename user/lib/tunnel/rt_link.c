// SPDX-License-Identifier: GPL-2.0-only
#include "rt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "../cleanup.h"
#include "../netlink.h"

static struct nlmsghdr *link_request(union sek_netlink_buf *buf, __u16 type, __u16 flags,
				     __u32 ifindex, __u32 set)
{
	struct ifinfomsg info = { .ifi_index = ifindex, .ifi_flags = set, .ifi_change = set };

	return sek_netlink_message(buf, type, NLM_F_ACK | flags, &info, sizeof(info));
}

int sek_rt_link_add(const char *name, const char *kind, int netns_fd)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = link_request(&buf, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
	struct nlattr *nest;

	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (netns_fd >= 0)
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, netns_fd);
	nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, nest);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rt_link_del(__u32 ifindex)
{
	union sek_netlink_buf buf = { 0 };

	return sek_netlink_request(NETLINK_ROUTE, link_request(&buf, RTM_DELLINK, 0, ifindex, 0),
				   NULL, NULL);
}

int sek_rt_link_move(__u32 ifindex, int netns_fd)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = link_request(&buf, RTM_NEWLINK, 0, ifindex, 0);

	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, netns_fd);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rt_link_mtu(__u32 ifindex, __u32 mtu)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = link_request(&buf, RTM_NEWLINK, 0, ifindex, 0);

	mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rt_link_flags(__u32 ifindex, __u32 flags)
{
	union sek_netlink_buf buf = { 0 };

	return sek_netlink_request(NETLINK_ROUTE,
				   link_request(&buf, RTM_NEWLINK, 0, ifindex, flags), NULL, NULL);
}

int sek_rt_address_add(__u32 ifindex, const struct sek_prefix *p, bool no_route)
{
	union sek_netlink_buf buf = { 0 };
	struct ifaddrmsg msg = {
		.ifa_family = p->family,
		.ifa_prefixlen = p->len,
		.ifa_index = ifindex,
	};
	struct nlmsghdr *nlh;

	if (p->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&p->v6))
		msg.ifa_scope = RT_SCOPE_LINK;
	nlh = sek_netlink_message(&buf, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &msg,
				  sizeof(msg));
	mnl_attr_put(nlh, IFA_LOCAL, sek_prefix_bits(p) / 8, p->bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, sek_prefix_bits(p) / 8, p->bytes);
	if (no_route)
		mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

struct address {
	struct sek_prefix prefix;
	__u32 ifindex;
};

static int fill_address(const struct nlmsghdr *nlh, void *entry)
{
	const struct ifaddrmsg *msg = mnl_nlmsg_get_payload(nlh);
	struct address *a = entry;
	const struct nlattr *attr;
	bool local = false;

	if (nlh->nlmsg_type != RTM_NEWADDR ||
	    (msg->ifa_family != AF_INET && msg->ifa_family != AF_INET6))
		return 0;
	a->ifindex = msg->ifa_index;
	a->prefix.family = msg->ifa_family;
	a->prefix.len = msg->ifa_prefixlen;
	mnl_attr_for_each(attr, nlh, sizeof(*msg))
	{
		int type = mnl_attr_get_type(attr);

		/* IFA_ADDRESS is that of the other end, where it differs. */
		if ((type == IFA_LOCAL || (type == IFA_ADDRESS && !local)) &&
		    mnl_attr_get_payload_len(attr) == sek_prefix_bits(&a->prefix) / 8) {
			memcpy(a->prefix.bytes, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
			local = type == IFA_LOCAL;
		}
	}
	return 1;
}

int sek_rt_address_list(__u32 ifindex, struct sek_prefix **ret, size_t *n)
{
	SEK_CLEANUP(sek_freep) struct address *all = NULL;
	union sek_netlink_buf buf = { 0 };
	struct ifaddrmsg all_of_them = { 0 };
	struct nlmsghdr *nlh = sek_netlink_message(&buf, RTM_GETADDR, NLM_F_DUMP, &all_of_them,
						   sizeof(all_of_them));
	struct sek_prefix *prefixes;
	size_t all_n, found = 0;
	int err;

	err = sek_netlink_list(NETLINK_ROUTE, nlh, sizeof(*all), fill_address, (void **)&all,
			       &all_n);
	if (err)
		return err;
	prefixes = calloc(all_n + 1, sizeof(*prefixes));
	if (!prefixes)
		return -ENOMEM;
	for (size_t i = 0; i < all_n; i++) {
		if (all[i].ifindex == ifindex)
			prefixes[found++] = all[i].prefix;
	}
	*ret = prefixes;
	*n = found;
	return 0;
}
