// SPDX-License-Identifier: GPL-2.0-only
#include "ports.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <bpf/bpf.h>

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

int sek_ports_refresh(const struct sek_maps *m, uint64_t netns_cookie)
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
		struct sek_port_key key = { .netns_cookie = netns_cookie, .port = devices[i].port };
		__u32 ifindex = devices[i].ifindex;

		if (!key.port)
			continue;
		ports.bit[key.port / 64] |= 1ULL << key.port % 64;
		if (bpf_map_update_elem(m->fd[SEK_MAP_PORT_IDS], &key, &ifindex, BPF_ANY))
			err = -errno;
	}
	/* Bits are never cleared: they only say that the hash is worth a look. */
	if (!err && bpf_map_update_elem(m->fd[SEK_MAP_PORTS], &zero, &ports, BPF_ANY))
		err = -errno;
	if (!err)
		remove_stale(m, netns_cookie, devices, n);
	free(devices);
	return err;
}

void sek_ports_forget(const struct sek_maps *m, uint64_t netns_cookie)
{
	remove_stale(m, netns_cookie, NULL, 0);
}
