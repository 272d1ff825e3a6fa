// SPDX-License-Identifier: GPL-2.0-only
#include "doctor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/rtnetlink.h>

#include "../netns.h"
#include "doctor_priv.h"
#include "wg.h"

struct sek_finding *sek_doctor_add(struct sek_patient *p, const char *name)
{
	struct sek_diagnosis *d = p->diagnosis;
	struct sek_finding *findings = reallocarray(d->findings, d->n + 1, sizeof(*findings));

	if (!findings)
		return NULL;
	d->findings = findings;
	memset(&findings[d->n], 0, sizeof(*findings));
	findings[d->n].name = name;
	return &findings[d->n++];
}

const char *sek_doctor_ifname(const struct sek_patient *p, __u32 ifindex)
{
	static _Thread_local char unknown[16];

	for (size_t i = 0; i < p->ifaces_n; i++) {
		if (p->ifaces[i].ifindex == ifindex)
			return p->ifaces[i].name;
	}
	snprintf(unknown, sizeof(unknown), "#%u", ifindex);
	return unknown;
}

void sek_doctor_route_text(const struct sek_patient *p, const struct sek_rt_route *r, char *ret,
			   size_t size)
{
	char prefix[SEK_PREFIX_TEXT], gateway[INET6_ADDRSTRLEN] = "";

	if (r->gateway.family)
		inet_ntop(r->gateway.family, r->gateway.bytes, gateway, sizeof(gateway));
	snprintf(ret, size, "%s%s%s dev %s",
		 r->dst.len ? sek_prefix_format(&r->dst, prefix) : "default",
		 *gateway ? " via " : "", gateway, sek_doctor_ifname(p, r->oif));
}

void sek_doctor_table_text(__u32 table, char ret[16])
{
	const char *name = table == RT_TABLE_MAIN    ? "main"
			   : table == RT_TABLE_LOCAL ? "local"
						     : "default";

	if (table >= RT_TABLE_DEFAULT && table <= RT_TABLE_LOCAL)
		snprintf(ret, 16, "%s", name);
	else
		snprintf(ret, 16, "%u", table);
}

void sek_doctor_rule_text(const struct sek_rt_rule *r, char *ret, size_t size)
{
	char mark[24] = "", suppress[40] = "", table[16];

	sek_doctor_table_text(r->table, table);
	if (r->fwmask)
		snprintf(mark, sizeof(mark), " fwmark 0x%x", r->fwmark);
	if (r->suppress >= 0)
		snprintf(suppress, sizeof(suppress), " suppress_prefixlength %d", r->suppress);
	snprintf(ret, size, "%u: %sfrom all%s lookup %s%s", r->priority, r->invert ? "not " : "",
		 mark, table, suppress);
}

const struct sek_rt_rule *sek_doctor_find_rule(const struct sek_patient *p,
					       const struct sek_rt_route *route, __u32 mark)
{
	int family = route->dst.family == AF_INET6;

	for (size_t i = 0; i < p->rules_n[family]; i++) {
		const struct sek_rt_rule *r = &p->rules[family][i];
		bool matches = !((mark ^ r->fwmark) & r->fwmask);

		if (!r->others && matches != r->invert && r->table == route->table &&
		    route->dst.len > r->suppress)
			return r;
	}
	return NULL;
}

int sek_doctor_in_underlay(const struct sek_patient *p,
			   int (*fn)(const struct sek_patient *p, void *arg), void *arg)
{
	struct sek_netns there = { .fd = p->c->underlay_fd };
	int old = -1, err, back;

	if (there.fd < 0)
		return fn(p, arg);
	err = sek_netns_enter(&there, &old);
	if (err)
		return err;
	err = fn(p, arg);
	back = sek_netns_leave(&old);
	return err ? err : back;
}

struct lookup {
	const struct sek_prefix *dst;
	bool match;
	struct sek_rt_route *ret;
};

static int look_up(const struct sek_patient *p, void *arg)
{
	const struct lookup *l = arg;

	return sek_rt_lookup(l->dst, p->device.fwmark, l->match, l->ret);
}

int sek_doctor_underlay_lookup(const struct sek_patient *p, const struct sek_prefix *dst,
			       bool match, struct sek_rt_route *ret)
{
	struct lookup l = { .dst = dst, .match = match, .ret = ret };

	return sek_doctor_in_underlay(p, look_up, &l);
}

char *sek_doctor_peer_text(const struct sek_device_peer *peer, char ret[SEK_DOCTOR_PEER_TEXT])
{
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT] = "";

	if (peer->endpoint.sa.sa_family)
		sek_endpoint_format(&peer->endpoint, endpoint);
	snprintf(ret, SEK_DOCTOR_PEER_TEXT, "peer %.8s...%s%s",
		 sek_key_format(&peer->public_key, key), *endpoint ? " at " : "", endpoint);
	return ret;
}

