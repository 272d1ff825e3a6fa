// SPDX-License-Identifier: GPL-2.0-only
#include "programs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "attach_netfilter.h"
#include "maps.h"
#include "sekisho.skel.h"
#include "state.h"

#ifndef SEK_VERSION
#error "SEK_VERSION comes from the Makefile"
#endif

const char *const sek_prog_names[SEK_PROG_NR] = {
	[SEK_PROG_XDP] = "sek_xdp",
	[SEK_PROG_TC_INGRESS] = "sek_tc_ingress",
	[SEK_PROG_TC_EGRESS] = "sek_tc_egress",
	[SEK_PROG_CGROUP_INGRESS] = "sek_cgroup_ingress",
	[SEK_PROG_CGROUP_EGRESS] = "sek_cgroup_egress",
	[SEK_PROG_LOCAL_IN] = "sek_local_in",
	[SEK_PROG_LOCAL_IN_COUNT] = "sek_local_in_count",
	[SEK_PROG_CGROUP_RMDIR] = "sek_cgroup_rmdir",
	[SEK_PROG_CGROUP_RELEASE] = "sek_cgroup_release",
	[SEK_PROG_NETNS_FORK] = "sek_netns_fork",
	[SEK_PROG_NETNS_EXEC] = "sek_netns_exec",
};

/* FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t fnv1a(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3;
	return hash;
}

uint64_t sek_programs_build(void)
{
	size_t len;
	const void *elf = sekisho_bpf__elf_bytes(&len);
	uint64_t hash = fnv1a(0xcbf29ce484222325, SEK_VERSION, strlen(SEK_VERSION));

	return fnv1a(hash, elf, len);
}

bool sek_programs_kern_ctx(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = btf && btf__find_by_name_kind(btf, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;

	btf__free(btf);
	return has;
}

static int prog_id(int fd, uint32_t *ret)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	*ret = info.id;
	return 0;
}

static void forget(struct sek_programs *p)
{
	for (int i = 0; i < SEK_PROG_NR; i++)
		p->fd[i] = -1;
	p->fresh = false;
}

/* Not every kernel has what these need. */
static bool is_optional(int prog)
{
	return prog == SEK_PROG_LOCAL_IN || prog == SEK_PROG_LOCAL_IN_COUNT;
}

static int open_pinned(struct sek_programs *p)
{
	for (int i = 0; i < SEK_PROG_NR; i++) {
		p->fd[i] = sek_state_get(SEK_STATE_PROGS, sek_prog_names[i]);
		int err = p->fd[i] < 0 ? p->fd[i] : prog_id(p->fd[i], &p->id[i]);

		if (err == -ENOENT && is_optional(i))
			continue;
		if (err) {
			sek_programs_close(p);
			return err;
		}
	}
	return 0;
}

/*
 * Every map is the pinned one, if there is one, with its size. A load that
 * died before all were pinned is completed here.
 */
static int use_pinned_maps(struct sekisho_bpf *skel)
{
	for (int i = 0; i < SEK_MAP_NR; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, sek_map_names[i]);
		int fd = sek_state_get(SEK_STATE_MAPS, sek_map_names[i]), err;

		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			return fd;
		err = bpf_map__reuse_fd(map, fd);
		close(fd);
		if (err)
			return err;
	}
	return 0;
}

static int set_sizes(struct sekisho_bpf *skel, const struct sek_sizes *sizes)
{
	const struct {
		struct bpf_map *map;
		uint32_t n;
	} maps[] = {
		{ skel->maps.sek_links, sizes->link_slots },
		{ skel->maps.sek_link_ids, sek_maps_link_ids(sizes->link_slots) },
		{ skel->maps.sek_link_count, sizes->link_slots * SEK_POINT_LINK_NR },
		{ skel->maps.sek_cgroup_ids, sizes->cgroup_slots * SEK_CGROUP_IDS_PER_SLOT },
		{ skel->maps.sek_cgroup_gone, sizes->cgroup_slots },
		{ skel->maps.sek_cgroup_owner, sizes->cgroup_slots },
		{ skel->maps.sek_cgroup_free, sizes->cgroup_slots },
		{ skel->maps.sek_cgroup_count, sizes->cgroup_slots * SEK_POINT_CGROUP_NR },
		{ skel->maps.sek_tunnel_count, sizes->cgroup_slots * SEK_FAMILY_NONE },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps) && !err; i++)
		err = bpf_map__set_max_entries(maps[i].map, maps[i].n);
	return err;
}

