// SPDX-License-Identifier: GPL-2.0-only
/* The planner's part that decides what goes into the tunnel: routes, policy rules, the mark. */
#include "plan_priv.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/rtnetlink.h>

int sek_plan_collect_routes(struct sek_planner *m)
{
	const struct sek_device *d = &m->conf->device;
	size_t all = 0, n = 0;

	for (size_t i = 0; i < d->peers_n; i++)
		all += d->peers[i].allowed_n;
	m->routes = calloc(all + 1, sizeof(*m->routes));
	if (!m->routes)
		return sek_plan_fail(m, -ENOMEM, "out of memory");
	for (size_t i = 0; i < d->peers_n; i++) {
		for (size_t j = 0; j < d->peers[i].allowed_n; j++)
			m->routes[n++] = d->peers[i].allowed[j];
	}
	qsort(m->routes, n, sizeof(*m->routes), sek_prefix_compare);
	for (size_t i = 0; i < n; i++) {
		if (!m->routes_n || sek_prefix_compare(&m->routes[i], &m->routes[m->routes_n - 1]))
			m->routes[m->routes_n++] = m->routes[i];
	}
	return 0;
}

/* Does the kernel make a route to it from one of the addresses? */
static bool is_connected(const struct sek_planner *m, const struct sek_prefix *p)
{
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		const struct sek_prefix *a = &m->conf->addresses[i];

		if ((a->family == AF_INET6 || a->len < 32) && sek_prefix_covers(a, p))
			return true;
	}
	return false;
}

/* As the kernel would choose it: in front of the first rule behind that of the table local. */
static int find_priority(struct sek_planner *m, int family)
{
	int i = family == AF_INET6;
	__u32 priority = m->facts->rules_n[i] > 1 ? m->facts->rules[i][1].priority : 32766;

	m->priority[i] = m->conf->priority ? m->conf->priority : priority - 1;
	if (!m->conf->priority && priority < 3)
		return sek_plan_fail(m, -ENOSPC,
				     "no priorities are left in front of the policy rule of "
				     "priority %u: set RulePriority",
				     priority);
	return 0;
}

static int add_rule(struct sek_planner *m, const struct sek_rt_rule *rule, const char *why)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_RULE);

	if (!s)
		return -ENOMEM;
	s->rule = *rule;
	s->rule.priority = m->priority[rule->family == AF_INET6]--;
	s->own = true;
	s->why = why;
	return 0;
}

/* All packets but WireGuard's own go into the tunnel, unless the table main knows better. */
static int add_default_rules(struct sek_planner *m, int family)
{
	const struct sek_rt_rule marked = { .family = family,
					    .table = m->plan->mark,
					    .fwmark = m->plan->mark,
					    .fwmask = UINT32_MAX,
					    .invert = true,
					    .suppress = -1 };
	const struct sek_rt_rule main_table = { .family = family,
						.table = RT_TABLE_MAIN,
						.suppress = 0 };
	struct sek_step *s;
	int err = find_priority(m, family);

	if (err)
		return err;
	if (family == AF_INET &&
	    sek_plan_add_sysctl(m, true, "net/ipv4/conf/all/src_valid_mark", "1",
				"rp_filter looks for the way back with the mark, too"))
		return -ENOMEM;
	s = sek_plan_add(m, SEK_STEP_NFT);
	if (!s)
		return -ENOMEM;
	s->nft.family = family;
	snprintf(s->nft.table, sizeof(s->nft.table), "wg-quick-%s", m->conf->device.name);
	s->own = true;
	s->why = "nobody outside can send to the tunnel's address; answers get the mark";
	if (add_rule(m, &marked, "what is not WireGuard's own goes into the tunnel") ||
	    add_rule(m, &main_table, "but for what the table main has a route, its default aside"))
		return -ENOMEM;
	return 0;
}

static bool has_default(const struct sek_planner *m, int family)
{
	for (size_t i = m->routes_n; i-- > 0 && !m->routes[i].len;) {
		if (m->routes[i].family == family)
			return true;
	}
	return false;
}

/* Are default routes to be taken, as full tunnels do? */
static bool wants_full(const struct sek_conf *c)
{
	return c->routing == SEK_ROUTING_FULL ||
	       (c->routing == SEK_ROUTING_WG_QUICK && c->table == SEK_CONF_TABLE_AUTO);
}

int sek_plan_choose_mark(struct sek_planner *m)
{
	bool any = has_default(m, AF_INET) || has_default(m, AF_INET6);

	m->plan->mark = m->conf->device.fwmark;
	if (m->conf->routing == SEK_ROUTING_FULL && !any)
		return sek_plan_fail(m, -EINVAL,
				     "Routing = full needs a peer whose AllowedIPs hold "
				     "0.0.0.0/0 or ::/0");
	if (!m->plan->mark && any && wants_full(m->conf))
		m->plan->mark = m->facts->free_table;
	return 0;
}

