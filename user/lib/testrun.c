// SPDX-License-Identifier: GPL-2.0-only
#include "testrun.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpflog.h"
#include "sekisho.skel.h"

/* What bpf_prog_test_run_xdp() wants at least. */
#define SHORTEST ETH_HLEN

struct sek_testrun {
	struct sekisho_bpf *skel;
	int fd;
	struct {
		struct sek_capture_in in;
		uint8_t packet[SEK_CAPTURE_MAX];
	} buf;
};

static void destroy_skel(struct sekisho_bpf **skel)
{
	sekisho_bpf__destroy(*skel);
}

/*
 * The verdict is what the program returns, and the books of this instance from
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
		err = bpf_program__set_autoload(prog, prog == skel->progs.sek_xdp_capture);
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
	t->fd = bpf_program__fd(skel->progs.sek_xdp_capture);
	t->skel = skel;
	skel = NULL;
	*ret = t;
	return 0;
}

static void read_verdict(uint32_t answer, struct sek_testrun_verdict *ret)
{
	*ret = (struct sek_testrun_verdict){
		.family = answer & 3,
		.certainty = answer >> 2 & 3,
		.class = answer >> 8 & 0x7f,
	};
	ret->has_icmp = ret->class >= SEK_CLASS_ICMP_ECHO_REQUEST &&
			ret->class <= SEK_CLASS_ICMP_OTHER;
	if (ret->has_icmp) {
		ret->icmp_type = answer >> 16;
		ret->icmp_code = answer >> 24;
	}
}

int sek_testrun_packet(struct sek_testrun *t, const struct sek_capture_record *r,
		       const struct sek_capture_l2 *l2, struct sek_testrun_verdict *ret)
{
	uint32_t len = r->cap_len < SEK_CAPTURE_MAX ? r->cap_len : SEK_CAPTURE_MAX;
	uint32_t padded = len < SHORTEST ? SHORTEST : len;
	/* The packet begins behind the metadata. */
	struct xdp_md ctx = { .data = sizeof(t->buf.in), .data_end = sizeof(t->buf.in) + padded };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = &t->buf, .data_size_in = ctx.data_end,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), );

	if (!l2) {
		*ret = (struct sek_testrun_verdict){
			.family = SEK_FAMILY_NONE,
			.class = SEK_CLASS_MALFORMED,
		};
		return 0;
	}
	t->buf.in = (struct sek_capture_in){ .cap_len = len, .orig_len = r->orig_len };
	if (!l2->ethernet)
		t->buf.in.start = SEK_CAPTURE_START | l2->offset << 16 | l2->proto;
	memcpy(t->buf.packet, r->data, len);
	memset(t->buf.packet + len, 0, padded - len);
	if (bpf_prog_test_run_opts(t->fd, &opts))
		return -errno;
	if (!(opts.retval & SEK_CAPTURE_DONE))
		return -EIO;
	read_verdict(opts.retval, ret);
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
