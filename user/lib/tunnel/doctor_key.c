// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that do not fit, and clocks. WireGuard drops what it cannot verify without a word, but what
 * is counted on the wire and what it counts itself tell the reasons apart.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "doctor_priv.h"

/* UDP payload of an initiation and of a response (wireguard.com/protocol). */
#define INITIATION 148
#define RESPONSE   92

/* A file system may have its times a little ahead. */
#define FUTURE 2

static const char same_preshared[] = "Write the same PresharedKey into both files ('wg genpsk' "
				     "makes one), or into none of them.";

/* Responses came in, and WireGuard took none of them. */
int sek_doctor_refused(struct sek_patient *p, const struct sek_device_peer *peer)
{
	__u64 responses = p->c->responses ? p->c->responses(p->iface.ifindex, &peer->public_key)
					  : 0;
	char who[SEK_DOCTOR_PEER_TEXT];
	struct sek_finding *f;

	if (!responses || peer->handshake || peer->rx_bytes)
		return 0;
	f = sek_doctor_add(p, "key");
	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen),
		 "The %s answered: sekisho counted %" PRIu64
		 " handshake responses from it. WireGuard "
		 "took none of them: 0 bytes received, no handshake ever.",
		 sek_doctor_peer_text(peer, who), (uint64_t)responses);
	snprintf(f->because, sizeof(f->because),
		 "Who answers has the private key to this PublicKey, and knows our public key, or "
		 "it would keep silent. What is left is the preshared key: the two ends have "
		 "different ones, or only one of them has one (here is %s).",
		 sek_key_is_set(&peer->preshared_key) ? "one" : "none");
	snprintf(f->change, sizeof(f->change), "%s", same_preshared);
	return 1;
}

/* The same, seen from the other end: its initiations are fine, and our responses are not. */
int sek_doctor_unconfirmed(struct sek_patient *p, const struct sek_device_peer *peer)
{
	struct sek_finding *f = sek_doctor_add(p, "key");
	char who[SEK_DOCTOR_PEER_TEXT];

	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen),
		 "The %s calls again and again: %" PRIu64 " bytes received, which is %" PRIu64
		 " handshake initiations; %" PRIu64 " bytes sent, responses of %u among them. But "
		 "no handshake was ever completed.",
		 sek_doctor_peer_text(peer, who), (uint64_t)peer->rx_bytes,
		 (uint64_t)peer->rx_bytes / INITIATION, (uint64_t)peer->tx_bytes, RESPONSE);
	snprintf(f->because, sizeof(f->because),
		 "Its initiations are accepted, so the public keys of both ends are right. It does "
		 "not take our responses: the preshared keys differ, or only one end has one (here "
		 "is %s); or the responses get lost on their way to it.",
		 sek_key_is_set(&peer->preshared_key) ? "one" : "none");
	snprintf(f->change, sizeof(f->change),
		 "%s If they are the same: does a firewall drop UDP from here to there?",
		 same_preshared);
	return 1;
}

static int count(const struct sek_patient *p, void *arg)
{
	p->c->calls(arg);
	return 0;
}

void sek_doctor_count_calls(const struct sek_patient *p, struct sek_doctor_calls *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (p->c->calls)
		sek_doctor_in_underlay(p, count, ret);
}

/* The peer that may be the one who calls: the one that spoke to us last, or that never did. */
static const struct sek_device_peer *find_caller(const struct sek_patient *p, __s64 now)
{
	const struct sek_device_peer *found = NULL;

	for (size_t i = 0; i < p->device.peers_n; i++) {
		const struct sek_device_peer *peer = &p->device.peers[i];

		if (peer->handshake && now - peer->handshake <= SEK_DOCTOR_REJECT_AFTER)
			continue;
		if (!found || peer->handshake > found->handshake)
			found = peer;
	}
	return found;
}

