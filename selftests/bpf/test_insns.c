// SPDX-License-Identifier: GPL-2.0-only
/* How much work each program is to the verifier, which has a limit. */
#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../user/lib/attach_netfilter.h"
#include "../../user/lib/bpflog.h"
#include "../../user/lib/programs.h"
#include "kselftest_harness.h"
#include "sekisho.skel.h"

/*
 * BPF_COMPLEXITY_LIMIT_INSNS is 1,000,000. Kernels differ in what they prune, and
 * one that is not among those tested may need more.
 */
#define LIMIT (1000000 / 4)

FIXTURE(insns)
{
	struct sekisho_bpf *skel;
};

FIXTURE_VARIANT(insns)
{
	bool kern_ctx;
};

/* clang-format off */
FIXTURE_VARIANT_ADD(insns, plain) { .kern_ctx = false };
FIXTURE_VARIANT_ADD(insns, kern_ctx) { .kern_ctx = true };
/* clang-format on */

FIXTURE_SETUP(insns)
{
	int err;

	if (variant->kern_ctx && !sek_programs_kern_ctx())
		SKIP(return, "the kernel has no bpf_cast_to_kern_ctx()");
	self->skel = sekisho_bpf__open();
	ASSERT_NE(NULL, self->skel);
	self->skel->rodata->sek_config.kern_ctx = variant->kern_ctx;
	self->skel->rodata->sek_config.link_ids_bits = SEK_LINK_IDS_BITS;
	if (!sek_attach_netfilter_probe()) {
		ASSERT_EQ(0, sek_attach_netfilter_choose(self->skel->progs.sek_local_in));
		ASSERT_EQ(0, sek_attach_netfilter_choose(self->skel->progs.sek_local_in_count));
	}
	sek_bpflog_install();
	err = sekisho_bpf__load(self->skel);
	if (err == -EPERM)
		SKIP(return, "BPF needs privileges");
	ASSERT_EQ(0, err)
	{
		TH_LOG("%s", sek_bpflog_text());
	}
}

FIXTURE_TEARDOWN(insns)
{
	sekisho_bpf__destroy(self->skel);
}

TEST_F(insns, verified)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, self->skel->obj)
	{
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (!bpf_program__autoload(prog))
			continue;
		ASSERT_EQ(0, bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len));
		ksft_print_msg("%s: %u instructions verified, %u of the program\n",
			       bpf_program__name(prog), info.verified_insns,
			       info.xlated_prog_len / 8);
		EXPECT_LT(0, info.verified_insns);
		EXPECT_GE(LIMIT, info.verified_insns)
		{
			TH_LOG("%s", bpf_program__name(prog));
		}
	}
	fflush(stdout);
}

TEST_HARNESS_MAIN
