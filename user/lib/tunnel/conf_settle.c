// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several sections [Peer] of one public key become the one peer that they make when they are told
 * to WireGuard one after the other, as wg(8) does. So a network that is taken away ("-") is simply
 * not there: only Linux 6.16 and later could be asked to remove it.
 */
#include "conf_priv.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../cleanup.h"

#define NOBODY SIZE_MAX

/* A network that a section gives to its peer or takes from it. */
struct word {
	struct sek_prefix prefix;
	size_t at; /* in the order of the file */
	size_t peer;
	bool removes;
	bool is_kept;
};

/* All of them, and the peers by the first section of each. */
struct settlement {
	struct sek_conf_reader *r;
	size_t *peers; /* of a section: the first one of its key, or NOBODY: the interface's own */
	size_t *cleared; /* of a peer: its words before this one do not count */
	size_t *seen;	 /* of a peer: the end of the last words it was among */
	struct word *words;
	size_t words_n;
};

static void release(struct settlement *s)
{
	free(s->peers);
	free(s->cleared);
	free(s->seen);
	free(s->words);
}

struct owner {
	const struct sek_key *key;
	size_t section;
};

static int compare_owners(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int d = memcmp(x->key, y->key, sizeof(*x->key));

	return d ? d : (x->section > y->section) - (x->section < y->section);
}

/* Is each section a peer of its own? Or -ENOMEM. */
static int find_peers(struct settlement *s)
{
	const struct sek_device *d = &s->r->conf->device;
	SEK_CLEANUP(sek_freep) struct owner *owners = calloc(d->peers_n + 1, sizeof(*owners));
	int is_simple = true;

	s->peers = calloc(d->peers_n + 1, sizeof(*s->peers));
	if (!owners || !s->peers)
		return -ENOMEM;
	for (size_t i = 0; i < d->peers_n; i++)
		owners[i] = (struct owner){ &d->peers[i].public_key, i };
	qsort(owners, d->peers_n, sizeof(*owners), compare_owners);
	for (size_t i = 0; i < d->peers_n; i++) {
		size_t section = owners[i].section;

		s->peers[section] = section;
		if (sek_key_is_set(&d->private_key) &&
		    !memcmp(owners[i].key, &d->public_key, sizeof(d->public_key)))
			s->peers[section] = NOBODY;
		else if (i && !memcmp(owners[i].key, owners[i - 1].key, sizeof(*owners[i].key)))
			s->peers[section] = s->peers[owners[i - 1].section];
		is_simple &= s->peers[section] == section;
	}
	return is_simple;
}

static void add_word(struct settlement *s, const struct sek_prefix *p, size_t peer, bool removes)
{
	s->words[s->words_n] = (struct word){ *p, s->words_n, peer, removes, false };
	s->words_n++;
}

static int collect_words(struct settlement *s)
{
	const struct sek_device *d = &s->r->conf->device;
	const struct sek_conf_removal *removal = s->r->removals;
	const struct sek_conf_removal *end = removal + s->r->removals_n;
	size_t all = s->r->removals_n;

	for (size_t i = 0; i < d->peers_n; i++)
		all += d->peers[i].allowed_n;
	s->words = calloc(all + 1, sizeof(*s->words));
	s->cleared = calloc(d->peers_n + 1, sizeof(*s->cleared));
	s->seen = calloc(d->peers_n + 1, sizeof(*s->seen));
	if (!s->words || !s->cleared || !s->seen)
		return -ENOMEM;
	for (size_t i = 0; i < d->peers_n; i++) {
		const struct sek_device_peer *p = &d->peers[i];
		size_t peer = s->peers[i];

		if (peer != NOBODY && !s->r->said[i].adds)
			s->cleared[peer] = s->words_n;
		for (size_t k = 0; k <= p->allowed_n; k++) {
			for (; removal < end && removal->section == i && removal->behind == k;
			     removal++) {
				if (peer != NOBODY)
					add_word(s, &removal->prefix, peer, true);
			}
			if (k < p->allowed_n && peer != NOBODY)
				add_word(s, &p->allowed[k], peer, false);
		}
	}
	return 0;
}

