/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of many in a few calls: of what a lookup costs, most is the call. Who asks for one
 * index after the other gets them from what was read ahead.
 */
#ifndef SEK_LIB_MAPS_BLOCK_H
#define SEK_LIB_MAPS_BLOCK_H

#include "maps.h"

struct sek_maps_block;

/**
 * sek_maps_block_new() - a reader, with nothing read yet
 * @m: open maps, which must stay
 * @map: SEK_MAP_LINK_COUNT or SEK_MAP_CGROUP_COUNT
 *
 * Return: to be freed by sek_maps_block_free(), or NULL when out of memory.
 */
struct sek_maps_block *sek_maps_block_new(const struct sek_maps *m, enum sek_map map);

/**
 * sek_maps_block_get() - as sek_maps_counters()
 * @b: reader
 * @index: slot * points + point
 * @ret: summed up; as old as the reader, at most
 *
 * Return: 0 or -errno.
 */
int sek_maps_block_get(struct sek_maps_block *b, uint32_t index, struct sek_counters *ret);

/**
 * sek_maps_block_free() - free it
 * @b: reader, or NULL
 */
void sek_maps_block_free(struct sek_maps_block *b);

#endif
