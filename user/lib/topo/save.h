/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology as bytes: what is up is known when its file has changed or is gone. */
#ifndef SEK_TOPO_SAVE_H
#define SEK_TOPO_SAVE_H

#include "topo.h"

/**
 * sek_save_encode - a topology as bytes
 * @t: the topology
 * @ret: to be freed; untouched on failure
 * @size: of @ret
 *
 * The same topology gives the same bytes, but for the lines of its file, which are left out.
 *
 * Return: 0 or -ENOMEM.
 */
int sek_save_encode(const struct sek_topo *t, char **ret, size_t *size);

/**
 * sek_save_decode - the topology again
 * @bytes: what sek_save_encode() made
 * @size: of @bytes
 * @ret: to be freed by sek_topo_free(); untouched on failure
 *
 * Return: 0; -EPROTO if it is of another version; -EBADMSG if it is damaged; -ENOMEM.
 */
int sek_save_decode(const char *bytes, size_t size, struct sek_topo **ret);

#endif
