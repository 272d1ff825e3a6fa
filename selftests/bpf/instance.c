// SPDX-License-Identifier: GPL-2.0-only
#include "instance.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../user/lib/attach_netfilter.h"
#include "../../user/lib/bpflog.h"
#include "../../user/lib/netns.h"
#include "sekisho.skel.h"

/* Of the loopback device, in each namespace. */
#define LO_IFINDEX 1

static struct bpf_program *program(const struct sek_instance *in, enum sek_instance_hook hook)
{
	switch (hook) {
	case SEK_INSTANCE_XDP:
		return in->skel->progs.sek_xdp;
	case SEK_INSTANCE_TC_INGRESS:
		return in->skel->progs.sek_tc_ingress;
	case SEK_INSTANCE_TC_EGRESS:
		return in->skel->progs.sek_tc_egress;
	case SEK_INSTANCE_CGROUP_INGRESS:
		return in->skel->progs.sek_cgroup_ingress;
	case SEK_INSTANCE_CGROUP_EGRESS:
		return in->skel->progs.sek_cgroup_egress;
	case SEK_INSTANCE_LOCAL_IN:
		return in->skel->progs.sek_local_in_count;
	case SEK_INSTANCE_HOOKS:
		break;
	}
	abort();
}

const char *sek_instance_name(enum sek_instance_hook hook)
{
	static const char *const names[SEK_INSTANCE_HOOKS] = {
		[SEK_INSTANCE_XDP] = "sek_xdp",
		[SEK_INSTANCE_TC_INGRESS] = "sek_tc_ingress",
		[SEK_INSTANCE_TC_EGRESS] = "sek_tc_egress",
		[SEK_INSTANCE_CGROUP_INGRESS] = "sek_cgroup_ingress",
		[SEK_INSTANCE_CGROUP_EGRESS] = "sek_cgroup_egress",
		[SEK_INSTANCE_LOCAL_IN] = "sek_local_in_count",
	};

	return names[hook];
}

/* What lets a packet pass. */
static uint32_t pass(enum sek_instance_hook hook)
{
	switch (hook) {
	case SEK_INSTANCE_XDP:
		return XDP_PASS;
	case SEK_INSTANCE_TC_INGRESS:
	case SEK_INSTANCE_TC_EGRESS:
		return (uint32_t)TC_ACT_UNSPEC;
	default:
		return 1;
	}
}

static int set_sizes(struct sekisho_bpf *skel)
{
	int err;

	err = bpf_map__set_max_entries(skel->maps.sek_link_count,
				       SEK_INSTANCE_SLOTS * SEK_POINT_LINK_NR);
	if (err)
		return err;
	err = bpf_map__set_max_entries(skel->maps.sek_cgroup_count,
				       SEK_INSTANCE_SLOTS * SEK_POINT_CGROUP_NR);
	if (err)
		return err;
	err = bpf_map__set_max_entries(skel->maps.sek_cgroup_owner, SEK_INSTANCE_SLOTS);
	if (err)
		return err;
	return bpf_map__set_max_entries(skel->maps.sek_cgroup_ids, SEK_INSTANCE_SLOTS);
}

static int choose(const struct sek_instance *in, unsigned int hooks)
{
	int err = bpf_program__set_autoload(in->skel->progs.sek_xdp_capture, false);

	if (!err)
		err = sek_attach_netfilter_choose(program(in, SEK_INSTANCE_LOCAL_IN));
	for (int hook = 0; hook < SEK_INSTANCE_HOOKS && !err; hook++)
		err = bpf_program__set_autoload(program(in, hook), hooks & 1U << hook);
	return err;
}

