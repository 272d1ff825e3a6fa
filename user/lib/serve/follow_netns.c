// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces, and the events of their interfaces.
 *
 * A socket or a descriptor in a namespace would keep it alive. So a namespace
 * of our own observes: each other one gets a number there (RTM_NEWNSID), which
 * holds nothing, and one rtnetlink socket in it hears all of them
 * (NETLINK_LISTEN_ALL_NSID), their ends included (RTM_DELNSID). Nobody else
 * sees these numbers, and they go with us.
 */
#include "follow_priv.h"

#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <libmnl/libmnl.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "lib/cleanup.h"
#include "lib/netlink.h"
#include "lib/rtnl.h"

/* Room for the events of a thousand interfaces at once. */
#define RECEIVE_BYTES (8 << 20)

static int make_observer(struct sek_netns *ret)
{
	struct sek_netns own;
	int err = sek_netns_self(&own), old_fd;

	if (err)
		return err;
	if (unshare(CLONE_NEWNET)) {
		err = -errno;
	} else {
		err = sek_netns_self(ret);
		old_fd = sek_take_fd(&own.fd);
		err = sek_netns_leave(&old_fd) ?: err;
	}
	sek_netns_release(&own);
	return err;
}

static int listen_all(void)
{
	SEK_CLEANUP(sek_closep)
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_NSID };
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	const int one = 1, bytes = RECEIVE_BYTES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		return -errno;
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])))
			return -errno;
	}
	return sek_take_fd(&fd);
}

int sek_follow_netns_open(struct sek_follow *f, char *error, size_t size)
{
	int err = make_observer(&f->observer), old_fd;

	if (!err)
		err = sek_netns_enter(&f->observer, &old_fd);
	if (!err) {
		f->rtnl_fd = listen_all();
		err = sek_netns_leave(&old_fd) ?: f->rtnl_fd < 0 ? f->rtnl_fd : 0;
	}
	if (!err)
		err = sek_follow_names_open(f);
	if (err)
		snprintf(error, size, "listen to network namespaces: %s", strerror(-err));
	return err;
}

void sek_follow_netns_close(struct sek_follow *f)
{
	for (size_t i = 0; i < f->ns_n; i++)
		free(f->ns[i].devs);
	free(f->ns);
	free(f->gone);
	free(f->links);
	sek_closep(&f->rtnl_fd);
	sek_netns_release(&f->observer);
	sek_follow_names_close(f);
}

static bool is_wanted(const struct sek_follow *f, const char *name)
{
	for (size_t i = 0; i < f->o.netns_n; i++) {
		if (!fnmatch(f->o.netns[i], name, 0))
			return true;
	}
	return !f->o.netns_n;
}

static struct sek_follow_ns *find(const struct sek_follow *f, uint64_t cookie)
{
	for (size_t i = 0; i < f->ns_n; i++) {
		if (f->ns[i].cookie == cookie)
			return &f->ns[i];
	}
	return NULL;
}

static struct sek_follow_ns *append(struct sek_follow *f)
{
	struct sek_follow_ns *ns = reallocarray(f->ns, f->ns_n + 1, sizeof(*ns));

	if (!ns)
		return NULL;
	f->ns = ns;
	ns += f->ns_n++;
	memset(ns, 0, sizeof(*ns));
	ns->nsid = -1;
	return ns;
}

void sek_follow_netns_forget(struct sek_follow *f, struct sek_follow_ns *ns)
{
	free(ns->devs);
	*ns = f->ns[--f->ns_n];
}

/* Gives a namespace its number among those that are observed. */
static int number(struct sek_follow *f, const struct sek_netns *netns, int32_t nsid)
{
	union sek_netlink_buf buf = { 0 };
	struct rtgenmsg rt = { .rtgen_family = AF_UNSPEC };
	struct nlmsghdr *nlh = sek_netlink_message(&buf, RTM_NEWNSID, NLM_F_ACK, &rt, sizeof(rt));
	int err, old_fd;

	mnl_attr_put_u32(nlh, NETNSA_NSID, nsid);
	mnl_attr_put_u32(nlh, NETNSA_FD, netns->fd);
	err = sek_netns_enter(&f->observer, &old_fd);
	if (err)
		return err;
	err = sek_netlink_request(NETLINK_ROUTE, nlh, NULL, NULL);
	return sek_netns_leave(&old_fd) ?: err;
}

