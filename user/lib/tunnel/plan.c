// SPDX-License-Identifier: GPL-2.0-only
#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "../cleanup.h"

/*
 * What WireGuard adds to a packet: 16 bytes of header and 16 of tag (wireguard.com/protocol), 8 of
 * UDP, and 40 of IPv6, as wg-quick reckons for IPv4, too.
 */
#define OVERHEAD     80
#define ETHERNET_MTU 1500

/* Below, IPv6 is switched off on the interface (RFC 8200, section 5). */
#define IPV6_MIN_MTU 1280

/* What goes through the making of one plan. */
struct maker {
	const struct sek_conf *conf;
	const struct sek_facts *facts;
	struct sek_plan *plan;
	struct sek_conf_error *error;
	struct sek_prefix *routes; /* of all peers, see sek_prefix_compare() */
	size_t routes_n;
	__u32 priority[2]; /* of the rule that comes next */
};

__attribute__((format(printf, 3, 4))) static int fail(struct maker *m, int err, const char *fmt,
						      ...)
{
	va_list args;

	m->error->line = 0;
	va_start(args, fmt);
	vsnprintf(m->error->text, sizeof(m->error->text), fmt, args);
	va_end(args);
	return err;
}

__attribute__((format(printf, 2, 3))) static void note(struct maker *m, const char *fmt, ...)
{
	va_list args;

	if (m->plan->note[0])
		return;
	va_start(args, fmt);
	vsnprintf(m->plan->note, sizeof(m->plan->note), fmt, args);
	va_end(args);
}

static struct sek_step *add(struct maker *m, enum sek_step_type type)
{
	struct sek_plan *p = m->plan;

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct sek_step *steps = reallocarray(p->steps, room, sizeof(*steps));

		if (!steps) {
			fail(m, -ENOMEM, "out of memory");
			return NULL;
		}
		p->steps = steps;
		p->room = room;
	}
	memset(&p->steps[p->n], 0, sizeof(*p->steps));
	p->steps[p->n].type = type;
	return &p->steps[p->n++];
}

static int collect_routes(struct maker *m)
{
	const struct sek_device *d = &m->conf->device;
	size_t all = 0, n = 0;

	for (size_t i = 0; i < d->peers_n; i++)
		all += d->peers[i].allowed_n;
	m->routes = calloc(all + 1, sizeof(*m->routes));
	if (!m->routes)
		return fail(m, -ENOMEM, "out of memory");
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
static bool is_connected(const struct maker *m, const struct sek_prefix *p)
{
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		const struct sek_prefix *a = &m->conf->addresses[i];

		if ((a->family == AF_INET6 || a->len < 32) && sek_prefix_covers(a, p))
			return true;
	}
	return false;
}

char *sek_plan_expand(const char *command, const char *name)
{
	char *ret = malloc(strlen(command) * IFNAMSIZ + 1), *to = ret;

	if (!ret)
		return NULL;
	while (*command) {
		if (command[0] == '%' && command[1] == 'i') {
			to = stpcpy(to, name);
			command += 2;
		} else {
			*to++ = *command++;
		}
	}
	*to = '\0';
	return ret;
}

static int add_hooks(struct maker *m, enum sek_conf_hook hook)
{
	const struct sek_conf_words *words = &m->conf->hooks[hook];

	for (size_t i = 0; i < words->n; i++) {
		struct sek_step *s = add(m, SEK_STEP_HOOK);

		if (!s)
			return -ENOMEM;
		s->hook.hook = hook;
		s->hook.command = sek_plan_expand(words->words[i], m->conf->device.name);
		if (!s->hook.command)
			return fail(m, -ENOMEM, "out of memory");
	}
	return 0;
}

static int add_link(struct maker *m)
{
	struct sek_step *s;

	if (m->facts->exists)
		note(m, "there is an interface %s already: 'up' would refuse, or leave it as it is",
		     m->conf->device.name);
	if (!m->facts->kernel && !m->facts->userspace[0])
		return fail(m, -EOPNOTSUPP,
			    "this kernel has no WireGuard, and there is no "
			    "wireguard-go to take its place");
	if (!m->facts->kernel && m->facts->split)
		return fail(m, -EOPNOTSUPP,
			    "this kernel has no WireGuard, and wireguard-go cannot "
			    "have its socket in another namespace");
	s = add(m, SEK_STEP_LINK);
	if (!s)
		return -ENOMEM;
	s->own = true;
	s->link.userspace = !m->facts->kernel;
	s->link.program = m->facts->userspace;
	if (s->link.userspace)
		s->why = "this kernel has no WireGuard of its own";
	s = add(m, SEK_STEP_WIREGUARD);
	if (!s)
		return -ENOMEM;
	s->mark = m->plan->mark;
	return 0;
}

