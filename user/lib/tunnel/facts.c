// SPDX-License-Identifier: GPL-2.0-only
#include "facts.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../netns.h"
#include "../rtnl.h"
#include "../wireguard.h"

/* How long to wait before a name is asked for again. */
#define RETRY_MS 500

static int fail(struct sek_conf_error *error, int err, const char *what)
{
	error->line = 0;
	snprintf(error->text, sizeof(error->text), "%s: %s", what, strerror(-err));
	return err;
}

/* Is there such a program? By PATH, as a shell finds it. */
static bool has_program(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (path = path ? path : "/usr/sbin:/usr/bin:/sbin:/bin"; *path;) {
		size_t len = strcspn(path, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, name);
		if (!access(file, X_OK))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

int sek_facts_resolve(const struct sek_device_peer *p, unsigned int patience,
		      union sek_endpoint *ret)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_DGRAM,
				  .ai_protocol = IPPROTO_UDP };
	struct timespec pause = { .tv_nsec = RETRY_MS * 1000000L };
	time_t until = time(NULL) + patience;
	struct addrinfo *found;
	int err;

	/* One try may take long by itself, see resolv.conf(5). */
	while ((err = getaddrinfo(p->host, p->service, &hints, &found)) == EAI_AGAIN &&
	       time(NULL) < until)
		nanosleep(&pause, NULL);
	if (err)
		return err;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, found->ai_addr,
	       found->ai_addrlen < sizeof(*ret) ? found->ai_addrlen : sizeof(*ret));
	freeaddrinfo(found);
	return 0;
}

/* What is asked for, and where the answers go. */
struct request {
	struct sek_conf *conf;
	struct sek_facts *facts;
	unsigned int patience;
	bool strict;
	struct sek_conf_error *error;
};

static int resolve_all(const struct request *r)
{
	for (size_t i = 0; i < r->conf->device.peers_n; i++) {
		struct sek_device_peer *p = &r->conf->device.peers[i];
		int err = p->host ? sek_facts_resolve(p, r->patience, &p->endpoint) : 0;

		if (!err || !r->strict)
			continue;
		r->error->line = p->endpoint_line;
		r->error->column = p->endpoint_column;
		snprintf(r->error->text, sizeof(r->error->text), "Endpoint %s:%s: %s", p->host,
			 p->service, gai_strerror(err));
		return -EHOSTUNREACH;
	}
	return 0;
}

static __u32 iface_mtu(const struct sek_iface *ifaces, size_t n, __u32 ifindex)
{
	for (size_t i = 0; i < n; i++) {
		if (ifaces[i].ifindex == ifindex)
			return ifaces[i].mtu;
	}
	return 0;
}

static int find_path(const struct sek_prefix *dst, __u32 mark, const struct sek_iface *ifaces,
		     size_t n, struct sek_facts_path *ret)
{
	struct sek_facts_path path = { .known = true };
	struct sek_rt_route learned;
	int err = sek_rt_lookup(dst, mark, true, &path.route);

	if (!err)
		err = sek_rt_lookup(dst, mark, false, &learned);
	if (err)
		return err;
	path.mtu = learned.mtu ? learned.mtu : iface_mtu(ifaces, n, learned.oif);
	*ret = path;
	return 0;
}

int sek_facts_path(const struct sek_prefix *dst, __u32 mark, struct sek_facts_path *ret)
{
	SEK_CLEANUP(sek_freep) struct sek_iface *ifaces = NULL;
	size_t n;
	int err = sek_rtnl_ifaces(&ifaces, &n);

	return err ? err : find_path(dst, mark, ifaces, n, ret);
}

static int find_default_mtu(const struct sek_iface *ifaces, size_t n, __u32 *ret)
{
	SEK_CLEANUP(sek_freep) struct sek_rt_route *routes = NULL;
	const struct sek_rt_route *best = NULL;
	size_t routes_n;
	int err = sek_rt_route_list(AF_INET, 254, &routes, &routes_n);

	if (err)
		return err;
	for (size_t i = 0; i < routes_n; i++) {
		if (!routes[i].dst.len && (!best || routes[i].metric < best->metric))
			best = &routes[i];
	}
	if (best)
		*ret = best->mtu ? best->mtu : iface_mtu(ifaces, n, best->oif);
	return 0;
}

