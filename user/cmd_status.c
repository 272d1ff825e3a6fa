// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attach.h"
#include "lib/attach_netfilter.h"
#include "lib/counters.h"
#include "lib/maps_block.h"
#include "lib/netns.h"
#include "log.h"
#include "status.h"

enum { NETNS, IFNAME, IFINDEX, CGROUP, HOOK, MODE, STATE, PROGRAM, PACKETS };

static const struct sek_out_column columns[] = {
	[NETNS] = { .key = "netns", .title = "NETNS", .type = SEK_OUT_STRING },
	[IFNAME] = { .key = "ifname", .title = "INTERFACE", .type = SEK_OUT_STRING },
	[IFINDEX] = { .key = "ifindex", .type = SEK_OUT_U64 },
	[CGROUP] = { .key = "cgroup", .title = "CGROUP", .type = SEK_OUT_STRING },
	[HOOK] = { .key = "hook", .title = "HOOK", .type = SEK_OUT_STRING },
	[MODE] = { .key = "mode", .title = "MODE", .type = SEK_OUT_STRING },
	[STATE] = { .key = "state", .title = "STATE", .type = SEK_OUT_STRING },
	[PROGRAM] = { .key = "program_id", .title = "PROGRAM", .type = SEK_OUT_U64 },
	[PACKETS] = { .key = "packets", .title = "PACKETS", .type = SEK_OUT_U64 },
};

/* All that one printing works with. */
struct table {
	struct sek_out *out;
	const struct sek_maps *maps;
	struct sek_maps_block *links;
	struct sek_maps_block *cgroups;
	struct sek_netns *netns;
	size_t netns_n;
};

static const char *netns_name(const struct table *t, const struct sek_link *link)
{
	for (size_t i = 0; i < t->netns_n; i++) {
		if (t->netns[i].cookie == link->netns_cookie)
			return t->netns[i].name;
	}
	return link->netns;
}

static int packets(const struct table *t, uint32_t slot, enum sek_point first, enum sek_point last,
		   uint64_t *ret)
{
	struct sek_maps_block *block = first < SEK_POINT_LINK_NR ? t->links : t->cgroups;
	struct sek_cell sum = {};
	int err = 0;

	for (enum sek_point point = first; point <= last && !err; point++)
		err = sek_counters_total(block, slot, point, &sum);
	*ret = sum.skbs + sum.gso_packets;
	return err;
}

static int row(const struct table *t, const struct sek_link *link, uint32_t slot, const char *hook,
	       const char *mode, enum sek_prog prog, enum sek_point first, enum sek_point last)
{
	uint32_t prog_id = 0;
	uint64_t n;
	int err = packets(t, slot, first, last, &n);
	bool clsact = !strcmp(mode, "clsact");

	if (err)
		return err;
	sek_out_set_string(t->out, NETNS, netns_name(t, link));
	sek_out_set_string(t->out, IFNAME, link->ifname);
	sek_out_set_u64(t->out, IFINDEX, link->ifindex);
	sek_out_set_string(t->out, HOOK, hook);
	sek_out_set_string(t->out, MODE, mode);
	if (!clsact) {
		bool live = sek_attach_is_live(link->netns_cookie, link->ifindex, prog, &prog_id);

		sek_out_set_string(t->out, STATE, live ? "attached" : "gone");
		if (live)
			sek_out_set_u64(t->out, PROGRAM, prog_id);
	} else {
		sek_out_set_string(t->out, STATE, "attached");
	}
	sek_out_set_u64(t->out, PACKETS, n);
	return sek_out_row(t->out);
}

static int link_rows(const struct table *t, const struct sek_link *link, uint32_t slot)
{
	int err = 0;

	if (link->flags & SEK_LINK_XDP)
		err = row(t, link, slot, "xdp",
			  link->flags & SEK_LINK_XDP_SKB ? "generic" : "native", SEK_PROG_XDP,
			  SEK_POINT_XDP, SEK_POINT_XDP);
	if (!err && link->flags & SEK_LINK_TC)
		err = row(t, link, slot, "tc", link->flags & SEK_LINK_CLSACT ? "clsact" : "tcx",
			  SEK_PROG_TC_INGRESS, SEK_POINT_TC_INGRESS, SEK_POINT_TC_EGRESS_OTHER);
	return err;
}

/* Namespaces that nobody has any more are not in the list, though we keep them. */
static bool is_known(const struct table *t, uint64_t netns_cookie)
{
	for (size_t i = 0; i < t->netns_n; i++) {
		if (t->netns[i].cookie == netns_cookie)
			return true;
	}
	return false;
}

/* The netfilter hook of a namespace, whose first link is in this slot. */
static int netns_row(const struct table *t, const struct sek_link *links, uint32_t first)
{
	uint64_t cookie = links[first].netns_cookie, sum = 0, n = 0;
	uint32_t prog_id;
	bool live;
	int err = 0;

	for (uint32_t slot = first; slot < t->maps->link_slots && !err; slot++) {
		if (links[slot].netns_cookie != cookie)
			continue;
		err = packets(t, slot, SEK_POINT_LOCAL_IN, SEK_POINT_LOCAL_IN, &n);
		sum += n;
	}
	if (err)
		return err;
	live = is_known(t, cookie) && sek_attach_netfilter_is_live(cookie, &prog_id);
	sek_out_set_string(t->out, NETNS, netns_name(t, &links[first]));
	sek_out_set_string(t->out, HOOK, "netfilter");
	sek_out_set_string(t->out, MODE, "link");
	sek_out_set_string(t->out, STATE, live ? "attached" : "gone");
	if (live)
		sek_out_set_u64(t->out, PROGRAM, prog_id);
	sek_out_set_u64(t->out, PACKETS, sum);
	return sek_out_row(t->out);
}

