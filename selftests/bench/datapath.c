// SPDX-License-Identifier: GPL-2.0-only
#include "datapath.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/bpflog.h"
#include "lib/programs.h"

static int set_sizes(struct datapath_bpf *d)
{
	int err = bpf_map__set_max_entries(d->maps.sek_links, SEK_DATAPATH_LINK_SLOTS);

	if (!err)
		err = bpf_map__set_max_entries(d->maps.sek_link_count,
					       SEK_DATAPATH_LINK_SLOTS * SEK_POINT_LINK_NR);
	if (!err)
		err = bpf_map__set_max_entries(d->maps.sek_cgroup_owner, SEK_DATAPATH_CGROUP_SLOTS);
	if (!err)
		err = bpf_map__set_max_entries(d->maps.sek_cgroup_ids,
					       SEK_DATAPATH_CGROUP_SLOTS * SEK_CGROUP_IDS_PER_SLOT);
	if (!err)
		err = bpf_map__set_max_entries(d->maps.sek_cgroup_count,
					       SEK_DATAPATH_CGROUP_SLOTS * SEK_POINT_CGROUP_NR);
	return err;
}

int sek_datapath_open(struct datapath_bpf **ret)
{
	struct datapath_bpf *d;
	int err;

	sek_bpflog_install();
	d = datapath_bpf__open();
	if (!d)
		return -errno;
	d->rodata->sek_config.kern_ctx = sek_programs_kern_ctx();
	d->rodata->sek_config.link_ids_bits = SEK_LINK_IDS_BITS;
	d->rodata->sek_config.cgroup_slots = SEK_DATAPATH_CGROUP_SLOTS;
	err = set_sizes(d);
	if (!err)
		err = datapath_bpf__load(d);
	if (err) {
		datapath_bpf__destroy(d);
		return err;
	}
	*ret = d;
	return 0;
}

int sek_datapath_add_link(const struct datapath_bpf *d, uint64_t netns_cookie, uint32_t ifindex,
			  uint16_t slot)
{
	struct sek_link_id id = { .netns_cookie = netns_cookie,
				  .ifindex = ifindex,
				  .slot = slot,
				  .l2 = SEK_L2_ETHERNET };
	uint32_t key = sek_link_hash(netns_cookie, ifindex, SEK_LINK_IDS_BITS);

	/* Of the few links here, two can share their first entry: look for a free one. */
	for (int i = 0; i < SEK_LINK_PROBES; i++) {
		struct sek_link_id old;

		if (bpf_map_lookup_elem(bpf_map__fd(d->maps.sek_link_ids), &key, &old))
			return -errno;
		if (!old.netns_cookie)
			return bpf_map_update_elem(bpf_map__fd(d->maps.sek_link_ids), &key, &id,
						   BPF_ANY)
				       ? -errno
				       : 0;
		key = (key + 1) & ((1U << SEK_LINK_IDS_BITS) - 1);
	}
	return -ENOSPC;
}
