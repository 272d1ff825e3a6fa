/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The books: counters of what has gone are moved to where they stay.
 *
 * A move has three steps, each one call of bpf(), which a kill cannot cut in
 * half: add to the target and mark it with where from; take away there; clear
 * the mark. Who finds a mark does the last two again. So whatever dies between
 * two steps, nothing is lost and nothing doubled.
 *
 * What is moved must stand still: no program may count in it any more. One
 * process at a time moves (sek_books_lock()), others wait before they read.
 */
#ifndef SEK_LIB_BOOKS_H
#define SEK_LIB_BOOKS_H

#include <stdbool.h>

#include "maps.h"

/**
 * sek_books_lock() - keep the books as they are, or change them
 * @change: alone, to move counters; otherwise with others, to read them
 *
 * Return: a descriptor: closing it, or the process's end, lets go. -EAGAIN if
 * @change and somebody reads now; -errno.
 */
int sek_books_lock(bool change);

/**
 * sek_books_grace() - wait until no program runs that has begun before
 *
 * Return: 0, or -errno where the kernel cannot be asked.
 */
int sek_books_grace(void);

/**
 * sek_books_settle() - complete what a process that died has begun
 * @m: open maps
 *
 * To be called before the first move.
 *
 * Return: 0 or -errno.
 */
int sek_books_settle(const struct sek_maps *m);

/**
 * sek_books_move_slot() - add a slot's counters to an owner's removed ones
 * @m: open maps
 * @point: enum sek_point
 * @slot: of a link or a cgroup, as @point tells; nobody counts in it
 * @owner: see &struct sek_removed_key
 * @ancestors: of @owner, or NULL
 *
 * Return: 0; -E2BIG if there is no room for another owner; -errno.
 */
int sek_books_move_slot(const struct sek_maps *m, enum sek_point point, uint32_t slot,
			uint64_t owner, const __u64 *ancestors);

/**
 * sek_books_move_owner() - add what one owner's removed ones counted to another's
 * @m: open maps
 * @point: enum sek_point
 * @from: owner that has gone
 * @to: owner
 * @ancestors: of @to, or NULL
 *
 * Return: 0, also if there is nothing to move; -E2BIG; -errno.
 */
int sek_books_move_owner(const struct sek_maps *m, enum sek_point point, uint64_t from, uint64_t to,
			 const __u64 *ancestors);

/**
 * sek_books_move_icmp() - move the exact ICMP types of slots that have gone
 * @m: open maps
 * @cgroups: slots of cgroups, otherwise of links
 * @gone: by slot
 *
 * Return: 0; -E2BIG; -errno.
 */
int sek_books_move_icmp(const struct sek_maps *m, bool cgroups, const bool *gone);

/**
 * sek_books_move_peer_slot() - add what a slot of a WireGuard peer counted to what an owner keeps
 * @m: open maps
 * @slot: of a peer; nobody counts in it
 * @owner: see &struct sek_peer_owner
 * @names: of @owner's device and namespace
 *
 * Return: 0, also if there is nothing to move; -E2BIG if there is no room for another owner;
 * -errno.
 */
int sek_books_move_peer_slot(const struct sek_maps *m, uint32_t slot,
			     const struct sek_peer_owner *owner, const struct sek_peer_id *names);

/**
 * sek_books_move_peer_owner() - add what one owner keeps to what another does
 * @m: open maps
 * @from: owner that has gone
 * @to: owner
 * @names: of @to
 *
 * Return: 0, also if there is nothing to move; -E2BIG; -errno.
 */
int sek_books_move_peer_owner(const struct sek_maps *m, const struct sek_peer_owner *from,
			      const struct sek_peer_owner *to, const struct sek_peer_id *names);

/* sek_books_settle() for peers, which calls it. */
int sek_books_settle_peers(const struct sek_maps *m);

/**
 * sek_books_removed() - read an owner's removed ones
 * @m: open maps
 * @point: enum sek_point
 * @owner: owner
 * @ret: filled in; zero if there are none
 *
 * Return: 0 or -errno.
 */
int sek_books_removed(const struct sek_maps *m, enum sek_point point, uint64_t owner,
		      struct sek_removed *ret);

/**
 * sek_books_each_removed() - call a function for each entry
 * @m: open maps
 * @fn: gets the key and @arg; not 0 ends it; may delete this entry alone
 * @arg: for @fn
 *
 * Return: what @fn returned, or -errno.
 */
int sek_books_each_removed(const struct sek_maps *m,
			   int (*fn)(const struct sek_removed_key *key, void *arg), void *arg);

#endif