static void write_callers(const struct sek_patient *p, const struct sek_device_peer *peer,
			  __s64 now, struct sek_finding *f)
{
	char who[SEK_DOCTOR_PEER_TEXT], mine[SEK_KEY_TEXT];

	sek_doctor_peer_text(peer, who);
	if (peer->handshake)
		snprintf(f->because, sizeof(f->because),
			 "WireGuard drops initiations that it cannot accept without a word. The "
			 "last handshake with the %s was %" PRId64
			 " s ago. If it is the one who calls, its keys have changed, or its clock "
			 "was set back: initiations that are older than the last one are taken "
			 "for a replay.",
			 who, (int64_t)(now - peer->handshake));
	else
		snprintf(f->because, sizeof(f->because),
			 "WireGuard drops initiations that it cannot accept without a word: from "
			 "keys that it does not know, or made for another public key than ours. "
			 "With the %s there was no handshake ever: it may be the one who calls.",
			 who);
	snprintf(f->change, sizeof(f->change),
		 "Compare: the peer's own public key must be the PublicKey here, and the PublicKey "
		 "there must be ours, %s.%s",
		 sek_key_format(&p->device.public_key, mine),
		 peer->handshake ? " On the peer, 'date' must tell the right time." : "");
}

/* How many calls nobody answered; by any interface, as responses may leave by another one. */
__s64 sek_doctor_unanswered(const struct sek_doctor_calls *calls)
{
	__s64 n = 0;

	for (size_t i = 0; i < calls->n; i++)
		n += calls->each[i].initiations - calls->each[i].responses;
	return n;
}

/* What came in and left since then, where most was not answered. */
static void find_busiest(const struct sek_doctor_calls *now, const struct sek_doctor_calls *before,
			 struct sek_doctor_call *ret, struct sek_doctor_call *ret_since)
{
	__s64 most = -1;

	for (size_t i = 0; i < now->n; i++) {
		struct sek_doctor_call since = now->each[i];

		for (size_t j = 0; j < before->n; j++) {
			if (strcmp(before->each[j].ifname, since.ifname))
				continue;
			since.initiations -= before->each[j].initiations;
			since.responses -= before->each[j].responses;
		}
		if ((__s64)(since.initiations - since.responses) <= most)
			continue;
		most = since.initiations - since.responses;
		*ret = now->each[i];
		*ret_since = since;
	}
}

int sek_doctor_callers(struct sek_patient *p, const struct sek_doctor_calls *before)
{
	__s64 now = time(NULL);
	const struct sek_device_peer *peer = find_caller(p, now);
	struct sek_doctor_call by = { 0 }, since = { 0 };
	struct sek_doctor_calls calls;
	struct sek_finding *f;

	sek_doctor_count_calls(p, &calls);
	/* What nobody answered long ago is nothing of today. */
	if (!peer || sek_doctor_unanswered(&calls) <= sek_doctor_unanswered(before))
		return 0;
	find_busiest(&calls, before, &by, &since);
	f = sek_doctor_add(p, peer->handshake ? "clock" : "key");
	if (!f)
		return -ENOMEM;
	snprintf(f->seen, sizeof(f->seen),
		 "Somebody calls and is not answered: by %s, sekisho counted %" PRIu64
		 " handshake initiations that came in and %" PRIu64
		 " responses that left; while we watched, %" PRIu64 " and %" PRIu64 ".",
		 by.ifname, (uint64_t)by.initiations, (uint64_t)by.responses,
		 (uint64_t)since.initiations, (uint64_t)since.responses);
	write_callers(p, peer, now, f);
	return 1;
}

static void write_time(__s64 when, char ret[32])
{
	time_t t = when;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(ret, 32, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(ret, 32, "%" PRId64, (int64_t)when);
}

/* Somebody has written the file in what is the future here. */
int sek_doctor_old_clock(struct sek_patient *p, __s64 now)
{
	char here[32], there[32];
	struct sek_finding *f;

	if (!p->c->conf || p->c->conf_time <= now + FUTURE)
		return 0;
	f = sek_doctor_add(p, "clock");
	if (!f)
		return -ENOMEM;
	write_time(now, here);
	write_time(p->c->conf_time, there);
	snprintf(f->seen, sizeof(f->seen),
		 "The clock here says %s, but the file of %s was written at %s, %" PRId64
		 " s later; and a peer does not answer.",
		 here, p->iface.name, there, (int64_t)(p->c->conf_time - now));
	snprintf(f->because, sizeof(f->because),
		 "Our clock is behind. An initiation carries the time, and a peer ignores one that "
		 "is older than the last it has seen from us: it takes it for a replay.");
	snprintf(f->change, sizeof(f->change),
		 "Set the clock (timedatectl); a host without a battery for it needs NTP outside "
		 "the tunnel. Or remove and add us at the peer, which then forgets the time it has "
		 "seen.");
	return 1;
}
