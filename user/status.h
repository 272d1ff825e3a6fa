/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of what is attached, printed by `status` and at the end of `load`. */
#ifndef SEK_STATUS_H
#define SEK_STATUS_H

#include "cmd.h"

/**
 * sek_status_print() - print what is attached
 * @g: global options
 *
 * Return: enum sek_exit; errors are said.
 */
int sek_status_print(const struct sek_globals *g);

/**
 * sek_status_open_failed() - say why the maps cannot be opened
 * @err: of sek_maps_open()
 *
 * Return: SEK_EXIT_FAILED.
 */
int sek_status_open_failed(int err);

#endif
