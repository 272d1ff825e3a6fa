// SPDX-License-Identifier: GPL-2.0-only
/* From two readings of the counters to records of what was counted in between. */
#include "ipfix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"

/* The value of a label, by its name; NULL if the tally has no such label. */
static const char *label(const char *const *names, size_t n, const char *const *values,
			 const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(names[i], name))
			return values[i];
	}
	return NULL;
}

static const char *who_label(const struct sek_tally *t, size_t who, const char *name)
{
	return label(t->who_names, t->who_names_n, t->who + who * t->who_names_n, name);
}

static const char *what_label(const struct sek_tally *t, size_t what, const char *name)
{
	return label(t->what_names, t->what_names_n, t->what + what * t->what_names_n, name);
}

static const uint64_t *cells_of(const struct sek_tally *t, size_t who)
{
	return t->cells + who * t->what_n * SEK_TALLY_NR;
}

static bool is_removed(const struct sek_tally *t, size_t who)
{
	const char *name = who_label(t, who, t->scope == SEK_SCOPE_CGROUP ? "name" : "ifname");

	return name && !strcmp(name, SEK_NAME_REMOVED);
}

/* One packet is one record: of the hooks that see it, tc, and of the cgroup's the only one. */
static bool is_counted(const struct sek_tally *t, size_t what)
{
	const char *hook = what_label(t, what, "hook");

	return !hook || !strcmp(hook, "tc") || !strcmp(hook, "cgroup");
}

static int add(struct sek_ipfix *x, const struct sek_tally *t, const char *where, const char *who,
	       size_t what, uint64_t packets, uint64_t bytes)
{
	const char *direction = what_label(t, what, "direction");
	const struct sek_ipfix_record record = {
		.cgroup = t->scope == SEK_SCOPE_CGROUP,
		.where = where,
		.who = who,
		.egress = !strcmp(direction, "egress"),
		.family = what_label(t, what, "family"),
		.class = what_label(t, what, "class"),
		.packets = packets,
		.bytes = bytes,
	};

	return packets && is_counted(t, what) ? sek_ipfix_add(x, &record) : 0;
}

/*
 * All of one identity; each error but the first is the same one. What another one of the same
 * name had counted before is taken from @rest, see add_rest().
 */
static int add_identity(struct sek_ipfix *x, const struct sek_tally *before,
			const struct sek_tally *after, size_t who, uint64_t *rest)
{
	static const uint64_t none[SEK_TALLY_NR];
	size_t old = sek_tally_find(before, after->who + who * after->who_names_n);
	const uint64_t *now = cells_of(after, who);
	const char *where = who_label(after, who, "netns");
	const char *name = who_label(after, who,
				     after->scope == SEK_SCOPE_CGROUP ? "cgroup" : "ifname");
	int err = 0;

	for (size_t what = 0; what < after->what_n; what++, now += SEK_TALLY_NR) {
		const uint64_t *was = old == SIZE_MAX ? none
						      : cells_of(before, old) + what * SEK_TALLY_NR;

		/* Fewer than before: made anew, or all is counted anew, after an unload. */
		if (now[SEK_TALLY_PACKETS] < was[SEK_TALLY_PACKETS]) {
			for (int i = 0; i < SEK_TALLY_NR; i++)
				rest[what * SEK_TALLY_NR + i] -= was[i];
			was = none;
		}
		err = add(x, after, where, name, what,
			  now[SEK_TALLY_PACKETS] - was[SEK_TALLY_PACKETS],
			  now[SEK_TALLY_BYTES] - was[SEK_TALLY_BYTES])
			      ?: err;
	}
	return err;
}

/* @sum += or -= all kinds of an identity; modulo 2^64, so that the order does not matter */
static void sum_up(uint64_t *sum, const struct sek_tally *t, size_t who, bool subtract)
{
	const uint64_t *cells = cells_of(t, who);

	for (size_t i = 0; i < t->what_n * SEK_TALLY_NR; i++)
		sum[i] += subtract ? -cells[i] : cells[i];
}

/*
 * What went was counted until it went; most of that was sent before. The rest is what the rows
 * "removed" have grown by, less what those had that are no longer there.
 */
static int add_rest(struct sek_ipfix *x, const struct sek_tally *before,
		    const struct sek_tally *after, uint64_t *rest)
{
	int err = 0;

	for (size_t who = 0; who < after->who_n; who++) {
		if (is_removed(after, who))
			sum_up(rest, after, who, false);
	}
	for (size_t who = 0; who < before->who_n; who++) {
		if (is_removed(before, who) ||
		    sek_tally_find(after, before->who + who * before->who_names_n) == SIZE_MAX)
			sum_up(rest, before, who, true);
	}
	for (size_t what = 0; what < after->what_n; what++) {
		const uint64_t *cell = rest + what * SEK_TALLY_NR;

		/* Above that: what went is not settled yet, and comes with the next reading. */
		if (cell[SEK_TALLY_PACKETS] <= INT64_MAX)
			err = add(x, after, SEK_NAME_REMOVED, SEK_NAME_REMOVED, what,
				  cell[SEK_TALLY_PACKETS], cell[SEK_TALLY_BYTES])
				      ?: err;
	}
	return err;
}

int sek_ipfix_deltas(struct sek_ipfix *x, const struct sek_tally *before,
		     const struct sek_tally *after)
{
	SEK_CLEANUP(sek_freep)
	uint64_t *rest = calloc(after->what_n + 1, SEK_TALLY_NR * sizeof(*rest));
	int err = 0;

	if (!rest)
		return -ENOMEM;
	for (size_t who = 0; who < after->who_n; who++) {
		if (!is_removed(after, who))
			err = add_identity(x, before, after, who, rest) ?: err;
	}
	err = add_rest(x, before, after, rest) ?: err;
	return sek_ipfix_flush(x) ?: err;
}
