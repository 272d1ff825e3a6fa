// SPDX-License-Identifier: GPL-2.0-only
/* The part of work.h that is about what happens to packets on a link. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <bpf/bpf.h>

#include "../cleanup.h"
#include "../rtnl.h"
#include "work.h"

/* Filters at egress, behind those that count: what is lost was sent. */
#define LOSS_PRIO    0x5000
#define LOSS_HANDLE  0x6c6f73
#define SILENT_PRIO  0x5001
#define PPM_ALL	     1000000
#define PACKET_BYTES 1514

/*
 * Packets that netem can hold: its own default, or what is under way at full rate, and a half.
 * Before a limited rate, what waits for so long.
 */
#define NETEM_LIMIT 1000
#define NETEM_LEAST 32
#define QUEUE_US    50000

static struct nlmsghdr *put_qdisc(struct sek_batch *b, __u16 type, __u16 flags, __u32 ifindex,
				  const char *kind)
{
	struct tcmsg tc = { .tcm_ifindex = ifindex,
			    .tcm_parent = TC_H_ROOT,
			    .tcm_handle = type == RTM_NEWQDISC ? TC_H_MAKE(1 << 16, 0) : 0 };
	struct nlmsghdr *nlh = sek_batch_put(b, type, flags, &tc, sizeof(tc));

	if (kind)
		mnl_attr_put_strz(nlh, TCA_KIND, kind);
	return nlh;
}

static __u32 netem_limit(const struct sek_topo_impair *i)
{
	/* 10 Gbit/s, if there is no limit to the rate. */
	double rate = i->rate_bps ? (double)i->rate_bps : 1e10;
	double us = i->delay_us + i->jitter_us + (i->rate_bps ? QUEUE_US : 0);
	double packets = rate / 8 * us / 1e6 / PACKET_BYTES * 1.5;
	__u32 least = i->rate_bps ? NETEM_LEAST : NETEM_LIMIT;

	return packets < least ? least : packets > 1e6 ? 1e6 : packets;
}

/* tc-netem(8); <linux/pkt_sched.h>: the options begin with a struct, and attributes follow. */
static void put_netem(struct sek_batch *b, __u32 ifindex, const struct sek_topo_impair *i)
{
	struct nlmsghdr *nlh = put_qdisc(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					 "netem");
	struct tc_netem_qopt opt = {
		.limit = netem_limit(i),
		.loss = (__u32)((double)i->loss_ppm / PPM_ALL * UINT32_MAX),
	};
	struct tc_netem_rate rate = { .rate = i->rate_bps / 8 > UINT32_MAX ? UINT32_MAX
									   : i->rate_bps / 8 };
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	/* The struct stands where the first attribute would. */
	memcpy(mnl_nlmsg_get_payload_tail(nlh), &opt, sizeof(opt));
	nlh->nlmsg_len += NLMSG_ALIGN(sizeof(opt));
	mnl_attr_put_u64(nlh, TCA_NETEM_LATENCY64, i->delay_us * 1000);
	mnl_attr_put_u64(nlh, TCA_NETEM_JITTER64, i->jitter_us * 1000);
	if (i->rate_bps)
		mnl_attr_put(nlh, TCA_NETEM_RATE, sizeof(rate), &rate);
	if (i->rate_bps / 8 > UINT32_MAX)
		mnl_attr_put_u64(nlh, TCA_NETEM_RATE64, i->rate_bps / 8);
	mnl_attr_nest_end(nlh, nest);
}

static __u32 clamp(__u64 v)
{
	return v > UINT32_MAX ? UINT32_MAX : v;
}

/* tc-tbf(8): a burst of 10 ms, a queue of 50 ms, and room for a GSO packet in each. */
static void put_tbf(struct sek_batch *b, __u32 ifindex, __u64 rate_bps)
{
	struct nlmsghdr *nlh = put_qdisc(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
					 "tbf");
	__u64 bytes = rate_bps / 8, burst = bytes / 100 < 65536 + 14 ? 65536 + 14 : bytes / 100;
	struct tc_tbf_qopt opt = {
		.rate = { .rate = clamp(bytes), .linklayer = TC_LINKLAYER_ETHERNET },
		.limit = clamp(burst + bytes * QUEUE_US / 1000000),
	};
	struct nlattr *nest = mnl_attr_nest_start(nlh, TCA_OPTIONS);

	mnl_attr_put(nlh, TCA_TBF_PARMS, sizeof(opt), &opt);
	mnl_attr_put_u32(nlh, TCA_TBF_BURST, clamp(burst));
	if (bytes > UINT32_MAX)
		mnl_attr_put_u64(nlh, TCA_TBF_RATE64, bytes);
	mnl_attr_nest_end(nlh, nest);
}

