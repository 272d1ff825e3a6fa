// SPDX-License-Identifier: GPL-2.0-only
#include "metrics.h"
#include "metrics_info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/peers.h"
#include "lib/programs.h"
#include "lib/serve/ledger.h"
#include "lib/serve/tally.h"
#include "lib/state.h"
#include "out/out.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct sek_exporter {
	struct sek_tally *tally[SEK_SCOPE_EXPORTED_NR];
	bool loaded;
	uint64_t runs[SEK_POINT_NR];
	uint64_t attached[SEK_PROG_NR];
	uint64_t slots[3][2]; /* links, peers, cgroups: those that there are, that are used */
	struct sek_stats stats;
	struct sek_meta meta;
	struct sek_who_cache *who;
	const struct sek_ledger *ledger;
};

int sek_exporter_new(uint32_t scopes, uint32_t by, struct sek_exporter **ret)
{
	struct sek_exporter *e = calloc(1, sizeof(*e));
	int err = e ? 0 : -ENOMEM;

	if (e && !(e->who = sek_who_cache_new()))
		err = -ENOMEM;
	if (!scopes)
		scopes = 1U << SEK_SCOPE_LINK | 1U << SEK_SCOPE_CGROUP | 1U << SEK_SCOPE_TUNNEL;
	for (unsigned int scope = 0; scope < SEK_SCOPE_EXPORTED_NR && !err; scope++) {
		if (scopes >> scope & 1)
			err = sek_tally_new(scope, sek_tally_dims(scope, by), &e->tally[scope]);
	}
	if (err) {
		sek_exporter_free(e);
		return err;
	}
	*ret = e;
	return 0;
}

void sek_exporter_free(struct sek_exporter *e)
{
	if (!e)
		return;
	for (unsigned int scope = 0; scope < SEK_SCOPE_EXPORTED_NR; scope++)
		sek_tally_free(e->tally[scope]);
	sek_who_cache_free(e->who);
	free(e);
}

void sek_exporter_set_ledger(struct sek_exporter *e, const struct sek_ledger *l)
{
	e->ledger = l;
}

/* One walk counts two things in: the tally, and how often programs ran. */
struct reading {
	struct sek_exporter *e;
	struct sek_tally *tally;
	uint32_t last_slot;
	uint64_t slots;
};

static int count_row(const struct sek_row *row, void *arg)
{
	struct reading *r = arg;

	/* What these show was counted by links. */
	if (r->tally->scope == SEK_SCOPE_LINK || r->tally->scope == SEK_SCOPE_CGROUP)
		r->e->runs[row->point] += row->skbs;
	if (row->slot != SEK_SLOT_OVERFLOW && row->slot <= SEK_SLOT_MAX &&
	    row->slot != r->last_slot) {
		r->last_slot = row->slot;
		r->slots++;
	}
	return sek_tally_row(row, r->tally);
}

static int read_scope(struct sek_exporter *e, const struct sek_maps *m, enum sek_scope scope)
{
	struct reading r = { .e = e, .tally = e->tally[scope] };
	int err = sek_ledger_add(e->ledger, m, e->tally[scope]);

	if (!err)
		err = sek_counters_walk(m, scope, count_row, &r);

	/* A cgroup has a slot from its first packet on, a link before. */
	if (scope == SEK_SCOPE_CGROUP)
		e->slots[2][1] = r.slots;
	return err;
}

static int count_pin(const char *name, void *arg)
{
	struct sek_exporter *e = arg;

	for (int i = 0; i < SEK_PROG_NR; i++) {
		size_t n = strlen(name), k = strlen(sek_prog_names[i]);

		if (n > k && !strcmp(name + n - k, sek_prog_names[i]))
			e->attached[i]++;
	}
	return 0;
}

