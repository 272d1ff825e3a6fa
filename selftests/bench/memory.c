// SPDX-License-Identifier: GPL-2.0-only
/* What the maps take, as the kernel accounts it: memlock of /proc/self/fdinfo. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "area.h"
#include "datapath.h"
#include "lib/bpflog.h"
#include "log.h"

#define MIB (1024.0 * 1024)

/* 1,000 cgroups and 200 links on two CPUs; counters exist once a CPU. */
#define GOAL_MIB  16.0
#define GOAL_CPUS 2

static int read_memlock(int fd, uint64_t *ret)
{
	char path[64], line[128];
	unsigned long long bytes;
	int err = -ENODATA;
	FILE *from;

	*ret = 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	from = fopen(path, "re");
	if (!from)
		return -errno;
	while (fgets(line, sizeof(line), from)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1) {
			*ret = bytes;
			err = 0;
		}
	}
	fclose(from);
	return err;
}

static int print_maps(const struct datapath_bpf *d, uint64_t *ret_sum)
{
	struct bpf_map *map;

	*ret_sum = 0;
	printf("%-34s%10s\n", "MAP", "KIB");
	bpf_object__for_each_map(map, d->obj)
	{
		uint64_t bytes;
		int err = read_memlock(bpf_map__fd(map), &bytes);

		if (err)
			return err;
		printf("%-34s%10.1f\n", bpf_map__name(map), bytes / 1024.0);
		*ret_sum += bytes;
	}
	return 0;
}

int sek_memory_measure(struct sek_result *r)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct datapath_bpf *d;
	double formula;
	uint64_t sum;

	if (cpus < 0) {
		sek_error("count the CPUs: %s", strerror(-cpus));
		return cpus;
	}
	err = sek_datapath_open(&d);
	if (err) {
		sek_error("load the programs: %s: %s", strerror(-err), sek_bpflog_first());
		return err;
	}
	err = print_maps(d, &sum);
	datapath_bpf__destroy(d);
	if (err) {
		sek_error("read the size of the maps: %s", strerror(-err));
		return err;
	}
	/* docs/counting.rst */
	formula = (double)(SEK_DATAPATH_LINK_SLOTS * SEK_POINT_LINK_NR +
			   SEK_DATAPATH_CGROUP_SLOTS * SEK_POINT_CGROUP_NR) *
		  sizeof(struct sek_counters) * cpus;
	printf("%-34s%10.1f\n", "all", sum / 1024.0);
	printf("%-34s%10.1f\n\n", "counters by the formula", formula / 1024.0);
	sek_result_add(r, "datapath.memory", sum / MIB,
		       GOAL_MIB * (cpus > GOAL_CPUS ? cpus : GOAL_CPUS) / GOAL_CPUS, "MiB",
		       "%u cgroup slots, %u link slots, %d CPUs", SEK_DATAPATH_CGROUP_SLOTS,
		       SEK_DATAPATH_LINK_SLOTS, cpus);
	return 0;
}
