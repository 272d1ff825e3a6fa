// SPDX-License-Identifier: GPL-2.0-only
/* Peers that do not answer, or cannot be reached. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "doctor_priv.h"
#include "wg.h"

/* UDP payload of a handshake's initiation (wireguard.com/protocol). */
#define INITIATION 148

/* An initiation is repeated after 5 s (REKEY_TIMEOUT), with some jitter. */
#define WATCH_MS      6000
#define WATCH_STEP_MS 200

/* An answer to an initiation may be on its way. */
#define ANSWER_MS 2000

/* A handshake so far ahead is no matter of rounding. */
#define FUTURE 2

static void write_silent(const struct sek_patient *p, const struct sek_device_peer *peer,
			 struct sek_finding *f)
{
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT], sent[96], counted[128] = "";

	if (!peer->handshake && !(peer->tx_bytes % INITIATION))
		snprintf(sent, sizeof(sent), "%" PRIu64 " handshake initiation%s of %u bytes sent",
			 (uint64_t)peer->tx_bytes / INITIATION,
			 peer->tx_bytes == INITIATION ? "" : "s", INITIATION);
	else
		snprintf(sent, sizeof(sent), "%" PRIu64 " bytes sent", (uint64_t)peer->tx_bytes);
	if (p->c->counted)
		snprintf(counted, sizeof(counted),
			 " sekisho counted %" PRIu64 " packets into %s and %" PRIu64 " out of it.",
			 (uint64_t)p->c->counted_in, p->iface.name, (uint64_t)p->c->counted_out);
	snprintf(f->seen, sizeof(f->seen),
		 "Peer %.8s... at %s: %s, %" PRIu64 " bytes received, %s.%s",
		 sek_key_format(&peer->public_key, key),
		 sek_endpoint_format(&peer->endpoint, endpoint), sent, (uint64_t)peer->rx_bytes,
		 peer->handshake ? "the last handshake too old for its keys" : "no handshake ever",
		 counted);
	snprintf(f->because, sizeof(f->because),
		 "Initiations without responses: nobody answers there. Either they do not get "
		 "there or back (host down, firewall, wrong address or port), or the peer drops "
		 "them "
		 "without a word: it does not know our public key, the PublicKey here is not its "
		 "own, "
		 "the preshared keys differ, or our clock was set back (it ignores initiations "
		 "older "
		 "than the last it has seen).");
	snprintf(f->change, sizeof(f->change),
		 "At the peer: does 'wg show' list our public key, and listen at that port? "
		 "'tcpdump udp port %u' there tells whether initiations arrive. Here: 'date'.",
		 ntohs(peer->endpoint.v4.sin_port));
}

static int add_silent(struct sek_patient *p, size_t i)
{
	int why = sek_doctor_refused(p, &p->device.peers[i]);
	struct sek_finding *f;

	p->silent[i] = true;
	if (why)
		return why < 0 ? why : 0;
	f = sek_doctor_add(p, "silent");
	if (!f)
		return -ENOMEM;
	write_silent(p, &p->device.peers[i], f);
	return 0;
}

static int add_clock(struct sek_patient *p, const struct sek_device_peer *peer, __s64 now)
{
	struct sek_finding *f = sek_doctor_add(p, "clock");
	char key[SEK_KEY_TEXT];

	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen),
		 "Peer %.8s...: the last handshake was %" PRId64 " s in the future.",
		 sek_key_format(&peer->public_key, key), (int64_t)(peer->handshake - now));
	snprintf(f->because, sizeof(f->because),
		 "Our clock was set back. The peer ignores initiations with a time older than the "
		 "last it has seen, so handshakes that we begin fail until then.");
	snprintf(f->change, sizeof(f->change),
		 "Set the clock (timedatectl); or remove and add us at the peer, which forgets the "
		 "time it has seen.");
	return 0;
}

