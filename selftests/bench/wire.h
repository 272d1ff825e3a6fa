/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three namespaces in a row, without names, gone with the process:
 *
 *	sender: wire --- in :router: out --- wire :sink
 */
#ifndef SEK_BENCH_WIRE_H
#define SEK_BENCH_WIRE_H

#include <stdint.h>

#include "lib/netns.h"

/**
 * struct sek_wire - the namespaces
 * @sender: where packets seem to come from
 * @router: forwards IPv4 and IPv6; its neighbours are known for good
 * @sink: where they end
 * @in: interface of the router
 * @out: interface of the router
 * @arrives: interface of the sink
 */
struct sek_wire {
	struct sek_netns sender;
	struct sek_netns router;
	struct sek_netns sink;
	uint32_t in;
	uint32_t out;
	uint32_t arrives;
};

/**
 * sek_wire_open() - make the namespaces
 * @w: filled in; closed by sek_wire_close(), also after an error
 *
 * Return: 0 or -errno.
 */
int sek_wire_open(struct sek_wire *w);

/**
 * sek_wire_close() - let go of them
 * @w: wire; one that is all zero is none
 */
void sek_wire_close(struct sek_wire *w);

/**
 * sek_wire_feed() - run a command in the current namespace
 * @argv: its words, NULL at the end
 * @text: what it reads from its standard input
 *
 * Return: 0; -EPROTO if it failed, after it has said why; another -errno.
 */
int sek_wire_feed(char *const argv[], const char *text);

/**
 * sek_wire_sysctl() - set a sysctl of the current namespace
 * @name: path below /proc/sys
 * @value: what to write
 *
 * Return: 0 or -errno.
 */
int sek_wire_sysctl(const char *name, const char *value);

/**
 * sek_wire_forwarded() - packets that the current namespace has forwarded
 * @ret: IPv4 and IPv6 together, by the kernel's own books
 *
 * Return: 0 or -errno.
 */
int sek_wire_forwarded(uint64_t *ret);

#endif