/* Pins what is not pinned yet; the meta entry goes last, with the ABI in it. */
static int pin_maps(struct sekisho_bpf *skel)
{
	for (int i = SEK_MAP_NR - 1; i >= 0; i--) {
		struct bpf_map *map = bpf_object__find_map_by_name(skel->obj, sek_map_names[i]);
		int fd = sek_state_get(SEK_STATE_MAPS, sek_map_names[i]), err;

		if (fd >= 0) {
			close(fd);
			continue;
		}
		if (i == SEK_MAP_META) {
			struct sek_meta meta = { .abi = SEK_ABI_VERSION };
			__u32 zero = 0;

			if (getrandom(&meta.epoch, sizeof(meta.epoch), 0) < 0)
				return -errno;
			if (bpf_map_update_elem(bpf_map__fd(map), &zero, &meta, BPF_ANY))
				return -errno;
		}
		err = sek_state_replace_pin(bpf_map__fd(map), SEK_STATE_MAPS, sek_map_names[i]);
		if (err)
			return err;
	}
	return 0;
}

/* Takes the descriptors out of the skeleton, which may then be destroyed. */
static int take(struct sek_programs *p, struct sekisho_bpf *skel)
{
	for (int i = 0; i < SEK_PROG_NR; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj,
									    sek_prog_names[i]);
		int err;

		if (!bpf_program__autoload(prog))
			continue;
		p->fd[i] = dup(bpf_program__fd(prog));
		err = p->fd[i] < 0 ? -errno : prog_id(p->fd[i], &p->id[i]);
		if (err) {
			sek_programs_close(p);
			return err;
		}
	}
	p->fresh = true;
	return 0;
}

static int load(struct sek_programs *p, const struct sek_sizes *sizes)
{
	struct sekisho_bpf *skel = sekisho_bpf__open();
	int err;

	if (!skel)
		return -errno;
	bpf_program__set_autoload(skel->progs.sek_xdp_capture, false);
	err = set_sizes(skel, sizes);
	if (!err && !sek_attach_netfilter_probe())
		err = sek_attach_netfilter_choose(skel->progs.sek_local_in)
			      ?: sek_attach_netfilter_choose(skel->progs.sek_local_in_count);
	if (!err)
		err = use_pinned_maps(skel);
	if (!err) {
		skel->rodata->sek_config.kern_ctx = sek_programs_kern_ctx();
		skel->rodata->sek_config.link_ids_bits = __builtin_ctz(
			bpf_map__max_entries(skel->maps.sek_link_ids));
		skel->rodata->sek_config.cgroup_slots = bpf_map__max_entries(
			skel->maps.sek_cgroup_owner);
		err = sekisho_bpf__load(skel);
	}
	if (!err)
		err = pin_maps(skel);
	if (!err)
		err = take(p, skel);
	sekisho_bpf__destroy(skel);
	return err;
}

int sek_programs_open(struct sek_programs *p, const struct sek_sizes *sizes)
{
	struct sek_meta meta;
	struct sek_maps maps;
	int err;

	forget(p);
	err = sek_maps_open(&maps);
	if (!err) {
		err = sek_maps_meta(&maps, &meta);
		sek_maps_close(&maps);
		if (err)
			return err;
		if (meta.build == sek_programs_build() && !open_pinned(p))
			return 0;
	} else if (err != -ENOENT) {
		return err;
	}
	return load(p, sizes);
}

int sek_programs_pin(const struct sek_programs *p)
{
	int err = 0;

	for (int i = 0; i < SEK_PROG_NR && !err; i++) {
		if (p->fd[i] < 0)
			continue;
		err = sek_state_replace_pin(p->fd[i], SEK_STATE_PROGS, sek_prog_names[i]);
	}
	return err;
}

void sek_programs_close(struct sek_programs *p)
{
	for (int i = 0; i < SEK_PROG_NR; i++) {
		if (p->fd[i] >= 0)
			close(p->fd[i]);
	}
	forget(p);
}
