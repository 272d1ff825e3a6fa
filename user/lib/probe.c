// SPDX-License-Identifier: GPL-2.0-only
#include "probe.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "attach.h"
#include "attach_netfilter.h"
#include "cgroup.h"
#include "programs.h"
#include "state.h"

struct list {
	struct sek_feature *v;
	size_t n;
	size_t room;
};

static struct sek_feature *add(struct list *l, const char *name, bool available, const char *used,
			       const char *instead)
{
	static struct sek_feature none;
	struct sek_feature *f = l->n < l->room ? &l->v[l->n++] : &none;

	*f = (struct sek_feature){ .name = name, .available = available };
	f->used = available ? used : instead;
	return f;
}

/* A program that does nothing, of a type. -errno if the kernel refuses it. */
static int try_program(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(type, "sek_probe", "GPL", insns, 2, &opts);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* What was tried, with the result of trying it. */
static void add_tried(struct list *l, const char *name, int err, bool required, const char *used,
		      const char *instead)
{
	struct sek_feature *f = add(l, name, !err, used, instead);

	f->required = required;
	if (err)
		snprintf(f->detail, sizeof(f->detail), "%s%s", strerror(-err),
			 err == -EPERM && geteuid() ? "; needs root" : "");
}

static void add_file(struct list *l, const char *name, const char *path, bool required,
		     const char *used, const char *instead)
{
	struct sek_feature *f = add(l, name, !access(path, R_OK), used, instead);

	f->required = required;
	snprintf(f->detail, sizeof(f->detail), "%s", path);
}

static void add_bpffs(struct list *l)
{
	struct statfs fs;
	bool mounted = !statfs(SEK_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
	struct sek_feature *f = add(l, "bpffs", mounted, "pins", "mounted by load");

	snprintf(f->detail, sizeof(f->detail), "%s", SEK_BPFFS);
}

static void add_cgroup2(struct list *l)
{
	char path[PATH_MAX] = "not mounted";
	bool mounted = !sek_cgroup_mount(path);
	struct sek_feature *f = add(l, "cgroup2", mounted, "accounting per cgroup",
				    "no accounting per cgroup");

	snprintf(f->detail, sizeof(f->detail), "%.200s", path);
}

static void add_wireguard(struct list *l)
{
	/* Built in or loaded; a module that is not loaded has no devices. */
	bool has = !access("/sys/module/wireguard", F_OK);

	add(l, "wireguard", has, "UDP ports by generic netlink", "UDP ports of wireguard-go");
}

static void add_jit(struct list *l)
{
	FILE *file = fopen("/proc/sys/net/core/bpf_jit_enable", "re");
	int enabled = 0;
	bool has = file && fscanf(file, "%d", &enabled) == 1 && enabled;

	if (file)
		fclose(file);
	add(l, "jit", has, "native code", "the interpreter, several times slower");
}

size_t sek_probe(struct sek_feature *features, size_t n)
{
	struct list l = { .v = features, .room = n };
	struct utsname uts = {};
	struct sek_feature *f;

	uname(&uts);
	f = add(&l, "kernel", true, "Linux", "");
	snprintf(f->detail, sizeof(f->detail), "%.200s, %d possible CPUs", uts.release,
		 libbpf_num_possible_cpus());
	add_file(&l, "btf", "/sys/kernel/btf/vmlinux", true, "offsets of kernel structs", "nothing");
	add_bpffs(&l);
	add_cgroup2(&l);
	add_tried(&l, "tc", try_program(BPF_PROG_TYPE_SCHED_CLS, 0), true, "links and netns",
		  "nothing");
	add(&l, "tcx", sek_attach_has_tcx(), "tcx links", "clsact filters");
	add_tried(&l, "xdp", try_program(BPF_PROG_TYPE_XDP, BPF_XDP), false, "--hook xdp",
		  "tc alone");
	add_tried(&l, "cgroup_skb", try_program(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS),
		  false, "accounting per cgroup", "no accounting per cgroup");
	add(&l, "kern_ctx", sek_programs_kern_ctx(), "interface by namespace and index",
	    "interface by clsact classid");
	add_tried(&l, "netfilter", sek_attach_netfilter_probe(), false,
		  "--hook netfilter: route local_in", "no route at ingress");
	add_wireguard(&l);
	add_jit(&l);
	return l.n;
}
