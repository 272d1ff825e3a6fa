// SPDX-License-Identifier: GPL-2.0-only
#include "nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>

#include "../cleanup.h"

/* More than any message but that of a rule takes, and more than a rule takes. */
#define FIXED_SIZE 4096
#define RULE_SIZE  1024

/* A transaction that is being written. */
struct batch {
	char *at;
	const char *table;
	__u32 seq;
	__u8 family; /* NFPROTO_* */
};

static struct nlmsghdr *put_header(struct batch *b, __u16 type, __u16 flags, __u8 family,
				   __u16 res_id)
{
	struct nfgenmsg msg = {
		.nfgen_family = family,
		.version = NFNETLINK_V0,
		.res_id = htons(res_id),
	};
	struct nlmsghdr *nlh = sek_netlink_message(b->at, type, flags, &msg, sizeof(msg));

	nlh->nlmsg_seq = b->seq;
	return nlh;
}

static struct nlmsghdr *begin(struct batch *b, __u16 type, __u16 flags)
{
	return put_header(b, (NFNL_SUBSYS_NFTABLES << 8) | type, flags, b->family, 0);
}

static void end(struct batch *b, const struct nlmsghdr *nlh)
{
	b->at += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void put_mark(struct batch *b, __u16 type)
{
	end(b, put_header(b, type, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
}

static void put_u32(struct nlmsghdr *nlh, __u16 type, __u32 value)
{
	mnl_attr_put_u32(nlh, type, htonl(value));
}

static void put_chain(struct batch *b, const char *name, __u32 hook, int priority)
{
	struct nlmsghdr *nlh = begin(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	struct nlattr *nest;

	mnl_attr_put_strz(nlh, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_NAME, name);
	nest = mnl_attr_nest_start(nlh, NFTA_CHAIN_HOOK);
	put_u32(nlh, NFTA_HOOK_HOOKNUM, hook);
	put_u32(nlh, NFTA_HOOK_PRIORITY, priority);
	mnl_attr_nest_end(nlh, nest);
	put_u32(nlh, NFTA_CHAIN_POLICY, NF_ACCEPT);
	mnl_attr_put_strz(nlh, NFTA_CHAIN_TYPE, "filter");
	end(b, nlh);
}

/* A rule is a list of expressions; all of them work on the first register. */
struct rule {
	struct nlmsghdr *nlh;
	struct nlattr *list;
	struct nlattr *element;
	struct nlattr *data;
};

static struct rule begin_rule(struct batch *b, const char *chain)
{
	struct rule r = { .nlh = begin(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND) };

	mnl_attr_put_strz(r.nlh, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(r.nlh, NFTA_RULE_CHAIN, chain);
	r.list = mnl_attr_nest_start(r.nlh, NFTA_RULE_EXPRESSIONS);
	return r;
}

static void end_rule(struct batch *b, struct rule *r)
{
	mnl_attr_nest_end(r->nlh, r->list);
	end(b, r->nlh);
}

static void begin_expr(struct rule *r, const char *name)
{
	r->element = mnl_attr_nest_start(r->nlh, NFTA_LIST_ELEM);
	mnl_attr_put_strz(r->nlh, NFTA_EXPR_NAME, name);
	r->data = mnl_attr_nest_start(r->nlh, NFTA_EXPR_DATA);
}

static void end_expr(struct rule *r)
{
	mnl_attr_nest_end(r->nlh, r->data);
	mnl_attr_nest_end(r->nlh, r->element);
}

static void load_meta(struct rule *r, __u32 key)
{
	begin_expr(r, "meta");
	put_u32(r->nlh, NFTA_META_KEY, key);
	put_u32(r->nlh, NFTA_META_DREG, NFT_REG_1);
	end_expr(r);
}

static void compare(struct rule *r, __u32 op, const void *value, size_t size)
{
	struct nlattr *nest;

	begin_expr(r, "cmp");
	put_u32(r->nlh, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(r->nlh, NFTA_CMP_OP, op);
	nest = mnl_attr_nest_start(r->nlh, NFTA_CMP_DATA);
	mnl_attr_put(r->nlh, NFTA_DATA_VALUE, size, value);
	mnl_attr_nest_end(r->nlh, nest);
	end_expr(r);
}

static void load_destination(struct rule *r, bool v6)
{
	begin_expr(r, "payload");
	put_u32(r->nlh, NFTA_PAYLOAD_DREG, NFT_REG_1);
	put_u32(r->nlh, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	put_u32(r->nlh, NFTA_PAYLOAD_OFFSET, v6 ? 24 : 16);
	put_u32(r->nlh, NFTA_PAYLOAD_LEN, v6 ? 16 : 4);
	end_expr(r);
}

static void load_source_type(struct rule *r)
{
	begin_expr(r, "fib");
	put_u32(r->nlh, NFTA_FIB_DREG, NFT_REG_1);
	put_u32(r->nlh, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	put_u32(r->nlh, NFTA_FIB_FLAGS, NFTA_FIB_F_SADDR);
	end_expr(r);
}

static void drop(struct rule *r)
{
	struct nlattr *data, *verdict;

	begin_expr(r, "immediate");
	put_u32(r->nlh, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(r->nlh, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(r->nlh, NFTA_DATA_VERDICT);
	put_u32(r->nlh, NFTA_VERDICT_CODE, NF_DROP);
	mnl_attr_nest_end(r->nlh, verdict);
	mnl_attr_nest_end(r->nlh, data);
	end_expr(r);
}

/* iifname != IFNAME ip daddr ADDRESS fib saddr type != local drop */
static void put_preraw(struct batch *b, const char *ifname, const struct sek_prefix *address)
{
	struct rule r = begin_rule(b, "preraw");
	char name[IFNAMSIZ] = "";
	__u32 local = RTN_LOCAL;

	memcpy(name, ifname, strnlen(ifname, sizeof(name) - 1));
	load_meta(&r, NFT_META_IIFNAME);
	compare(&r, NFT_CMP_NEQ, name, sizeof(name));
	load_destination(&r, address->family == AF_INET6);
	compare(&r, NFT_CMP_EQ, address->bytes, sek_prefix_bits(address) / 8);
	load_source_type(&r);
	compare(&r, NFT_CMP_NEQ, &local, sizeof(local));
	drop(&r);
	end_rule(b, &r);
}

static void only_udp(struct rule *r)
{
	__u8 udp = IPPROTO_UDP;

	load_meta(r, NFT_META_L4PROTO);
	compare(r, NFT_CMP_EQ, &udp, sizeof(udp));
}

/* meta l4proto udp mark MARK ct mark set mark */
static void put_postmangle(struct batch *b, __u32 mark)
{
	struct rule r = begin_rule(b, "postmangle");

	only_udp(&r);
	load_meta(&r, NFT_META_MARK);
	compare(&r, NFT_CMP_EQ, &mark, sizeof(mark));
	load_meta(&r, NFT_META_MARK);
	begin_expr(&r, "ct");
	put_u32(r.nlh, NFTA_CT_KEY, NFT_CT_MARK);
	put_u32(r.nlh, NFTA_CT_SREG, NFT_REG_1);
	end_expr(&r);
	end_rule(b, &r);
}

/* meta l4proto udp meta mark set ct mark */
static void put_premangle(struct batch *b)
{
	struct rule r = begin_rule(b, "premangle");

	only_udp(&r);
	begin_expr(&r, "ct");
	put_u32(r.nlh, NFTA_CT_KEY, NFT_CT_MARK);
	put_u32(r.nlh, NFTA_CT_DREG, NFT_REG_1);
	end_expr(&r);
	begin_expr(&r, "meta");
	put_u32(r.nlh, NFTA_META_KEY, NFT_META_MARK);
	put_u32(r.nlh, NFTA_META_SREG, NFT_REG_1);
	end_expr(&r);
	/* The last message: the whole is acknowledged by it. */
	r.nlh->nlmsg_flags |= NLM_F_ACK;
	end_rule(b, &r);
}

static void put_table(struct batch *b, __u16 type, __u16 flags)
{
	struct nlmsghdr *nlh = begin(b, type, flags);

	mnl_attr_put_strz(nlh, NFTA_TABLE_NAME, b->table);
	end(b, nlh);
}

int sek_nft_add(int family, const char *table, const char *ifname, __u32 mark,
		const struct sek_prefix *addresses, size_t n)
{
	SEK_CLEANUP(sek_freep) char *buf = calloc(1, FIXED_SIZE + n * RULE_SIZE);
	struct batch b = { .at = buf, .table = table, .seq = 1, .family = family };

	if (!buf)
		return -ENOMEM;
	put_mark(&b, NFNL_MSG_BATCH_BEGIN);
	put_table(&b, NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
	put_chain(&b, "preraw", NF_INET_PRE_ROUTING, -300);
	put_chain(&b, "premangle", NF_INET_PRE_ROUTING, -150);
	put_chain(&b, "postmangle", NF_INET_POST_ROUTING, -150);
	for (size_t i = 0; i < n; i++) {
		if (addresses[i].family == family)
			put_preraw(&b, ifname, &addresses[i]);
	}
	put_postmangle(&b, mark);
	put_premangle(&b);
	put_mark(&b, NFNL_MSG_BATCH_END);
	return sek_netlink_batch(NETLINK_NETFILTER, (struct nlmsghdr *)buf, b.at - buf, NULL, NULL);
}

int sek_nft_del(int family, const char *table, struct mnl_socket **nl)
{
	union sek_netlink_buf buf = { 0 };
	/* The number is another for each table that one socket is used for. */
	struct batch b = { .at = buf.bytes, .table = table, .seq = family, .family = family };
	int err = *nl ? 0 : sek_netlink_open(NETLINK_NETFILTER, nl);

	if (err)
		return err;
	put_mark(&b, NFNL_MSG_BATCH_BEGIN);
	put_table(&b, NFT_MSG_DELTABLE, NLM_F_ACK);
	put_mark(&b, NFNL_MSG_BATCH_END);
	return sek_netlink_exchange(*nl, &buf.nlh, b.at - buf.bytes, NULL, NULL);
}
