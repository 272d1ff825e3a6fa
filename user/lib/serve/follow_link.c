// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interfaces: new ones are attached to as `load` does it, and the counters of
 * those that have gone go to their namespace's removed ones.
 *
 * The kernel takes programs off an interface, and waits for those that run,
 * before it says RTM_DELLINK: then its counters stand still. A namespace says
 * that it has ended before its interfaces go. There the BPF link tells, which
 * has no interface any more; a clsact filter tells nothing, so its counters are
 * left for longer than the kernel takes for a namespace.
 */
#include "follow_priv.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "lib/attach.h"
#include "lib/attach_netfilter.h"
#include "lib/books.h"
#include "lib/ports.h"

/* How long after its end a namespace's clsact filters may still run. */
#define CLSACT_MS 40000

/* An attachment that fails is tried again: memory may be short for a moment. */
#define TRIES	 5
#define RETRY_MS 1000

/*
 * To this many interfaces a round attaches at the kernel's own pace: a container has two or three,
 * and nobody waits for it, as for the rest of a burst. See expedite.h.
 */
#define LEISURELY 4

static int open_if(const struct sek_follow_ns *ns, const char *path, struct sek_netns *ret)
{
	struct sek_netns one;
	int err = sek_netns_open(path, &one);

	if (err)
		return err;
	if (one.cookie != ns->cookie) {
		sek_netns_release(&one);
		return -ENOENT;
	}
	*ret = one;
	return 0;
}

/* A namespace is not held: by its name, by a process in it, or else by a search. */
static int reach(const struct sek_follow_ns *ns, struct sek_netns *ret)
{
	struct sek_netns *list;
	char path[64];
	size_t n;
	int err = strncmp(ns->name, "net:[", 5) ? open_if(ns, ns->name, ret) : -ENOENT;

	if (err && ns->pid) {
		snprintf(path, sizeof(path), "/proc/%u/ns/net", ns->pid);
		err = open_if(ns, path, ret);
	}
	if (!err)
		return 0;
	err = sek_netns_list(&list, &n);
	if (err)
		return err;
	err = -ENOENT;
	for (size_t i = 0; i < n && err; i++) {
		if (list[i].cookie != ns->cookie)
			continue;
		*ret = list[i];
		list[i].fd = -1;
		err = 0;
	}
	sek_netns_free(list, n);
	return err;
}

static void say(struct sek_follow *f, const struct sek_follow_ns *ns, const struct sek_report *r,
		int err)
{
	for (size_t i = 0; i < r->notes_n; i++)
		sek_follow_note(f, "%s", r->notes[i]);
	if (!err)
		return;
	f->stats.attach_failures++;
	sek_follow_note(f, "attach in %s: %s", ns->name, r->error[0] ? r->error : strerror(-err));
}

static int attach_one(struct sek_follow *f, struct sek_follow_ns *ns, uint64_t attached)
{
	char *devs[SEK_FOLLOW_DEVS], path[32], *paths[] = { path };
	struct sek_load_options o = {
		.netns = paths,
		.netns_n = 1,
		.devs = devs,
		.devs_n = ns->devs_n > SEK_FOLLOW_DEVS ? 0 : ns->devs_n,
		.hooks = f->o.hooks & ~SEK_HOOK_CGROUP,
		.sizes = f->o.sizes,
		.may_vanish = true,
		.leisurely = attached < LEISURELY ? LEISURELY - attached : 0,
	};
	struct sek_report report = {};
	struct sek_netns netns;
	int err = reach(ns, &netns);

	if (err)
		return err;
	for (size_t i = 0; i < o.devs_n; i++)
		devs[i] = ns->devs[i];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", netns.fd);
	if (o.hooks)
		err = sek_load(&o, &report);
	sek_netns_release(&netns);
	f->stats.attached += report.attached;
	say(f, ns, &report, err);
	sek_report_free(&report);
	return err;
}

static void forget_devs(struct sek_follow_ns *ns)
{
	free(ns->devs);
	ns->devs = NULL;
	ns->devs_n = 0;
}

void sek_follow_link_attach(struct sek_follow *f)
{
	const uint64_t before = f->stats.attached;

	for (size_t i = 0; i < f->ns_n; i++) {
		struct sek_follow_ns *ns = &f->ns[i];
		int err;

		if (!ns->devs_n || ns->ended_ms)
			continue;
		err = attach_one(f, ns, f->stats.attached - before);
		/* One that nobody can enter is about to end; its end is an event. */
		if (err && err != -ENOENT && ns->tries++ < TRIES) {
			sek_follow_wake(f, RETRY_MS);
			continue;
		}
		ns->tries = 0;
		forget_devs(ns);
	}
}

int sek_follow_link_gone(struct sek_follow *f, uint64_t cookie, uint32_t ifindex)
{
	struct sek_follow_link *gone = reallocarray(f->gone, f->gone_n + 1, sizeof(*gone));

	if (!gone)
		return -ENOMEM;
	f->gone = gone;
	gone[f->gone_n++] = (struct sek_follow_link){ cookie, ifindex };
	return 0;
}

static bool is_gone(const struct sek_follow *f, const struct sek_link *link)
{
	for (size_t i = 0; i < f->gone_n; i++) {
		if (f->gone[i].cookie == link->netns_cookie && f->gone[i].ifindex == link->ifindex)
			return true;
	}
	return false;
}

