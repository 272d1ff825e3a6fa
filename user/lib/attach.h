/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaching one program at one place: by a BPF link, pinned as
 *
 *	n<netns cookie>-i<ifindex>-<program>	XDP and tcx
 *	cgroup-<program>			cgroup, and the tracepoints of cgroups
 *	n<netns cookie>-ipv<4|6>-<program>	netfilter, see attach_netfilter.h
 *
 * or, on a kernel without tcx, by a clsact filter, which needs no pin: it
 * stays until it is deleted.
 */
#ifndef SEK_LIB_ATTACH_H
#define SEK_LIB_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "programs.h"

/* What an attach call did. */
enum sek_attached {
	SEK_ATTACHED_NEW,
	SEK_ATTACHED_UPDATED, /* another program was there, of an earlier load */
	SEK_ATTACHED_KEPT,
};

/**
 * sek_attach_has_tcx() - does the kernel have tcx links?
 *
 * Return: true if BPF_LINK_CREATE knows the attach type.
 */
bool sek_attach_has_tcx(void);

/**
 * sek_attach_xdp() - attach to an interface of the current namespace
 * @p: programs
 * @netns_cookie: of that namespace
 * @ifindex: interface
 * @generic: out: the driver has no XDP, so the kernel's own is used
 *
 * Return: enum sek_attached, -EBUSY if somebody else's program is there, or
 * -errno.
 */
int sek_attach_xdp(const struct sek_programs *p, uint64_t netns_cookie, uint32_t ifindex,
		   bool *generic);

/**
 * sek_attach_tcx() - attach in front of all other tcx programs
 * @p: programs
 * @netns_cookie: of the current namespace
 * @ifindex: interface in it
 *
 * In front, because a program that answers before ours would hide packets.
 * The order of the others does not change.
 *
 * Return: enum sek_attached of the direction that changed most, or -errno;
 * then neither direction is newly attached.
 */
int sek_attach_tcx(const struct sek_programs *p, uint64_t netns_cookie, uint32_t ifindex);

/**
 * sek_attach_clsact() - attach by filters in front of all others
 * @p: programs
 * @ifindex: interface in the current namespace, which has a clsact qdisc
 * @classid: SEK_CLASSID_* with the slot
 *
 * Return: as sek_attach_tcx().
 */
int sek_attach_clsact(const struct sek_programs *p, uint32_t ifindex, uint16_t classid);

/**
 * sek_attach_clsact_remove() - remove our filters from an interface
 * @ifindex: interface in the current namespace
 * @qdisc: and the clsact qdisc, which is ours, if no filter of somebody else is in it
 *
 * Return: 0, also if there are no filters, or -errno.
 */
int sek_attach_clsact_remove(uint32_t ifindex, bool qdisc);

/**
 * sek_attach_cgroup() - attach to a cgroup and all below it
 * @p: programs
 * @cgroup_fd: directory of the cgroup
 *
 * Return: as sek_attach_tcx().
 */
int sek_attach_cgroup(const struct sek_programs *p, int cgroup_fd);

/**
 * sek_attach_tracking() - note cgroups that are removed
 * @p: programs
 *
 * Return: enum sek_attached or -errno.
 */
int sek_attach_tracking(const struct sek_programs *p);

/**
 * sek_attach_update_pinned() - put these programs in place of those in all
 *	pinned links, each atomically
 * @p: programs
 * @ret_n: how many were replaced
 *
 * A link whose interface has gone is removed.
 *
 * Return: 0 or -errno.
 */
int sek_attach_update_pinned(const struct sek_programs *p, uint32_t *ret_n);

/**
 * sek_attach_detach_pinned() - detach all pinned links and unpin them
 * @ret_n: how many there were
 *
 * Return: 0 or -errno.
 */
int sek_attach_detach_pinned(uint32_t *ret_n);

/**
 * sek_attach_detach_prog() - detach and unpin all links of one program
 * @prog: which
 * @ret_n: how many places there were
 *
 * Return: 0 or -errno.
 */
int sek_attach_detach_prog(enum sek_prog prog, uint32_t *ret_n);

/**
 * sek_attach_release_netns() - let all pinned links of some namespaces go
 * @cookies: of the namespaces, which nobody wants any more
 * @n: how many
 *
 * bpffs must be held. The kernel detaches in its own time: it waits for an RCU
 * grace period at each hook, and nobody needs to wait along. Filters of clsact
 * go with their interfaces.
 *
 * Return: 0 or -errno.
 */
int sek_attach_release_netns(const uint64_t *cookies, size_t n);

/**
 * sek_attach_detach() - detach and unpin what one call above attached
 * @netns_cookie: namespace, or 0 for the cgroup
 * @ifindex: interface
 * @prog: which program
 */
void sek_attach_detach(uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog);

/**
 * sek_attach_is_live() - is a program attached there now?
 * @netns_cookie: namespace, or 0 for the cgroup
 * @ifindex: interface
 * @prog: which program
 * @ret_prog_id: its id, may be NULL
 *
 * Return: true if the link is pinned and its interface exists.
 */
bool sek_attach_is_live(uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog,
			uint32_t *ret_prog_id);

#endif
