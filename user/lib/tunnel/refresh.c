// SPDX-License-Identifier: GPL-2.0-only
/* Names of endpoints, asked for again: addresses of home lines change. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "facts.h"
#include "journal.h"
#include "tunnel.h"
#include "wg.h"

static int fail(struct sek_conf_error *error, int err, const char *what)
{
	error->line = 0;
	snprintf(error->text, sizeof(error->text), "%s: %s", what, strerror(-err));
	return err;
}

/* What the peer's name stood for when it was last asked; NULL: it has none. */
static const union sek_endpoint *last_known(const struct sek_journal *j, const struct sek_key *key)
{
	for (size_t i = j->endpoints_n; i-- > 0;) {
		if (!memcmp(&j->endpoints[i].key, key, sizeof(*key)))
			return &j->endpoints[i].endpoint;
	}
	return NULL;
}

/* Neither one that answers, nor one that is elsewhere because it said so itself. */
static bool is_wanting(const struct sek_journal *j, const struct sek_device_peer *now)
{
	const union sek_endpoint *known = last_known(j, &now->public_key);

	return known && sek_endpoint_equal(known, &now->endpoint) &&
	       time(NULL) - now->handshake > SEK_TUNNEL_REFRESH_AGE;
}

static int resolve(const struct sek_device_peer *p, const struct sek_tunnel_place *place,
		   union sek_endpoint *ret)
{
	int old = -1, err, back;

	if (place->underlay.fd < 0)
		return sek_facts_resolve(p, 0, ret) ? -EAGAIN : 0;
	err = sek_netns_enter(&place->underlay, &old);
	if (err)
		return err;
	err = sek_facts_resolve(p, 0, ret) ? -EAGAIN : 0;
	back = sek_netns_leave(&old);
	return back ? back : err;
}

static int refresh_peers(struct sek_journal *j, const struct sek_conf *conf,
			 const struct sek_tunnel_place *place, unsigned int *changed)
{
	struct sek_device d = { 0 };
	int err = sek_wg_get(j->ifname, &d);

	for (size_t i = 0; !err && i < conf->device.peers_n; i++) {
		const struct sek_device_peer *p = &conf->device.peers[i];
		const struct sek_device_peer *now = sek_device_find_peer(&d, &p->public_key);
		union sek_endpoint endpoint;

		/* A name that cannot be resolved now is asked for the next time. */
		if (!p->host || !now || !is_wanting(j, now) || resolve(p, place, &endpoint) ||
		    sek_endpoint_equal(&endpoint, &now->endpoint))
			continue;
		err = sek_journal_endpoint(j, &p->public_key, &endpoint);
		if (!err)
			err = sek_wg_set_endpoint(&d, &p->public_key, &endpoint);
		*changed += !err;
	}
	sek_device_release(&d);
	return err;
}

static int refresh_here(const char *ifname, const struct sek_tunnel_place *place,
			unsigned int *changed, struct sek_conf_error *error)
{
	struct sek_journal j = SEK_JOURNAL_INIT;
	struct sek_conf conf = { 0 };
	unsigned int mode;
	__u64 cookie;
	int err = sek_netns_cookie(&cookie);

	if (!err)
		err = sek_journal_open(&j, cookie, ifname, false);
	if (err == -ENOENT)
		fail(error, err, "it is no tunnel that sekisho brought up");
	else if (err)
		fail(error, err, "read in " SEK_JOURNAL_DIR);
	if (!err)
		err = sek_conf_read(j.file, &conf, &mode, error);
	if (!err) {
		err = refresh_peers(&j, &conf, place, changed);
		if (err)
			fail(error, err, "ask and tell its peers");
	}
	sek_conf_release(&conf);
	sek_journal_close(&j);
	return err;
}

int sek_tunnel_refresh(const char *ifname, const struct sek_tunnel_place *place,
		       unsigned int *ret_changed, struct sek_conf_error *error)
{
	int old = -1, err, back;

	*ret_changed = 0;
	err = place->netns.fd < 0 ? 0 : sek_netns_enter(&place->netns, &old);
	if (err)
		return fail(error, err, "enter the network namespace");
	err = refresh_here(ifname, place, ret_changed, error);
	back = old < 0 ? 0 : sek_netns_leave(&old);
	return back && !err ? fail(error, back, "leave the network namespace") : err;
}
