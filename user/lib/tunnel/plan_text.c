// SPDX-License-Identifier: GPL-2.0-only
/* Steps as text: the commands that would do the same. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "plan.h"

static const char *const names[SEK_STEP_NR] = {
	[SEK_STEP_HOOK] = "hook",
	[SEK_STEP_LINK] = "link",
	[SEK_STEP_WIREGUARD] = "wireguard",
	[SEK_STEP_ADDRESS] = "address",
	[SEK_STEP_MTU] = "mtu",
	[SEK_STEP_MULTICAST] = "multicast",
	[SEK_STEP_SYSCTL] = "sysctl",
	[SEK_STEP_NFT] = "nft",
	[SEK_STEP_RULE] = "rule",
	[SEK_STEP_UP] = "up",
	[SEK_STEP_ROUTE] = "route",
	[SEK_STEP_DNS] = "dns",
};

static const char *const hooks[SEK_HOOK_NR] = {
	[SEK_HOOK_PRE_UP] = "PreUp",
	[SEK_HOOK_POST_UP] = "PostUp",
	[SEK_HOOK_PRE_DOWN] = "PreDown",
	[SEK_HOOK_POST_DOWN] = "PostDown",
};

const char *sek_step_name(enum sek_step_type type)
{
	return names[type];
}

static const char *ip(int family)
{
	return family == AF_INET6 ? "ip -6" : "ip -4";
}

static void describe_wireguard(const struct sek_step *s, const struct sek_conf *c, char *ret,
			       size_t size)
{
	size_t allowed = 0;

	for (size_t i = 0; i < c->device.peers_n; i++)
		allowed += c->device.peers[i].allowed_n;
	snprintf(ret, size, "wg setconf %s: port %u, mark 0x%x, %zu peer%s, %zu allowed network%s",
		 c->device.name, c->device.port, s->mark, c->device.peers_n,
		 c->device.peers_n == 1 ? "" : "s", allowed, allowed == 1 ? "" : "s");
}

static void describe_rule(const struct sek_rt_rule *r, char *ret, size_t size)
{
	char mark[40] = "", table[24], suppress[40] = "";

	if (r->fwmask)
		snprintf(mark, sizeof(mark), " %sfwmark 0x%x", r->invert ? "not " : "", r->fwmark);
	snprintf(table, sizeof(table), r->table == RT_TABLE_MAIN ? "main" : "%u", r->table);
	if (r->suppress >= 0)
		snprintf(suppress, sizeof(suppress), " suppress_prefixlength %d", r->suppress);
	snprintf(ret, size, "%s rule add priority %u%s table %s%s", ip(r->family), r->priority,
		 mark, table, suppress);
}

static void describe_route(const struct sek_step *s, const struct sek_conf *c, char *ret,
			   size_t size)
{
	const struct sek_rt_route *r = &s->route.route;
	char prefix[SEK_PREFIX_TEXT], gateway[INET6_ADDRSTRLEN] = "", device[IFNAMSIZ] = "";
	char table[24] = "";

	if (r->gateway.family)
		inet_ntop(r->gateway.family, r->gateway.bytes, gateway, sizeof(gateway));
	/* The interface may be in another namespace than that of the plan. */
	if (s->route.keep_out && !if_indextoname(r->oif, device))
		snprintf(device, sizeof(device), "#%u", r->oif);
	if (r->table != RT_TABLE_MAIN)
		snprintf(table, sizeof(table), " table %u", r->table);
	snprintf(ret, size, "%s route add %s%s%s dev %s%s", ip(r->dst.family),
		 sek_prefix_format(&r->dst, prefix), *gateway ? " via " : "", gateway,
		 *device ? device : c->device.name, table);
}

static void describe_dns(const struct sek_conf *c, char *ret, size_t size)
{
	size_t len = snprintf(ret, size, "resolvconf -a tun.%s -m 0 -x:", c->device.name);

	for (size_t i = 0; i < c->dns.n && len < size; i++)
		len += snprintf(ret + len, size - len, " nameserver %s", c->dns.words[i]);
	for (size_t i = 0; i < c->search.n && len < size; i++)
		len += snprintf(ret + len, size - len, "%s %s", i ? "" : " search",
				c->search.words[i]);
}

void sek_step_describe(const struct sek_step *s, const struct sek_conf *conf, char *ret,
		       size_t size)
{
	const char *name = conf->device.name;
	char prefix[SEK_PREFIX_TEXT];

	switch (s->type) {
	case SEK_STEP_HOOK:
		snprintf(ret, size, "%s: %s", hooks[s->hook.hook], s->hook.command);
		break;
	case SEK_STEP_LINK:
		if (s->link.userspace)
			snprintf(ret, size, "%s %s", s->link.program, name);
		else
			snprintf(ret, size, "ip link add %s type wireguard", name);
		break;
	case SEK_STEP_WIREGUARD:
		describe_wireguard(s, conf, ret, size);
		break;
	case SEK_STEP_ADDRESS:
		snprintf(ret, size, "%s address add %s dev %s%s", ip(s->address.prefix.family),
			 sek_prefix_format(&s->address.prefix, prefix), name,
			 s->address.no_route ? " noprefixroute" : "");
		break;
	case SEK_STEP_MTU:
		snprintf(ret, size, "ip link set %s mtu %u", name, s->mtu);
		break;
	case SEK_STEP_MULTICAST:
		snprintf(ret, size, "ip link set %s multicast on", name);
		break;
	case SEK_STEP_SYSCTL:
		snprintf(ret, size, "sysctl -w %s=%s", s->sysctl.path, s->sysctl.value);
		break;
	case SEK_STEP_NFT:
		snprintf(ret, size, "nft add table %s %s", s->nft.family == AF_INET6 ? "ip6" : "ip",
			 s->nft.table);
		break;
	case SEK_STEP_RULE:
		describe_rule(&s->rule, ret, size);
		break;
	case SEK_STEP_UP:
		snprintf(ret, size, "ip link set %s up", name);
		break;
	case SEK_STEP_ROUTE:
		describe_route(s, conf, ret, size);
		break;
	case SEK_STEP_DNS:
		describe_dns(conf, ret, size);
		break;
	case SEK_STEP_NR:
		ret[0] = '\0';
		break;
	}
}