/* Interfaces in slots that are not there any more. */
static void compare_links(struct sek_follow *f, const struct sek_netns *netns)
{
	struct sek_iface *ifaces = NULL;
	size_t n = 0;
	int old_fd, err;

	if (!f->links || sek_netns_enter(netns, &old_fd))
		return;
	err = sek_rtnl_ifaces(&ifaces, &n);
	if (sek_netns_leave(&old_fd) || err)
		return;
	for (uint32_t slot = 1; slot < f->maps.link_slots; slot++) {
		bool there = f->links[slot].netns_cookie != netns->cookie;

		for (size_t i = 0; i < n && !there; i++)
			there = ifaces[i].ifindex == f->links[slot].ifindex;
		if (!there)
			sek_follow_link_gone(f, netns->cookie, f->links[slot].ifindex);
	}
	free(ifaces);
}

void sek_follow_netns_add(struct sek_follow *f, const struct sek_netns *netns, uint32_t pid)
{
	struct sek_follow_ns *ns = find(f, netns->cookie);
	const __u32 zero = 0;
	int err;

	if (ns) {
		ns->seen = true;
		ns->ended_ms = ns->nsid >= 0 ? 0 : ns->ended_ms;
	}
	if (ns && ns->nsid >= 0 && !f->look_at_all) {
		snprintf(ns->name, sizeof(ns->name), "%s", netns->name);
		return;
	}
	if (netns->cookie == f->observer.cookie || (!ns && !is_wanted(f, netns->name)))
		return;
	if (!ns || ns->nsid < 0) {
		err = number(f, netns, f->next_nsid);
		ns = err ? NULL : ns ?: append(f);
		if (!ns) {
			f->stats.attach_failures++;
			sek_follow_note(f, "follow %s: %s", netns->name,
					strerror(err ? -err : ENOMEM));
			return;
		}
		ns->nsid = f->next_nsid++;
		ns->ended_ms = 0;
	}
	ns->seen = true;
	ns->cookie = netns->cookie;
	ns->ino = netns->ino;
	ns->pid = pid;
	snprintf(ns->name, sizeof(ns->name), "%s", netns->name);
	bpf_map_update_elem(f->maps.fd[SEK_MAP_NETNS_KNOWN], &ns->cookie, &zero, BPF_ANY);
	compare_links(f, netns);
	ns->devs_n = SEK_FOLLOW_DEVS + 1;
	sek_follow_wake(f, 0);
}

/* A process was seen in a namespace that nobody knew. */
void sek_follow_netns_add_pid(struct sek_follow *f, uint64_t cookie, uint32_t pid)
{
	struct sek_netns netns;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	if (sek_netns_open(path, &netns)) {
		/* It was quick: the next process that begins there says so again. */
		bpf_map_delete_elem(f->maps.fd[SEK_MAP_NETNS_KNOWN], &cookie);
		return;
	}
	if (netns.cookie == cookie)
		sek_follow_netns_add(f, &netns, pid);
	else
		bpf_map_delete_elem(f->maps.fd[SEK_MAP_NETNS_KNOWN], &cookie);
	sek_netns_release(&netns);
}

/* Slots of namespaces that are not to be found. */
static int add_lost(struct sek_follow *f)
{
	for (uint32_t slot = 1; f->links && slot < f->maps.link_slots; slot++) {
		const struct sek_link *link = &f->links[slot];
		struct sek_follow_ns *ns;

		if (!link->netns_cookie || find(f, link->netns_cookie) ||
		    !is_wanted(f, link->netns))
			continue;
		ns = append(f);
		if (!ns)
			return -ENOMEM;
		ns->cookie = link->netns_cookie;
		ns->ino = link->netns_ino;
		ns->ended_ms = sek_follow_now();
		snprintf(ns->name, sizeof(ns->name), "%s", link->netns);
	}
	return 0;
}

int sek_follow_netns_add_all(struct sek_follow *f)
{
	struct sek_netns *list;
	size_t n;
	int err;

	free(f->links);
	f->links = NULL;
	err = sek_maps_links(&f->maps, &f->links);
	if (!err)
		err = sek_netns_list(&list, &n);
	if (err)
		return err;
	for (size_t i = 0; i < f->ns_n; i++)
		f->ns[i].seen = false;
	for (size_t i = 0; i < n; i++)
		sek_follow_netns_add(f, &list[i], 0);
	sek_netns_free(list, n);
	/* Their ends were among what was lost; if not, their links are alive. */
	for (size_t i = 0; i < f->ns_n; i++) {
		if (!f->ns[i].seen && !f->ns[i].ended_ms)
			f->ns[i].ended_ms = sek_follow_now();
	}
	return add_lost(f);
}

