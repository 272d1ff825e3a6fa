// SPDX-License-Identifier: GPL-2.0-only
/* Packets that are too large for the way to a peer: as the kernel knows it, and as it is. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "doctor_priv.h"
#include "echo.h"
#include "facts.h"

/* Around a packet: header 16, tag 16, UDP 8, IPv4 20 or IPv6 40 bytes. */
#define OVERHEAD_IPV4 60
#define OVERHEAD_IPV6 80

/* So many peers that answer are probed; where a tunnel has more, they are behind one uplink. */
#define PROBED_MAX 4

/* One peer's way, and the bytes that a full packet has on it. */
struct way {
	const struct sek_device_peer *peer;
	struct sek_prefix dst;
	__u32 overhead;
	__u32 full;
	bool probe;
	struct sek_facts_path path;
	struct sek_echo echo;
};

static void write_change(const struct sek_patient *p, __u32 mtu, struct sek_finding *f)
{
	snprintf(f->change, sizeof(f->change),
		 "ip link set %s mtu %u; in the file 'MTU = %u', or no MTU, which computes it from "
		 "what is known when the tunnel comes up.",
		 p->iface.name, mtu, mtu);
}

static int add_mtu(struct sek_patient *p, const struct way *w)
{
	struct sek_finding *f = sek_doctor_add(p, "mtu");
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT];

	if (!f)
		return -ENOMEM;
	snprintf(
		f->seen, sizeof(f->seen),
		"The MTU of %s is %u; with %u bytes around it a full packet has %u, and the way to "
		"the peer %.8s... at %s takes %u.",
		p->iface.name, p->iface.mtu, w->overhead, w->full,
		sek_key_format(&w->peer->public_key, key),
		sek_endpoint_format(&w->peer->endpoint, endpoint), w->path.mtu);
	snprintf(f->because, sizeof(f->because),
		 "Full packets are cut into fragments, or lost where these are dropped: small ones "
		 "(ping, the beginning of a connection) get through, and large ones do not.");
	write_change(p, w->path.mtu - w->overhead, f);
	return 0;
}

static void write_counted(const struct sek_patient *p, char *ret, size_t size)
{
	const struct sek_doctor_case *c = p->c;

	ret[0] = '\0';
	if (c->counted && c->counted_in)
		snprintf(ret, size,
			 " sekisho counted %" PRIu64 " packets into %s, of %" PRIu64
			 " bytes on average, and %" PRIu64 " out of it, of %" PRIu64 ".",
			 (uint64_t)c->counted_in, p->iface.name,
			 (uint64_t)(c->bytes_in / c->counted_in), (uint64_t)c->counted_out,
			 (uint64_t)(c->counted_out ? c->bytes_out / c->counted_out : 0));
}

/* A black hole: larger packets are lost, and nobody tells. */
static int add_hole(struct sek_patient *p, const struct way *w)
{
	struct sek_finding *f = sek_doctor_add(p, "mtu");
	char address[INET6_ADDRSTRLEN], counted[200];

	if (!f)
		return -ENOMEM;
	inet_ntop(w->dst.family, w->dst.bytes, address, sizeof(address));
	write_counted(p, counted, sizeof(counted));
	snprintf(
		f->seen, sizeof(f->seen),
		"Packets of up to %u bytes get to %s and back (echo requests that may not be cut); "
		"larger ones do not, and a full one of %s has %u (MTU %u and %u around it). The "
		"route says %u.%s",
		w->echo.largest, address, p->iface.name, w->full, p->iface.mtu, w->overhead,
		w->path.mtu, counted);
	snprintf(
		f->because, sizeof(f->because),
		"Somewhere on the way is a narrower link, and no ICMP message ('%s') comes back to "
		"say so: a firewall drops it. %s",
		w->dst.family == AF_INET6 ? "packet too big" : "fragmentation needed",
		w->echo.cut ? "Packets that may be cut do get through, in fragments: slower, and "
			      "lost where WireGuard forbids it (wireguard-go does)."
			    : "Small packets (ping, the beginning of a connection) get through, "
			      "large ones vanish: connections open, and then hang.");
	write_change(p, w->echo.largest - w->overhead, f);
	return 0;
}

/* In the namespace of the socket. What routers tell the probe, the kernel knows afterwards. */
static int look_at_way(const struct sek_patient *p, void *arg)
{
	struct way *w = arg;

	if (sek_facts_path(&w->dst, p->device.fwmark, &w->path) || !w->probe ||
	    w->path.mtu < w->full)
		return 0;
	/* That it cannot be asked is no finding. */
	if (!sek_echo_probe(&w->dst, p->device.fwmark, w->full, &w->echo))
		sek_facts_path(&w->dst, p->device.fwmark, &w->path);
	return 0;
}

static int examine(struct sek_patient *p, struct way *w)
{
	int err = sek_doctor_in_underlay(p, look_at_way, w);

	if (err || (p->c->underlay_fd < 0 && w->path.route.oif == p->iface.ifindex))
		return err;
	if (w->path.mtu > w->overhead && w->path.mtu < w->full)
		return add_mtu(p, w);
	if (w->echo.answers && w->echo.largest < w->full && w->echo.largest > w->overhead)
		return add_hole(p, w);
	return 0;
}

int sek_doctor_mtu(struct sek_patient *p)
{
	__s64 now = time(NULL);
	unsigned int probed = 0;
	int err = 0;

	for (size_t i = 0; !err && i < p->device.peers_n; i++) {
		const struct sek_device_peer *peer = &p->device.peers[i];
		/* Whom nothing gets to has other troubles. */
		bool answers = peer->handshake && now - peer->handshake < SEK_DOCTOR_REJECT_AFTER;
		struct way w = { .peer = peer };

		if (!peer->endpoint.sa.sa_family)
			continue;
		sek_endpoint_prefix(&peer->endpoint, &w.dst);
		w.overhead = w.dst.family == AF_INET6 ? OVERHEAD_IPV6 : OVERHEAD_IPV4;
		w.full = p->iface.mtu + w.overhead;
		w.probe = answers && probed < PROBED_MAX;
		err = examine(p, &w);
		probed += answers;
	}
	return err;
}
