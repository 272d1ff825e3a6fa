/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters by chosen dimensions, as exporters want them: a matrix of whom (interface,
 * cgroup) by what (hook, direction, family, class, ...). Identities of the same labels, such as
 * an interface that was deleted and made again, share a row: no two rows have the same name.
 */
#ifndef SEK_SERVE_TALLY_H
#define SEK_SERVE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "../counters.h"

enum sek_dim {
	SEK_DIM_NETNS,
	SEK_DIM_IFNAME,
	SEK_DIM_PUBLIC_KEY,
	SEK_DIM_CGROUP,
	SEK_DIM_NAME,
	SEK_DIM_WHO_NR,
	SEK_DIM_HOOK = SEK_DIM_WHO_NR,
	SEK_DIM_DIRECTION,
	SEK_DIM_FAMILY,
	SEK_DIM_CLASS,
	SEK_DIM_CERTAINTY,
	SEK_DIM_ROUTE,
	SEK_DIM_NR
};

/* By enum sek_dim: the words, which are also the labels; with a NULL after the last. */
extern const char *const sek_dim_names[SEK_DIM_NR + 1];

/* Numbers in a cell. */
enum { SEK_TALLY_PACKETS, SEK_TALLY_BYTES, SEK_TALLY_NR };

/**
 * struct sek_tally - one scope's counters
 * @scope: SEK_SCOPE_LINK, SEK_SCOPE_NETNS, SEK_SCOPE_CGROUP or SEK_SCOPE_PEER
 * @who_names: labels of identities
 * @who_names_n: how many
 * @who: @who_names_n values for each of @who_n identities; owned
 * @who_n: identities, in the order of their appearance
 * @what_names: labels of kinds
 * @what_names_n: how many
 * @what: @what_names_n constants for each of @what_n kinds; NULL: the kind has no such label
 * @what_n: kinds
 * @cells: by identity, kind, and packets or bytes
 */
struct sek_tally {
	enum sek_scope scope;
	const char *who_names[SEK_DIM_WHO_NR];
	size_t who_names_n;
	const char **who;
	size_t who_n;
	const char *what_names[SEK_DIM_NR - SEK_DIM_WHO_NR];
	size_t what_names_n;
	const char **what;
	size_t what_n;
	uint64_t *cells;
};

/**
 * sek_tally_dims() - the dimensions that a scope's rows have
 * @scope: the scope
 * @by: bits of enum sek_dim; 0: the usual ones
 *
 * What would count a packet twice if it were left out is never left out: a link's namespace,
 * name and hook. Remote ends that no peer of a device is known to have are one together, with
 * empty labels.
 *
 * Return: bits of enum sek_dim.
 */
uint32_t sek_tally_dims(enum sek_scope scope, uint32_t by);

/**
 * sek_tally_new() - an empty tally
 * @scope: SEK_SCOPE_LINK, SEK_SCOPE_NETNS, SEK_SCOPE_CGROUP or SEK_SCOPE_PEER
 * @dims: of sek_tally_dims()
 * @ret: to be freed by sek_tally_free()
 *
 * Return: 0 or -ENOMEM.
 */
int sek_tally_new(enum sek_scope scope, uint32_t dims, struct sek_tally **ret);

/**
 * sek_tally_row() - count a row in
 * @row: of the tally's scope
 * @tally: the tally, as the argument of a sek_row_fn
 *
 * Return: 0 or -ENOMEM.
 */
int sek_tally_row(const struct sek_row *row, void *tally);

/**
 * sek_tally_rows() - what a tally has, as rows again
 * @t: of SEK_SCOPE_LINK or SEK_SCOPE_CGROUP, with all dimensions: sek_tally_dims(scope, ~0U)
 * @fn: gets a row and @arg; not 0 ends it
 * @arg: for @fn
 *
 * Rows have names, kinds, packets and bytes, and nothing else.
 *
 * Return: what @fn returned.
 */
int sek_tally_rows(const struct sek_tally *t, sek_row_fn fn, void *arg);

/**
 * sek_tally_find() - where an identity is
 * @t: the tally
 * @who: its labels, as those of @t->who
 *
 * Return: its index, or SIZE_MAX if it is not there.
 */
size_t sek_tally_find(const struct sek_tally *t, const char *const *who);

/**
 * sek_tally_clear() - forget identities and counts, keep the memory
 * @t: the tally
 */
void sek_tally_clear(struct sek_tally *t);

/**
 * sek_tally_free() - free a tally
 * @t: the tally, or NULL
 */
void sek_tally_free(struct sek_tally *t);

#endif
