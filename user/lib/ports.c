// SPDX-License-Identifier: GPL-2.0-only
#include "ports.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <bpf/bpf.h>

#include "peers.h"
#include "tunnel/wg.h"
#include "wireguard.h"

static bool is_in_use(const struct sek_wg_device *devices, size_t n, uint16_t port)
{
	for (size_t i = 0; i < n; i++) {
		if (devices[i].port == port)
			return true;
	}
	return false;
}

static void remove_stale(const struct sek_maps *m, uint64_t netns_cookie,
			 const struct sek_wg_device *devices, size_t n)
{
	struct sek_port_key key, next, *last = NULL;
	int fd = m->fd[SEK_MAP_PORT_IDS];

	while (!bpf_map_get_next_key(fd, last, &next)) {
		/* Deleting the key one stands on would begin again at the start. */
		if (last && key.netns_cookie == netns_cookie && !is_in_use(devices, n, key.port))
			bpf_map_delete_elem(fd, &key);
		key = next;
		last = &key;
	}
	if (last && key.netns_cookie == netns_cookie && !is_in_use(devices, n, key.port))
		bpf_map_delete_elem(fd, &key);
}

/* A device that is gone again has no peers. */
static int enter_peers(const struct sek_maps *m, const struct sek_netns *netns,
		       const struct sek_wg_device *one)
{
	struct sek_device device;
	int err = sek_wg_get(one->name, &device);

	if (err)
		return err == -ENODEV ? 0 : err;
	err = sek_peers_enter(m, netns, &device);
	sek_device_release(&device);
	return err;
}

int sek_ports_refresh(const struct sek_maps *m, const struct sek_netns *netns)
{
	struct sek_wg_device *devices;
	struct sek_ports ports;
	__u32 zero = 0;
	size_t n;
	int err = sek_wireguard_devices(&devices, &n);

	if (err)
		return err;
	if (bpf_map_lookup_elem(m->fd[SEK_MAP_PORTS], &zero, &ports))
		err = -errno;
	for (size_t i = 0; i < n && !err; i++) {
		struct sek_port_key key = { .netns_cookie = netns->cookie, .port = devices[i].port };
		__u32 ifindex = devices[i].ifindex;

		if (!key.port)
			continue;
		ports.bit[key.port / 64] |= 1ULL << key.port % 64;
		if (bpf_map_update_elem(m->fd[SEK_MAP_PORT_IDS], &key, &ifindex, BPF_ANY))
			err = -errno;
		else
			err = enter_peers(m, netns, &devices[i]);
	}
	/* Bits are never cleared: they only say that the hash is worth a look. */
	if (!err && n && bpf_map_update_elem(m->fd[SEK_MAP_PORTS], &zero, &ports, BPF_ANY))
		err = -errno;
	if (!err)
		remove_stale(m, netns->cookie, devices, n);
	free(devices);
	return err;
}

void sek_ports_forget(const struct sek_maps *m, uint64_t netns_cookie)
{
	remove_stale(m, netns_cookie, NULL, 0);
}

static bool has_links(const struct sek_maps *m, const struct sek_link *links,
		      const struct sek_netns *netns)
{
	for (uint32_t slot = 1; slot < m->link_slots; slot++)
		if (links[slot].netns_cookie == netns->cookie)
			return true;
	return false;
}

int sek_ports_refresh_all(const struct sek_maps *m, const struct sek_link *links,
			  const struct sek_netns *netns, size_t n)
{
	int old, first = 0, err;

	for (size_t i = 0; i < n; i++) {
		if (!has_links(m, links, &netns[i]))
			continue;
		err = sek_netns_enter(&netns[i], &old);
		if (!err) {
			first = first ?: sek_ports_refresh(m, &netns[i]);
			err = sek_netns_leave(&old);
			if (err)
				return err;
		}
		first = first ?: err;
	}
	return first;
}