static int load(struct sek_instance *in, unsigned int hooks)
{
	struct sek_netns netns;
	int err = sek_netns_self(&netns);

	if (err)
		return err;
	/* The kernel's test run at LOCAL_IN has neither namespace nor device. */
	in->netns_cookie = hooks == 1U << SEK_INSTANCE_LOCAL_IN ? 0 : netns.cookie;
	sek_netns_release(&netns);
	err = choose(in, hooks);
	if (!err)
		err = set_sizes(in->skel);
	if (err)
		return err;
	in->skel->rodata->sek_config.kern_ctx = in->kern_ctx;
	in->skel->rodata->sek_config.link_ids_bits = SEK_LINK_IDS_BITS;
	in->skel->rodata->sek_config.cgroup_slots = SEK_INSTANCE_SLOTS;
	err = sekisho_bpf__load(in->skel);
	return err ? err : sek_instance_set_l2(in, SEK_L2_ETHERNET);
}

int sek_instance_open(struct sek_instance *in, unsigned int hooks, bool kern_ctx)
{
	int err;

	*in = (struct sek_instance){
		.kern_ctx = kern_ctx,
		.cpus = libbpf_num_possible_cpus(),
	};
	if (in->cpus < 0)
		return in->cpus;
	sek_bpflog_install();
	in->skel = sekisho_bpf__open();
	if (!in->skel)
		return -errno;
	err = load(in, hooks);
	if (err)
		sek_instance_close(in);
	return err;
}

void sek_instance_close(struct sek_instance *in)
{
	sekisho_bpf__destroy(in->skel);
	in->skel = NULL;
}

int sek_instance_set_l2(struct sek_instance *in, uint8_t l2)
{
	uint32_t key = sek_link_hash(in->netns_cookie, LO_IFINDEX, SEK_LINK_IDS_BITS);
	struct sek_link_id id = {
		.netns_cookie = in->netns_cookie,
		.ifindex = LO_IFINDEX,
		.slot = 1,
		.l2 = l2,
	};

	return bpf_map_update_elem(bpf_map__fd(in->skel->maps.sek_link_ids), &key, &id, BPF_ANY)
		       ? -errno
		       : 0;
}

int sek_instance_run(struct sek_instance *in, enum sek_instance_hook hook, const void *data,
		     uint32_t len, struct __sk_buff *ctx)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .ctx_in = ctx,
		    .ctx_size_in = ctx ? sizeof(*ctx) : 0, );
	/* The first members of struct nf_hook_state. */
	struct {
		uint8_t hook;
		uint8_t pf;
	} state = { .hook = NF_INET_LOCAL_IN, .pf = NFPROTO_IPV4 };

	if (hook == SEK_INSTANCE_LOCAL_IN) {
		if (((const uint8_t *)data)[12] == ETH_P_IPV6 >> 8)
			state.pf = NFPROTO_IPV6;
		opts.ctx_in = &state;
		opts.ctx_size_in = sizeof(state);
	}
	if (bpf_prog_test_run_opts(bpf_program__fd(program(in, hook)), &opts))
		return -errno;
	return opts.retval == pass(hook) ? 0 : -EPROTO;
}

static bool is_cgroup(enum sek_instance_hook hook)
{
	return hook == SEK_INSTANCE_CGROUP_INGRESS || hook == SEK_INSTANCE_CGROUP_EGRESS;
}

static bool begins_with_ip(enum sek_instance_hook hook)
{
	return is_cgroup(hook) || hook == SEK_INSTANCE_LOCAL_IN;
}

/* Ethertype of what such a hook is to see, 0 if it is not IP. */
static uint16_t ip_ethertype(const struct sek_capture_record *r, const struct sek_capture_l2 *l2)
{
	uint16_t proto;

	if (l2->ethernet) {
		proto = (uint16_t)(r->data[12] << 8 | r->data[13]);
		return proto == ETH_P_IP || proto == ETH_P_IPV6 ? proto : 0;
	}
	if (l2->offset || l2->proto || !r->cap_len)
		return 0;
	switch (r->data[0] >> 4) {
	case 4:
		return ETH_P_IP;
	case 6:
		return ETH_P_IPV6;
	default:
		return 0;
	}
}

/* The least that bpf_prog_test_run_skb() takes of a frame of this type. */
static uint32_t skb_min(uint16_t ethertype)
{
	if (ethertype == ETH_P_IP)
		return ETH_HLEN + sizeof(struct iphdr);
	if (ethertype == ETH_P_IPV6)
		return ETH_HLEN + sizeof(struct ipv6hdr);
	return ETH_HLEN;
}

