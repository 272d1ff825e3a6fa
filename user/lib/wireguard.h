/* SPDX-License-Identifier: GPL-2.0-only */
/* WireGuard devices of a network namespace, of the kernel and of userspace. */
#ifndef SEK_WIREGUARD_H
#define SEK_WIREGUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>

#include <linux/types.h>

/**
 * struct sek_wg_device - one WireGuard device
 * @ifindex: of its interface
 * @name: of its interface
 * @port: the UDP port that it listens at, in host byte order; 0: none
 * @up: its interface is raised: then it has a socket
 * @userspace: wireguard-go and the like, on a tun device
 */
struct sek_wg_device {
	__u32 ifindex;
	char name[IFNAMSIZ];
	__u16 port;
	bool up;
	bool userspace;
};

/**
 * sek_wireguard_devices - the WireGuard devices of the calling thread's namespace
 * @ret: an array to be freed by free(); untouched on failure
 * @n: number of entries; 0 also if the kernel knows no WireGuard
 *
 * A device of userspace is found by its control socket, /var/run/wireguard/NAME.sock. All
 * namespaces share that folder, and nothing tells whose socket it is: one of the same name in
 * another namespace answers for it. A socket that does not answer within 200 ms is left out.
 *
 * The port of the kernel's device is that of its socket, which may live in the namespace where
 * the device was made.
 *
 * Return: 0 or -errno.
 */
int sek_wireguard_devices(struct sek_wg_device **ret, size_t *n);

/* Where wireguard-go and others have their control sockets: wireguard.com/xplatform. */
#define SEK_WIREGUARD_SOCKET "/var/run/wireguard/%s.sock"

/**
 * sek_wireguard_connect - speak to a device of userspace
 * @name: of its interface
 *
 * Return: a descriptor that does not block, to be closed by the caller; -ENOENT or -ECONNREFUSED
 * if nobody is there, another -errno.
 */
int sek_wireguard_connect(const char *name);

/**
 * sek_wireguard_family - the kernel's WireGuard
 * @ret: number of its generic netlink family; untouched on failure
 *
 * To ask loads its module.
 *
 * Return: 0, -ENOENT if the kernel has none, another -errno.
 */
int sek_wireguard_family(__u16 *ret);

#endif
