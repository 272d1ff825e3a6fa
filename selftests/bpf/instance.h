/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All programs, loaded for one test, attached nowhere: packets come by
 * BPF_PROG_TEST_RUN, on the loopback device of the test's own namespace.
 */
#ifndef SEK_SELFTESTS_INSTANCE_H
#define SEK_SELFTESTS_INSTANCE_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "../../user/lib/capture.h"
#include "sekisho/abi.h"

/** enum sek_instance_hook - the programs that count */
enum sek_instance_hook {
	SEK_INSTANCE_XDP,
	SEK_INSTANCE_TC_INGRESS,
	SEK_INSTANCE_TC_EGRESS,
	SEK_INSTANCE_CGROUP_INGRESS,
	SEK_INSTANCE_CGROUP_EGRESS,
	SEK_INSTANCE_LOCAL_IN,
	SEK_INSTANCE_HOOKS
};

/* XDP takes frames of many pages; this will do. */
#define SEK_INSTANCE_FRAME (68u << 10)

/* The overflow slot and one more. */
#define SEK_INSTANCE_SLOTS 3

/**
 * struct sek_instance - the programs and their maps
 * @skel: skeleton; NULL if nothing is loaded
 * @netns_cookie: of the namespace where packets are seen
 * @kern_ctx: as in struct sek_config
 * @cpus: values in an entry of a per-CPU map
 */
struct sek_instance {
	struct sekisho_bpf *skel;
	uint64_t netns_cookie;
	bool kern_ctx;
	int cpus;
};

/** struct sek_books - all cells of all identities, summed over CPUs */
struct sek_books {
	struct sek_counters link[SEK_INSTANCE_SLOTS * SEK_POINT_LINK_NR];
	struct sek_counters cgroup[SEK_INSTANCE_SLOTS * SEK_POINT_CGROUP_NR];
};

/**
 * sek_instance_open() - load
 * @in: filled in
 * @hooks: bit 1 << hook for each whose program is wanted: loading takes a
 *	second, and in an emulator many
 * @kern_ctx: read kernel structs directly; else as Linux 6.1 needs it
 *
 * The loopback device has slot 1, and begins with an Ethernet header.
 *
 * Return: 0 or -errno
 */
int sek_instance_open(struct sek_instance *in, unsigned int hooks, bool kern_ctx);

/** sek_instance_close() - unload */
void sek_instance_close(struct sek_instance *in);

/** sek_instance_set_l2() - how packets of the loopback device begin: enum sek_l2 */
int sek_instance_set_l2(struct sek_instance *in, uint8_t l2);

/**
 * sek_instance_run() - show one packet to a hook
 * @in: instance
 * @hook: where
 * @data: its bytes, with an Ethernet header also where packets begin with IP:
 *	the kernel takes it off
 * @len: how many
 * @ctx: struct __sk_buff for the hooks that have one, or NULL
 *
 * Return: 0; -EPROTO if the program did not let the packet pass; -errno
 */
int sek_instance_run(struct sek_instance *in, enum sek_instance_hook hook, const void *data,
		     uint32_t len, struct __sk_buff *ctx);

/**
 * sek_instance_present() - a packet as a hook can be shown it
 * @hook: where
 * @r: packet
 * @l2: where it begins
 * @buf: gets what sek_instance_run() wants; of SEK_INSTANCE_FRAME bytes
 * @counted: gets the bytes that the hook is to count
 *
 * Ethernet frames go to XDP and tc, IP packets to the other hooks, and to XDP
 * if sek_instance_set_l2() says so. All of the packet must be there, and where
 * there is an skb, the IP header that the kernel asks for, on one page.
 *
 * Return: bytes in @buf; 0 if this hook cannot see such a packet
 */
uint32_t sek_instance_present(enum sek_instance_hook hook, const struct sek_capture_record *r,
			      const struct sek_capture_l2 *l2, uint8_t *buf, uint32_t *counted);

/** sek_instance_name() - name of a hook's program */
const char *sek_instance_name(enum sek_instance_hook hook);

/** sek_instance_read() - the books as they are */
int sek_instance_read(const struct sek_instance *in, struct sek_books *ret);

/**
 * sek_instance_read_icmp() - count of an exact ICMP type
 * @in: instance
 * @key: which
 * @ret: filled in, zeroes if it has no row
 *
 * Return: 0 or -errno
 */
int sek_instance_read_icmp(const struct sek_instance *in, const struct sek_icmp_key *key,
			   struct sek_cell *ret);

/** sek_instance_icmp_skbs() - skbs of all exact types together */
int sek_instance_icmp_skbs(const struct sek_instance *in, uint64_t *ret);

/**
 * sek_instance_slot() - slot in which a hook counts
 * @in: instance, in which a packet has been shown to a cgroup hook before
 * @hook: the hook
 *
 * Before Linux 6.2 a tc program learns its slot from its filter, of which there
 * is none here. Of a cgroup it is the one that the first packet got. At LOCAL_IN
 * the kernel's test run has no device.
 *
 * Return: the slot.
 */
uint32_t sek_instance_slot(const struct sek_instance *in, enum sek_instance_hook hook);

/** sek_instance_point() - enum sek_point at which a hook counts a local packet */
uint32_t sek_instance_point(enum sek_instance_hook hook);

/** sek_instance_cell() - the cell of one packet in the books */
struct sek_cell *sek_instance_cell(const struct sek_instance *in, enum sek_instance_hook hook,
				   struct sek_books *books, uint32_t cell);

/** sek_instance_add_port() - say that a UDP port belongs to a WireGuard device */
int sek_instance_add_port(struct sek_instance *in, uint64_t netns_cookie, uint16_t port);

/** sek_instance_forget() - forget the WireGuard sessions seen and the ports known */
int sek_instance_forget(struct sek_instance *in);

#endif
