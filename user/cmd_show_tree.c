// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "lib/cgroup.h"
#include "lib/cgroup_state.h"
#include "lib/cgroup_tree.h"
#include "lib/cgroup_who.h"
#include "log.h"
#include "show_tree.h"
#include "out/columns.h"

enum {
	TREE,
	CGROUP,
	CGROUP_ID,
	DEPTH,
	HIERARCHY,
	CONTROLLERS,
	V1_CONTROLLERS,
	RUNTIME,
	CONTAINER,
	POD,
	NAMESPACE,
	IMAGE,
	UNIT,
	ZONE,
	PROCESSES,
	PIDS,
	PIDS_MAX,
	PIDS_TEXT,
	CPU,
	CPU_TEXT,
	MEMORY,
	MEMORY_MAX,
	IN_PACKETS,
	IN_BYTES,
	OUT_PACKETS,
	OUT_BYTES,
	DIRECT_IN_PACKETS,
	DIRECT_IN_BYTES,
	DIRECT_OUT_PACKETS,
	DIRECT_OUT_BYTES,
	REMOVED_IN_PACKETS,
	REMOVED_IN_BYTES,
	REMOVED_OUT_PACKETS,
	REMOVED_OUT_BYTES,
	TUNNEL_PACKETS,
	TUNNEL_BYTES,
	PROGRAMS,
	COLUMNS
};

/* Text shows sums; JSON also what they are made of. */
static const struct sek_out_column columns[COLUMNS] = {
	[TREE] = STRING("tree", "CGROUP"),
	[CGROUP] = STRING("cgroup", NULL),
	[CGROUP_ID] = NUMBER("cgroup_id", NULL),
	[DEPTH] = NUMBER("depth", NULL),
	[HIERARCHY] = STRING("hierarchy", NULL),
	[CONTROLLERS] = STRING("controllers", "CONTROLLERS"),
	[V1_CONTROLLERS] = STRING("v1_controllers", NULL),
	[RUNTIME] = STRING("runtime", NULL),
	[CONTAINER] = STRING("container", "CONTAINER"),
	[POD] = STRING("pod", NULL),
	[NAMESPACE] = STRING("namespace", NULL),
	[IMAGE] = STRING("image", NULL),
	[UNIT] = STRING("unit", NULL),
	[ZONE] = STRING("zone", "ZONE"),
	[PROCESSES] = NUMBER("processes", "PROCS"),
	[PIDS] = NUMBER("pids", NULL),
	[PIDS_MAX] = NUMBER("pids_max", NULL),
	[PIDS_TEXT] = STRING("pids_of", "PIDS/MAX"),
	[CPU] = NUMBER("cpu_usec", NULL),
	[CPU_TEXT] = STRING("cpu", "CPU"),
	[MEMORY] = AMOUNT("memory", "MEMORY"),
	[MEMORY_MAX] = AMOUNT("memory_max", "LIMIT"),
	[IN_PACKETS] = NUMBER("ingress_packets", NULL),
	[IN_BYTES] = AMOUNT("ingress_bytes", "RECEIVED"),
	[OUT_PACKETS] = NUMBER("egress_packets", NULL),
	[OUT_BYTES] = AMOUNT("egress_bytes", "SENT"),
	[DIRECT_IN_PACKETS] = NUMBER("direct_ingress_packets", NULL),
	[DIRECT_IN_BYTES] = AMOUNT("direct_ingress_bytes", NULL),
	[DIRECT_OUT_PACKETS] = NUMBER("direct_egress_packets", NULL),
	[DIRECT_OUT_BYTES] = AMOUNT("direct_egress_bytes", "OWN SENT"),
	[REMOVED_IN_PACKETS] = NUMBER("removed_ingress_packets", NULL),
	[REMOVED_IN_BYTES] = AMOUNT("removed_ingress_bytes", NULL),
	[REMOVED_OUT_PACKETS] = NUMBER("removed_egress_packets", NULL),
	[REMOVED_OUT_BYTES] = AMOUNT("removed_egress_bytes", NULL),
	[TUNNEL_PACKETS] = NUMBER("tunnel_egress_packets", NULL),
	[TUNNEL_BYTES] = AMOUNT("tunnel_egress_bytes", "TUNNELLED"),
	[PROGRAMS] = STRING("bpf_programs", "BPF"),
};

static void set_known(struct sek_out *out, int column, const char *value)
{
	if (value && *value)
		sek_out_set_string(out, column, value);
}

static void set_number(struct sek_out *out, int column, uint64_t value)
{
	if (value != SEK_CGROUP_UNKNOWN)
		sek_out_set_u64(out, column, value);
}

/* Packets and bytes are neighbours, and ingress stands before egress. */
static void set_sum(struct sek_out *out, int first, const struct sek_cgroup_sum *sum)
{
	for (int egress = 0; egress < 2; egress++) {
		sek_out_set_u64(out, first + 2 * egress, sum->packets[egress]);
		sek_out_set_u64(out, first + 2 * egress + 1, sum->bytes[egress]);
	}
}

static void set_name(struct sek_out *out, const struct sek_cgroup_node *node)
{
	const char *last = strrchr(node->path, '/');
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%*s%s", (int)(2 * node->depth), "",
		 last && last[1] ? last + 1 : node->path);
	sek_out_set_string(out, TREE, text);
	sek_out_set_string(out, CGROUP, node->path);
	sek_out_set_u64(out, CGROUP_ID, node->id);
	sek_out_set_u64(out, DEPTH, node->depth);
}