/*
 * And the most: a page without the skb's headroom and struct skb_shared_info,
 * which fill whole cache lines: at most 770 bytes, on s390.
 */
static uint32_t skb_max(void)
{
	return (uint32_t)sysconf(_SC_PAGESIZE) - 1024;
}

static bool fits(enum sek_instance_hook hook, const struct sek_capture_l2 *l2, uint16_t ethertype,
		 uint32_t len)
{
	if (hook == SEK_INSTANCE_XDP)
		return !l2->offset && !l2->proto && len >= ETH_HLEN && len <= SEK_INSTANCE_FRAME;
	if (len < skb_min(ethertype) || len > skb_max())
		return false;
	return begins_with_ip(hook) ? ethertype : l2->ethernet;
}

uint32_t sek_instance_present(enum sek_instance_hook hook, const struct sek_capture_record *r,
			      const struct sek_capture_l2 *l2, uint8_t *buf, uint32_t *counted)
{
	uint16_t ethertype = ip_ethertype(r, l2);
	uint32_t front = begins_with_ip(hook) && !l2->ethernet ? ETH_HLEN : 0;
	uint32_t len = r->cap_len + front;

	if (r->cap_len < r->orig_len || !fits(hook, l2, ethertype, len))
		return 0;
	memset(buf, 0, front);
	if (front) {
		buf[12] = ethertype >> 8;
		buf[13] = ethertype & 0xff;
	}
	memcpy(buf + front, r->data, r->cap_len);
	*counted = begins_with_ip(hook) ? len - ETH_HLEN : len;
	return len;
}

static void add_cell(struct sek_cell *sum, const struct sek_cell *cell)
{
	sum->skbs += cell->skbs;
	sum->skb_bytes += cell->skb_bytes;
	sum->gso_packets += cell->gso_packets;
	sum->gso_bytes += cell->gso_bytes;
}

static int read_counters(const struct sek_instance *in, struct bpf_map *map, uint32_t n,
			 struct sek_counters *ret)
{
	struct sek_counters *values = calloc(in->cpus, sizeof(*values));
	int err = values ? 0 : -ENOMEM;

	memset(ret, 0, n * sizeof(*ret));
	for (uint32_t key = 0; key < n && !err; key++) {
		if (bpf_map_lookup_elem(bpf_map__fd(map), &key, values))
			err = -errno;
		for (int cpu = 0; cpu < in->cpus && !err; cpu++)
			for (int i = 0; i < SEK_CELL_NR; i++)
				add_cell(&ret[key].cell[i], &values[cpu].cell[i]);
	}
	free(values);
	return err;
}

int sek_instance_read(const struct sek_instance *in, struct sek_books *ret)
{
	int err = read_counters(in, in->skel->maps.sek_link_count,
				SEK_INSTANCE_SLOTS * SEK_POINT_LINK_NR, ret->link);

	if (err)
		return err;
	return read_counters(in, in->skel->maps.sek_cgroup_count,
			     SEK_INSTANCE_SLOTS * SEK_POINT_CGROUP_NR, ret->cgroup);
}

int sek_instance_read_icmp(const struct sek_instance *in, const struct sek_icmp_key *key,
			   struct sek_cell *ret)
{
	struct sek_cell *values = calloc(in->cpus, sizeof(*values));
	int err = values ? 0 : -ENOMEM;

	*ret = (struct sek_cell){};
	if (!err && bpf_map_lookup_elem(bpf_map__fd(in->skel->maps.sek_icmp_count), key, values))
		err = -errno;
	for (int cpu = 0; cpu < in->cpus && !err; cpu++)
		add_cell(ret, &values[cpu]);
	free(values);
	return err == -ENOENT ? 0 : err;
}

