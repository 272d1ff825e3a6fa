/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tell and ask a WireGuard device: the kernel's by generic netlink, one of userspace by its control
 * socket.
 */
#ifndef SEK_TUNNEL_WG_H
#define SEK_TUNNEL_WG_H

#include "device.h"

/**
 * sek_wg_set() - configure a device
 * @d: name or, if it is not 0, ifindex of the interface; all of its key, port, mark and peers
 *	replace what the device has
 *
 * Many peers and addresses go out in several messages: it is no transaction. Do it before the
 * interface is raised.
 *
 * Return: 0 or -errno; the kernel's reasons are those of the family: -EADDRINUSE for the port of a
 * device that is up, -EINVAL, -EAFNOSUPPORT for IPv6 addresses where there is no IPv6.
 */
int sek_wg_set(const struct sek_device *d);

/**
 * sek_wg_set_endpoint() - tell where one peer is; it must be there
 * @d: the device: name, ifindex, userspace
 * @key: of the peer
 * @endpoint: where it is
 *
 * Return: 0 or -errno.
 */
int sek_wg_set_endpoint(const struct sek_device *d, const struct sek_key *key,
			const union sek_endpoint *endpoint);

/**
 * sek_wg_get() - ask a device
 * @name: of the interface
 * @ret: to be released by sek_device_release(); untouched on failure
 *
 * Return: 0; -ENODEV if there is no such interface; -EOPNOTSUPP if it is no WireGuard device;
 * -EAGAIN if it changed all the time; -ETIMEDOUT if whoever runs it does not answer; -EPERM;
 * another -errno.
 */
int sek_wg_get(const char *name, struct sek_device *ret);

/* The two ways, for sek_wg_*(). */
int sek_wg_netlink_set(const struct sek_device *d);
int sek_wg_netlink_set_endpoint(const struct sek_device *d, const struct sek_key *key,
				const union sek_endpoint *endpoint);
int sek_wg_netlink_get(struct sek_device *d);
int sek_wg_uapi_set(const struct sek_device *d);
int sek_wg_uapi_set_endpoint(const struct sek_device *d, const struct sek_key *key,
			     const union sek_endpoint *endpoint);
int sek_wg_uapi_get(struct sek_device *d);

#endif
