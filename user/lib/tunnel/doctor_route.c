// SPDX-License-Identifier: GPL-2.0-only
/* What is routed into a tunnel, by which rule and route. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "../wireguard.h"
#include "doctor_priv.h"
#include "wg.h"

/* Addresses that stand for anywhere (RFC 5737, RFC 3849). */
static const char *const anywhere[] = { "203.0.113.8", "198.51.100.8", "192.0.2.8", "2001:db8::8" };

/* Where packets of people go: without a mark. Finds one that the network holds and @p swallows. */
static bool goes_into(const struct sek_patient *p, const struct sek_prefix *network,
		      struct sek_prefix *ret_dst, struct sek_rt_route *ret_route)
{
	const size_t n = sizeof(anywhere) / sizeof(*anywhere);

	/* And the first two hosts of the network, of which one may be ourselves. */
	for (size_t i = 0; i < n + 2; i++) {
		struct sek_prefix dst = *network;

		if (i < n)
			sek_prefix_parse(anywhere[i], &dst);
		else
			dst.bytes[sek_prefix_bits(&dst) / 8 - 1] |= i - n + 1;
		dst.len = sek_prefix_bits(&dst);
		if (sek_prefix_covers(network, &dst) && !sek_rt_lookup(&dst, 0, true, ret_route) &&
		    ret_route->type == RTN_UNICAST && ret_route->oif == p->iface.ifindex) {
			*ret_dst = dst;
			return true;
		}
	}
	return false;
}

/* Why WireGuard's own packets do not go there. */
static void write_exempt(const struct sek_patient *p, const struct sek_device_peer *peer,
			 const struct sek_rt_rule *rule, char *ret, size_t size)
{
	char endpoint[SEK_ENDPOINT_TEXT], way[128];
	struct sek_rt_route route;
	struct sek_prefix dst;

	ret[0] = '\0';
	if (!peer->endpoint.sa.sa_family)
		return;
	sek_endpoint_prefix(&peer->endpoint, &dst);
	if (sek_doctor_underlay_lookup(p, &dst, true, &route))
		return;
	sek_doctor_route_text(p, &route, way, sizeof(way));
	if (rule && rule->invert && rule->fwmark == p->device.fwmark && p->device.fwmark)
		snprintf(ret, size,
			 " WireGuard's own packets, to %s, have the mark 0x%x, which that "
			 "rule excepts: they leave by '%s'.",
			 sek_endpoint_format(&peer->endpoint, endpoint), p->device.fwmark, way);
	else
		snprintf(ret, size, " WireGuard's own packets, to %s, leave by '%s'.",
			 sek_endpoint_format(&peer->endpoint, endpoint), way);
}

static int add_swallowed(struct sek_patient *p, const struct sek_device_peer *peer,
			 const struct sek_prefix *network, const struct sek_prefix *dst,
			 const struct sek_rt_route *route)
{
	const struct sek_rt_rule *rule = sek_doctor_find_rule(p, route, 0);
	struct sek_finding *f = sek_doctor_add(p, "swallowed");
	char address[INET6_ADDRSTRLEN], prefix[SEK_PREFIX_TEXT], exempt[300];
	char key[SEK_KEY_TEXT];

	if (!f)
		return -ENOMEM;
	inet_ntop(dst->family, dst->bytes, address, sizeof(address));
	f->table = route->table;
	sek_doctor_route_text(p, route, f->route, sizeof(f->route));
	if (rule)
		sek_doctor_rule_text(rule, f->rule, sizeof(f->rule));
	write_exempt(p, peer, rule, exempt, sizeof(exempt));
	sek_prefix_format(network, prefix);
	snprintf(f->seen, sizeof(f->seen),
		 "A packet to %s goes into %s, to the peer %.8s... (AllowedIPs %s), which does not "
		 "answer: it is lost there.",
		 address, p->iface.name, sek_key_format(&peer->public_key, key), prefix);
	snprintf(f->because, sizeof(f->because),
		 "%s%s%s sends what has no mark to table %u, where the route '%s' takes it%s.%s",
		 rule ? "The rule '" : "A rule", f->rule, rule ? "'" : "", route->table, f->route,
		 rule && rule->invert ? "; a full tunnel makes both of AllowedIPs" : "", exempt);
	snprintf(f->change, sizeof(f->change),
		 "If not all of this is meant to go into the tunnel: write '# sekisho: Routing = "
		 "onlink' (or 'Table = off') into [Interface], take it down and up, and add routes "
		 "for what is: 'ip route add NETWORK dev %s', or a routing daemon. If all is: "
		 "make the peer answer, see what else is found.",
		 p->iface.name);
	return 0;
}