static struct sek_follow_ns *ns_of(const struct sek_follow *f, uint64_t cookie)
{
	for (size_t i = 0; i < f->ns_n; i++) {
		if (f->ns[i].cookie == cookie)
			return &f->ns[i];
	}
	return NULL;
}

/* In a namespace that has ended: does the interface still count? */
static bool may_count(const struct sek_follow_ns *ns, const struct sek_link *link)
{
	if (link->flags & SEK_LINK_CLSACT)
		return sek_follow_now() - ns->ended_ms < CLSACT_MS;
	if (sek_attach_netfilter_is_live(link->netns_cookie, NULL))
		return true;
	return sek_attach_is_live(link->netns_cookie, link->ifindex, SEK_PROG_TC_EGRESS, NULL) ||
	       sek_attach_is_live(link->netns_cookie, link->ifindex, SEK_PROG_XDP, NULL);
}

static bool choose(struct sek_follow *f, bool *slots)
{
	bool any = false;

	for (uint32_t slot = 1; slot < f->maps.link_slots; slot++) {
		const struct sek_link *link = &f->links[slot];
		const struct sek_follow_ns *ns;

		if (!link->netns_cookie)
			continue;
		ns = ns_of(f, link->netns_cookie);
		slots[slot] = is_gone(f, link) || (ns && ns->ended_ms && !may_count(ns, link));
		any |= slots[slot];
	}
	return any;
}

/* One that moved to another namespace still has its programs: they count for nobody. */
static void detach(const struct sek_link *link)
{
	static const enum sek_prog progs[] = { SEK_PROG_TC_INGRESS, SEK_PROG_TC_EGRESS,
					       SEK_PROG_XDP };

	for (size_t i = 0; i < sizeof(progs) / sizeof(*progs); i++)
		sek_attach_detach(link->netns_cookie, link->ifindex, progs[i]);
}

static int move(struct sek_follow *f, uint32_t slot)
{
	uint64_t owner = f->links[slot].netns_cookie;
	const struct sek_follow_ns *ns = ns_of(f, owner);
	int err = 0;

	if (!ns || ns->ended_ms)
		owner = 0;
	for (uint32_t point = 0; point < SEK_POINT_LINK_NR && !err; point++) {
		err = sek_books_move_slot(&f->maps, point, slot, owner, NULL);
		if (err == -E2BIG)
			err = sek_books_move_slot(&f->maps, point, slot, 0, NULL);
	}
	return err;
}

static int settle_links(struct sek_follow *f, const bool *slots)
{
	int err = 0;

	for (uint32_t slot = 1; slot < f->maps.link_slots; slot++) {
		if (slots[slot])
			detach(&f->links[slot]);
	}
	/* What runs has begun before; where the kernel cannot be asked, see above. */
	sek_books_grace();
	for (uint32_t slot = 1; slot < f->maps.link_slots && !err; slot++) {
		if (slots[slot])
			err = move(f, slot);
	}
	if (!err)
		err = sek_books_move_icmp(&f->maps, false, slots);
	for (uint32_t slot = 1; slot < f->maps.link_slots && !err; slot++) {
		if (!slots[slot])
			continue;
		err = sek_maps_link_remove(&f->maps, f->links, slot);
		f->stats.links_settled++;
	}
	return err;
}

static bool has_links(const struct sek_follow *f, uint64_t cookie)
{
	for (uint32_t slot = 1; slot < f->maps.link_slots; slot++) {
		if (f->links[slot].netns_cookie == cookie)
			return true;
	}
	return false;
}

/* Namespaces that have ended, and whose last interface has been settled. */
static int settle_netns(struct sek_follow *f)
{
	int err = 0;

	for (size_t i = 0; i < f->ns_n && !err; i++) {
		struct sek_follow_ns *ns = &f->ns[i];
		uint64_t cookie = ns->cookie;

		if (!ns->ended_ms)
			continue;
		if (has_links(f, cookie)) {
			sek_follow_wake(f, sek_follow_now() - ns->ended_ms < 5000 ? 100 : 5000);
			continue;
		}
		for (uint32_t point = 0; point < SEK_POINT_LINK_NR && !err; point++)
			err = sek_books_move_owner(&f->maps, point, cookie, 0, NULL);
		if (err)
			break;
		sek_ports_forget(&f->maps, cookie);
		sek_follow_peer_gone(f, 0);
		bpf_map_delete_elem(f->maps.fd[SEK_MAP_NETNS_KNOWN], &cookie);
		sek_follow_netns_forget(f, ns);
		f->stats.netns_settled++;
		i--;
	}
	return err;
}

int sek_follow_link_settle(struct sek_follow *f)
{
	bool *slots = calloc(f->maps.link_slots, sizeof(*slots));
	int err = slots ? 0 : -ENOMEM;

	if (!err && choose(f, slots))
		err = settle_links(f, slots);
	if (!err)
		err = settle_netns(f);
	if (!err)
		f->gone_n = 0;
	free(slots);
	return err;
}

bool sek_follow_link_pending(const struct sek_follow *f)
{
	for (size_t i = 0; i < f->ns_n; i++) {
		if (f->ns[i].ended_ms)
			return true;
	}
	return f->gone_n;
}
