// SPDX-License-Identifier: GPL-2.0-only
#include "joined.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../netns.h"
#include "ip.h"
#include "spawn.h"

#define LO 1

/* A line that is a number; around it may be warnings. 0: there is none. */
static int find_pid(const char *said)
{
	for (const char *line = said; *line;) {
		size_t len = strcspn(line, "\n");

		if (len && strspn(line, "0123456789") == len)
			return atoi(line);
		line += len + (line[len] == '\n');
	}
	return 0;
}

/* The first process of a container, as its manager tells. */
static int ask_pid(const struct sek_topo_node *n, const char *const argv[],
		   struct sek_report *report)
{
	char out[1024];
	int status = sek_spawn_read(argv, out, sizeof(out));
	int pid = status ? 0 : find_pid(out);

	if (status == -ENOENT)
		return sek_report_say(report, status,
				      "find the program '%s', which knows the container '%s' of "
				      "node %s",
				      argv[0], n->join_name, n->name);
	if (status < 0)
		return sek_report_fail(report, status, "ask %s for the container of node %s",
				       argv[0], n->name);
	if (pid > 0)
		return pid;
	out[strcspn(out, "\n")] = '\0';
	return sek_report_say(report, -ESRCH, "find the container '%s' of node %s: %s",
			      n->join_name, n->name,
			      status && out[0] ? out : "it is there, but not running");
}

static int container_pid(const struct sek_topo_node *n, struct sek_report *report)
{
	const char *const docker[] = { "docker",	 "container", "inspect",    "-f",
				       "{{.State.Pid}}", "--",	      n->join_name, NULL };
	const char *const podman[] = { "podman",	 "container", "inspect",    "-f",
				       "{{.State.Pid}}", "--",	      n->join_name, NULL };
	const char *const lxc[] = { "lxc-info", "-p", "-H", "-n", n->join_name, NULL };

	switch (n->join) {
	case SEK_TOPO_JOIN_PID:
		return atoi(n->join_name);
	case SEK_TOPO_JOIN_DOCKER:
		return ask_pid(n, docker, report);
	case SEK_TOPO_JOIN_PODMAN:
		return ask_pid(n, podman, report);
	default:
		return ask_pid(n, lxc, report);
	}
}

int sek_joined_path(const struct sek_topo_node *n, char ret[static PATH_MAX],
		    struct sek_report *report)
{
	int pid, host;

	if (n->join == SEK_TOPO_JOIN_NETNS) {
		snprintf(ret, PATH_MAX, "%s%s", strchr(n->join_name, '/') ? "" : "/run/netns/",
			 n->join_name);
	} else {
		pid = container_pid(n, report);
		if (pid < 0)
			return pid;
		snprintf(ret, PATH_MAX, "/proc/%d/ns/net", pid);
	}
	host = sek_netns_is_host(ret);
	if (host < 0)
		return sek_report_fail(report, host, "find %s, which node %s joins", ret, n->name);
	if (host)
		return sek_report_say(
			report, -EINVAL,
			"join %s %s for the node %s: it has no network of its own, but "
			"that of the host, where nothing of a topology may be",
			sek_topo_join_name(n->join), n->join_name, n->name);
	return 0;
}

static int keep(struct sek_work *w, const char *node, const char *line)
{
	SEK_CLEANUP(sek_freep) char *old = NULL;
	SEK_CLEANUP(sek_freep) char *all = NULL;
	char file[sizeof("node//joined") + SEK_TOPO_NAME_LEN];
	int err, n;

	snprintf(file, sizeof(file), "node/%s", node);
	err = sek_place_mkdir(w->place, "node");
	if (!err)
		err = sek_place_mkdir(w->place, file);
	if (err)
		return err;
	snprintf(file, sizeof(file), "node/%s/joined", node);
	err = sek_place_read(w->place, file, &old, NULL);
	if (err && err != -ENOENT)
		return err;
	n = asprintf(&all, "%s%s\n", old ? old : "", line);
	return n < 0 ? -ENOMEM : sek_place_write(w->place, file, all, n);
}

int sek_joined_keep_sysctl(struct sek_work *w, size_t node, const char *path)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char value[512], line[PATH_MAX + sizeof(value)];
	ssize_t n = fd < 0 ? -1 : read(fd, value, sizeof(value) - 1);

	if (n < 0)
		return -errno;
	value[n] = '\0';
	value[strcspn(value, "\n")] = '\0';
	snprintf(line, sizeof(line), "sysctl %s %s", path, value);
	return keep(w, w->t->nodes[node].name, line);
}

int sek_joined_keep_link(struct sek_work *w, size_t node, const char *ifname)
{
	char line[sizeof("link ") + IFNAMSIZ];

	snprintf(line, sizeof(line), "link %s", ifname);
	return keep(w, w->t->nodes[node].name, line);
}

int sek_joined_allow_ipv6(struct sek_work *w, size_t node, const char *ifname)
{
	char path[PATH_MAX];
	int err = sek_work_enter(w, node), left;

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);
	err = sek_work_write(path, "0");
	left = sek_work_leave(w);
	if (err)
		return sek_report_fail(w->report, err, "allow IPv6 on %s in %s", ifname,
				       w->t->nodes[node].name);
	return left;
}

