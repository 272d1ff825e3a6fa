// SPDX-License-Identifier: GPL-2.0-only
#include "rt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

#include "../netlink.h"

static struct nlmsghdr *rule_request(union sek_netlink_buf *buf, __u16 type, __u16 flags,
				     int family)
{
	struct fib_rule_hdr hdr = { .family = family };

	return sek_netlink_message(buf, type, flags, &hdr, sizeof(hdr));
}

static int change(__u16 type, __u16 flags, const struct sek_rt_rule *r)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = rule_request(&buf, type, NLM_F_ACK | flags, r->family);
	struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);

	hdr->action = FR_ACT_TO_TBL;
	hdr->table = r->table < 256 ? r->table : RT_TABLE_UNSPEC;
	hdr->flags = r->invert ? FIB_RULE_INVERT : 0;
	mnl_attr_put_u32(nlh, FRA_TABLE, r->table);
	mnl_attr_put_u32(nlh, FRA_PRIORITY, r->priority);
	if (r->fwmask) {
		mnl_attr_put_u32(nlh, FRA_FWMARK, r->fwmark);
		mnl_attr_put_u32(nlh, FRA_FWMASK, r->fwmask);
	}
	if (r->suppress >= 0)
		mnl_attr_put_u32(nlh, FRA_SUPPRESS_PREFIXLEN, r->suppress);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rt_rule_add(const struct sek_rt_rule *r)
{
	return change(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, r);
}

int sek_rt_rule_del(const struct sek_rt_rule *r)
{
	return change(RTM_DELRULE, 0, r);
}

static void fill_attr(struct sek_rt_rule *r, const struct nlattr *attr)
{
	switch (mnl_attr_get_type(attr)) {
	case FRA_PRIORITY:
		r->priority = mnl_attr_get_u32(attr);
		break;
	case FRA_TABLE:
		r->table = mnl_attr_get_u32(attr);
		break;
	case FRA_FWMARK:
		r->fwmark = mnl_attr_get_u32(attr);
		break;
	case FRA_FWMASK:
		r->fwmask = mnl_attr_get_u32(attr);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		r->suppress = (int)mnl_attr_get_u32(attr);
		break;
	case FRA_SRC:
	case FRA_DST:
	case FRA_IIFNAME:
	case FRA_OIFNAME:
	case FRA_FLOW:
	case FRA_TUN_ID:
	case FRA_L3MDEV:
	case FRA_UID_RANGE:
	case FRA_IP_PROTO:
	case FRA_SPORT_RANGE:
	case FRA_DPORT_RANGE:
		r->others = true;
		break;
	}
}

static int fill_rule(const struct nlmsghdr *nlh, void *entry)
{
	const struct fib_rule_hdr *hdr = mnl_nlmsg_get_payload(nlh);
	struct sek_rt_rule *r = entry;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWRULE)
		return 0;
	r->family = hdr->family;
	r->table = hdr->table;
	r->invert = hdr->flags & FIB_RULE_INVERT;
	r->suppress = -1;
	r->others = hdr->src_len || hdr->dst_len || hdr->tos;
	mnl_attr_for_each(attr, nlh, sizeof(*hdr))
	{
		fill_attr(r, attr);
	}
	if (hdr->action != FR_ACT_TO_TBL)
		r->table = 0;
	return 1;
}

int sek_rt_rule_list(int family, struct sek_rt_rule **ret, size_t *n)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = rule_request(&buf, RTM_GETRULE, NLM_F_DUMP, family);
	int err = sek_netlink_list(NETLINK_ROUTE, nlh, sizeof(**ret), fill_rule, (void **)ret, n);

	/* A kernel without rules of this family, IPv6 switched off at boot say. */
	if (err != -EOPNOTSUPP && err != -EAFNOSUPPORT)
		return err;
	*ret = calloc(1, sizeof(**ret));
	*n = 0;
	return *ret ? 0 : -ENOMEM;
}