int sek_doctor_swallowed(struct sek_patient *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->device.peers_n; i++) {
		const struct sek_device_peer *peer = &p->device.peers[i];
		bool told[2] = { false, false };

		for (size_t j = 0; p->silent[i] && !err && j < peer->allowed_n; j++) {
			const struct sek_prefix *network = &peer->allowed[j];
			struct sek_rt_route route;
			struct sek_prefix dst;

			/* One of each family says it all. */
			if (told[network->family == AF_INET6] ||
			    !goes_into(p, network, &dst, &route))
				continue;
			told[network->family == AF_INET6] = true;
			err = add_swallowed(p, peer, network, &dst, &route);
		}
	}
	return err;
}

static int add_overlap(struct sek_patient *p, const struct sek_device_peer *loser,
		       const struct sek_device_peer *owner, const struct sek_prefix *network)
{
	struct sek_finding *f = sek_doctor_add(p, "overlap");
	char mine[SEK_KEY_TEXT], theirs[SEK_KEY_TEXT], prefix[SEK_PREFIX_TEXT];

	if (!f)
		return -ENOMEM;
	sek_prefix_format(network, prefix);
	snprintf(f->seen, sizeof(f->seen),
		 "The file gives %s to the peer %.8s... (line %u), and the interface has it at the "
		 "peer %.8s....",
		 prefix, sek_key_format(&loser->public_key, mine), loser->line,
		 sek_key_format(&owner->public_key, theirs));
	snprintf(f->because, sizeof(f->because),
		 "A network belongs to one peer: the last that names it takes it from the others. "
		 "Packets to %s all go to %.8s..., and such from %.8s... are dropped.",
		 prefix, theirs, mine);
	snprintf(f->change, sizeof(f->change),
		 "Give each peer networks of its own in AllowedIPs; a longer prefix within another "
		 "peer's network is fine.");
	return 0;
}

/* A prefix, first in what can be searched, and who has it. */
struct owned {
	struct sek_prefix prefix;
	const struct sek_device_peer *peer;
};

int sek_doctor_overlaps(struct sek_patient *p)
{
	const struct sek_device *d = &p->device;
	const struct sek_device *file = p->c->conf ? &p->c->conf->device : NULL;
	struct owned *owned;
	size_t all = 0, n = 0;
	int err = 0;

	for (size_t i = 0; i < d->peers_n; i++)
		all += d->peers[i].allowed_n;
	owned = calloc(all + 1, sizeof(*owned));
	if (!owned)
		return -ENOMEM;
	for (size_t i = 0; i < d->peers_n; i++) {
		for (size_t j = 0; j < d->peers[i].allowed_n; j++)
			owned[n++] = (struct owned){ d->peers[i].allowed[j], &d->peers[i] };
	}
	qsort(owned, n, sizeof(*owned), sek_prefix_compare);
	for (size_t i = 0; file && !err && i < file->peers_n; i++) {
		const struct sek_device_peer *peer = &file->peers[i];

		for (size_t j = 0; !err && j < peer->allowed_n; j++) {
			struct owned *o = bsearch(&peer->allowed[j], owned, n, sizeof(*owned),
						  sek_prefix_compare);

			if (o && memcmp(&o->peer->public_key, &peer->public_key,
					sizeof(peer->public_key)))
				err = add_overlap(p, peer, o->peer, &peer->allowed[j]);
		}
	}
	free(owned);
	return err;
}