static int read_health(struct sek_exporter *e, const struct sek_maps *m)
{
	struct sek_link *links = NULL;
	uint32_t peers = 0;
	int err = sek_maps_meta(m, &e->meta);

	e->slots[0][0] = m->link_slots - 1;
	e->slots[1][0] = SEK_PEER_SLOTS - 1;
	e->slots[2][0] = m->cgroup_slots - SEK_CGROUP_SLOT_FIRST;
	if (!err)
		err = sek_peers_used(m, &peers);
	e->slots[1][1] = peers;
	if (!err)
		err = sek_maps_stats(m, &e->stats);
	if (!err)
		err = sek_maps_links(m, &links);
	for (uint32_t slot = 1; !err && slot < m->link_slots; slot++)
		e->slots[0][1] += links[slot].netns_cookie != 0;
	free(links);
	return err ?: sek_state_each(SEK_STATE_LINKS, count_pin, e);
}

int sek_exporter_read(struct sek_exporter *e, const struct sek_maps *m)
{
	int err = 0;

	e->loaded = m;
	memset(e->runs, 0, sizeof(e->runs));
	memset(e->attached, 0, sizeof(e->attached));
	memset(e->slots, 0, sizeof(e->slots));
	for (unsigned int scope = 0; scope < SEK_SCOPE_EXPORTED_NR && !err; scope++) {
		if (!e->tally[scope])
			continue;
		sek_tally_clear(e->tally[scope]);
		if (m)
			err = read_scope(e, m, scope);
	}
	return err || !m ? err : read_health(e, m);
}

static const struct sek_metrics_value counters[SEK_TALLY_NR] = {
	[SEK_TALLY_PACKETS] = { .name = "packets",
				.help = "Packets on the wire; a GSO skb counts as those it "
					"stands for." },
	[SEK_TALLY_BYTES] = { .name = "bytes",
			      .help = "Bytes on the wire, headers of each packet "
				      "included." },
};

static const struct sek_metrics_value tunnel_counters[SEK_TALLY_NR] = {
	[SEK_TALLY_PACKETS] = { .name = "packets",
				.help = "Encrypted packets that WireGuard sent for a cgroup." },
	[SEK_TALLY_BYTES] = { .name = "bytes",
			      .help = "Bytes of encrypted packets that WireGuard sent for a "
				      "cgroup, from the outer IP header on." },
};

static const struct sek_metrics_value peer_counters[SEK_TALLY_NR] = {
	[SEK_TALLY_PACKETS] = { .name = "packets",
				.help = "WireGuard messages that a peer sent or was sent." },
	[SEK_TALLY_BYTES] = { .name = "bytes",
			      .help = "Bytes of WireGuard messages, as WireGuard counts them." },
};

static void add_tally(struct sek_buffer *b, enum sek_metrics_format format,
		      const struct sek_tally *t)
{
	char name[32] = "sekisho_";
	const struct sek_metrics_value *values = t->scope == SEK_SCOPE_PEER	? peer_counters
						 : t->scope == SEK_SCOPE_TUNNEL ? tunnel_counters
										: counters;
	const struct sek_metrics_cube cube = {
		.name = strcat(name, sek_scope_names[t->scope]),
		.values = values,
		.values_n = ARRAY_SIZE(counters),
		.who = { t->who_names, t->who_names_n, t->who, t->who_n },
		.what = { t->what_names, t->what_names_n, t->what, t->what_n },
		.cells = t->cells,
	};

	sek_metrics_add(b, format, &cube);
}

/* A metric with at most one label, of @n values, or none of its own. */
static void add_simple(struct sek_buffer *b, enum sek_metrics_format format, const char *name,
		       struct sek_metrics_value value, const char *label, const char *const *labels,
		       size_t n, const uint64_t *cells)
{
	const struct sek_metrics_cube cube = {
		.name = name,
		.values = &value,
		.values_n = 1,
		.who = { &label, label ? 1 : 0, labels, n },
		.what = { .n = 1 },
		.cells = cells,
		.zero = true,
	};

	sek_metrics_add(b, format, &cube);
}

static void add_one(struct sek_buffer *b, enum sek_metrics_format format, const char *name,
		    struct sek_metrics_value value, uint64_t cell)
{
	add_simple(b, format, name, value, NULL, NULL, 1, &cell);
}

