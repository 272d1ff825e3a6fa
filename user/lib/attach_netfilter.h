/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaching to netfilter's LOCAL_IN in one namespace: a BPF link for each IP
 * version, pinned as n<netns cookie>-ipv4-sek_local_in and ...-ipv6-...
 *
 * The kernel cannot put another program into such a link. What is attached
 * therefore only jumps to the program in the pinned map sek_local_in_jump,
 * whose entry is replaced atomically.
 *
 * Other than XDP and tcx links, a netfilter link holds its namespace: that
 * lives on, with its interfaces, when nobody else wants it any more, until
 * sek_attach_netfilter_release() or unload.
 */
#ifndef SEK_LIB_ATTACH_NETFILTER_H
#define SEK_LIB_ATTACH_NETFILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "attach.h"
#include "netns.h"

struct bpf_program;

/* Linux 6.4; the headers of Debian 12 do not have them. */
#define SEK_PROG_TYPE_NETFILTER	  32
#define SEK_ATTACH_TYPE_NETFILTER 45

/**
 * sek_attach_netfilter_probe() - does the kernel have netfilter links?
 *
 * Return: 0, or -errno if it has not, or if that cannot be tried.
 */
int sek_attach_netfilter_probe(void);

/**
 * sek_attach_netfilter_choose() - have a program of this kind loaded
 * @prog: of an object that is open
 *
 * libbpf 1.1 does not know the type from the section's name; the programs are
 * marked as optional, and are left out otherwise.
 *
 * Return: 0 or -errno.
 */
int sek_attach_netfilter_choose(struct bpf_program *prog);

/**
 * sek_attach_netfilter() - count what the current namespace delivers locally
 * @p: programs, with SEK_PROG_LOCAL_IN among them
 * @netns_cookie: of that namespace
 *
 * Behind all filters, in front of connection tracking's confirmation.
 *
 * Return: enum sek_attached of the IP version that changed most, or -errno;
 * then neither is newly attached.
 */
int sek_attach_netfilter(const struct sek_programs *p, uint64_t netns_cookie);

/**
 * sek_attach_netfilter_update() - make all that is attached jump to our program
 * @p: programs, with SEK_PROG_LOCAL_IN_COUNT among them
 *
 * Return: enum sek_attached: NEW if there was none before; or -errno.
 */
int sek_attach_netfilter_update(const struct sek_programs *p);

/**
 * sek_attach_netfilter_detach() - detach and unpin both links of a namespace
 * @netns_cookie: namespace
 */
void sek_attach_netfilter_detach(uint64_t netns_cookie);

/**
 * sek_attach_netfilter_release() - let go of namespaces that only we hold
 * @names: namespaces to be kept in any case, as sek_netns_open() takes them;
 *	those that cannot be opened are passed over
 * @names_n: how many
 * @ret_n: how many were let go
 *
 * Those that sek_netns_list() does not find: neither a name under /run/netns
 * nor a process keeps them.
 *
 * Return: 0 or -errno.
 */
int sek_attach_netfilter_release(char *const *names, size_t names_n, uint32_t *ret_n);

/**
 * sek_attach_netfilter_is_live() - are both links of a namespace attached?
 * @netns_cookie: namespace
 * @ret_prog_id: id of the program that counts, may be NULL
 *
 * Return: true if they are pinned: the namespace exists then.
 */
bool sek_attach_netfilter_is_live(uint64_t netns_cookie, uint32_t *ret_prog_id);

#endif