static struct sek_follow_ns *by_nsid(const struct sek_follow *f, int32_t nsid)
{
	for (size_t i = 0; i < f->ns_n && nsid >= 0; i++) {
		if (f->ns[i].nsid == nsid)
			return &f->ns[i];
	}
	return NULL;
}

static void new_link(struct sek_follow *f, struct sek_follow_ns *ns, uint32_t ifindex,
		     const char *name)
{
	char(*devs)[IFNAMSIZ];

	for (uint32_t slot = 1; f->links && slot < f->maps.link_slots; slot++) {
		const struct sek_link *link = &f->links[slot];

		/* Any change of an interface is such an event. */
		if (link->netns_cookie == ns->cookie && link->ifindex == ifindex &&
		    !strcmp(link->ifname, name))
			return;
	}
	if (ns->devs_n > SEK_FOLLOW_DEVS)
		return;
	for (size_t i = 0; i < ns->devs_n; i++) {
		if (!strcmp(ns->devs[i], name))
			return;
	}
	sek_follow_wake(f, 10);
	devs = ns->devs_n < SEK_FOLLOW_DEVS ? reallocarray(ns->devs, ns->devs_n + 1, IFNAMSIZ)
					    : NULL;
	if (!devs) {
		ns->devs_n = SEK_FOLLOW_DEVS + 1;
		return;
	}
	ns->devs = devs;
	snprintf(devs[ns->devs_n++], IFNAMSIZ, "%s", name);
}

/* The kernel's, or of userspace. It has its port before it is raised. */
static bool may_be_wireguard(const struct nlattr *linkinfo)
{
	char kind[16] = "";
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, linkinfo)
	{
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			sek_netlink_string(kind, sizeof(kind), attr);
	}
	return !strcmp(kind, "wireguard") || !strcmp(kind, "tun");
}

static void link_event(struct sek_follow *f, const struct nlmsghdr *nlh, int32_t nsid)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	struct sek_follow_ns *ns = by_nsid(f, nsid);
	const struct nlattr *attr;
	char name[IFNAMSIZ] = "";

	/* A bridge speaks of its ports in the same words. */
	if (!ns || mnl_nlmsg_get_payload_len(nlh) < sizeof(*info) || info->ifi_family != AF_UNSPEC)
		return;
	if (nlh->nlmsg_type == RTM_DELLINK) {
		sek_follow_link_gone(f, ns->cookie, info->ifi_index);
		sek_follow_peer_gone(f, 10);
		sek_follow_wake(f, 10);
		return;
	}
	mnl_attr_for_each(attr, nlh, sizeof(*info))
	{
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			sek_netlink_string(name, sizeof(name), attr);
		if (mnl_attr_get_type(attr) == IFLA_LINKINFO && info->ifi_flags & IFF_UP &&
		    may_be_wireguard(attr))
			sek_follow_peer_look(f, 1000);
	}
	if (name[0])
		new_link(f, ns, info->ifi_index, name);
}

static void nsid_event(struct sek_follow *f, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	struct sek_follow_ns *ns;

	mnl_attr_for_each(attr, nlh, sizeof(struct rtgenmsg))
	{
		if (mnl_attr_get_type(attr) != NETNSA_NSID)
			continue;
		ns = by_nsid(f, mnl_attr_get_u32(attr));
		if (!ns)
			continue;
		ns->nsid = -1;
		ns->ended_ms = sek_follow_now();
		sek_follow_peer_gone(f, 10);
		sek_follow_wake(f, 10);
	}
}

/* In which namespace it happened: -1 for the observer's own. */
static int32_t nsid_of(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			return *(int *)CMSG_DATA(c);
	}
	return -1;
}

int sek_follow_netns_events(struct sek_follow *f)
{
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	union {
		char room[64];
		struct cmsghdr align;
	} control;

	for (;;) {
		struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
		struct msghdr message = { .msg_iov = &iov,
					  .msg_iovlen = 1,
					  .msg_control = control.room,
					  .msg_controllen = sizeof(control.room) };
		int len = recvmsg(f->rtnl_fd, &message, 0);
		const struct nlmsghdr *nlh = (void *)buf;

		if (len < 0 && errno == ENOBUFS) {
			f->look_at_all = true;
			continue;
		}
		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			int32_t nsid = nsid_of(&message);

			if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
				link_event(f, nlh, nsid);
			/* In another one it is a number that we did not give. */
			else if (nlh->nlmsg_type == RTM_DELNSID && nsid < 0)
				nsid_event(f, nlh);
		}
	}
}
