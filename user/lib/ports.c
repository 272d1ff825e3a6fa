// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel does not tell in which namespace a device has its socket. It is that of the device,
 * unless no socket there has the device's port: then the device was made in another one, and
 * moved.
 */
#include "ports.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "peers.h"
#include "rtnl.h"
#include "tunnel/wg.h"
#include "wireguard.h"

/* The ifindex that stands for a device of another namespace than its socket's. */
#define ELSEWHERE 0

struct moved {
	struct sek_device device;
	const struct sek_netns *netns;
};

/*
 * @everywhere: all namespaces are looked at; only then devices that were moved are found
 * @linked: we count in the current one
 * @used: ports in use, so far
 * @moved: devices without a socket in their namespace
 * @seen: what the devices say is noted there, too; NULL: nowhere
 */
struct refresh {
	const struct sek_maps *m;
	bool everywhere;
	bool linked;
	struct sek_ports ports;
	struct sek_port_key *used;
	size_t used_n;
	struct moved *moved;
	size_t moved_n;
	struct sek_peers_seen *seen;
};

static int begin(struct refresh *r, const struct sek_maps *m)
{
	__u32 zero = 0;

	r->m = m;
	return bpf_map_lookup_elem(m->fd[SEK_MAP_PORTS], &zero, &r->ports) ? -errno : 0;
}

static void release(struct refresh *r)
{
	for (size_t i = 0; i < r->moved_n; i++)
		sek_device_release(&r->moved[i].device);
	free(r->moved);
	free(r->used);
}

static bool is_used(const struct refresh *r, const struct sek_port_key *key)
{
	for (size_t i = 0; i < r->used_n; i++)
		if (!memcmp(&r->used[i], key, sizeof(*key)))
			return true;
	return false;
}

/* Does what the device sends pass our program at its tc egress? */
static bool is_marking(const struct refresh *r, uint64_t netns_cookie, uint32_t ifindex)
{
	const uint32_t both = SEK_LINK_TC | SEK_LINK_TUNNEL;

	return (sek_maps_link_flags(r->m, netns_cookie, ifindex) & both) == both;
}

/* Bits are never cleared: they only say that the hash is worth a look. */
static int set_bits(struct refresh *r, uint16_t port, bool marked)
{
	__u64 *bits = &r->ports.bit[port / 64], bit = 1ULL << port % 64, first = r->ports.bit[0];
	__u32 zero = 0;

	if (marked)
		r->ports.bit[0] |= 1;
	if (*bits & bit && r->ports.bit[0] == first)
		return 0;
	*bits |= bit;
	return bpf_map_update_elem(r->m->fd[SEK_MAP_PORTS], &zero, &r->ports, BPF_ANY) ? -errno : 0;
}

/* @marked: the device's packets tell who pays for them */
static int use_port(struct refresh *r, uint64_t netns_cookie, uint16_t port, uint32_t ifindex,
		    bool marked)
{
	struct sek_port_key key = { .netns_cookie = netns_cookie, .port = port };
	struct sek_port_key *used = reallocarray(r->used, r->used_n + 1, sizeof(*used));
	__u32 device = ifindex | (marked ? SEK_PORT_MARKED : 0);

	if (!used)
		return -ENOMEM;
	r->used = used;
	r->used[r->used_n++] = key;
	if (bpf_map_update_elem(r->m->fd[SEK_MAP_PORT_IDS], &key, &device, BPF_ANY))
		return -errno;
	return set_bits(r, port, marked);
}