/* What lies below the tunnel; names are asked for there, too. */
static int gather_underlay(const struct request *r)
{
	SEK_CLEANUP(sek_freep) struct sek_iface *ifaces = NULL;
	const struct sek_conf *conf = r->conf;
	struct sek_facts *f = r->facts;
	bool known = false;
	size_t n;
	int err = resolve_all(r);

	if (!err)
		err = sek_rtnl_ifaces(&ifaces, &n);
	if (err)
		return err;
	f->paths = calloc(conf->device.peers_n + 1, sizeof(*f->paths));
	if (!f->paths)
		return -ENOMEM;
	for (size_t i = 0; i < conf->device.peers_n; i++) {
		const struct sek_device_peer *p = &conf->device.peers[i];
		struct sek_prefix dst;

		if (!p->endpoint.sa.sa_family)
			continue;
		sek_endpoint_prefix(&p->endpoint, &dst);
		/* No way to it now: there may be one later. */
		find_path(&dst, conf->device.fwmark, ifaces, n, &f->paths[i]);
		known |= f->paths[i].known;
	}
	return known ? 0 : find_default_mtu(ifaces, n, &f->default_mtu);
}

static int find_free_table(__u32 *ret)
{
	__u32 table = SEK_FACTS_FIRST_TABLE;

	for (;; table++) {
		int v4 = sek_rt_table_is_empty(AF_INET, table);
		int v6 = v4 > 0 ? sek_rt_table_is_empty(AF_INET6, table) : 0;

		if (v4 < 0 || v6 < 0)
			return v4 < 0 ? v4 : v6;
		if (v4 && v6)
			break;
	}
	*ret = table;
	return 0;
}

static int gather_overlay(const struct request *r)
{
	struct sek_facts *f = r->facts;
	struct sek_iface i;
	int err = sek_rtnl_iface(r->conf->device.name, &i);

	f->exists = !err;
	if (err && err != -ENODEV)
		return err;
	err = sek_rt_rule_list(AF_INET, &f->rules[0], &f->rules_n[0]);
	if (!err)
		err = sek_rt_rule_list(AF_INET6, &f->rules[1], &f->rules_n[1]);
	return err ? err : find_free_table(&f->free_table);
}

static int in_netns(int fd, int (*fn)(const struct request *r), const struct request *r)
{
	struct sek_netns there = { .fd = fd };
	int old = -1, err, back;

	if (fd < 0)
		return fn(r);
	err = sek_netns_enter(&there, &old);
	if (err)
		return err;
	err = fn(r);
	back = sek_netns_leave(&old);
	return err ? err : back;
}

/* Only what will be run: each of them is a walk through PATH. */
static void find_programs(const struct sek_conf *conf, struct sek_facts *f)
{
	const char *program = getenv("WG_QUICK_USERSPACE_IMPLEMENTATION");
	__u16 family;

	f->kernel = !sek_wireguard_family(&family);
	program = program && *program ? program : "wireguard-go";
	if (!f->kernel && has_program(program))
		snprintf(f->userspace, sizeof(f->userspace), "%s", program);
	f->resolvconf = conf->dns.n && has_program("resolvconf");
}

int sek_facts_gather(struct sek_conf *conf, int netns_fd, int underlay_fd, unsigned int patience,
		     bool strict, struct sek_facts *ret, struct sek_conf_error *error)
{
	const struct request r = {
		.conf = conf, .facts = ret, .patience = patience, .strict = strict, .error = error
	};
	int err;

	find_programs(conf, ret);
	ret->split = underlay_fd >= 0;
	error->text[0] = '\0';
	err = in_netns(netns_fd, gather_overlay, &r);
	if (err)
		return fail(error, err, "ask for rules and routes");
	err = in_netns(underlay_fd >= 0 ? underlay_fd : netns_fd, gather_underlay, &r);
	/* A name that is not known has been told. */
	return err && !error->text[0] ? fail(error, err, "ask for the way to the endpoints") : err;
}

void sek_facts_release(struct sek_facts *f)
{
	free(f->rules[0]);
	free(f->rules[1]);
	free(f->paths);
	memset(f, 0, sizeof(*f));
}
