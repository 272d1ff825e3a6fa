// SPDX-License-Identifier: GPL-2.0-only
/* Packets that reverse path filters drop. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"
#include "doctor_priv.h"

/* One number of /proc/net/netstat: two lines each, names and values. */
static bool read_netstat(const char *name, __u64 *ret)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen("/proc/thread-self/net/netstat", "re");
	char names[4096], values[4096];

	while (file && fgets(names, sizeof(names), file) && fgets(values, sizeof(values), file)) {
		char *n = names, *v = values, *word, *value;

		while ((word = strsep(&n, " \n")) && (value = strsep(&v, " \n"))) {
			if (!strcmp(word, name)) {
				*ret = strtoull(value, NULL, 10);
				return true;
			}
		}
	}
	return false;
}

static int read_conf(const char *ifname, const char *name)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = NULL;
	char path[128];
	int value = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/%s", ifname, name);
	file = fopen(path, "re");
	return file && fscanf(file, "%d", &value) == 1 ? value : 0;
}

/* The stricter of the interface's and of "all" holds (ip-sysctl.rst). */
static int rp_filter(const char *ifname)
{
	int all = read_conf("all", "rp_filter"), one = read_conf(ifname, "rp_filter");

	return all > one ? all : one;
}

static int add_rp_filter(struct sek_patient *p, const char *ifname, const char *whose,
			 __u64 dropped, const char *change)
{
	struct sek_finding *f = sek_doctor_add(p, "rp_filter");

	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen),
		 "rp_filter of %s is strict (1), and the way back to %s does not lead there; "
		 "%" PRIu64 " packets were dropped by such filters (IPReversePathFilter).",
		 ifname, whose, (uint64_t)dropped);
	snprintf(f->because, sizeof(f->because),
		 "A strict filter drops what comes in by another interface than an answer would "
		 "leave "
		 "by.");
	snprintf(f->change, sizeof(f->change), "%s", change);
	return 0;
}

/* Answers of a peer come in where nothing without a mark would leave. */
static int check_underlay(struct sek_patient *p, const struct sek_device_peer *peer, __u64 dropped)
{
	struct sek_rt_route out, back;
	struct sek_prefix dst;
	const char *ifname;

	if (peer->endpoint.sa.sa_family != AF_INET || p->c->underlay_fd >= 0)
		return 0;
	sek_endpoint_prefix(&peer->endpoint, &dst);
	if (sek_doctor_underlay_lookup(p, &dst, false, &out) ||
	    sek_rt_lookup(&dst, 0, false, &back) || back.oif == out.oif)
		return 0;
	ifname = sek_doctor_ifname(p, out.oif);
	if (rp_filter(ifname) != 1 || read_conf("all", "src_valid_mark"))
		return 0;
	return add_rp_filter(
		p, ifname, "the endpoint", dropped,
		"sysctl -w net.ipv4.conf.all.src_valid_mark=1 ('sekisho tunnel up' sets "
		"it for a full tunnel), or loosen rp_filter to 2.");
}

/* What a peer may send us comes in by the tunnel, and would be answered elsewhere. */
static int check_overlay(struct sek_patient *p, const struct sek_device_peer *peer, __u64 dropped)
{
	if (rp_filter(p->iface.name) != 1)
		return 0;
	for (size_t i = 0; i < peer->allowed_n; i++) {
		struct sek_prefix dst = peer->allowed[i];
		struct sek_rt_route back;

		if (dst.family != AF_INET)
			continue;
		if (!dst.len)
			sek_prefix_parse("203.0.113.8", &dst);
		dst.bytes[3] |= 1;
		dst.len = 32;
		if (!sek_rt_lookup(&dst, 0, false, &back) && back.oif != p->iface.ifindex)
			return add_rp_filter(p, p->iface.name, "its AllowedIPs", dropped,
					     "Loosen it: sysctl -w net.ipv4.conf.NAME.rp_filter=2; "
					     "Routing = daemon does that.");
	}
	return 0;
}

int sek_doctor_rp_filter(struct sek_patient *p)
{
	__u64 dropped = 0;
	int err = 0;

	if (!read_netstat("IPReversePathFilter", &dropped) || !dropped)
		return 0;
	for (size_t i = 0; !err && i < p->device.peers_n; i++) {
		size_t before = p->diagnosis->n;

		err = check_underlay(p, &p->device.peers[i], dropped);
		if (!err)
			err = check_overlay(p, &p->device.peers[i], dropped);
		/* One says it all. */
		if (p->diagnosis->n != before)
			break;
	}
	return err;
}
