// SPDX-License-Identifier: GPL-2.0-only
#include "plan_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"

/*
 * What WireGuard adds to a packet: 16 bytes of header and 16 of tag (wireguard.com/protocol), 8 of
 * UDP, and 40 of IPv6, as wg-quick reckons for IPv4, too.
 */
#define OVERHEAD     80
#define ETHERNET_MTU 1500

/* Below, IPv6 is switched off on the interface (RFC 8200, section 5). */
#define IPV6_MIN_MTU 1280

int sek_plan_fail(struct sek_planner *m, int err, const char *fmt, ...)
{
	va_list args;

	m->error->line = 0;
	va_start(args, fmt);
	vsnprintf(m->error->text, sizeof(m->error->text), fmt, args);
	va_end(args);
	return err;
}

void sek_plan_note(struct sek_planner *m, const char *fmt, ...)
{
	va_list args;

	if (m->plan->note[0])
		return;
	va_start(args, fmt);
	vsnprintf(m->plan->note, sizeof(m->plan->note), fmt, args);
	va_end(args);
}

struct sek_step *sek_plan_add(struct sek_planner *m, enum sek_step_type type)
{
	struct sek_plan *p = m->plan;

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct sek_step *steps = reallocarray(p->steps, room, sizeof(*steps));

		if (!steps) {
			sek_plan_fail(m, -ENOMEM, "out of memory");
			return NULL;
		}
		p->steps = steps;
		p->room = room;
	}
	memset(&p->steps[p->n], 0, sizeof(*p->steps));
	p->steps[p->n].type = type;
	return &p->steps[p->n++];
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

static int add_hooks(struct sek_planner *m, enum sek_conf_hook hook)
{
	const struct sek_conf_words *words = &m->conf->hooks[hook];

	for (size_t i = 0; i < words->n; i++) {
		struct sek_step *s = sek_plan_add(m, SEK_STEP_HOOK);

		if (!s)
			return -ENOMEM;
		s->hook.hook = hook;
		s->hook.command = sek_plan_expand(words->words[i], m->conf->device.name);
		if (!s->hook.command)
			return sek_plan_fail(m, -ENOMEM, "out of memory");
	}
	return 0;
}

static int add_link(struct sek_planner *m)
{
	struct sek_step *s;

	if (m->facts->exists)
		sek_plan_note(
			m,
			"there is an interface %s already: 'up' would refuse, or leave it as it is",
			m->conf->device.name);
	if (!m->facts->kernel && !m->facts->userspace[0])
		return sek_plan_fail(m, -EOPNOTSUPP,
				     "this kernel has no WireGuard, and there is no "
				     "wireguard-go to take its place");
	if (!m->facts->kernel && m->facts->split)
		return sek_plan_fail(m, -EOPNOTSUPP,
				     "this kernel has no WireGuard, and wireguard-go cannot "
				     "have its socket in another namespace");
	s = sek_plan_add(m, SEK_STEP_LINK);
	if (!s)
		return -ENOMEM;
	s->own = true;
	s->link.userspace = !m->facts->kernel;
	s->link.program = m->facts->userspace;
	if (s->link.userspace)
		s->why = "this kernel has no WireGuard of its own";
	s = sek_plan_add(m, SEK_STEP_WIREGUARD);
	if (!s)
		return -ENOMEM;
	s->mark = m->plan->mark;
	return 0;
}

static int add_address(struct sek_planner *m, const struct sek_prefix *p, const char *why)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_ADDRESS);

	if (!s)
		return -ENOMEM;
	s->address.prefix = *p;
	s->address.no_route = m->conf->routing == SEK_ROUTING_NONE;
	s->why = why;
	return 0;
}

/* A link-local address that stays the same, made of the public key: WireGuard has none of its own.
 */