static int compare_words(const void *a, const void *b)
{
	const struct word *x = a, *y = b;
	int d = sek_prefix_compare(&x->prefix, &y->prefix);

	return d ? d : (x->at > y->at) - (x->at < y->at);
}

static int compare_places(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* Who has the network in the end, of all that is said about it: words from @first to @end. */
static size_t find_owner(const struct settlement *s, size_t first, size_t end)
{
	const struct word *last = NULL;

	for (const struct word *w = &s->words[first]; w < &s->words[end]; w++) {
		if (!w->removes)
			last = w;
		else if (last && last->peer == w->peer)
			last = NULL;
	}
	return last && last->at >= s->cleared[last->peer] ? last->peer : NOBODY;
}

/*
 * Peers that had it before keep it here, too, if they are told before the owner, who takes it from
 * them then: so that the doctor sees it given twice.
 */
static void judge(struct settlement *s, size_t first, size_t end)
{
	size_t owner = find_owner(s, first, end);

	for (size_t i = end; i-- > first;) {
		struct word *w = &s->words[i];

		if (s->seen[w->peer] != end)
			w->is_kept = !w->removes && w->at >= s->cleared[w->peer] &&
				     owner != NOBODY && w->peer <= owner;
		s->seen[w->peer] = end;
	}
}

static void judge_all(struct settlement *s)
{
	size_t first = 0;

	qsort(s->words, s->words_n, sizeof(*s->words), compare_words);
	for (size_t i = 1; i <= s->words_n; i++) {
		if (i < s->words_n &&
		    !sek_prefix_compare(&s->words[i].prefix, &s->words[first].prefix))
			continue;
		judge(s, first, i);
		first = i;
	}
	qsort(s->words, s->words_n, sizeof(*s->words), compare_places);
}

/* What a later section does not say stays. */
static void merge(struct sek_device_peer *to, struct sek_device_peer *from,
		  const struct sek_conf_said *said)
{
	if (said->has_preshared_key)
		to->preshared_key = from->preshared_key;
	if (said->has_keepalive)
		to->keepalive = from->keepalive;
	if (from->host) {
		free(to->host);
		free(to->service);
		to->host = from->host;
		to->service = from->service;
		to->endpoint_line = from->endpoint_line;
		to->endpoint_column = from->endpoint_column;
		from->host = NULL;
		from->service = NULL;
	}
}

/* From here on peers[] of a section is where its peer is among those that are left. */
static void merge_peers(struct settlement *s)
{
	struct sek_device *d = &s->r->conf->device;
	size_t n = 0;

	for (size_t i = 0; i < d->peers_n; i++) {
		struct sek_device_peer *p = &d->peers[i];
		size_t first = s->peers[i];

		if (first == i) {
			if (n != i) {
				d->peers[n] = *p;
				explicit_bzero(p, sizeof(*p));
			}
			s->peers[i] = n++;
			continue;
		}
		if (first != NOBODY) {
			s->peers[i] = s->peers[first];
			merge(&d->peers[s->peers[i]], p, &s->r->said[i]);
		}
		sek_peer_release(p);
	}
	d->peers_n = n;
}

static int settle(struct settlement *s)
{
	struct sek_device *d = &s->r->conf->device;
	int err = collect_words(s);

	if (err)
		return err;
	judge_all(s);
	merge_peers(s);
	for (size_t i = 0; i < d->peers_n; i++)
		d->peers[i].allowed_n = 0;
	for (size_t i = 0; !err && i < s->words_n; i++) {
		const struct word *w = &s->words[i];

		if (w->is_kept)
			err = sek_peer_allow(&d->peers[s->peers[w->peer]], &w->prefix);
	}
	return err;
}

int sek_conf_settle(struct sek_conf_reader *r)
{
	SEK_CLEANUP(release) struct settlement s = { .r = r };
	struct sek_conf *c = r->conf;
	int is_simple = find_peers(&s), err = 0;

	c->sections = calloc(r->said_n + 1, sizeof(*c->sections));
	if (is_simple < 0 || !c->sections)
		return -ENOMEM;
	if (!is_simple || r->removals_n)
		err = settle(&s);
	for (size_t i = 0; i < r->said_n; i++)
		c->sections[i] = (struct sek_conf_section){ r->said[i].line, s.peers[i] };
	c->sections_n = r->said_n;
	return err;
}