int sek_instance_icmp_skbs(const struct sek_instance *in, uint64_t *ret)
{
	int fd = bpf_map__fd(in->skel->maps.sek_icmp_count);
	struct sek_icmp_key key, *last = NULL;
	struct sek_cell cell;

	*ret = 0;
	while (!bpf_map_get_next_key(fd, last, &key)) {
		int err = sek_instance_read_icmp(in, &key, &cell);

		if (err)
			return err;
		*ret += cell.skbs;
		last = &key;
	}
	return errno == ENOENT ? 0 : -errno;
}

uint32_t sek_instance_slot(const struct sek_instance *in, enum sek_instance_hook hook)
{
	uint32_t slot = SEK_SLOT_OVERFLOW;
	int fd = bpf_map__fd(in->skel->maps.sek_cgroup_ids);
	uint64_t id;

	if (hook == SEK_INSTANCE_LOCAL_IN)
		return slot;
	if (!is_cgroup(hook))
		return hook == SEK_INSTANCE_XDP || in->kern_ctx;
	if (!bpf_map_get_next_key(fd, NULL, &id))
		bpf_map_lookup_elem(fd, &id, &slot);
	return slot;
}

uint32_t sek_instance_point(enum sek_instance_hook hook)
{
	static const uint32_t points[SEK_INSTANCE_HOOKS] = {
		[SEK_INSTANCE_XDP] = SEK_POINT_XDP,
		[SEK_INSTANCE_TC_INGRESS] = SEK_POINT_TC_INGRESS,
		[SEK_INSTANCE_TC_EGRESS] = SEK_POINT_TC_EGRESS_LOCAL,
		[SEK_INSTANCE_CGROUP_INGRESS] = SEK_POINT_CGROUP_INGRESS,
		[SEK_INSTANCE_CGROUP_EGRESS] = SEK_POINT_CGROUP_EGRESS,
		[SEK_INSTANCE_LOCAL_IN] = SEK_POINT_LOCAL_IN,
	};

	return points[hook];
}

struct sek_cell *sek_instance_cell(const struct sek_instance *in, enum sek_instance_hook hook,
				   struct sek_books *books, uint32_t cell)
{
	uint32_t slot = sek_instance_slot(in, hook), point = sek_instance_point(hook);

	if (is_cgroup(hook)) {
		point -= SEK_POINT_CGROUP_INGRESS;
		return &books->cgroup[slot * SEK_POINT_CGROUP_NR + point].cell[cell];
	}
	return &books->link[slot * SEK_POINT_LINK_NR + point].cell[cell];
}

int sek_instance_add_port(struct sek_instance *in, uint64_t netns_cookie, uint16_t port)
{
	struct sek_port_key key = { .netns_cookie = netns_cookie, .port = port };
	int fd = bpf_map__fd(in->skel->maps.sek_ports);
	uint32_t zero = 0, ifindex = LO_IFINDEX;
	struct sek_ports ports;

	if (bpf_map_lookup_elem(fd, &zero, &ports))
		return -errno;
	ports.bit[port / 64] |= 1ULL << port % 64;
	if (bpf_map_update_elem(fd, &zero, &ports, BPF_ANY))
		return -errno;
	fd = bpf_map__fd(in->skel->maps.sek_port_ids);
	return bpf_map_update_elem(fd, &key, &ifindex, BPF_ANY) ? -errno : 0;
}

static int empty(int fd, void *key)
{
	while (!bpf_map_get_next_key(fd, NULL, key))
		if (bpf_map_delete_elem(fd, key))
			return -errno;
	return errno == ENOENT ? 0 : -errno;
}

int sek_instance_forget(struct sek_instance *in)
{
	static const struct sek_ports none;
	struct sek_port_key port;
	uint32_t session, zero = 0;
	int err;

	err = empty(bpf_map__fd(in->skel->maps.sek_sessions), &session);
	if (!err)
		err = empty(bpf_map__fd(in->skel->maps.sek_port_ids), &port);
	if (err)
		return err;
	return bpf_map_update_elem(bpf_map__fd(in->skel->maps.sek_ports), &zero, &none, BPF_ANY)
		       ? -errno
		       : 0;
}