/* With keys too old: something is sent only if somebody sends, and then initiations are. */
static bool is_stale(const struct sek_device_peer *peer, __s64 now)
{
	return peer->handshake && now - peer->handshake > SEK_DOCTOR_REJECT_AFTER;
}

/* While we watched: does it send without receiving, or call without being answered? */
static int compare(struct sek_patient *p, const struct sek_device *later, __s64 now)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->device.peers_n; i++) {
		struct sek_device_peer *peer = &p->device.peers[i];
		const struct sek_device_peer *then = sek_device_find_peer(later, &peer->public_key);

		if (!then || !is_stale(then, now) || then->tx_bytes == peer->tx_bytes ||
		    then->rx_bytes != peer->rx_bytes)
			continue;
		peer->tx_bytes = then->tx_bytes;
		err = add_silent(p, i);
	}
	return err;
}

static bool is_unanswered(const struct sek_device_peer *peer)
{
	return !peer->handshake && peer->tx_bytes && !peer->rx_bytes;
}

static int watch(struct sek_patient *p, __s64 now)
{
	struct timespec pause = { .tv_nsec = WATCH_STEP_MS * 1000000L };
	struct sek_doctor_calls calls;
	struct sek_device later = { 0 };
	bool any = false, alone = false;
	int err;

	sek_doctor_count_calls(p, &calls);
	for (size_t i = 0; i < p->device.peers_n; i++) {
		const struct sek_device_peer *peer = &p->device.peers[i];

		any |= is_stale(peer, now) && peer->tx_bytes;
		alone |= is_stale(peer, now) || !peer->handshake;
	}
	if (!any && !(alone && sek_doctor_unanswered(&calls) > 0))
		return 0;
	for (int ms = 0; ms < WATCH_MS; ms += WATCH_STEP_MS)
		nanosleep(&pause, NULL);
	err = sek_wg_get(p->iface.name, &later);
	if (err)
		return err;
	err = compare(p, &later, now);
	if (!err && alone)
		err = sek_doctor_callers(p, &calls);
	sek_device_release(&later);
	return err < 0 ? err : 0;
}

/* Initiations were answered, and no data came: one of them may have been the last one's. */
static bool is_unconfirmed(const struct sek_device_peer *peer)
{
	return !peer->handshake && peer->tx_bytes && peer->rx_bytes;
}

/* What was sent just now has some time to be answered, and a second initiation some to come. */
static int wait_for_answers(struct sek_patient *p)
{
	struct timespec pause = { .tv_nsec = WATCH_STEP_MS * 1000000L };

	for (int ms = 0; ms < WATCH_MS; ms += WATCH_STEP_MS) {
		struct sek_device later = { 0 };
		bool any = false;
		int err;

		for (size_t i = 0; i < p->device.peers_n; i++) {
			const struct sek_device_peer *peer = &p->device.peers[i];

			any |= (is_unanswered(peer) && ms < ANSWER_MS) ||
			       (is_unconfirmed(peer) && peer->rx_bytes / INITIATION < 2);
		}
		if (!any)
			break;
		nanosleep(&pause, NULL);
		err = sek_wg_get(p->iface.name, &later);
		if (err)
			return err;
		/* Peers that come or go meanwhile are for the next examination. */
		if (later.peers_n != p->device.peers_n) {
			sek_device_release(&later);
			break;
		}
		sek_device_release(&p->device);
		p->device = later;
	}
	return 0;
}

static int examine_peer(struct sek_patient *p, size_t i, __s64 now)
{
	const struct sek_device_peer *peer = &p->device.peers[i];
	int err = 0;

	if (peer->handshake > now + FUTURE)
		return add_clock(p, peer, now);
	if (is_unanswered(peer))
		return add_silent(p, i);
	if (is_unconfirmed(peer) && peer->rx_bytes / INITIATION >= 2) {
		p->silent[i] = true;
		err = sek_doctor_unconfirmed(p, peer);
	}
	return err < 0 ? err : 0;
}

