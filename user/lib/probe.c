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

/* A program that does nothing, of a type: its descriptor, or -errno if the kernel refuses it. */
static int load_program(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(type, "sek_probe", "GPL", insns, 2, &opts);

	return fd < 0 ? -errno : fd;
}

static int try_program(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	int fd = load_program(type, attach);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void say_why(struct sek_feature *f, int err)
{
	if (err)
		snprintf(f->detail, sizeof(f->detail), "%s%s", strerror(-err),
			 err == -EPERM && geteuid() ? "; needs root" : "");
}

/* What was tried, with the result of trying it. */
static void add_tried(struct list *l, const char *name, int err, bool required, const char *used,
		      const char *instead)
{
	struct sek_feature *f = add(l, name, !err, used, instead);

	f->required = required;
	say_why(f, err);
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

/* What became of a program: the switch in /proc is seen in the host's namespace alone. */
static void add_jit(struct list *l)
{
	struct bpf_prog_info info = {};
	int fd = load_program(BPF_PROG_TYPE_SCHED_CLS, 0), err = fd < 0 ? fd : 0;
	__u32 len = sizeof(info);
	struct sek_feature *f;

	if (!err && bpf_obj_get_info_by_fd(fd, &info, &len))
		err = -errno;
	if (fd >= 0)
		close(fd);
	f = add(l, "jit", info.jited_prog_len, "native code",
		err ? "unknown" : "the interpreter, several times slower");
	say_why(f, err);
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