static void fail(struct sek_conf_error *error, int err, const char *what)
{
	error->line = 0;
	snprintf(error->text, sizeof(error->text), "%s: %s", what,
		 err == -EOPNOTSUPP ? "it is no WireGuard device"
		 : err == -ENODEV   ? "there is none of this name; is the tunnel up, and here? "
				      "(--netns)"
				    : strerror(-err));
}

static int examine_interface(struct sek_patient *p)
{
	struct sek_finding *f;

	if (!(p->iface.flags & IFF_UP)) {
		f = sek_doctor_add(p, "down");
		if (!f)
			return -ENOMEM;
		snprintf(f->seen, sizeof(f->seen), "The interface %s is down.", p->iface.name);
		snprintf(f->because, sizeof(f->because),
			 "An interface that is down sends nothing, and its routes are gone.");
		snprintf(f->change, sizeof(f->change),
			 "ip link set %s up; or take the tunnel down "
			 "and up again.",
			 p->iface.name);
	}
	if (!sek_key_is_set(&p->device.private_key)) {
		f = sek_doctor_add(p, "key");
		if (!f)
			return -ENOMEM;
		snprintf(f->seen, sizeof(f->seen), "The interface %s has no private key.",
			 p->iface.name);
		snprintf(f->because, sizeof(f->because),
			 "Without one there are no handshakes, and nothing is sent.");
		snprintf(f->change, sizeof(f->change), "Set PrivateKey in its file (wg genkey).");
	}
	return 0;
}

static void write_clear(struct sek_patient *p)
{
	const struct sek_device *d = &p->device;
	__u64 rx = 0, tx = 0;
	__s64 latest = 0;
	size_t len;

	for (size_t i = 0; i < d->peers_n; i++) {
		rx += d->peers[i].rx_bytes;
		tx += d->peers[i].tx_bytes;
		if (d->peers[i].handshake > latest)
			latest = d->peers[i].handshake;
	}
	len = snprintf(p->diagnosis->clear, sizeof(p->diagnosis->clear),
		       "nothing wrong is seen: %zu peer%s, %" PRIu64 " bytes received, %" PRIu64
		       " sent, ",
		       d->peers_n, d->peers_n == 1 ? "" : "s", (uint64_t)rx, (uint64_t)tx);
	if (latest)
		snprintf(p->diagnosis->clear + len, sizeof(p->diagnosis->clear) - len,
			 "last handshake %" PRId64 " s ago", (int64_t)(time(NULL) - latest));
	else
		snprintf(p->diagnosis->clear + len, sizeof(p->diagnosis->clear) - len,
			 "no handshake yet, as nobody has sent anything");
}

static int gather(struct sek_patient *p, struct sek_conf_error *error)
{
	int err = sek_rtnl_iface(p->c->ifname, &p->iface);

	if (!err)
		err = sek_wg_get(p->c->ifname, &p->device);
	if (err) {
		fail(error, err, "ask the interface");
		return err;
	}
	err = sek_rtnl_ifaces(&p->ifaces, &p->ifaces_n);
	if (!err)
		err = sek_rt_rule_list(AF_INET, &p->rules[0], &p->rules_n[0]);
	if (!err)
		err = sek_rt_rule_list(AF_INET6, &p->rules[1], &p->rules_n[1]);
	if (err) {
		fail(error, err, "ask for interfaces and rules");
		return err;
	}
	p->silent = calloc(p->device.peers_n + 1, sizeof(*p->silent));
	return p->silent ? 0 : -ENOMEM;
}

int sek_doctor_examine(const struct sek_doctor_case *c, struct sek_diagnosis *ret,
		       struct sek_conf_error *error)
{
	static int (*const examinations[])(struct sek_patient * p) = {
		examine_interface,   sek_doctor_loops, sek_doctor_peers,     sek_doctor_swallowed,
		sek_doctor_overlaps, sek_doctor_rules, sek_doctor_rp_filter, sek_doctor_mtu,
	};
	struct sek_patient p = { .c = c, .diagnosis = ret };
	int err = gather(&p, error);

	for (size_t i = 0; !err && i < sizeof(examinations) / sizeof(*examinations); i++) {
		err = examinations[i](&p);
		if (err)
			fail(error, err, "examine");
	}
	if (!err)
		write_clear(&p);
	sek_device_release(&p.device);
	free(p.ifaces);
	free(p.rules[0]);
	free(p.rules[1]);
	free(p.silent);
	return err;
}

void sek_doctor_release(struct sek_diagnosis *d)
{
	free(d->findings);
	memset(d, 0, sizeof(*d));
}