static int add_address(struct maker *m, const struct sek_prefix *p, const char *why)
{
	struct sek_step *s = add(m, SEK_STEP_ADDRESS);

	if (!s)
		return -ENOMEM;
	s->address.prefix = *p;
	s->address.no_route = m->conf->routing == SEK_ROUTING_NONE;
	s->why = why;
	return 0;
}

/* A link-local address that stays the same, made of the public key: WireGuard has none of its own.
 */
static int add_link_local(struct maker *m)
{
	const struct sek_device *d = &m->conf->device;
	struct sek_prefix p = { .family = AF_INET6, .len = 64, .bytes = { 0xfe, 0x80 } };

	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		const struct sek_prefix *a = &m->conf->addresses[i];

		if (a->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a->v6))
			return 0;
	}
	if (!sek_key_is_set(&d->private_key))
		return fail(m, -EINVAL,
			    "Routing = daemon makes a link-local address of the public "
			    "key, and there is no PrivateKey");
	memcpy(p.bytes + 8, d->public_key.bytes, 8);
	return add_address(m, &p,
			   "link-local, of the public key's first bytes: OSPFv3 and RIPng "
			   "speak from it");
}

static int add_addresses(struct maker *m)
{
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		if (add_address(m, &m->conf->addresses[i], NULL))
			return -ENOMEM;
	}
	return m->conf->routing == SEK_ROUTING_DAEMON ? add_link_local(m) : 0;
}

/* The narrowest way decides: what is too long for it would get lost. */
static __u32 compute_mtu(const struct maker *m)
{
	__u32 mtu = 0;

	for (size_t i = 0; i < m->conf->device.peers_n; i++) {
		const struct sek_facts_path *path = &m->facts->paths[i];

		if (path->known && path->mtu && (!mtu || path->mtu < mtu))
			mtu = path->mtu;
	}
	if (!mtu)
		mtu = m->facts->default_mtu ? m->facts->default_mtu : ETHERNET_MTU;
	return mtu > OVERHEAD + 68 ? mtu - OVERHEAD : 68;
}

static int add_mtu(struct maker *m)
{
	struct sek_step *s = add(m, SEK_STEP_MTU);

	if (!s)
		return -ENOMEM;
	s->mtu = m->conf->mtu ? m->conf->mtu : compute_mtu(m);
	if (!m->conf->mtu)
		s->why = "the way to the endpoint, less 80 bytes for WireGuard";
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		if (m->conf->addresses[i].family == AF_INET6 && s->mtu < IPV6_MIN_MTU)
			note(m,
			     "the MTU of %u is below the 1280 that IPv6 needs: its addresses "
			     "will be gone",
			     s->mtu);
	}
	return 0;
}

static int add_sysctl(struct maker *m, bool own, const char *path, const char *value,
		      const char *why)
{
	struct sek_step *s = add(m, SEK_STEP_SYSCTL);

	if (!s)
		return -ENOMEM;
	snprintf(s->sysctl.path, sizeof(s->sysctl.path), "%s", path);
	snprintf(s->sysctl.value, sizeof(s->sysctl.value), "%s", value);
	s->own = own;
	s->why = why;
	return 0;
}

/* A routing daemon's wishes. */
static int add_daemon(struct maker *m)
{
	struct sek_step *s = add(m, SEK_STEP_MULTICAST);
	char path[64];

	if (!s)
		return -ENOMEM;
	s->why = "OSPF and RIP send to groups";
	snprintf(path, sizeof(path), "net/ipv4/conf/%s/rp_filter", m->conf->device.name);
	return add_sysctl(m, false, path, "2", "routes may lead back another way for a while");
}

/* As the kernel would choose it: in front of the first rule behind that of the table local. */
static int find_priority(struct maker *m, int family)
{
	int i = family == AF_INET6;
	__u32 priority = m->facts->rules_n[i] > 1 ? m->facts->rules[i][1].priority : 32766;

	m->priority[i] = m->conf->priority ? m->conf->priority : priority - 1;
	if (!m->conf->priority && priority < 3)
		return fail(m, -ENOSPC,
			    "no priorities are left in front of the policy rule of "
			    "priority %u: set RulePriority",
			    priority);
	return 0;
}

