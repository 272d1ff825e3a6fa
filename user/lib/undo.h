/* SPDX-License-Identifier: GPL-2.0-only */
/* What a load has newly attached, to be taken back if it fails. */
#ifndef SEK_LIB_UNDO_H
#define SEK_LIB_UNDO_H

#include <stddef.h>
#include <stdint.h>

#include "programs.h"

/**
 * struct sek_undo - a list of attachments; zeroed, it is empty
 * @v: entries, in the order in which they were added
 * @n: how many
 */
struct sek_undo {
	struct sek_undo_entry *v;
	size_t n;
};

/**
 * sek_undo_add() - remember what one call of attach.h has newly attached
 * @u: list
 * @netns_cookie: namespace, or 0 for the cgroup
 * @ifindex: interface, or 0
 * @prog: its program; of two directions, the ingress one
 *
 * Return: 0 or -ENOMEM.
 */
int sek_undo_add(struct sek_undo *u, uint64_t netns_cookie, uint32_t ifindex, enum sek_prog prog);

/**
 * sek_undo_run() - detach and unpin all of it
 * @u: list
 */
void sek_undo_run(const struct sek_undo *u);

/**
 * sek_undo_free() - forget all of it
 * @u: list, empty afterwards
 */
void sek_undo_free(struct sek_undo *u);

#endif