/* A device of userspace that is there, but does not answer now, keeps its port. */
static int use_silent(struct refresh *r, uint64_t netns_cookie, const struct sek_wg_device *devices,
		      size_t n)
{
	SEK_CLEANUP(sek_freep) struct sek_iface *ifaces = NULL;
	struct sek_port_key key, *last = NULL;
	int fd = r->m->fd[SEK_MAP_PORT_IDS], err = 0;
	size_t ifaces_n = 0;
	__u32 device;

	for (; !err && !bpf_map_get_next_key(fd, last, &key); last = &key) {
		bool there = false;

		if (key.netns_cookie != netns_cookie || is_used(r, &key) ||
		    bpf_map_lookup_elem(fd, &key, &device) ||
		    (device & ~SEK_PORT_MARKED) == ELSEWHERE)
			continue;
		if (!ifaces)
			err = sek_rtnl_ifaces(&ifaces, &ifaces_n);
		for (size_t i = 0; i < ifaces_n; i++)
			there |= ifaces[i].ifindex == (device & ~SEK_PORT_MARKED);
		for (size_t i = 0; i < n; i++)
			there &= devices[i].ifindex != (device & ~SEK_PORT_MARKED);
		if (there)
			err = use_port(r, netns_cookie, key.port, device & ~SEK_PORT_MARKED,
				       device & SEK_PORT_MARKED);
	}
	return err;
}

static bool is_stale(const struct refresh *r, const struct sek_port_key *key, uint64_t netns_cookie)
{
	__u32 device;

	if (key->netns_cookie != netns_cookie || is_used(r, key))
		return false;
	/* Who has not looked everywhere does not know of those. */
	return r->everywhere || bpf_map_lookup_elem(r->m->fd[SEK_MAP_PORT_IDS], key, &device) ||
	       (device & ~SEK_PORT_MARKED) != ELSEWHERE;
}

static void remove_stale(const struct refresh *r, uint64_t netns_cookie)
{
	struct sek_port_key key, next, *last = NULL;
	int fd = r->m->fd[SEK_MAP_PORT_IDS];

	while (!bpf_map_get_next_key(fd, last, &next)) {
		/* Deleting the key one stands on would begin again at the start. */
		if (last && is_stale(r, &key, netns_cookie))
			bpf_map_delete_elem(fd, &key);
		key = next;
		last = &key;
	}
	if (last && is_stale(r, &key, netns_cookie))
		bpf_map_delete_elem(fd, &key);
}

/* Has some socket of the current namespace this port? 1, 0 or -errno. */
static int is_bound(uint16_t port)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen("/proc/thread-self/net/udp", "re");
	unsigned int bound;
	char line[256];

	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*u: %*8x:%4x", &bound) == 1 && bound == port)
			return 1;
	return 0;
}

/* Takes the device over. */
static int add_moved(struct refresh *r, const struct sek_netns *netns, struct sek_device *device)
{
	struct moved *moved = reallocarray(r->moved, r->moved_n + 1, sizeof(*moved));

	if (!moved) {
		sek_device_release(device);
		return -ENOMEM;
	}
	r->moved = moved;
	r->moved[r->moved_n++] = (struct moved){ .device = *device, .netns = netns };
	return 0;
}

/* One device of the current namespace. */
static int refresh_device(struct refresh *r, const struct sek_netns *netns,
			  const struct sek_wg_device *one)
{
	bool moved = r->everywhere && one->up && !is_bound(one->port);
	struct sek_device device;
	int err = 0;

	if (r->linked)
		err = use_port(r, netns->cookie, one->port, one->ifindex,
			       is_marking(r, netns->cookie, one->ifindex));
	if (err || !(r->linked || moved))
		return err;
	err = sek_wg_get(one->name, &device);
	if (err)
		/* A device that is gone again has no peers. */
		return err == -ENODEV ? 0 : err;
	if (r->linked)
		err = sek_peers_enter(r->m, netns, netns->cookie, &device);
	if (!err && r->seen && !moved)
		err = sek_peers_seen_device(r->seen, netns, netns->cookie, &device);
	if (!err && moved)
		return add_moved(r, netns, &device);
	sek_device_release(&device);
	return err;
}

static int see_current(struct refresh *r, const struct sek_netns *netns)
{
	SEK_CLEANUP(sek_freep) struct sek_iface *ifaces = NULL;
	size_t n = 0;
	int err = sek_rtnl_ifaces(&ifaces, &n);

	return err ?: sek_peers_seen_netns(r->seen, netns->cookie, ifaces, n);
}

