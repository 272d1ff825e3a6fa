/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why packets go where they go: from the real rules, routes, marks and counters. Nothing is found
 * without evidence, and what is found is told with it.
 */
#ifndef SEK_TUNNEL_DOCTOR_H
#define SEK_TUNNEL_DOCTOR_H

#include "conf.h"

/**
 * struct sek_finding - one thing that is wrong
 * @name: one word for programs
 * @seen: the evidence, with numbers
 * @because: what does it: which rule, table, route
 * @change: what to do about it
 * @rule: the rule as iproute2 writes it; "" if none has to do with it
 * @table: that it was found in; 0: none
 * @route: as iproute2 writes it; "" if none has to do with it
 */
struct sek_finding {
	const char *name;
	char seen[512];
	char because[768];
	char change[640];
	char rule[128];
	__u32 table;
	char route[128];
};

/**
 * struct sek_diagnosis - all that is wrong with a tunnel
 * @findings: owned
 * @n: how many; 0: it is well
 * @clear: the all-clear, one line
 */
struct sek_diagnosis {
	struct sek_finding *findings;
	size_t n;
	char clear[256];
};

/* Interfaces of one namespace that are told apart; there are few that calls come in by. */
#define SEK_DOCTOR_IFACES 64

/**
 * struct sek_doctor_calls - initiations that came in, as sekisho counted them
 * @each: an interface: its name, initiations that came in by it, responses that left by it
 * @n: how many; 0: sekisho has counted none of either
 */
struct sek_doctor_calls {
	struct sek_doctor_call {
		char ifname[IFNAMSIZ];
		__u64 initiations;
		__u64 responses;
	} each[SEK_DOCTOR_IFACES];
	size_t n;
};

/**
 * struct sek_doctor_case - what is known of the tunnel beside the kernel
 * @ifname: its interface
 * @conf: its file; NULL: there is none
 * @conf_time: when that was last written, in seconds since 1970
 * @underlay_fd: namespace of its socket; -1: that of the interface
 * @counted_in: packets that sekisho's own counters saw going into it
 * @counted_out: coming out of it
 * @bytes_in: their bytes
 * @bytes_out: likewise
 * @counted: these are known
 * @responses: how many of a peer's responses came in, by sekisho's counters; 0 also if not known
 * @calls: asks sekisho's counters, in the network namespace of the calling thread
 */
struct sek_doctor_case {
	const char *ifname;
	const struct sek_conf *conf;
	__s64 conf_time;
	int underlay_fd;
	__u64 counted_in;
	__u64 counted_out;
	__u64 bytes_in;
	__u64 bytes_out;
	bool counted;
	__u64 (*responses)(__u32 ifindex, const struct sek_key *peer);
	void (*calls)(struct sek_doctor_calls *ret);
};

/**
 * sek_doctor_examine() - look for what is wrong
 * @c: the tunnel, in the network namespace of the calling thread
 * @ret: to be released by sek_doctor_release(), also on failure; empty before
 * @error: what could not be found out
 *
 * Takes some seconds if a peer has to be watched.
 *
 * Return: 0; -ENODEV if there is no such interface, -EOPNOTSUPP if it is no WireGuard device,
 * another -errno.
 */
int sek_doctor_examine(const struct sek_doctor_case *c, struct sek_diagnosis *ret,
		       struct sek_conf_error *error);

/** sek_doctor_release() - free it */
void sek_doctor_release(struct sek_diagnosis *d);

#endif