static void add_build(struct sek_buffer *b, enum sek_metrics_format format,
		      const struct sek_exporter *e)
{
	static const char *const names[] = { "version", "loaded_version" };
	const char *const values[] = { SEK_VERSION, e->loaded ? e->meta.version : "" };
	static const uint64_t one = 1;
	static const struct sek_metrics_value info = {
		.type = SEK_METRICS_INFO,
		.name = "build",
		.help = "The version of this command, and of what is attached.",
	};
	const struct sek_metrics_cube cube = {
		.name = "sekisho",
		.values = &info,
		.values_n = 1,
		.who = { names, ARRAY_SIZE(names), values, 1 },
		.what = { .n = 1 },
		.cells = &one,
	};

	sek_metrics_add(b, format, &cube);
	add_one(b, format, "sekisho",
		(struct sek_metrics_value){ "loaded", "1 if programs are attached, else 0.",
					    SEK_METRICS_GAUGE, false },
		e->loaded);
}

static void add_programs(struct sek_buffer *b, enum sek_metrics_format format,
			 const struct sek_exporter *e)
{
	const uint64_t runs[SEK_PROG_NR] = {
		[SEK_PROG_XDP] = e->runs[SEK_POINT_XDP],
		[SEK_PROG_TC_INGRESS] = e->runs[SEK_POINT_TC_INGRESS],
		[SEK_PROG_TC_EGRESS] = e->runs[SEK_POINT_TC_EGRESS_LOCAL] +
				       e->runs[SEK_POINT_TC_EGRESS_FORWARDED] +
				       e->runs[SEK_POINT_TC_EGRESS_OTHER],
		[SEK_PROG_CGROUP_INGRESS] = e->runs[SEK_POINT_CGROUP_INGRESS],
		[SEK_PROG_CGROUP_EGRESS] = e->runs[SEK_POINT_CGROUP_EGRESS],
	};

	add_simple(b, format, "sekisho_program",
		   (struct sek_metrics_value){ "runs",
					       "Times that each program ran: socket buffers, or "
					       "frames at XDP, that it counted.",
					       SEK_METRICS_COUNTER, false },
		   "program", sek_prog_names, SEK_PROG_NR, runs);
	add_simple(b, format, "sekisho",
		   (struct sek_metrics_value){ "attachments",
					       "Places where each program is attached by a BPF "
					       "link.",
					       SEK_METRICS_GAUGE, false },
		   "program", sek_prog_names, SEK_PROG_NR, e->attached);
}

static void add_slots(struct sek_buffer *b, enum sek_metrics_format format,
		      const struct sek_exporter *e)
{
	static const char *const of[] = { "link", "peer", "cgroup" };
	const uint64_t size[] = { e->slots[0][0], e->slots[1][0], e->slots[2][0] };
	const uint64_t used[] = { e->slots[0][1], e->slots[1][1], e->slots[2][1] };
	const uint64_t overflow[] = { e->stats.no_link, e->stats.no_peer, e->stats.no_cgroup };

	add_simple(b, format, "sekisho",
		   (struct sek_metrics_value){ "slots", "Identities that there is room for.",
					       SEK_METRICS_GAUGE, false },
		   "scope", of, ARRAY_SIZE(of), size);
	/* Cgroups are counted while they are read. */
	add_simple(b, format, "sekisho_slots",
		   (struct sek_metrics_value){ "used", "Identities that have a slot.",
					       SEK_METRICS_GAUGE, false },
		   "scope", of, e->tally[SEK_SCOPE_CGROUP] ? 3 : 2, used);
	add_simple(b, format, "sekisho_overflow",
		   (struct sek_metrics_value){ "packets",
					       "Packets counted as overflow, because no slot was "
					       "left.",
					       SEK_METRICS_COUNTER, false },
		   "scope", of, ARRAY_SIZE(of), overflow);
	add_one(b, format, "sekisho_socketless",
		(struct sek_metrics_value){ "packets",
					    "Packets at the cgroup hook that no socket had, "
					    "counted as overflow.",
					    SEK_METRICS_COUNTER, false },
		e->stats.no_socket);
	add_one(b, format, "sekisho_icmp_insert",
		(struct sek_metrics_value){ "failures",
					    "ICMP packets whose exact type has no row, because "
					    "the table was full.",
					    SEK_METRICS_COUNTER, false },
		e->stats.no_icmp);
}

