// SPDX-License-Identifier: GPL-2.0-only
/* The part of rtnl.h that is about tc: the clsact qdisc and its filters. */
#include "rtnl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netlink.h"

/* With its terminating 0: CLS_BPF_NAME_LEN of net/sched/cls_bpf.c. */
#define BPF_NAME_SIZE 256

/* To tc, 0 is no interface, and the highest one names blocks of filters. */
static bool is_index(__u32 ifindex)
{
	return ifindex && ifindex <= INT_MAX;
}

static struct nlmsghdr *tc_request(union sek_netlink_buf *buf, __u16 type, __u16 flags,
				   __u32 ifindex, __u32 parent)
{
	struct tcmsg tc = { .tcm_ifindex = ifindex, .tcm_parent = parent };

	return sek_netlink_message(buf, type, flags, &tc, sizeof(tc));
}

static struct tcmsg *tc_of(struct nlmsghdr *nlh)
{
	return mnl_nlmsg_get_payload(nlh);
}

static int clsact(__u16 type, __u16 flags, __u32 ifindex)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = tc_request(&buf, type, NLM_F_ACK | flags, ifindex, TC_H_CLSACT);

	if (!is_index(ifindex))
		return -ENODEV;
	if (type == RTM_NEWQDISC)
		tc_of(nlh)->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rtnl_clsact_add(__u32 ifindex)
{
	return clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
}

/*
 * Without the qdisc the kernel says -ENOENT; if the interface had one before, or has the
 * ingress qdisc instead, it finds a qdisc whose kind is not clsact, and says -EINVAL.
 */
static int no_clsact(int err)
{
	return err == -EINVAL ? -ENOENT : err;
}

int sek_rtnl_clsact_del(__u32 ifindex)
{
	return no_clsact(clsact(RTM_DELQDISC, 0, ifindex));
}

/*
 * The acknowledgement is the answer: the qdisc itself is told to those who monitor qdiscs, and
 * a dump would tell those of all interfaces.
 */
int sek_rtnl_has_clsact(__u32 ifindex)
{
	int err = no_clsact(clsact(RTM_GETQDISC, 0, ifindex));

	if (err == -ENOENT)
		return 0;
	return err ? err : 1;
}

static __u32 hook(bool egress)
{
	return TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
}

static struct nlmsghdr *bpf_request(union sek_netlink_buf *buf, __u16 type, __u16 flags,
				    __u32 ifindex, bool egress, __u32 prio, __u32 handle)
{
	struct nlmsghdr *nlh = tc_request(buf, type, NLM_F_ACK | flags, ifindex, hook(egress));

	tc_of(nlh)->tcm_handle = handle;
	tc_of(nlh)->tcm_info = TC_H_MAKE(prio << 16, htons(ETH_P_ALL));
	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
	return nlh;
}

/* The kernel would choose a priority or a handle of its own for 0, or delete all of a priority. */
static int check_bpf(__u32 ifindex, __u32 prio, __u32 handle)
{
	if (!is_index(ifindex))
		return -ENODEV;
	return !prio || prio > USHRT_MAX || !handle ? -EINVAL : 0;
}

int sek_rtnl_bpf_replace(__u32 ifindex, bool egress, __u32 prio, __u32 handle, int prog_fd,
			 const char *name, __u16 classid)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int err;

	err = check_bpf(ifindex, prio, handle);
	if (err)
		return err;
	if (strlen(name) >= BPF_NAME_SIZE)
		return -ENAMETOOLONG;
	nlh = bpf_request(&buf, RTM_NEWTFILTER, NLM_F_CREATE, ifindex, egress, prio, handle);
	nest = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, prog_fd);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, name);
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	if (classid)
		mnl_attr_put_u32(nlh, TCA_BPF_CLASSID, classid);
	mnl_attr_nest_end(nlh, nest);
	return sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
}

int sek_rtnl_bpf_del(__u32 ifindex, bool egress, __u32 prio, __u32 handle)
{
	union sek_netlink_buf buf = { 0 };
	int err;

	err = check_bpf(ifindex, prio, handle);
	if (err)
		return err;
	err = sek_netlink_request(
		NETLINK_ROUTE, bpf_request(&buf, RTM_DELTFILTER, 0, ifindex, egress, prio, handle),
		NULL, NULL);
	/* What it says without a qdisc. */
	if (err == -EINVAL && !sek_rtnl_has_clsact(ifindex))
		return -ENOENT;
	return err;
}

static void parse_bpf(const struct nlattr *options, struct sek_filter *f)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, options)
	{
		if (mnl_attr_get_type(attr) == TCA_BPF_NAME)
			sek_netlink_string(f->name, sizeof(f->name), attr);
		else if (mnl_attr_get_type(attr) == TCA_BPF_ID)
			f->prog_id = mnl_attr_get_u32(attr);
	}
}

static int fill_filter(const struct nlmsghdr *nlh, void *entry)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *options = NULL;
	struct sek_filter *f = entry;

	if (nlh->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*tc))
	{
		if (mnl_attr_get_type(attr) == TCA_KIND)
			sek_netlink_string(f->kind, sizeof(f->kind), attr);
		else if (mnl_attr_get_type(attr) == TCA_OPTIONS)
			options = attr;
	}
	/* Each priority comes once without a filter, before those in it. */
	if (!options && !tc->tcm_handle)
		return 0;
	f->prio = TC_H_MAJ(tc->tcm_info) >> 16;
	f->handle = tc->tcm_handle;
	f->parent = tc->tcm_parent;
	if (options && !strcmp(f->kind, "bpf"))
		parse_bpf(options, f);
	return 1;
}

int sek_rtnl_filters(__u32 ifindex, bool egress, struct sek_filter **ret, size_t *n)
{
	union sek_netlink_buf buf = { 0 };
	struct nlmsghdr *nlh = tc_request(&buf, RTM_GETTFILTER, NLM_F_DUMP, ifindex, hook(egress));
	struct sek_filter *filters;
	size_t filters_n;
	int err;

	if (!is_index(ifindex))
		return -ENODEV;
	err = sek_netlink_list(NETLINK_ROUTE, nlh, sizeof(*filters), fill_filter, (void **)&filters,
			       &filters_n);
	if (err)
		return err;
	/* No interface is no error for a dump. */
	err = filters_n ? 0 : sek_rtnl_has_clsact(ifindex);
	if (err < 0) {
		free(filters);
		return err;
	}
	*ret = filters;
	*n = filters_n;
	return 0;
}
