/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Following a host: what appears is attached to, what has gone is settled, so
 * that no total ever shrinks and no slot is lost.
 *
 * One thread calls all functions; it moves between network namespaces while a
 * call lasts.
 */
#ifndef SEK_LIB_SERVE_FOLLOW_H
#define SEK_LIB_SERVE_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/load.h"

/**
 * struct sek_follow_options - what to follow
 * @netns: only namespaces whose name matches one of these patterns; none: all
 * @netns_n: how many
 * @hooks: SEK_HOOK_*
 * @cgroup: cgroup to attach to, NULL for the root of cgroup2
 * @sizes: for maps that do not exist yet
 * @linger_s: how long a removed cgroup keeps its slot while sockets still refer to it, in seconds
 * @note: gets lines for people, without a newline; may be NULL
 * @arg: for @note
 */
struct sek_follow_options {
	char *const *netns;
	size_t netns_n;
	uint32_t hooks;
	const char *cgroup;
	struct sek_sizes sizes;
	uint32_t linger_s;
	void (*note)(const char *text, void *arg);
	void *arg;
};

/**
 * struct sek_follow_stats - a follower's own health
 * @netns: namespaces that are followed now
 * @attached: places newly attached to since the start
 * @attach_failures: attempts that failed
 * @links_settled: interfaces that went, and whose counters were moved
 * @cgroups_settled: cgroups likewise
 * @netns_settled: namespaces likewise
 * @peers_settled: slots of WireGuard peers likewise
 * @lingering: removed cgroups that keep their slots, because sockets refer to them
 * @resyncs: times that events were lost, and all was looked at
 * @waits: times that settling had to wait for somebody who reads
 */
struct sek_follow_stats {
	uint64_t netns;
	uint64_t attached;
	uint64_t attach_failures;
	uint64_t links_settled;
	uint64_t cgroups_settled;
	uint64_t netns_settled;
	uint64_t peers_settled;
	uint64_t lingering;
	uint64_t resyncs;
	uint64_t waits;
};

struct sek_follow;

/**
 * sek_follow_new() - attach to all there is, and begin to follow
 * @o: copied; what it points to must stay
 * @ret: freed by sek_follow_free()
 * @error: one line, if it failed
 * @size: of @error
 *
 * Completes first what a follower that died has begun.
 *
 * Return: 0, -EBUSY if another one follows, or -errno.
 */
int sek_follow_new(const struct sek_follow_options *o, struct sek_follow **ret, char *error,
		   size_t size);

/**
 * sek_follow_fd() - what to wait for
 * @f: follower
 *
 * Return: a descriptor, readable when sek_follow_run() has work to do.
 */
int sek_follow_fd(const struct sek_follow *f);

/**
 * sek_follow_run() - do what is to be done now; does not wait
 * @f: follower
 *
 * Return: 0; -ESTALE if sekisho was unloaded; -errno if it cannot go on.
 */
int sek_follow_run(struct sek_follow *f);

/**
 * sek_follow_settled() - is nothing under way?
 * @f: follower
 *
 * Return: true if no event waits, and nothing that has gone is to be settled now.
 */
bool sek_follow_settled(const struct sek_follow *f);

/**
 * sek_follow_stats() - numbers about itself
 * @f: follower
 *
 * Return: valid as long as @f; changed by sek_follow_run() only.
 */
const struct sek_follow_stats *sek_follow_stats(const struct sek_follow *f);

/**
 * sek_follow_free() - stop to follow; what is attached stays
 * @f: follower, or NULL
 */
void sek_follow_free(struct sek_follow *f);

#endif