/* The calling thread is in the namespace. That of lo is theirs, and becomes what it was. */
static int allow_ipv6_on_lo(struct sek_work *w, size_t node)
{
	static const char path[] = "/proc/sys/net/ipv6/conf/lo/disable_ipv6";
	int err = sek_joined_keep_sysctl(w, node, path);

	return err ? err : sek_work_write(path, "0");
}

static int set_forwarding(struct sek_work *w, size_t node)
{
	static const char *const paths[] = { "/proc/sys/net/ipv4/ip_forward",
					     "/proc/sys/net/ipv6/conf/all/forwarding" };
	int err = 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		err = sek_joined_keep_sysctl(w, node, paths[i]);
		if (!err)
			err = sek_work_write(paths[i], "1");
	}
	return err;
}

int sek_joined_prepare(struct sek_work *w, size_t node)
{
	const struct sek_topo_node *n = &w->t->nodes[node];
	char line[sizeof("address ") + SEK_IP_TEXT_SIZE], text[SEK_IP_TEXT_SIZE];
	/* Also what has nothing to undo is known to be somebody else's. */
	int err = keep(w, n->name, "");
	bool ipv6 = false;

	for (size_t i = 0; i < n->addresses_n; i++)
		ipv6 = ipv6 || n->addresses[i].family == AF_INET6;
	if (!err && ipv6)
		err = allow_ipv6_on_lo(w, node);
	for (size_t i = 0; i < n->addresses_n && !err; i++) {
		snprintf(line, sizeof(line), "address %s", sek_ip_text(text, &n->addresses[i]));
		err = keep(w, n->name, line);
		sek_batch_addr(&w->batch, LO, &n->addresses[i]);
	}
	if (!err)
		err = sek_work_send(w, node, "add addresses to lo");
	if (!err && n->kind == SEK_TOPO_ROUTER)
		err = set_forwarding(w, node);
	return err ? sek_report_fail(w->report, err, "prepare the joined node %s", n->name) : 0;
}

__u32 sek_joined_group(const char *topology)
{
	/* FNV-1a; the highest byte says that it is ours: 's'. */
	__u32 hash = 2166136261u;

	for (; *topology; topology++)
		hash = (hash ^ (unsigned char)*topology) * 16777619u;
	return 0x73000000 | (hash >> 8 ^ hash) >> 8;
}

static int undo_line(const struct sek_place *p, struct mnl_socket *nl, char *line)
{
	struct sek_batch b = { 0 };
	struct sek_topo_ip ip;
	__u32 group = 0;
	char *value;
	int err = 0;

	if (!strncmp(line, "sysctl ", 7)) {
		value = strchr(line + 7, ' ');
		if (!value)
			return -EBADMSG;
		*value++ = '\0';
		err = sek_work_write(line + 7, value);
	} else if (!strncmp(line, "address ", 8) && !sek_ip_parse(line + 8, &ip, NULL)) {
		sek_batch_addr_del(&b, LO, &ip);
		err = sek_batch_send(nl, &b);
	} else if (!strncmp(line, "link ", 5) && sek_batch_index(nl, line + 5, &group) > 0 &&
		   group == sek_joined_group(p->name)) {
		sek_batch_del(&b, line + 5);
		err = sek_batch_send(nl, &b);
	}
	/* What somebody else has removed since is no fault. */
	return err == -ENODEV || err == -EADDRNOTAVAIL || err == -ENOENT ? 0 : err;
}

static int undo_lines(const struct sek_place *p, char *lines)
{
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nl = NULL;
	int err = sek_netlink_open(NETLINK_ROUTE, &nl), one;
	size_t end;

	if (err)
		return err;
	err = sek_batch_flush(nl);
	/* The last thing first, or a sysctl that was kept twice would get its second value. */
	while ((end = strlen(lines))) {
		char *line = lines + end - 1;

		if (*line == '\n') {
			*line = '\0';
			continue;
		}
		while (line > lines && line[-1] != '\n')
			line--;
		one = undo_line(p, nl, line);
		err = err ? err : one;
		*line = '\0';
	}
	return err;
}

int sek_joined_undo(const struct sek_place *p, const char *node)
{
	SEK_CLEANUP(sek_closep) int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	SEK_CLEANUP(sek_closep) int fd = -1;
	SEK_CLEANUP(sek_freep) char *lines = NULL;
	char file[sizeof("node//joined") + NAME_MAX];
	int err;

	snprintf(file, sizeof(file), "node/%s/joined", node);
	err = sek_place_read(p, file, &lines, NULL);
	if (err)
		return err == -ENOENT ? 0 : err;
	fd = sek_place_netns(p, node);
	if (fd < 0)
		return fd == -ENOENT ? 1 : fd;
	if (own < 0 || setns(fd, CLONE_NEWNET))
		return -errno;
	err = undo_lines(p, lines);
	if (setns(own, CLONE_NEWNET))
		return -errno;
	return err ? err : 1;
}
