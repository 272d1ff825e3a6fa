// SPDX-License-Identifier: GPL-2.0-only
/*
 * WireGuard's peers. No event tells that one was removed or has moved, so the devices are asked:
 * when BPF gave a slot to a remote end that is new, or had none to give; when a device was raised;
 * when an interface or a namespace has gone; and, as long as anything was counted, once a minute.
 */
#include "follow_priv.h"

#include "lib/peers_settle.h"

#define LOOK_MS 60000

void sek_follow_peer_look(struct sek_follow *f, uint32_t ms)
{
	uint64_t when = sek_follow_now() + ms;

	if (!f->peers_ms || when < f->peers_ms)
		f->peers_ms = when;
	sek_follow_wake(f, ms);
}

/* What has gone may have had peers, if anything has. */
void sek_follow_peer_gone(struct sek_follow *f, uint32_t ms)
{
	if (f->peers_ms)
		sek_follow_peer_look(f, ms);
}

bool sek_follow_peer_pending(const struct sek_follow *f)
{
	return f->peers_ms && f->peers_ms <= sek_follow_now();
}

int sek_follow_peer_settle(struct sek_follow *f)
{
	uint64_t now = sek_follow_now();
	struct sek_netns *list = NULL;
	bool any = false;
	size_t n = 0;
	int err;

	if (!f->peers_ms)
		return 0;
	if (now < f->peers_ms) {
		/* What has woken us was earlier, and something else. */
		sek_follow_wake(f, f->peers_ms - now);
		return 0;
	}
	err = sek_netns_list(&list, &n);
	if (err)
		return err;
	f->peers_ms = 0;
	err = sek_peers_settle(&f->maps, f->links, list, n, &f->stats.peers_settled, &any);
	sek_netns_free(list, n);
	if (!err && any)
		sek_follow_peer_look(f, LOOK_MS);
	return err;
}
