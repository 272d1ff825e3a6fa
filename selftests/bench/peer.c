// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a WireGuard message of a known peer costs, by BPF_PROG_TEST_RUN at tc ingress: it is
 * looked into, and its socket, its session and its peer are looked up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "area.h"
#include "bench/reference.skel.h"
#include "datapath.h"
#include "frame.h"
#include "hooks.h"
#include "lib/netns.h"
#include "log.h"

#define ROUNDS 60
#define REPEAT 20000

#define LO_IFINDEX 1
#define LO_SLOT	   1
#define PEER_SLOT  1
#define PORT	   51820
#define INDEX	   0x01020304

/* Behind the Ethernet and IPv4 headers: UDP, then the message's type and receiver. */
#define OFF_DPORT   (14 + 20 + 2)
#define OFF_MESSAGE (14 + 20 + 8)

enum { EMPTY, HASH16, UDP, MESSAGE, SUBJECT_NR };

static int add_peer(const struct datapath_bpf *d, __u64 netns_cookie)
{
	struct sek_port_key port = { .netns_cookie = netns_cookie, .port = PORT };
	struct sek_index_key index = {
		.netns_cookie = netns_cookie,
		.index = INDEX,
		.port = PORT,
	};
	static struct sek_ports ports;
	__u32 zero = 0, ifindex = 7, slot = PEER_SLOT, life = SEK_PEER_IN_USE;
	__u32 ref = sek_peer_ref(slot, life);

	ports.bit[PORT / 64] |= 1ULL << PORT % 64;
	if (bpf_map_update_elem(bpf_map__fd(d->maps.sek_ports), &zero, &ports, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(d->maps.sek_port_ids), &port, &ifindex, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(d->maps.sek_indexes), &index, &ref, BPF_ANY) ||
	    bpf_map_update_elem(bpf_map__fd(d->maps.sek_peer_lives), &slot, &life, BPF_ANY))
		return -errno;
	return 0;
}

static void build_message(uint8_t *frame)
{
	const uint16_t port = htons(PORT);
	const uint8_t data[16] = {
		4, 0, 0, 0, INDEX & 0xff, INDEX >> 8 & 0xff, INDEX >> 16 & 0xff, INDEX >> 24, 1
	};

	sek_frame_build(SEK_FRAME_IPV4_UDP, false, 1024, frame);
	/* To lo, or it would be for another host. */
	memset(frame, 0, 6);
	memcpy(frame + OFF_DPORT, &port, sizeof(port));
	memcpy(frame + OFF_MESSAGE, data, sizeof(data));
}

static int take_turns(const struct datapath_bpf *d, const struct reference_bpf *r,
		      double best[SUBJECT_NR])
{
	const struct bpf_program *progs[SUBJECT_NR] = { r->progs.empty_tc, r->progs.hash16_tc,
							d->progs.sek_tc_ingress,
							d->progs.sek_tc_ingress };
	uint8_t frames[SUBJECT_NR][SEK_FRAME_LEN];
	double ns;
	int err;

	for (int s = 0; s < SUBJECT_NR; s++)
		sek_frame_build(SEK_FRAME_IPV4_UDP, false, 1024, frames[s]);
	build_message(frames[MESSAGE]);
	for (int round = 0; round < ROUNDS; round++) {
		for (int s = 0; s < SUBJECT_NR; s++) {
			err = sek_hooks_run(bpf_program__fd(progs[s]), frames[s], REPEAT, &ns);
			if (err)
				return err;
			if (!round || ns < best[s])
				best[s] = ns;
		}
	}
	return 0;
}

/* A run that found no peer would be a fast one. */
static int check(const struct datapath_bpf *d)
{
	__u32 key = sek_peer_cell_index(PEER_SLOT, false, SEK_CLASS_WIREGUARD_DATA);
	int cpus = libbpf_num_possible_cpus();
	struct sek_peer_cell cells[cpus > 0 ? cpus : 1];
	__u64 messages = 0;

	if (cpus < 0)
		return cpus;
	if (bpf_map_lookup_elem(bpf_map__fd(d->maps.sek_peer_count), &key, cells))
		return -errno;
	for (int i = 0; i < cpus; i++)
		messages += cells[i].messages;
	return messages == (__u64)ROUNDS * REPEAT ? 0 : -EPROTO;
}

static int measure(struct datapath_bpf *d, struct reference_bpf *r, double best[SUBJECT_NR])
{
	struct sek_netns netns;
	int err = sek_netns_self(&netns);

	if (err)
		return err;
	err = sek_datapath_add_link(d, netns.cookie, LO_IFINDEX, LO_SLOT);
	if (!err)
		err = add_peer(d, netns.cookie);
	sek_netns_release(&netns);
	if (!err)
		err = take_turns(d, r, best);
	return err ?: check(d);
}

int sek_peer_measure(struct sek_result *result)
{
	struct reference_bpf *reference = NULL;
	struct datapath_bpf *datapath = NULL;
	double best[SUBJECT_NR] = {};
	int err = sek_datapath_open(&datapath);

	if (!err) {
		reference = reference_bpf__open_and_load();
		err = reference ? measure(datapath, reference, best) : -errno;
	}
	reference_bpf__destroy(reference);
	datapath_bpf__destroy(datapath);
	if (err) {
		sek_error("count a peer's messages: %s", strerror(-err));
		return err;
	}
	sek_result_add(result, "datapath.peer",
		       (best[MESSAGE] - best[UDP]) / (best[HASH16] - best[EMPTY]), 8.0, "x",
		       "a message: %+.1f ns, another UDP packet: %+.1f ns",
		       best[MESSAGE] - best[EMPTY], best[UDP] - best[EMPTY]);
	return 0;
}
