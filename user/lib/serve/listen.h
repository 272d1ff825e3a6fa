/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets by their addresses as people write them. */
#ifndef SEK_SERVE_LISTEN_H
#define SEK_SERVE_LISTEN_H

#include <stddef.h>

/* The most addresses, or sockets that systemd may pass. */
#define SEK_LISTEN_MAX 8

/**
 * sek_listen_open() - listen at an address
 * @address: "HOST:PORT", "[ADDRESS]:PORT", or ":PORT" for every address of the host
 * @ret: a socket that does not block; the caller's
 * @error: one line if it fails
 * @size: of @error
 *
 * Return: 0 or -errno.
 */
int sek_listen_open(const char *address, int *ret, char *error, size_t size);

/**
 * sek_listen_connect() - a socket that talks to an address
 * @address: "HOST:PORT" or "[ADDRESS]:PORT"
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @ret: the caller's
 * @error: one line if it fails
 * @size: of @error
 *
 * Return: 0 or -errno.
 */
int sek_listen_connect(const char *address, int type, int *ret, char *error, size_t size);

/**
 * sek_listen_systemd() - take the sockets that systemd passed, see sd_listen_fds(3)
 * @ret: sockets that do not block; the caller's
 * @n: how many; 0 if this process was not started so
 * @error: one line if it fails
 * @size: of @error
 *
 * Return: 0; -EINVAL if what was passed cannot be listened on; another -errno.
 */
int sek_listen_systemd(int ret[SEK_LISTEN_MAX], size_t *n, char *error, size_t size);

#endif
