// SPDX-License-Identifier: GPL-2.0-only
#include "testrun.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpflog.h"
#include "sekisho.skel.h"

/*
 * bpf_test_init() in net/bpf/test_run.c takes a page without the skb's headroom
 * and struct skb_shared_info, which fill whole cache lines: at most 770 bytes,
 * on s390.
 */
#define RESERVED 1024u

/*
 * What bpf_prog_test_run_skb() wants at least: it takes the first bytes for an
 * Ethernet header, whatever they are, and if that speaks of IPv6, wants one.
 */
#define SHORTEST (ETH_HLEN + sizeof(struct ipv6hdr))

struct sek_testrun {
	struct sekisho_bpf *skel;
	int fd;
	uint32_t max;
	uint8_t padded[SHORTEST];
};

static void destroy_skel(struct sekisho_bpf **skel)
{
	sekisho_bpf__destroy(*skel);
}

uint32_t sek_testrun_max(void)
{
	return (uint32_t)sysconf(_SC_PAGESIZE) - RESERVED;
}

/*
 * The verdict is read from the context, and the books of this instance from
 * nowhere; only sessions keep their size, for the certainty.
 */
static int shrink(struct sekisho_bpf *skel)
{
	struct bpf_map *const maps[] = {
		skel->maps.sek_link_ids,
		skel->maps.sek_cgroup_cache,
		skel->maps.sek_icmp_count,
		skel->maps.sek_port_ids,
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int err = bpf_map__set_max_entries(maps[i], 1);

		if (err)
			return err;
	}
	return 0;
}

static int load(struct sekisho_bpf *skel)
{
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program(prog, skel->obj)
	{
		err = bpf_program__set_autoload(prog, prog == skel->progs.sek_tc_capture);
		if (err)
			return err;
	}
	err = shrink(skel);
	return err ? err : sekisho_bpf__load(skel);
}

int sek_testrun_open(struct sek_testrun **ret)
{
	__attribute__((cleanup(destroy_skel))) struct sekisho_bpf *skel = NULL;
	struct sek_testrun *t;
	int err;

	sek_bpflog_install();
	skel = sekisho_bpf__open();
	if (!skel)
		return -errno;
	err = load(skel);
	if (err)
		return err;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->fd = bpf_program__fd(skel->progs.sek_tc_capture);
	t->max = sek_testrun_max();
	t->skel = skel;
	skel = NULL;
	*ret = t;
	return 0;
}

static void describe(struct __sk_buff *ctx, const struct sek_capture_record *r,
		     const struct sek_capture_l2 *l2, uint32_t len)
{
	*ctx = (struct __sk_buff){};
	ctx->cb[SEK_CB_CAP_LEN] = len;
	ctx->cb[SEK_CB_ORIG_LEN] = r->orig_len;
	if (!l2->ethernet)
		ctx->cb[SEK_CB_L2] = SEK_CB_START | l2->offset << 16 | l2->proto;
}

static void read_verdict(const struct __sk_buff *ctx, struct sek_testrun_verdict *ret)
{
	uint32_t result = ctx->cb[SEK_CB_RESULT];

	*ret = (struct sek_testrun_verdict){
		.family = result & 0xff,
		.class = result >> 8 & 0xff,
		.certainty = result >> 16 & 0xff,
	};
	ret->has_icmp = ret->class >= SEK_CLASS_ICMP_ECHO_REQUEST &&
			ret->class <= SEK_CLASS_ICMP_OTHER;
	if (ret->has_icmp) {
		ret->icmp_type = ctx->cb[SEK_CB_ICMP] & 0xff;
		ret->icmp_code = ctx->cb[SEK_CB_ICMP] >> 8 & 0xff;
	}
}

int sek_testrun_packet(struct sek_testrun *t, const struct sek_capture_record *r,
		       const struct sek_capture_l2 *l2, struct sek_testrun_verdict *ret)
{
	uint32_t len = r->cap_len < t->max ? r->cap_len : t->max;
	struct __sk_buff ctx;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = r->data, .data_size_in = len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .ctx_out = &ctx,
		    .ctx_size_out = sizeof(ctx), );

	if (!l2) {
		*ret = (struct sek_testrun_verdict){
			.family = SEK_FAMILY_NONE,
			.class = SEK_CLASS_MALFORMED,
		};
		return 0;
	}
	if (len < SHORTEST) {
		memset(t->padded, 0, sizeof(t->padded));
		memcpy(t->padded, r->data, len);
		opts.data_in = t->padded;
		opts.data_size_in = SHORTEST;
	}
	describe(&ctx, r, l2, len);
	if (bpf_prog_test_run_opts(t->fd, &opts))
		return -errno;
	read_verdict(&ctx, ret);
	return 0;
}

void sek_testrun_close(struct sek_testrun *t)
{
	if (!t)
		return;
	sekisho_bpf__destroy(t->skel);
	free(t);
}

void sek_testrun_closep(struct sek_testrun **t)
{
	sek_testrun_close(*t);
}