static int add_rule(struct maker *m, const struct sek_rt_rule *rule, const char *why)
{
	struct sek_step *s = add(m, SEK_STEP_RULE);

	if (!s)
		return -ENOMEM;
	s->rule = *rule;
	s->rule.priority = m->priority[rule->family == AF_INET6]--;
	s->own = true;
	s->why = why;
	return 0;
}

/* All packets but WireGuard's own go into the tunnel, unless the table main knows better. */
static int add_default_rules(struct maker *m, int family)
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
	if (family == AF_INET && add_sysctl(m, true, "net/ipv4/conf/all/src_valid_mark", "1",
					    "rp_filter looks for the way back with the mark, too"))
		return -ENOMEM;
	s = add(m, SEK_STEP_NFT);
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

static bool has_default(const struct maker *m, int family)
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

static int choose_mark(struct maker *m)
{
	bool any = has_default(m, AF_INET) || has_default(m, AF_INET6);

	m->plan->mark = m->conf->device.fwmark;
	if (m->conf->routing == SEK_ROUTING_FULL && !any)
		return fail(m, -EINVAL,
			    "Routing = full needs a peer whose AllowedIPs hold "
			    "0.0.0.0/0 or ::/0");
	if (!m->plan->mark && any && wants_full(m->conf))
		m->plan->mark = m->facts->free_table;
	return 0;
}

static int add_full(struct maker *m)
{
	int err = 0;

	if (!wants_full(m->conf))
		return 0;
	if (has_default(m, AF_INET))
		err = add_default_rules(m, AF_INET);
	if (!err && has_default(m, AF_INET6))
		err = add_default_rules(m, AF_INET6);
	return err;
}

static int add_route(struct maker *m, const struct sek_prefix *dst, __u32 table)
{
	struct sek_step *s = add(m, SEK_STEP_ROUTE);

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
static __u32 table_of(const struct maker *m, const struct sek_prefix *p)
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
static bool would_loop(const struct maker *m, const struct sek_prefix *endpoint,
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

static bool is_kept_out(const struct maker *m, const struct sek_prefix *endpoint)
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
static int add_keep_outs(struct maker *m)
{
	for (size_t i = 0; i < m->conf->device.peers_n && !m->facts->split; i++) {
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

static int add_routes(struct maker *m)
{
	for (size_t i = 0; i < m->routes_n && wants_routes(m->conf); i++) {
		__u32 table = table_of(m, &m->routes[i]);

		if (table && add_route(m, &m->routes[i], table))
			return -ENOMEM;
		if (!table && !m->routes[i].len)
			note(m, "AllowedIPs hold a default route, which Routing = allowedips does "
				"not install");
	}
	return 0;
}

static int add_dns(struct maker *m)
{
	struct sek_step *s;

	if (!m->conf->dns.n)
		return 0;
	if (!m->facts->resolvconf)
		return fail(m, -ENOENT,
			    "DNS needs the program resolvconf (packages resolvconf, "
			    "openresolv or systemd-resolved)");
	s = add(m, SEK_STEP_DNS);
	if (!s)
		return -ENOMEM;
	s->own = true;
	return 0;
}

static int make(struct maker *m)
{
	int err = collect_routes(m);

	if (!err)
		err = choose_mark(m);
	if (!err)
		err = add_hooks(m, SEK_HOOK_PRE_UP);
	if (!err)
		err = add_link(m);
	if (!err)
		err = add_addresses(m);
	if (!err)
		err = add_mtu(m);
	if (!err && m->conf->routing == SEK_ROUTING_DAEMON)
		err = add_daemon(m);
	if (!err)
		err = add_full(m);
	if (!err && wants_routes(m->conf))
		err = add_keep_outs(m);
	if (!err)
		err = add(m, SEK_STEP_UP) ? 0 : -ENOMEM;
	if (!err)
		err = add_routes(m);
	if (!err)
		err = add_dns(m);
	return err ? err : add_hooks(m, SEK_HOOK_POST_UP);
}

int sek_plan_make(const struct sek_conf *conf, const struct sek_facts *facts, struct sek_plan *ret,
		  struct sek_conf_error *error)
{
	struct maker m = { .conf = conf, .facts = facts, .plan = ret, .error = error };
	int err = make(&m);

	free(m.routes);
	return err;
}

void sek_plan_release(struct sek_plan *p)
{
	for (size_t i = 0; i < p->n; i++) {
		if (p->steps[i].type == SEK_STEP_HOOK)
			free(p->steps[i].hook.command);
	}
	free(p->steps);
	memset(p, 0, sizeof(*p));
}