static int add_link_local(struct sek_planner *m)
{
	const struct sek_device *d = &m->conf->device;
	struct sek_prefix p = { .family = AF_INET6, .len = 64, .bytes = { 0xfe, 0x80 } };

	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		const struct sek_prefix *a = &m->conf->addresses[i];

		if (a->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&a->v6))
			return 0;
	}
	if (!sek_key_is_set(&d->private_key))
		return sek_plan_fail(m, -EINVAL,
				     "Routing = daemon makes a link-local address of the public "
				     "key, and there is no PrivateKey");
	memcpy(p.bytes + 8, d->public_key.bytes, 8);
	return add_address(m, &p,
			   "link-local, of the public key's first bytes: OSPFv3 and RIPng "
			   "speak from it");
}

static int add_addresses(struct sek_planner *m)
{
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		if (add_address(m, &m->conf->addresses[i], NULL))
			return -ENOMEM;
	}
	return m->conf->routing == SEK_ROUTING_DAEMON ? add_link_local(m) : 0;
}

/* The narrowest way decides: what is too long for it would get lost. */
static __u32 compute_mtu(const struct sek_planner *m)
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

static int add_mtu(struct sek_planner *m)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_MTU);

	if (!s)
		return -ENOMEM;
	s->mtu = m->conf->mtu ? m->conf->mtu : compute_mtu(m);
	if (!m->conf->mtu)
		s->why = "the way to the endpoint, less 80 bytes for WireGuard";
	for (size_t i = 0; i < m->conf->addresses_n; i++) {
		if (m->conf->addresses[i].family == AF_INET6 && s->mtu < IPV6_MIN_MTU)
			sek_plan_note(
				m,
				"the MTU of %u is below the 1280 that IPv6 needs: its addresses "
				"will be gone",
				s->mtu);
	}
	return 0;
}

int sek_plan_add_sysctl(struct sek_planner *m, bool own, const char *path, const char *value,
			const char *why)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_SYSCTL);

	if (!s)
		return -ENOMEM;
	snprintf(s->sysctl.path, sizeof(s->sysctl.path), "%s", path);
	snprintf(s->sysctl.value, sizeof(s->sysctl.value), "%s", value);
	s->own = own;
	s->why = why;
	return 0;
}

/* A routing daemon's wishes. */
static int add_daemon(struct sek_planner *m)
{
	struct sek_step *s = sek_plan_add(m, SEK_STEP_MULTICAST);
	char path[64];

	if (!s)
		return -ENOMEM;
	s->why = "OSPF and RIP send to groups";
	snprintf(path, sizeof(path), "net/ipv4/conf/%s/rp_filter", m->conf->device.name);
	return sek_plan_add_sysctl(m, false, path, "2",
				   "routes may lead back another way for a while");
}

static int add_dns(struct sek_planner *m)
{
	struct sek_step *s;

	if (!m->conf->dns.n)
		return 0;
	if (!m->facts->resolvconf)
		return sek_plan_fail(m, -ENOENT,
				     "DNS needs the program resolvconf (packages resolvconf, "
				     "openresolv or systemd-resolved)");
	s = sek_plan_add(m, SEK_STEP_DNS);
	if (!s)
		return -ENOMEM;
	s->own = true;
	return 0;
}

static int make(struct sek_planner *m)
{
	int err = sek_plan_collect_routes(m);

	if (!err)
		err = sek_plan_choose_mark(m);
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
		err = sek_plan_add_full(m);
	if (!err)
		err = sek_plan_add_keep_outs(m);
	if (!err)
		err = sek_plan_add(m, SEK_STEP_UP) ? 0 : -ENOMEM;
	if (!err)
		err = sek_plan_add_routes(m);
	if (!err)
		err = add_dns(m);
	return err ? err : add_hooks(m, SEK_HOOK_POST_UP);
}

int sek_plan_make(const struct sek_conf *conf, const struct sek_facts *facts, struct sek_plan *ret,
		  struct sek_conf_error *error)
{
	struct sek_planner m = { .conf = conf, .facts = facts, .plan = ret, .error = error };
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
