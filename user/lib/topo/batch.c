// SPDX-License-Identifier: GPL-2.0-only
#include "batch.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "ip.h"

/* No message of ours is longer. */
#define MESSAGE_MAX 512

/* An answer of an exchange before must not be taken for one of this. */
static unsigned int next_seq(void)
{
	static _Thread_local unsigned int seq;

	return ++seq ? seq : ++seq;
}

/* The last message has all its attributes now: its length is known. */
static void close_last(struct sek_batch *b)
{
	if (b->last)
		b->len = (char *)b->last - b->bytes + NLMSG_ALIGN(b->last->nlmsg_len);
}

int sek_batch_send(struct mnl_socket *nl, struct sek_batch *b)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)b->bytes;
	unsigned int seq = next_seq();
	int err = 0, left;

	close_last(b);
	if (b->overflow) {
		err = -EMSGSIZE;
	} else if (b->len) {
		b->last->nlmsg_flags |= NLM_F_ACK;
		for (left = b->len; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			nlh->nlmsg_seq = seq;
		err = sek_netlink_exchange(nl, (struct nlmsghdr *)b->bytes, b->len, NULL, NULL);
	}
	b->len = 0;
	b->last = NULL;
	b->overflow = false;
	return err;
}

struct nlmsghdr *sek_batch_put(struct sek_batch *b, __u16 type, __u16 flags, const void *header,
			       size_t size)
{
	close_last(b);
	if (b->len + MESSAGE_MAX > sizeof(b->bytes)) {
		b->overflow = true;
		b->len = 0;
	}
	/* libmnl leaves out what is between attributes. */
	memset(b->bytes + b->len, 0, MESSAGE_MAX);
	b->last = sek_netlink_message(b->bytes + b->len, type, flags, header, size);
	return b->last;
}

static struct nlmsghdr *put_link(struct sek_batch *b, __u16 type, __u16 flags, __u32 ifindex)
{
	struct ifinfomsg info = { .ifi_index = ifindex };

	return sek_batch_put(b, type, flags, &info, sizeof(info));
}

static void put_end(struct nlmsghdr *nlh, const struct sek_batch_end *end, __u32 mtu)
{
	mnl_attr_put_strz(nlh, IFLA_IFNAME, end->ifname);
	mnl_attr_put(nlh, IFLA_ADDRESS, 6, end->mac);
	mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, end->netns_fd);
	if (mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	if (end->group)
		mnl_attr_put_u32(nlh, IFLA_GROUP, end->group);
}

void sek_batch_veth(struct sek_batch *b, const struct sek_batch_end *one,
		    const struct sek_batch_end *other, __u32 mtu)
{
	struct nlmsghdr *nlh = put_link(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, one->ifindex);
	struct nlattr *info, *data, *peer;
	struct ifinfomsg *header;

	put_end(nlh, one, mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(nlh, VETH_INFO_PEER);
	header = mnl_nlmsg_put_extra_header(nlh, sizeof(*header));
	header->ifi_index = other->ifindex;
	put_end(nlh, other, mtu);
	mnl_attr_nest_end(nlh, peer);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

static void put_kind(struct nlmsghdr *nlh, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(nlh, info);
}

void sek_batch_tunnel(struct sek_batch *b, const char *ifname, __u32 ifindex, __u32 group)
{
	struct nlmsghdr *nlh = put_link(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	if (group)
		mnl_attr_put_u32(nlh, IFLA_GROUP, group);
	put_kind(nlh, "wireguard");
}

/* A switch's interfaces speak for nobody: no link-local address either. */
static void put_no_ipv6(struct nlmsghdr *nlh)
{
	struct nlattr *spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	struct nlattr *inet6 = mnl_attr_nest_start(nlh, AF_INET6);

	mnl_attr_put_u8(nlh, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(nlh, inet6);
	mnl_attr_nest_end(nlh, spec);
}

static void put_up(struct nlmsghdr *nlh)
{
	struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);

	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
}

void sek_batch_bridge(struct sek_batch *b, const char *ifname, __u32 ifindex)
{
	struct nlmsghdr *nlh = put_link(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifindex);

	mnl_attr_put_strz(nlh, IFLA_IFNAME, ifname);
	put_kind(nlh, "bridge");
	nlh = put_link(b, RTM_SETLINK, 0, ifindex);
	put_no_ipv6(nlh);
	put_up(nlh);
}

void sek_batch_port(struct sek_batch *b, __u32 ifindex, __u32 bridge)
{
	struct nlmsghdr *nlh = put_link(b, RTM_SETLINK, 0, ifindex);

	mnl_attr_put_u32(nlh, IFLA_MASTER, bridge);
	put_no_ipv6(nlh);
	put_up(nlh);
}

void sek_batch_set_up(struct sek_batch *b, __u32 ifindex, bool up)
{
	struct ifinfomsg *info = mnl_nlmsg_get_payload(put_link(b, RTM_SETLINK, 0, ifindex));

	info->ifi_flags = up ? IFF_UP : 0;
	info->ifi_change = IFF_UP;
}

void sek_batch_set_mtu(struct sek_batch *b, __u32 ifindex, __u32 mtu)
{
	mnl_attr_put_u32(put_link(b, RTM_SETLINK, 0, ifindex), IFLA_MTU, mtu);
}

void sek_batch_del(struct sek_batch *b, const char *ifname)
{
	mnl_attr_put_strz(put_link(b, RTM_DELLINK, 0, 0), IFLA_IFNAME, ifname);
}

static size_t addr_len(__u8 family)
{
	return sek_ip_bits(family) / 8;
}

static void put_addr(struct sek_batch *b, __u16 type, __u16 flags, __u32 ifindex,
		     const struct sek_topo_ip *ip)
{
	struct ifaddrmsg header = {
		.ifa_family = ip->family,
		.ifa_prefixlen = ip->plen,
		.ifa_index = ifindex,
		.ifa_flags = ip->family == AF_INET6 ? IFA_F_NODAD : 0,
	};
	struct nlmsghdr *nlh = sek_batch_put(b, type, flags, &header, sizeof(header));

	mnl_attr_put(nlh, IFA_LOCAL, addr_len(ip->family), ip->addr);
	if (ip->family == AF_INET6)
		mnl_attr_put(nlh, IFA_ADDRESS, 16, ip->addr);
}

void sek_batch_addr(struct sek_batch *b, __u32 ifindex, const struct sek_topo_ip *ip)
{
	put_addr(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, ifindex, ip);
}

void sek_batch_addr_del(struct sek_batch *b, __u32 ifindex, const struct sek_topo_ip *ip)
{
	put_addr(b, RTM_DELADDR, 0, ifindex, ip);
}

void sek_batch_route(struct sek_batch *b, const struct sek_topo_ip *to,
		     const struct sek_topo_ip *via, __u32 ifindex)
{
	struct rtmsg header = {
		.rtm_family = to->family,
		.rtm_dst_len = to->plen,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = SEK_BATCH_PROTO,
		.rtm_scope = via ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};
	struct nlmsghdr *nlh = sek_batch_put(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header,
					     sizeof(header));
	struct sek_topo_ip net = sek_ip_net(to);

	if (net.plen)
		mnl_attr_put(nlh, RTA_DST, addr_len(net.family), net.addr);
	if (via)
		mnl_attr_put(nlh, RTA_GATEWAY, addr_len(via->family), via->addr);
	if (ifindex)
		mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
}