/* The number of WireGuard devices here that have a mark. */
static int count_marked(__u32 mark, size_t *ret)
{
	struct sek_wg_device *devices = NULL;
	size_t n = 0, found = 0;
	int err = sek_wireguard_devices(&devices, &n);

	for (size_t i = 0; !err && i < n; i++) {
		struct sek_device d = { 0 };

		/* Gone meanwhile, or not to be asked. */
		if (sek_wg_get(devices[i].name, &d))
			continue;
		found += d.fwmark == mark;
		sek_device_release(&d);
	}
	free(devices);
	*ret = found;
	return err;
}

/* As wg-quick makes it: "not fwmark N table N". */
static bool is_tunnel_rule(const struct sek_rt_rule *r)
{
	return r->invert && r->fwmask && r->fwmark && r->fwmark == r->table && !r->others;
}

static bool is_suppress_rule(const struct sek_rt_rule *r)
{
	return r->table == RT_TABLE_MAIN && !r->suppress && !r->fwmask && !r->others;
}

static int check_orphan(struct sek_patient *p, const struct sek_rt_rule *r)
{
	int empty = sek_rt_table_is_empty(r->family, r->table);
	struct sek_finding *f;
	size_t marked;
	int err = empty < 0 ? empty : count_marked(r->fwmark, &marked);

	if (err || (!empty && marked))
		return err;
	f = sek_doctor_add(p, "orphan_rule");
	if (!f)
		return -ENOMEM;
	f->table = r->table;
	sek_doctor_rule_text(r, f->rule, sizeof(f->rule));
	snprintf(f->seen, sizeof(f->seen),
		 "The rule '%s' (%s) is there, %s, and %zu WireGuard interfaces here have the mark "
		 "0x%x.",
		 f->rule, r->family == AF_INET6 ? "IPv6" : "IPv4",
		 empty ? "its table has no routes" : "its table has routes", marked, r->fwmark);
	snprintf(f->because, sizeof(f->because),
		 "A full tunnel that is gone has left it: a crash, or 'ip link del' in place of "
		 "'down'. "
		 "The next one may be given the same number and find it in its way.");
	snprintf(f->change, sizeof(f->change), "ip %s rule del priority %u",
		 r->family == AF_INET6 ? "-6" : "-4", r->priority);
	return 0;
}

static int check_duplicates(struct sek_patient *p, int family)
{
	size_t tunnels = 0, suppress = 0;
	struct sek_finding *f;
	__u32 last = 0;

	for (size_t i = 0; i < p->rules_n[family]; i++) {
		tunnels += is_tunnel_rule(&p->rules[family][i]);
		if (is_suppress_rule(&p->rules[family][i])) {
			suppress++;
			last = p->rules[family][i].priority;
		}
	}
	if (suppress <= tunnels || suppress < 2)
		return 0;
	f = sek_doctor_add(p, "duplicate_rule");
	if (!f)
		return -ENOMEM;
	snprintf(f->rule, sizeof(f->rule), "%u: from all lookup main suppress_prefixlength 0",
		 last);
	snprintf(f->seen, sizeof(f->seen),
		 "%zu rules 'lookup main suppress_prefixlength 0' (%s) stand beside %zu full "
		 "tunnels.",
		 suppress, family ? "IPv6" : "IPv4", tunnels);
	snprintf(f->because, sizeof(f->because),
		 "Each full tunnel brings one and should take it along; these were left. They do "
		 "no harm "
		 "but cost a lookup each, and hide what else is wrong.");
	snprintf(f->change, sizeof(f->change), "ip %s rule del priority %u", family ? "-6" : "-4",
		 last);
	return 0;
}

int sek_doctor_rules(struct sek_patient *p)
{
	int err = 0;

	for (int family = 0; !err && family < 2; family++) {
		for (size_t i = 0; !err && i < p->rules_n[family]; i++) {
			if (is_tunnel_rule(&p->rules[family][i]))
				err = check_orphan(p, &p->rules[family][i]);
		}
		if (!err)
			err = check_duplicates(p, family);
	}
	return err;
}
