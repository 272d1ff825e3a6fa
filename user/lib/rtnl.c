// SPDX-License-Identifier: GPL-2.0-only
#include "rtnl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "netlink.h"

const char *sek_rtnl_error(void)
{
	return sek_netlink_error();
}

static void parse_linkinfo(const struct nlattr *linkinfo, struct sek_iface *i)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			sek_netlink_string(i->kind, sizeof(i->kind), attr);
	}
}

/* With several programs there is no IFLA_XDP_PROG_ID, but one attribute for each of them. */
static void parse_xdp(const struct nlattr *xdp, struct sek_iface *i)
{
	__u32 id[IFLA_XDP_MAX + 1] = { 0 };
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, xdp)
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_XDP_ATTACHED:
			i->xdp_mode = mnl_attr_get_u8(attr);
			break;
		case IFLA_XDP_PROG_ID:
		case IFLA_XDP_DRV_PROG_ID:
		case IFLA_XDP_SKB_PROG_ID:
		case IFLA_XDP_HW_PROG_ID:
			id[mnl_attr_get_type(attr)] = mnl_attr_get_u32(attr);
			break;
		}
	}
	if (id[IFLA_XDP_PROG_ID])
		i->xdp_prog_id = id[IFLA_XDP_PROG_ID];
	else if (id[IFLA_XDP_DRV_PROG_ID])
		i->xdp_prog_id = id[IFLA_XDP_DRV_PROG_ID];
	else if (id[IFLA_XDP_SKB_PROG_ID])
		i->xdp_prog_id = id[IFLA_XDP_SKB_PROG_ID];
	else
		i->xdp_prog_id = id[IFLA_XDP_HW_PROG_ID];
}

static void parse_stats(const struct nlattr *attr, struct sek_iface *i)
{
	struct rtnl_link_stats64 stats = { 0 };
	size_t len = mnl_attr_get_payload_len(attr);

	memcpy(&stats, mnl_attr_get_payload(attr), len < sizeof(stats) ? len : sizeof(stats));
	i->rx_packets = stats.rx_packets;
	i->rx_bytes = stats.rx_bytes;
	i->tx_packets = stats.tx_packets;
	i->tx_bytes = stats.tx_bytes;
}

static int fill_iface(const struct nlmsghdr *nlh, void *entry)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct sek_iface *i = entry;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	i->ifindex = info->ifi_index;
	i->arphrd = info->ifi_type;
	i->flags = info->ifi_flags;
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			sek_netlink_string(i->name, sizeof(i->name), attr);
			break;
		case IFLA_MTU:
			i->mtu = mnl_attr_get_u32(attr);
			break;
		case IFLA_LINKINFO:
			parse_linkinfo(attr, i);
			break;
		case IFLA_XDP:
			parse_xdp(attr, i);
			break;
		case IFLA_STATS64:
			parse_stats(attr, i);
			break;
		}
	}
	return 1;
}

static struct nlmsghdr *link_request(union sek_netlink_buf *buf, unsigned int flags)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };

	return sek_netlink_message(buf, RTM_GETLINK, flags, &info, sizeof(info));
}

int sek_rtnl_ifaces(struct sek_iface **ret, size_t *n)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = link_request(&buf, NLM_F_DUMP);

	return sek_netlink_list(NETLINK_ROUTE, nlh, sizeof(**ret), fill_iface, (void **)ret, n);
}

static int take_iface(const struct nlmsghdr *nlh, void *data)
{
	fill_iface(nlh, data);
	return MNL_CB_OK;
}

int sek_rtnl_iface(const char *name, struct sek_iface *ret)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = link_request(&buf, NLM_F_ACK);
	struct sek_iface i = { 0 };
	size_t len = strlen(name);
	int err;

	/* What no interface can be called, the kernel refuses by other errors. */
	if (!len || len >= ALTIFNAMSIZ)
		return -ENODEV;
	mnl_attr_put_strz(nlh, len < IFNAMSIZ ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	err = sek_netlink_request(NETLINK_ROUTE, nlh, take_iface, &i);
	if (err)
		return err;
	*ret = i;
	return 0;
}

/*
 * What the kernel shows at tc as the first byte of a packet (skb->data at egress, the MAC header
 * at ingress), by type of device:
 *
 * - ARPHRD_ETHER, ARPHRD_LOOPBACK: an Ethernet header.
 * - ARPHRD_NONE (tun, WireGuard), ARPHRD_RAWIP, ARPHRD_TUNNEL, ARPHRD_TUNNEL6, ARPHRD_SIT, vti:
 *   their header_ops, ip_tunnel_header_ops, make no header, hard_header_len is 0 and the MAC
 *   header is reset to the inner IP header when one arrives. ARPHRD_PPP adds and removes its
 *   header below tc.
 * - ARPHRD_IPGRE, ARPHRD_IP6GRE with a remote address: the same. Without one (multipoint; or a
 *   multicast address) the outer IP and GRE headers are the device's link-layer header
 *   (ipgre_header(), ip6gre_header()): a packet begins with an IP header there, too, but with
 *   the outer one, whose length is still 0 at egress. skb->network_header is right in all cases.
 * - Others have a header of their own (InfiniBand, FireWire, CAN); nothing is known about it.
 */
enum sek_l2 sek_rtnl_l2(const struct sek_iface *i)
{
	switch (i->arphrd) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return SEK_L2_ETHERNET;
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return SEK_L2_OUTER;
	default:
		return SEK_L2_NONE;
	}
}
