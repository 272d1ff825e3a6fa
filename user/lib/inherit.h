/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What another version of the ABI has counted, taken over by this one.
 *
 * Its maps are moved aside, its programs go on counting there until this version's replace them,
 * each at once. Then they stand still, and what is in them is added to the removed ones: those of
 * a cgroup to its own, those of an interface to its namespace's. No packet is lost or counted
 * twice on the way; who dies on it is followed by one who does the rest. Readers wait.
 */
#ifndef SEK_LIB_INHERIT_H
#define SEK_LIB_INHERIT_H

#include "maps.h"

struct sek_inherit;

/**
 * sek_inherit_open() - find the maps of another version, and move them aside
 * @ret: to be closed by sek_inherit_close(); NULL if there is nothing to inherit
 *
 * bpffs must be held.
 *
 * Return: 0; -EPROTO if the version is one that nothing is known of: then all is as it was; -errno.
 */
int sek_inherit_open(struct sek_inherit **ret);

/**
 * sek_inherit_identities() - who has which slot, and what is not counted by slots
 * @h: heritage
 * @m: new maps, in which nobody counts yet
 * @links: from sek_maps_links(); kept up to date
 * @meta: of @m; kept up to date
 *
 * From here on nobody else reads the new maps, until @h is closed.
 *
 * Return: 0 or -errno.
 */
int sek_inherit_identities(struct sek_inherit *h, const struct sek_maps *m, struct sek_link *links,
			   struct sek_meta *meta);

/**
 * sek_inherit_totals() - what was counted, when the other version's programs are gone
 * @h: heritage; its maps are removed
 * @m: new maps
 *
 * Return: 0 or -errno.
 */
int sek_inherit_totals(struct sek_inherit *h, const struct sek_maps *m);

/**
 * sek_inherit_close() - let go of it
 * @h: heritage, or NULL
 * @undo: no program was replaced: the other version's maps go back to where they were
 */
void sek_inherit_close(struct sek_inherit *h, bool undo);

#endif