static void set_who(struct sek_out *out, const struct sek_cgroup_who *who)
{
	set_known(out, RUNTIME, who->runtime);
	set_known(out, CONTAINER, who->container);
	set_known(out, POD, who->pod);
	set_known(out, NAMESPACE, who->namespace);
	set_known(out, IMAGE, who->image);
	set_known(out, UNIT, who->unit);
}

static void set_state(struct sek_out *out, const struct sek_cgroup_state *s)
{
	char text[64];

	set_known(out, CONTROLLERS, s->controllers);
	set_known(out, ZONE, sek_cgroup_zone_names[s->zone]);
	sek_out_set_u64(out, PROCESSES, s->processes);
	set_number(out, PIDS, s->pids);
	set_number(out, PIDS_MAX, s->pids_max);
	set_number(out, CPU, s->cpu_usec);
	set_number(out, MEMORY, s->memory);
	set_number(out, MEMORY_MAX, s->memory_max);
	if (s->pids != SEK_CGROUP_UNKNOWN) {
		if (s->pids_max == SEK_CGROUP_UNKNOWN)
			snprintf(text, sizeof(text), "%llu/max", (unsigned long long)s->pids);
		else
			snprintf(text, sizeof(text), "%llu/%llu", (unsigned long long)s->pids,
				 (unsigned long long)s->pids_max);
		sek_out_set_string(out, PIDS_TEXT, text);
	}
	if (s->cpu_usec != SEK_CGROUP_UNKNOWN) {
		snprintf(text, sizeof(text), "%.2fs", s->cpu_usec / 1e6);
		sek_out_set_string(out, CPU_TEXT, text);
	}
}

static int print_node(struct sek_out *out, const struct sek_cgroup_mounts *mounts,
		      const struct sek_cgroup_node *node)
{
	char dir[2 * PATH_MAX], programs[4096];
	struct sek_cgroup_state state;
	struct sek_cgroup_who who;

	set_name(out, node);
	sek_out_set_string(out, HIERARCHY, sek_cgroup_mode_names[mounts->mode]);
	set_known(out, V1_CONTROLLERS, mounts->v1_controllers);
	sek_cgroup_who(node->path, &who);
	set_who(out, &who);
	sek_cgroup_state(mounts, node->path, &state);
	if (state.zone == SEK_CGROUP_ZONE_NONE && who.container_len)
		state.zone = sek_cgroup_zone(mounts, node->path, who.container_len);
	set_state(out, &state);
	set_sum(out, IN_PACKETS, &node->total);
	set_sum(out, DIRECT_IN_PACKETS, &node->direct);
	set_sum(out, REMOVED_IN_PACKETS, &node->removed);
	sek_out_set_u64(out, TUNNEL_PACKETS, node->tunnel.packets[1]);
	sek_out_set_u64(out, TUNNEL_BYTES, node->tunnel.bytes[1]);
	snprintf(dir, sizeof(dir), "%s%s", mounts->v2, node->path);
	sek_cgroup_programs(dir, programs, sizeof(programs));
	set_known(out, PROGRAMS, programs);
	return sek_out_row(out);
}

static bool is_chosen(const struct sek_opts_list *cgroups, const struct sek_cgroup_node *node)
{
	char name[PATH_MAX];

	sek_cgroup_name(node->path, name, sizeof(name));
	return sek_opts_listed(cgroups, node->path, name);
}

static int print_tree(struct sek_out *out, const struct sek_cgroup_mounts *mounts,
		      const struct sek_cgroup_node *v, size_t n,
		      const struct sek_opts_list *cgroups)
{
	/* Of the chosen one whose branch this is */
	uint32_t depth = UINT32_MAX;
	size_t printed = 0;
	int err;

	if (mounts->mode == SEK_CGROUP_MODE_HYBRID)
		sek_note("hybrid hierarchy: cgroup2 at %s; in v1: %s", mounts->v2,
			 mounts->v1_controllers);
	err = sek_out_begin(out, columns, COLUMNS);
	for (size_t i = 0; i < n && !err; i++) {
		if (v[i].depth <= depth)
			depth = is_chosen(cgroups, &v[i]) ? v[i].depth : UINT32_MAX;
		if (depth == UINT32_MAX)
			continue;
		err = print_node(out, mounts, &v[i]);
		printed++;
	}
	if (!printed)
		sek_note("no cgroup here matches");
	return sek_cmd_written(sek_out_end(out));
}

int sek_show_tree(struct sek_out *out, const struct sek_maps *maps,
		  const struct sek_opts_list *cgroups)
{
	struct sek_cgroup_mounts mounts;
	struct sek_cgroup_node *v = NULL;
	size_t n = 0;
	int err = sek_cgroup_mounts(&mounts), status = SEK_EXIT_FAILED;
	bool v1 = mounts.v1_controllers[0];

	if (!err && mounts.mode == SEK_CGROUP_MODE_LEGACY) {
		sek_error("cgroup2 is not mounted here%s%s%s", v1 ? ": v1 alone (" : "",
			  mounts.v1_controllers,
			  v1 ? ") is, to which packets cannot be counted" : "");
		return SEK_EXIT_FAILED;
	}
	if (!err)
		err = sek_cgroup_tree(maps, mounts.v2, &v, &n);
	if (err)
		sek_error("read the tree of cgroups: %s", strerror(-err));
	else
		status = print_tree(out, &mounts, v, n, cgroups);
	sek_cgroup_tree_free(v, n);
	return status;
}