int sek_impair_probe(struct sek_work *w)
{
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nl = NULL;
	const struct sek_topo_impair one = { .delay_us = 1 };
	int err, left;

	/* In a namespace of its own, which goes when it is left. */
	if (unshare(CLONE_NEWNET))
		return sek_report_fail(w->report, -errno, "make a network namespace");
	err = sek_netlink_open(NETLINK_ROUTE, &nl);
	if (!err) {
		put_netem(&w->batch, 1, &one);
		w->netem = !sek_batch_send(nl, &w->batch);
	}
	left = sek_work_leave(w);
	return left ? left : err;
}

int sek_impair_check(struct sek_work *w, size_t link)
{
	const struct sek_topo_impair *i = &w->t->links[link].impair;

	if (w->netem || (!i->delay_us && !i->jitter_us))
		return 0;
	return sek_report_say(w->report, -EOPNOTSUPP,
			      "delay packets on %s: this kernel has no netem (sch_netem)",
			      w->t->links[link].name);
}

/*
 * Loses so many of a million packets, and leaves the others to whoever comes next. Who sent a
 * packet must not hear of it, as they would of one that is shot.
 */
static int load_loss(__u32 ppm)
{
	__u32 below = (__u32)((double)ppm / PPM_ALL * UINT32_MAX);
	struct bpf_insn some[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_prandom_u32 },
		{ .code = BPF_JMP32 | BPF_JLT | BPF_K, .off = 2, .imm = (__s32)below },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_UNSPEC },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_STOLEN },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn *insns = ppm >= PPM_ALL ? some + 4 : some;
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "sek_loss", "GPL", insns,
			       some + sizeof(some) / sizeof(*some) - insns, NULL);

	return fd < 0 ? -errno : fd;
}

/* Of an interface of the current namespace. */
static int drop_filter(__u32 index, __u32 prio)
{
	struct sek_filter *in = NULL, *out = NULL;
	size_t in_n = 0, out_n = 0;
	int err = sek_rtnl_bpf_del(index, true, prio, LOSS_HANDLE);

	if (err)
		return err == -ENOENT ? 0 : err;
	/* The qdisc goes with the last filter, whosever that is. */
	err = sek_rtnl_filters(index, false, &in, &in_n);
	if (!err)
		err = sek_rtnl_filters(index, true, &out, &out_n);
	if (!err && !in_n && !out_n)
		err = sek_rtnl_clsact_del(index);
	free(in);
	free(out);
	return err;
}

static int set_filter(__u32 index, __u32 prio, __u32 ppm)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	int err;

	if (!ppm)
		return drop_filter(index, prio);
	fd = load_loss(ppm);
	if (fd < 0)
		return fd;
	err = sek_rtnl_clsact_add(index);
	if (err && err != -EEXIST)
		return err;
	return sek_rtnl_bpf_replace(index, true, prio, LOSS_HANDLE, fd, "sek_loss", 0);
}

static int filter(struct sek_work *w, size_t e, __u32 prio, __u32 ppm)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	int index = sek_work_index(w, e), err, left;

	if (index < 0)
		return index;
	err = sek_work_enter(w, end->node);
	if (err)
		return err;
	err = set_filter(index, prio, ppm);
	if (err)
		sek_report_fail(w->report, err, "lose packets at %s in %s", end->ifname,
				w->t->nodes[end->node].name);
	left = sek_work_leave(w);
	return err ? err : left;
}

static bool is_zero(const struct sek_topo_impair *i)
{
	return !i->delay_us && !i->jitter_us && !i->loss_ppm && !i->rate_bps;
}

static int write_qdisc(struct sek_work *w, size_t e, const struct sek_topo_impair *i)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	int index = sek_work_index(w, e), err;

	if (index < 0)
		return index;
	if (is_zero(i) || (!w->netem && !i->rate_bps)) {
		put_qdisc(&w->batch, RTM_DELQDISC, 0, index, NULL);
		err = sek_batch_send(w->node[end->node].nl, &w->batch);
		/* What the interface was born with is not to be deleted, and stays. */
		return err == -ENOENT || err == -EINVAL ? 0 : err;
	}
	if (w->netem)
		put_netem(&w->batch, index, i);
	else
		put_tbf(&w->batch, index, i->rate_bps);
	return sek_work_send(w, end->node, "%s %s", w->netem ? "impair" : "limit the rate of",
			     end->ifname);
}

int sek_impair_write(struct sek_work *w, size_t link)
{
	const struct sek_topo_impair *i = &w->t->links[link].impair;
	int err = sek_impair_check(w, link);

	for (size_t e = 2 * link; e < 2 * link + 2 && !err; e++) {
		err = write_qdisc(w, e, i);
		if (!err && !w->netem)
			err = filter(w, e, LOSS_PRIO, i->loss_ppm);
	}
	return err;
}

int sek_impair_silence(struct sek_work *w, size_t link, bool on)
{
	int err = filter(w, 2 * link, SILENT_PRIO, on ? PPM_ALL : 0);

	return err ? err : filter(w, 2 * link + 1, SILENT_PRIO, on ? PPM_ALL : 0);
}
