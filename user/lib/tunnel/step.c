// SPDX-License-Identifier: GPL-2.0-only
#include "step.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../netns.h"
#include "../rtnl.h"
#include "../wireguard.h"
#include "nft.h"
#include "process.h"
#include "wg.h"

/* How long a wireguard-go may take to go when its interface has gone. */
#define EXIT_MS 3000

#define RESOLVCONF_ORDER "/etc/resolvconf/interface-order"

static int open_sysctl(const char *path, int flags)
{
	char file[128];
	int fd;

	snprintf(file, sizeof(file), "/proc/sys/%s", path);
	fd = open(file, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_sysctl(const char *path, char ret[16])
{
	SEK_CLEANUP(sek_closep) int fd = open_sysctl(path, O_RDONLY);
	ssize_t n = fd < 0 ? fd : read(fd, ret, 15);

	if (n < 0)
		return fd < 0 ? fd : -errno;
	ret[n] = '\0';
	ret[strcspn(ret, " \t\n")] = '\0';
	return 0;
}

static int write_sysctl(const char *path, const char *value)
{
	SEK_CLEANUP(sek_closep) int fd = open_sysctl(path, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

static int do_sysctl(const struct sek_step *s)
{
	/* Also where /proc/sys is read-only, as in containers, if nothing is to change. */
	return strcmp(s->sysctl.old, s->sysctl.value)
		       ? write_sysctl(s->sysctl.path, s->sysctl.value)
		       : 0;
}

/* Somebody else may have changed it, or need it. */
static int undo_sysctl(struct sek_journal *j, const struct sek_step *s)
{
	char now[16];
	int err;

	if (!strcmp(s->sysctl.old, s->sysctl.value))
		return 0;
	err = sek_journal_bequeath(j, s);
	if (err)
		return err < 0 ? err : 0;
	err = read_sysctl(s->sysctl.path, now);
	if (err || strcmp(now, s->sysctl.value))
		return err == -ENOENT ? 0 : err;
	return write_sysctl(s->sysctl.path, s->sysctl.old);
}

static int make_link(const struct sek_step_context *c)
{
	struct sek_netns there = { .fd = c->underlay_fd };
	int old = -1, err, back;

	if (c->underlay_fd < 0)
		return sek_rt_link_add(c->conf->device.name, "wireguard", -1);
	err = sek_netns_enter(&there, &old);
	if (err)
		return err;
	err = sek_rt_link_add(c->conf->device.name, "wireguard", c->netns_fd);
	back = sek_netns_leave(&old);
	return err ? err : back;
}

static int do_link(struct sek_step_context *c, const struct sek_step *s)
{
	const char *argv[] = { s->link.program, c->conf->device.name, NULL };
	struct sek_iface i;
	int err = s->link.userspace ? sek_process_run(argv, NULL, true) : make_link(c);

	if (!err)
		err = sek_rtnl_iface(c->conf->device.name, &i);
	return err ? err : sek_journal_index(c->journal, i.ifindex);
}

/*
 * The interface, if it is ours. One without a written index was made, if at all, in the moment
 * before sekisho was killed, and has no key yet.
 */
static int find_link(const struct sek_journal *j, const struct sek_step *s, __u32 *ret)
{
	struct sek_device d;
	struct sek_iface i;
	bool fresh;
	int err = sek_rtnl_iface(j->ifname, &i);

	if (err)
		return err;
	if (j->ifindex) {
		*ret = i.ifindex;
		return i.ifindex == j->ifindex ? 0 : -ENODEV;
	}
	if (strcmp(i.kind, s->link.userspace ? "tun" : "wireguard"))
		return -ENODEV;
	err = sek_wg_get(j->ifname, &d);
	if (err)
		return err;
	fresh = !d.peers_n && !sek_key_is_set(&d.private_key);
	sek_device_release(&d);
	*ret = i.ifindex;
	return fresh ? 0 : -ENODEV;
}

/* Until nobody answers for this name any more; one that was killed has left its socket. */
static void wait_for_exit(const char *name)
{
	struct timespec pause = { .tv_nsec = 5000000L };
	int fd;

	for (int i = 0; i < EXIT_MS / 5 && (fd = sek_wireguard_connect(name)) >= 0; i++) {
		close(fd);
		nanosleep(&pause, NULL);
	}
}

static int undo_link(const struct sek_journal *j, const struct sek_step *s)
{
	__u32 ifindex;
	int err = find_link(j, s, &ifindex);

	if (!err)
		err = sek_rt_link_del(ifindex);
	/* Also of one that somebody else has just removed. */
	if ((!err || err == -ENODEV) && s->link.userspace)
		wait_for_exit(j->ifname);
	return err == -ENODEV ? 0 : err;
}

static int do_wireguard(const struct sek_step_context *c)
{
	/* A shallow copy: nothing of it is released. */
	struct sek_device d = c->conf->device;
	struct sek_iface i;
	int err = sek_rtnl_iface(d.name, &i);

	if (err)
		return err;
	d.ifindex = c->journal->ifindex;
	d.fwmark = c->plan->mark;
	d.userspace = !strcmp(i.kind, "tun");
	return sek_wg_set(&d);
}

static int do_route(const struct sek_step_context *c, const struct sek_step *s)
{
	struct sek_rt_route r = s->route.route;

	if (!s->route.keep_out)
		r.oif = c->journal->ifindex;
	return sek_rt_route_add(&r);
}

/* Debian's resolvconf sorts by prefixes of names: the first pattern "PREFIX*" without an end. */
static void resolvconf_name(const char *ifname, char *ret, size_t size)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen(RESOLVCONF_ORDER, "re");
	char line[128];

	snprintf(ret, size, "%s", ifname);
	while (file && fgets(line, sizeof(line), file)) {
		size_t len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789-");

		if (!len || strcmp(line + len, "*\n"))
			continue;
		snprintf(ret, size, "%.*s.%s", (int)len, line, ifname);
		break;
	}
}

static int do_dns(const struct sek_conf *conf)
{
	SEK_CLEANUP(sek_freep) char *input = NULL;
	SEK_CLEANUP(sek_fclosep) FILE *file = NULL;
	char name[192];
	const char *argv[] = { "resolvconf", "-a", name, "-m", "0", "-x", NULL };
	size_t size;

	resolvconf_name(conf->device.name, name, sizeof(name));
	file = open_memstream(&input, &size);
	if (!file)
		return -ENOMEM;
	for (size_t i = 0; i < conf->dns.n; i++)
		fprintf(file, "nameserver %s\n", conf->dns.words[i]);
	for (size_t i = 0; i < conf->search.n; i++)
		fprintf(file, "%s%s%s", i ? " " : "search ", conf->search.words[i],
			i + 1 == conf->search.n ? "\n" : "");
	if (fflush(file))
		return -ENOMEM;
	return sek_process_run(argv, input, false);
}

static int undo_dns(const struct sek_journal *j)
{
	char name[192];
	const char *argv[] = { "resolvconf", "-d", name, "-f", NULL };

	resolvconf_name(j->ifname, name, sizeof(name));
	return sek_process_run(argv, NULL, false);
}

int sek_step_hook(const char *command)
{
	const char *shell = access("/bin/bash", X_OK) ? "/bin/sh" : "/bin/bash";
	const char *argv[] = { shell, "-c", command, NULL };

	return sek_process_run(argv, NULL, false);
}

static int act(struct sek_step_context *c, struct sek_step *s)
{
	const struct sek_conf *conf = c->conf;
	__u32 ifindex = c->journal->ifindex;

	switch (s->type) {
	case SEK_STEP_HOOK:
		return sek_step_hook(s->hook.command);
	case SEK_STEP_LINK:
		return do_link(c, s);
	case SEK_STEP_WIREGUARD:
		return do_wireguard(c);
	case SEK_STEP_ADDRESS:
		return sek_rt_address_add(ifindex, &s->address.prefix, s->address.no_route);
	case SEK_STEP_MTU:
		return sek_rt_link_mtu(ifindex, s->mtu);
	case SEK_STEP_MULTICAST:
		return sek_rt_link_flags(ifindex, IFF_MULTICAST);
	case SEK_STEP_SYSCTL:
		return do_sysctl(s);
	case SEK_STEP_NFT:
		return sek_nft_add(s->nft.family, s->nft.table, conf->device.name, c->plan->mark,
				   conf->addresses, conf->addresses_n);
	case SEK_STEP_RULE:
		return sek_rt_rule_add(&s->rule);
	case SEK_STEP_UP:
		return sek_rt_link_flags(ifindex, IFF_UP);
	case SEK_STEP_ROUTE:
		return do_route(c, s);
	case SEK_STEP_DNS:
		return do_dns(conf);
	case SEK_STEP_NR:
		break;
	}
	return -EINVAL;
}

int sek_step_do(struct sek_step_context *c, struct sek_step *s)
{
	int err = s->type == SEK_STEP_SYSCTL ? read_sysctl(s->sysctl.path, s->sysctl.old) : 0;

	if (!err)
		err = sek_journal_do(c->journal, s);
	if (err)
		return err;
	err = act(c, s);
	/* What is somebody else's is not to be undone; only a route may be there already. */
	if (err == -EEXIST && s->own) {
		int written = sek_journal_undone(c->journal, c->journal->n - 1);

		err = written ? written : s->type == SEK_STEP_ROUTE ? 0 : err;
	}
	return err;
}

int sek_step_undo(struct sek_journal *j, size_t entry, struct mnl_socket **nft)
{
	const struct sek_step *s = &j->entries[entry].step;
	int err = 0;

	switch (s->type) {
	case SEK_STEP_LINK:
		err = undo_link(j, s);
		break;
	case SEK_STEP_SYSCTL:
		err = undo_sysctl(j, s);
		break;
	case SEK_STEP_NFT:
		err = sek_nft_del(s->nft.family, s->nft.table, nft);
		break;
	case SEK_STEP_RULE:
		err = sek_rt_rule_del(&s->rule);
		break;
	case SEK_STEP_ROUTE:
		err = sek_rt_route_del(&s->route.route);
		break;
	case SEK_STEP_DNS:
		err = undo_dns(j);
		break;
	default:
		break;
	}
	if (err == -ENOENT || err == -ESRCH || err == -ENODEV)
		err = 0;
	return err ? err : sek_journal_undone(j, entry);
}
