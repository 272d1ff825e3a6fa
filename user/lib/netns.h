/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network namespaces: find, name and enter them.
 *
 * A thread is in a namespace, not a process: whoever enters one moves the calling thread alone,
 * and threads that it makes meanwhile begin there. Needs CAP_SYS_ADMIN for all but one's own.
 */
#ifndef SEK_NETNS_H
#define SEK_NETNS_H

#include <stddef.h>

#include <linux/types.h>

#include "sekisho/abi.h"

/**
 * struct sek_netns - one network namespace, kept alive by an open file
 * @name: "host" for that of the init process (/proc/1/ns/net); else its name under /run/netns,
 *	the first of several, unless that is "host", too; else that of the topology's node that it
 *	is (/run/sekisho/topo/TOPOLOGY/ns/NODE), or TOPOLOGY/NODE where others have that name, too;
 *	else "net:[INODE]". Cut at the end if longer
 * @cookie: net->net_cookie, unique since boot
 * @ino: inode of its /proc/PID/ns/net, unique while the namespace lives
 * @fd: the namespace, close-on-exec; owned
 */
struct sek_netns {
	char name[SEK_NAME_LEN];
	__u64 cookie;
	__u64 ino;
	int fd;
};

/**
 * sek_netns_self - the namespace of the calling thread
 * @ret: to be released by sek_netns_release(); untouched on failure
 *
 * Return: 0 or -errno.
 */
int sek_netns_self(struct sek_netns *ret);

/**
 * sek_netns_cookie - what tells the namespace of the calling thread from all others since boot
 * @ret: as in struct sek_netns, without looking for its name; untouched on failure
 *
 * Return: 0 or -errno.
 */
int sek_netns_cookie(__u64 *ret);

/**
 * sek_netns_open - the namespace that somebody named
 * @name_or_path: "host"; a name under /run/netns, or else the name of a node of one topology
 *	alone; or, with a '/' in it, a path such as /proc/PID/ns/net or a bind mount of one, or
 *	else TOPOLOGY/NODE
 * @ret: to be released by sek_netns_release(); untouched on failure
 *
 * Return: 0; -ENOENT if there is none; -ENOTUNIQ if several topologies have such a node; -EINVAL
 * if it is something else than a network namespace; another -errno.
 */
int sek_netns_open(const char *name_or_path, struct sek_netns *ret);

/**
 * sek_netns_is_host - is this the namespace of the init process?
 * @path: such as /proc/PID/ns/net
 *
 * Return: 1 or 0; -errno if nothing is there.
 */
int sek_netns_is_host(const char *path);

/**
 * sek_netns_list - every namespace there is to find
 * @ret: an array to be freed by sek_netns_free(), "host" first, then by name; untouched on
 *	failure
 * @n: number of entries, at least 1
 *
 * One's own, the named ones, and those that only processes hold, each of them once. What only
 * a socket, an open file or a second thread of a process keeps alive is not found. What
 * vanishes meanwhile is left out, as is what may not be entered.
 *
 * Return: 0; -EMFILE, as each needs a descriptor: see RLIMIT_NOFILE; another -errno.
 */
int sek_netns_list(struct sek_netns **ret, size_t *n);

/**
 * sek_netns_free - give back what sek_netns_list() made
 * @v: the array, or NULL
 * @n: number of entries
 */
void sek_netns_free(struct sek_netns *v, size_t n);

/**
 * sek_netns_release - close one namespace
 * @one: its fd becomes -1
 */
void sek_netns_release(struct sek_netns *one);

/**
 * sek_netns_enter - move the calling thread
 * @to: where to
 * @ret_old_fd: the namespace it comes from, to be given to sek_netns_leave(); untouched on
 *	failure
 *
 * Return: 0 or -errno: then the thread is where it was. -EPERM also if it could not come back.
 */
int sek_netns_enter(const struct sek_netns *to, int *ret_old_fd);

/**
 * sek_netns_leave - move the calling thread back
 * @old_fd: what sek_netns_enter() gave; closed and set to -1, also on failure
 *
 * Return: 0 or -errno: then the thread is still in the other namespace, and must not go on as
 * if it were not.
 */
int sek_netns_leave(int *old_fd);

#endif