int sek_exporter_write(const struct sek_exporter *e, enum sek_metrics_format format,
		       struct sek_buffer *b)
{
	if (format != SEK_METRICS_CSV)
		add_build(b, format, e);
	for (unsigned int scope = 0; scope < SEK_SCOPE_EXPORTED_NR && e->loaded; scope++) {
		if (e->tally[scope])
			add_tally(b, format, e->tally[scope]);
	}
	if (format != SEK_METRICS_CSV && e->loaded && e->tally[SEK_SCOPE_CGROUP])
		sek_metrics_cgroup_info(b, format, e->tally[SEK_SCOPE_CGROUP], e->who);
	if (format != SEK_METRICS_CSV && e->loaded) {
		add_programs(b, format, e);
		add_slots(b, format, e);
	}
	return b->error;
}

/* One object for each cell: the scope, the labels that it has, packets and bytes. */
static void json_tally(struct sek_out *out, const struct sek_tally *t, const int *at)
{
	const uint64_t *cell = t->cells;

	for (size_t i = 0; i < t->who_n; i++) {
		for (size_t k = 0; k < t->what_n; k++, cell += SEK_TALLY_NR) {
			if (!cell[SEK_TALLY_PACKETS])
				continue;
			sek_out_set_string(out, 0, sek_scope_names[t->scope]);
			for (size_t n = 0; n < t->who_names_n; n++)
				sek_out_set_string(out, at[n], t->who[i * t->who_names_n + n]);
			for (size_t n = 0; n < t->what_names_n; n++)
				sek_out_set_string(out, at[t->who_names_n + n],
						   t->what[k * t->what_names_n + n]);
			sek_out_set_u64(out, SEK_DIM_NR + 1, cell[SEK_TALLY_PACKETS]);
			sek_out_set_u64(out, SEK_DIM_NR + 2, cell[SEK_TALLY_BYTES]);
			if (sek_out_row(out))
				return;
		}
	}
}

static int column_of(const char *name)
{
	int dim = 0;

	while (strcmp(sek_dim_names[dim], name) != 0)
		dim++;
	return dim + 1;
}

int sek_exporter_json(const struct sek_exporter *e, FILE *to, bool pretty)
{
	const struct sek_out_options options = { .format = SEK_OUT_JSON, .pretty = pretty };
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_out_new(to, &options);
	struct sek_out_column columns[SEK_DIM_NR + 3] = { [0] = { .key = "scope" } };

	if (!out)
		return -ENOMEM;
	for (int dim = 0; dim < SEK_DIM_NR; dim++)
		columns[dim + 1].key = sek_dim_names[dim];
	for (int i = 0; i < SEK_TALLY_NR; i++)
		columns[SEK_DIM_NR + 1 + i] = (struct sek_out_column){ .key = counters[i].name,
								       .type = SEK_OUT_U64 };
	sek_out_begin(out, columns, ARRAY_SIZE(columns));
	for (unsigned int scope = 0; scope < SEK_SCOPE_EXPORTED_NR && e->loaded; scope++) {
		const struct sek_tally *t = e->tally[scope];
		int at[SEK_DIM_NR];

		if (!t)
			continue;
		for (size_t n = 0; n < t->who_names_n; n++)
			at[n] = column_of(t->who_names[n]);
		for (size_t n = 0; n < t->what_names_n; n++)
			at[t->who_names_n + n] = column_of(t->what_names[n]);
		json_tally(out, t, at);
	}
	return sek_out_end(out);
}