static bool is_first(const struct sek_link *links, uint32_t slot)
{
	for (uint32_t i = 1; i < slot; i++) {
		if (links[i].netns_cookie == links[slot].netns_cookie &&
		    links[i].flags & SEK_LINK_LOCAL_IN)
			return false;
	}
	return links[slot].flags & SEK_LINK_LOCAL_IN;
}

static int cgroup_row(const struct table *t, const struct sek_meta *meta)
{
	uint64_t sum = 0, n;
	uint32_t prog_id = 0;
	int err = 0;
	bool live = sek_attach_is_live(0, 0, SEK_PROG_CGROUP_EGRESS, &prog_id);

	if (!meta->cgroup_id)
		return 0;
	for (uint32_t slot = 0; slot < t->maps->cgroup_slots && !err; slot++) {
		err = packets(t, slot, SEK_POINT_CGROUP_INGRESS, SEK_POINT_CGROUP_EGRESS, &n);
		sum += n;
	}
	if (err)
		return err;
	sek_out_set_string(t->out, CGROUP, meta->cgroup_path);
	sek_out_set_string(t->out, HOOK, "cgroup");
	sek_out_set_string(t->out, MODE, "link");
	sek_out_set_string(t->out, STATE, live ? "attached" : "gone");
	if (live)
		sek_out_set_u64(t->out, PROGRAM, prog_id);
	sek_out_set_u64(t->out, PACKETS, sum);
	return sek_out_row(t->out);
}

static int rows_of(const struct table *t, const struct sek_meta *meta)
{
	struct sek_link *links = NULL;
	int err = sek_maps_links(t->maps, &links);

	for (uint32_t slot = 1; !err && slot < t->maps->link_slots; slot++) {
		if (links[slot].netns_cookie)
			err = link_rows(t, &links[slot], slot);
	}
	for (uint32_t slot = 1; !err && slot < t->maps->link_slots; slot++) {
		if (is_first(links, slot))
			err = netns_row(t, links, slot);
	}
	if (!err)
		err = cgroup_row(t, meta);
	free(links);
	return err;
}

static int table(struct table *t, const struct sek_meta *meta)
{
	int err = -ENOMEM;

	t->links = sek_maps_block_new(t->maps, SEK_MAP_LINK_COUNT);
	t->cgroups = sek_maps_block_new(t->maps, SEK_MAP_CGROUP_COUNT);
	if (t->links && t->cgroups)
		err = rows_of(t, meta);
	sek_maps_block_free(t->links);
	sek_maps_block_free(t->cgroups);
	return err;
}

static void say_health(const struct sek_maps *maps, const struct sek_meta *meta)
{
	struct sek_stats stats;

	if (!meta->ready)
		sek_note("a load did not come to its end; 'sekisho load' completes it, "
			 "'sekisho unload' undoes it");
	if (sek_maps_stats(maps, &stats))
		return;
	if (stats.no_link)
		sek_note("%llu packets counted as overflow: more interfaces than %u slots, or at "
			 "netfilter, interfaces newer than the last load",
			 (unsigned long long)stats.no_link, maps->link_slots - 1);
	if (stats.no_cgroup)
		sek_note("%llu packets counted as overflow: more cgroups than %u slots",
			 (unsigned long long)stats.no_cgroup,
			 maps->cgroup_slots - SEK_CGROUP_SLOT_FIRST);
	if (stats.no_icmp)
		sek_note("%llu ICMP packets without a row of their exact type: the table is full",
			 (unsigned long long)stats.no_icmp);
}

int sek_status_open_failed(int err)
{
	if (err == -ENOENT)
		sek_error("sekisho is not loaded; 'sekisho load' attaches it");
	else if (err == -EPROTO)
		sek_error("another version of sekisho is loaded, with other maps; use its command, "
			  "or 'sekisho load' to take over what it has counted");
	else if (err == -EPERM || err == -EACCES)
		sek_error("open the maps: %s; this needs root", strerror(-err));
	else
		sek_error("open the maps: %s", strerror(-err));
	return SEK_EXIT_FAILED;
}

int sek_status_print(const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_cmd_out(g);
	struct table t = { .out = out };
	struct sek_meta meta;
	struct sek_maps maps;
	int err;

	if (!out)
		return SEK_EXIT_FAILED;
	err = sek_maps_open(&maps);
	if (err == -ENOENT) {
		/* Nothing attached is an answer, not a failure. */
		if (g->json) {
			sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
			return sek_cmd_written(sek_out_end(out));
		}
		sek_note("sekisho is not loaded; 'sekisho load' attaches it");
		return SEK_EXIT_DONE;
	}
	if (err)
		return sek_status_open_failed(err);
	t.maps = &maps;
	if (sek_netns_list(&t.netns, &t.netns_n))
		t.netns_n = 0;
	err = sek_maps_meta(&maps, &meta);
	if (!err)
		err = sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	if (!err)
		err = table(&t, &meta);
	if (!err)
		err = sek_out_end(out);
	if (!err)
		say_health(&maps, &meta);
	if (t.netns_n)
		sek_netns_free(t.netns, t.netns_n);
	sek_maps_close(&maps);
	return sek_cmd_written(err);
}

struct conf {
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho status",
	.summary = "Show what is attached where, and how many packets it has seen.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

int sek_cmd_status(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = sek_status_print(g);
	sek_opts_free(&opts, &conf);
	return status;
}
