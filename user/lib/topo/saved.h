/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology in its folder: what is up, and which of its links are cut. */
#ifndef SEK_TOPO_SAVED_H
#define SEK_TOPO_SAVED_H

#include "work.h"

#define SEK_SAVED_TOPO	 "topo"
#define SEK_SAVED_WANTED "wanted"

/**
 * sek_saved_read - read one of the two
 * @p: place
 * @file: SEK_SAVED_*
 * @ret: to be freed by sek_topo_free(); untouched on failure
 *
 * Return: 0; -ENOENT; -EPROTO or -EBADMSG as sek_save_decode(); another -errno.
 */
int sek_saved_read(const struct sek_place *p, const char *file, struct sek_topo **ret);

/**
 * sek_saved_write - write one of the two
 * @p: place, locked
 * @file: SEK_SAVED_*
 * @t: topology
 *
 * Return: 0 or -errno.
 */
int sek_saved_write(const struct sek_place *p, const char *file, const struct sek_topo *t);

/**
 * sek_saved_is_same - would both be saved as the same?
 * @a: topology
 * @b: topology
 *
 * Return: false also without memory.
 */
bool sek_saved_is_same(const struct sek_topo *a, const struct sek_topo *b);

/* What cut/LINK holds. */
#define SEK_SAVED_SILENT  "silent"
#define SEK_SAVED_CARRIER "carrier"

/**
 * sek_saved_cuts - which links are cut
 * @w: work; @cut and @down are written
 */
void sek_saved_cuts(struct sek_work *w);

#endif