int sek_doctor_peers(struct sek_patient *p)
{
	int err = wait_for_answers(p);
	__s64 now = time(NULL);
	bool any = false;

	for (size_t i = 0; !err && i < p->device.peers_n; i++)
		err = examine_peer(p, i, now);
	if (!err)
		err = watch(p, now);
	for (size_t i = 0; i < p->device.peers_n; i++)
		any |= p->silent[i];
	if (!err && any)
		err = sek_doctor_old_clock(p, now);
	return err < 0 ? err : 0;
}

/* "with WireGuard's mark 0x12345678" and its end */
#define MARK_TEXT 34

static const char *mark_text(const struct sek_patient *p, char ret[MARK_TEXT])
{
	if (!p->device.fwmark)
		return "WireGuard's packets have no mark";
	snprintf(ret, MARK_TEXT, "with WireGuard's mark 0x%x", p->device.fwmark);
	return ret;
}

static int add_unreachable(struct sek_patient *p, const struct sek_device_peer *peer, int why)
{
	struct sek_finding *f = sek_doctor_add(p, "unreachable");
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT], mark[MARK_TEXT];

	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen), "Peer %.8s... at %s: %s (%s).",
		 sek_key_format(&peer->public_key, key),
		 sek_endpoint_format(&peer->endpoint, endpoint), strerror(-why),
		 mark_text(p, mark));
	snprintf(f->because, sizeof(f->because),
		 "There is no route to the endpoint: nothing can be sent to it.");
	snprintf(f->change, sizeof(f->change),
		 "Bring up the network below the tunnel, or add a route to the endpoint.");
	return 0;
}

static int add_loop(struct sek_patient *p, const struct sek_device_peer *peer,
		    const struct sek_rt_route *route)
{
	const struct sek_rt_rule *rule = sek_doctor_find_rule(p, route, p->device.fwmark);
	struct sek_finding *f = sek_doctor_add(p, "looped");
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT], mark[MARK_TEXT], table[16];

	if (!f)
		return -ENOMEM;
	f->table = route->table;
	sek_doctor_route_text(p, route, f->route, sizeof(f->route));
	if (rule)
		sek_doctor_rule_text(rule, f->rule, sizeof(f->rule));
	snprintf(f->seen, sizeof(f->seen),
		 "Peer %.8s... has the endpoint %s, and the way there (%s) leads into %s itself.",
		 sek_key_format(&peer->public_key, key),
		 sek_endpoint_format(&peer->endpoint, endpoint), mark_text(p, mark), p->iface.name);
	sek_doctor_table_text(route->table, table);
	snprintf(
		f->because, sizeof(f->because),
		"The tunnel is routed into itself: the encrypted packet would have to be encrypted "
		"again, without end; the kernel drops it (ELOOP). The route '%s' of table %s does "
		"it%s%s.",
		f->route, table, rule ? ", by the rule " : "", f->rule);
	snprintf(
		f->change, sizeof(f->change),
		"Remove that route ('ip%s route del %s table %s'), or add one to the endpoint past "
		"the tunnel. If AllowedIPs made it: 'sekisho tunnel up' adds the other one, and a "
		"full tunnel has a mark for this.",
		route->dst.family == AF_INET6 ? " -6" : "", f->route, table);
	return 0;
}

int sek_doctor_loops(struct sek_patient *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < p->device.peers_n; i++) {
		const struct sek_device_peer *peer = &p->device.peers[i];
		struct sek_rt_route route;
		struct sek_prefix dst;
		int why;

		if (!peer->endpoint.sa.sa_family)
			continue;
		sek_endpoint_prefix(&peer->endpoint, &dst);
		why = sek_doctor_underlay_lookup(p, &dst, true, &route);
		if (why == -EPERM || why == -ENOMEM)
			return why;
		if (why)
			err = add_unreachable(p, peer, why);
		else if (p->c->underlay_fd < 0 && route.oif == p->iface.ifindex)
			err = add_loop(p, peer, &route);
	}
	return err;
}