static int refresh_current(struct refresh *r, const struct sek_netns *netns)
{
	struct sek_wg_device *devices;
	size_t n;
	int err = r->seen ? see_current(r, netns) : 0;

	if (!err)
		err = sek_wireguard_devices(&devices, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n && !err; i++)
		if (devices[i].port)
			err = refresh_device(r, netns, &devices[i]);
	if (!err && r->linked)
		err = use_silent(r, netns->cookie, devices, n);
	free(devices);
	return err;
}

int sek_ports_refresh(const struct sek_maps *m, const struct sek_netns *netns)
{
	struct refresh r = { .linked = true };
	int err = begin(&r, m) ?: refresh_current(&r, netns);

	if (!err)
		remove_stale(&r, netns->cookie);
	release(&r);
	return err;
}

/* Two devices of one port: which of them has its socket here is not known. */
static bool is_ambiguous(const struct refresh *r, const struct moved *moved)
{
	for (size_t i = 0; i < r->moved_n; i++)
		if (&r->moved[i] != moved && r->moved[i].device.port == moved->device.port)
			return true;
	return false;
}

static int enter_moved(struct refresh *r, const struct moved *moved, uint64_t socket_cookie)
{
	int err = sek_peers_enter(r->m, moved->netns, socket_cookie, &moved->device);

	if (!err && r->seen)
		err = sek_peers_seen_device(r->seen, moved->netns, socket_cookie, &moved->device);
	return err;
}

/* Devices of others whose sockets are in the current namespace. */
static int refresh_moved(struct refresh *r, const struct sek_netns *netns)
{
	int err = 0;

	for (size_t i = 0; i < r->moved_n && !err; i++) {
		const struct moved *moved = &r->moved[i];
		struct sek_port_key key = { .netns_cookie = netns->cookie,
					    .port = moved->device.port };

		if (is_used(r, &key) || is_bound(key.port) != 1)
			continue;
		err = use_port(r, netns->cookie, key.port, ELSEWHERE,
			       is_marking(r, moved->netns->cookie, moved->device.ifindex));
		if (!err && !is_ambiguous(r, moved))
			err = enter_moved(r, moved, netns->cookie);
	}
	return err;
}

void sek_ports_forget(const struct sek_maps *m, uint64_t netns_cookie)
{
	struct refresh r = { .m = m, .everywhere = true };

	remove_stale(&r, netns_cookie);
}

static bool has_links(const struct sek_maps *m, const struct sek_link *links,
		      const struct sek_netns *netns)
{
	for (uint32_t slot = 1; slot < m->link_slots; slot++)
		if (links[slot].netns_cookie == netns->cookie)
			return true;
	return false;
}

typedef int (*refresh_fn)(struct refresh *r, const struct sek_netns *netns);

/* Calls the function there; -ENOTRECOVERABLE: and cannot come back. */
static int visit(struct refresh *r, const struct sek_netns *netns, refresh_fn fn)
{
	int old, err = sek_netns_enter(netns, &old);

	if (err)
		return err;
	err = fn(r, netns);
	return sek_netns_leave(&old) ? -ENOTRECOVERABLE : err;
}

int sek_ports_refresh_all(const struct sek_maps *m, const struct sek_link *links,
			  const struct sek_netns *netns, size_t n, struct sek_peers_seen *seen)
{
	SEK_CLEANUP(sek_freep) bool *linked = NULL;
	struct refresh r = { .everywhere = true, .seen = seen };
	int err = begin(&r, m), first = 0;

	if (err)
		return err;
	linked = calloc(n, sizeof(*linked));
	if (!linked)
		return -ENOMEM;
	for (size_t i = 0; i < n && err != -ENOTRECOVERABLE; i++) {
		r.linked = linked[i] = has_links(m, links, &netns[i]);
		err = visit(&r, &netns[i], refresh_current);
		linked[i] = linked[i] && !err;
		first = first ?: err;
	}
	for (size_t i = 0; i < n && r.moved_n && err != -ENOTRECOVERABLE; i++) {
		if (!linked[i])
			continue;
		err = visit(&r, &netns[i], refresh_moved);
		first = first ?: err;
	}
	for (size_t i = 0; i < n; i++)
		if (linked[i])
			remove_stale(&r, netns[i].cookie);
	release(&r);
	return first;
}
