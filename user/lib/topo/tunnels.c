// SPDX-License-Identifier: GPL-2.0-only
#include "tunnels.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "../tunnel/process.h"
#include "../tunnel/wg.h"
#include "../wireguard.h"
#include "enter.h"
#include "joined.h"
#include "spawn.h"

#define PROGRAM "wireguard-go"
#define GONE_MS 5000

static bool kernel_has_it(void)
{
	__u16 family;

	return !sek_wireguard_family(&family);
}

int sek_tunnels_check(struct sek_report *report)
{
	if (kernel_has_it())
		return 0;
	if (!sek_spawn_has(PROGRAM))
		return sek_report_say(report, -EOPNOTSUPP,
				      "make WireGuard links: the kernel has no WireGuard, and "
				      "there is no " PROGRAM " to take its place");
	if (access("/dev/net/tun", R_OK | W_OK))
		return sek_report_say(report, -EOPNOTSUPP,
				      "make WireGuard links: the kernel has no WireGuard, and "
				      "/dev/net/tun, which " PROGRAM " needs, is not there");
	return 0;
}

static void set_endpoint(union sek_endpoint *ret, const struct sek_topo_end *there)
{
	const struct sek_topo_ip *ip = &there->endpoint;

	if (ip->family == AF_INET) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(there->port);
		memcpy(&ret->v4.sin_addr, ip->addr, 4);
	} else if (ip->family == AF_INET6) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(there->port);
		memcpy(&ret->v6.sin6_addr, ip->addr, 16);
	}
}

/* @d: with its own keys */
static int set_peer(struct sek_device *d, const struct sek_topo_end *there,
		    const struct sek_key *public)
{
	static const struct sek_prefix all[] = { { .family = AF_INET }, { .family = AF_INET6 } };
	struct sek_device_peer *peer = sek_device_add_peer(d);

	if (!peer)
		return -ENOMEM;
	peer->public_key = *public;
	set_endpoint(&peer->endpoint, there);
	return sek_peer_allow(peer, &all[0]) ?: sek_peer_allow(peer, &all[1]);
}

static int make_by_kernel(struct sek_work *w, size_t e, const struct sek_device *d)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	int err, left;

	if (w->node[end->node].next_index)
		w->index[e] = w->node[end->node].next_index++;
	sek_batch_tunnel(&w->batch, end->ifname, w->index[e],
			 w->t->nodes[end->node].join ? sek_joined_group(w->place->name) : 0);
	err = sek_work_send(w, end->node, "make the tunnel %s", end->ifname);
	if (err)
		return err;
	err = sek_work_enter(w, end->node);
	if (err)
		return err;
	err = sek_wg_set(d);
	left = sek_work_leave(w);
	return err ? err : left;
}

/* Its control socket has the name of the interface, and must not meet those of other nodes. */
__attribute__((noreturn)) static void child(struct sek_work *w, const char *node,
					    const struct sek_device *d)
{
	const char *const argv[] = { PROGRAM, d->name, NULL };
	char what[128];
	int err = sek_enter(w->place, node, what, sizeof(what));

	/* What it says when it starts is no news. */
	setenv("LOG_LEVEL", "error", 1);
	if (!err)
		err = sek_process_run(argv, NULL, true);
	if (!err)
		err = sek_wg_set(d);
	_exit(-err);
}

static int make_by_program(struct sek_work *w, size_t e, const struct sek_device *d)
{
	const char *node = w->t->nodes[sek_work_end_of(w, e)->node].name;
	char dir[sizeof("node//wireguard") + SEK_TOPO_NAME_LEN];
	int err, status;
	pid_t pid;

	/* Where sek_enter() finds it, and lays it over /run/wireguard. */
	snprintf(dir, sizeof(dir), "node/%s", node);
	err = sek_place_mkdir(w->place, "node") ?: sek_place_mkdir(w->place, dir);
	snprintf(dir, sizeof(dir), "node/%s/wireguard", node);
	if (!err)
		err = sek_place_mkdir(w->place, dir);
	if (err)
		return err;
	/* The index is the kernel's to choose: what comes later must not take it. */
	w->node[sek_work_end_of(w, e)->node].next_index = 0;
	pid = fork();
	if (!pid)
		child(w, node, d);
	if (pid < 0)
		return -errno;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

static int make_end(struct sek_work *w, size_t e, bool kernel, struct sek_device *d,
		    const struct sek_key *public)
{
	const struct sek_topo_end *end = sek_work_end_of(w, e);
	int err;

	snprintf(d->name, sizeof(d->name), "%s", end->ifname);
	d->userspace = !kernel;
	d->port = end->port;
	err = set_peer(d, sek_work_end_of(w, e ^ 1), public);
	if (!err)
		err = kernel ? make_by_kernel(w, e, d) : make_by_program(w, e, d);
	if (err)
		return sek_report_fail(w->report, err, "make the tunnel %s in %s", end->ifname,
				       w->t->nodes[end->node].name);
	return 0;
}

int sek_tunnels_make(struct sek_work *w, size_t link)
{
	struct sek_device d[2] = { 0 };
	bool kernel = kernel_has_it();
	int err = sodium_init() < 0 ? -EIO : 0;

	for (size_t i = 0; i < 2 && !err; i++) {
		randombytes_buf(d[i].private_key.bytes, SEK_KEY_SIZE);
		/* RFC 7748, 5: what every implementation does before it uses one. */
		d[i].private_key.bytes[0] &= 248;
		d[i].private_key.bytes[31] = (d[i].private_key.bytes[31] & 127) | 64;
		err = crypto_scalarmult_base(d[i].public_key.bytes, d[i].private_key.bytes);
	}
	if (err)
		sek_report_fail(w->report, -EIO, "make keys for %s", w->t->links[link].name);
	for (size_t i = 0; i < 2 && !err; i++)
		err = make_end(w, 2 * link + i, kernel, &d[i], &d[!i].public_key);
	sek_device_release(&d[0]);
	sek_device_release(&d[1]);
	return err;
}

int sek_tunnels_wait_gone(const struct sek_place *p, const char *node, const char *ifname)
{
	char path[PATH_MAX];
	int err = sek_place_path(p, path, "node/%s/wireguard/%s.sock", node, ifname);

	for (int i = 0; i < GONE_MS && !err; i++) {
		if (access(path, F_OK))
			return errno == ENOENT ? 0 : -errno;
		poll(NULL, 0, 1);
	}
	return err ? err : -EBUSY;
}