int sek_plan_add_full(struct sek_planner *m)
{
	int err = 0;

	if (!wants_full(m->conf))
		return 0;
	if (has_default(m, AF_INET))
		err = add_default_rules(m, AF_INET);
	if (!err && has_default(m, AF_INET6))
		err = add_default_rules(m, AF_INET6);
	/* Nobody is told twice what they wrote themselves. */
	if (!err && m->conf->routing == SEK_ROUTING_WG_QUICK && m->plan->mark &&
	    (has_default(m, AF_INET) || has_default(m, AF_INET6)))
		sek_plan_note(m, "AllowedIPs hold a default route: as with wg-quick, all packets "
				 "go into the tunnel ('Routing = full' says so, 'Routing = onlink' "
				 "leaves it to routes)");
	return err;
}

static int add_route(struct sek_planner *m, const struct sek_prefix *dst, __u32 table)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_ROUTE);

	if (!s)
		return -ENOMEM;
	s->route.route = (struct sek_rt_route){ .dst = *dst,
						.table = table,
						.type = RTN_UNICAST,
						.protocol = RTPROT_BOOT,
						.scope = RT_SCOPE_LINK };
	return 0;
}

/* The table that a prefix of AllowedIPs is routed by; 0: by none. */
static __u32 table_of(const struct sek_planner *m, const struct sek_prefix *p)
{
	const struct sek_conf *c = m->conf;
	bool number = c->table == SEK_CONF_TABLE_NUMBER && c->routing != SEK_ROUTING_FULL;

	if (wants_full(c) && !p->len)
		return m->plan->mark;
	if (c->routing == SEK_ROUTING_ALLOWEDIPS && !p->len)
		return 0;
	return number ? c->table_id : is_connected(m, p) ? 0 : RT_TABLE_MAIN;
}

static bool wants_routes(const struct sek_conf *c)
{
	if (c->routing == SEK_ROUTING_WG_QUICK)
		return c->table != SEK_CONF_TABLE_OFF;
	return c->routing == SEK_ROUTING_ALLOWEDIPS || c->routing == SEK_ROUTING_FULL;
}

/*
 * A route of the table main that is to hold an endpoint, and is not shorter than that which leads
 * to it now, would send WireGuard's own packets into the tunnel.
 */
static bool would_loop(const struct sek_planner *m, const struct sek_prefix *endpoint,
		       const struct sek_rt_route *now)
{
	for (int len = sek_prefix_bits(endpoint); len >= now->dst.len && len > 0; len--) {
		struct sek_prefix p = *endpoint;
		const struct sek_prefix *found;

		p.len = len;
		sek_prefix_mask(&p);
		found = bsearch(&p, m->routes, m->routes_n, sizeof(p), sek_prefix_compare);
		if (found && table_of(m, found) == RT_TABLE_MAIN)
			return true;
	}
	return false;
}

static bool is_kept_out(const struct sek_planner *m, const struct sek_prefix *endpoint)
{
	for (size_t i = 0; i < m->plan->n; i++) {
		const struct sek_step *s = &m->plan->steps[i];

		if (s->type == SEK_STEP_ROUTE && s->route.keep_out &&
		    sek_prefix_equal(&s->route.route.dst, endpoint))
			return true;
	}
	return false;
}

/* Endpoints go where they go now, also when the tunnel's routes are there. */
int sek_plan_add_keep_outs(struct sek_planner *m)
{
	if (!wants_routes(m->conf) || m->facts->split)
		return 0;
	for (size_t i = 0; i < m->conf->device.peers_n; i++) {
		const struct sek_facts_path *path = &m->facts->paths[i];
		struct sek_prefix endpoint;
		struct sek_step *s;

		if (!path->known || path->route.type != RTN_UNICAST)
			continue;
		sek_endpoint_prefix(&m->conf->device.peers[i].endpoint, &endpoint);
		if (!would_loop(m, &endpoint, &path->route) || is_kept_out(m, &endpoint))
			continue;
		if (add_route(m, &endpoint, RT_TABLE_MAIN))
			return -ENOMEM;
		s = &m->plan->steps[m->plan->n - 1];
		s->route.route.oif = path->route.oif;
		s->route.route.gateway = path->route.gateway;
		if (path->route.gateway.family)
			s->route.route.scope = RT_SCOPE_UNIVERSE;
		s->route.keep_out = true;
		s->own = true;
		s->why = "AllowedIPs hold this endpoint: without, the tunnel would be routed into "
			 "itself";
	}
	return 0;
}

int sek_plan_add_routes(struct sek_planner *m)
{
	for (size_t i = 0; i < m->routes_n && wants_routes(m->conf); i++) {
		__u32 table = table_of(m, &m->routes[i]);

		if (table && add_route(m, &m->routes[i], table))
			return -ENOMEM;
		if (!table && !m->routes[i].len)
			sek_plan_note(
				m,
				"AllowedIPs hold a default route, which Routing = allowedips does "
				"not install");
	}
	return 0;
}
