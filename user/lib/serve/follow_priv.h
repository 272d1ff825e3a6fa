/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of a follower share: follow.c drives, the others know one kind each. */
#ifndef SEK_LIB_SERVE_FOLLOW_PRIV_H
#define SEK_LIB_SERVE_FOLLOW_PRIV_H

#include <limits.h>
#include <net/if.h>

#include "follow.h"
#include "lib/maps.h"
#include "lib/netns.h"

struct ring_buffer;

/* sek_load() takes so many names at once. */
#define SEK_FOLLOW_DEVS 64

/**
 * struct sek_follow_ns - a namespace; not held open, or it could never end
 * @cookie: see &struct sek_netns
 * @ino: likewise
 * @name: likewise, when it was found
 * @nsid: how the observing namespace calls it; -1: it has ended, or was never seen
 * @pid: a process in it, 0: none known
 * @devs: interfaces to attach to
 * @devs_n: how many; more than %SEK_FOLLOW_DEVS: all
 * @tries: how often attaching failed in a row
 * @seen: in the look at all that is under way
 * @ended_ms: when it ended, 0: it has not
 */
struct sek_follow_ns {
	uint64_t cookie;
	uint64_t ino;
	char name[SEK_NAME_LEN];
	int32_t nsid;
	uint32_t pid;
	char (*devs)[IFNAMSIZ];
	size_t devs_n;
	uint32_t tries;
	bool seen;
	uint64_t ended_ms;
};

/* An interface that has gone. */
struct sek_follow_link {
	uint64_t cookie;
	uint32_t ifindex;
};

/* A name in /run/netns whose namespace is yet to be mounted there. */
struct sek_follow_name {
	char name[NAME_MAX + 1];
	uint64_t since_ms;
};

struct sek_follow {
	struct sek_follow_options o;
	struct sek_follow_stats stats;
	struct sek_maps maps;
	uint32_t maps_id; /* of sek_meta: another one means that sekisho was unloaded */
	int only_fd;	  /* locked: one follower at a time */
	int epoll_fd;
	int timer_fd;
	char last_note[512]; /* is not said again */
	uint64_t wake_ms;    /* when the timer fires, 0: it does not */

	/* Namespaces and interfaces. */
	struct sek_netns observer;
	int rtnl_fd;
	int inotify_fd;
	int run_wd;
	int names_wd;
	int maps_wd;
	int mounts_fd;
	int event_fd[2]; /* links to the events of processes */
	struct sek_follow_ns *ns;
	size_t ns_n;
	int32_t next_nsid;
	struct sek_follow_name *names;
	size_t names_n;
	struct sek_follow_link *gone;
	size_t gone_n;
	struct sek_link *links;
	bool look_at_all; /* events of interfaces were lost */

	/* Cgroups. */
	struct ring_buffer *ring;
	char mount[PATH_MAX];
	int mount_fd;
	uint64_t root_id;
	uint64_t *cache; /* sek_cgroup_cache, mapped */
	bool cgroups_changed;
	bool owners_changed; /* an owner of removed ones may have gone */
	uint64_t no_event;   /* of struct sek_stats, when last looked at */

	/* WireGuard's peers. */
	uint64_t peers_ms; /* when to look at them, 0: not until something happens */
};

/* Milliseconds of a clock that never jumps. */
uint64_t sek_follow_now(void);

/* Comes back after so long at the latest. */
void sek_follow_wake(struct sek_follow *f, uint32_t ms);
void sek_follow_note(struct sek_follow *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* follow_netns.c: events of interfaces and namespaces */
int sek_follow_netns_open(struct sek_follow *f, char *error, size_t size);
void sek_follow_netns_close(struct sek_follow *f);
int sek_follow_netns_add_all(struct sek_follow *f);
void sek_follow_netns_add_pid(struct sek_follow *f, uint64_t cookie, uint32_t pid);
int sek_follow_netns_events(struct sek_follow *f);
void sek_follow_netns_round(struct sek_follow *f);

/* follow_names.c: names in /run/netns */
int sek_follow_names_open(struct sek_follow *f);
void sek_follow_names_close(struct sek_follow *f);
void sek_follow_names_events(struct sek_follow *f);
void sek_follow_names_round(struct sek_follow *f);
void sek_follow_netns_add(struct sek_follow *f, const struct sek_netns *netns, uint32_t pid);

/* follow_link.c: attach to interfaces, settle those that have gone */
void sek_follow_link_attach(struct sek_follow *f);
int sek_follow_link_gone(struct sek_follow *f, uint64_t cookie, uint32_t ifindex);
int sek_follow_link_settle(struct sek_follow *f);
bool sek_follow_link_pending(const struct sek_follow *f);
void sek_follow_netns_forget(struct sek_follow *f, struct sek_follow_ns *ns);

/* follow_peer.c */
void sek_follow_peer_look(struct sek_follow *f, uint32_t ms);
void sek_follow_peer_gone(struct sek_follow *f, uint32_t ms);
bool sek_follow_peer_pending(const struct sek_follow *f);
int sek_follow_peer_settle(struct sek_follow *f);

/* follow_cgroup.c */
int sek_follow_cgroup_open(struct sek_follow *f, char *error, size_t size);
void sek_follow_cgroup_close(struct sek_follow *f);
int sek_follow_cgroup_settle(struct sek_follow *f);

#endif
