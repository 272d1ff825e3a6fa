/* SPDX-License-Identifier: GPL-2.0-only */
/* The ledger that `serve` keeps: read at first, written now and then, and at the end. */
#ifndef SEK_CMD_SERVE_LEDGER_H
#define SEK_CMD_SERVE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/serve/ledger.h"

struct sek_serve_ledger;

/**
 * sek_serve_ledger_open() - read it, and say what is wrong with it
 * @file: where it is
 * @ret: to be ended by sek_serve_ledger_end()
 *
 * Return: 0 or -errno, after an error was said.
 */
int sek_serve_ledger_open(const char *file, struct sek_serve_ledger **ret);

/** sek_serve_ledger_base() - what was counted before; NULL of NULL */
const struct sek_ledger *sek_serve_ledger_base(const struct sek_serve_ledger *l);

/** sek_serve_ledger_ok() - whether it could be written last time */
bool sek_serve_ledger_ok(const struct sek_serve_ledger *l);

/**
 * sek_serve_ledger_start() - write it, from now on, in a thread of its own
 * @l: ledger, or NULL
 * @seconds: how often
 *
 * Return: 0 or -errno, after an error was said.
 */
int sek_serve_ledger_start(struct sek_serve_ledger *l, uint32_t seconds);

/**
 * sek_serve_ledger_end() - write it for the last time, and free it
 * @l: ledger, or NULL; one that was not started is not written
 */
void sek_serve_ledger_end(struct sek_serve_ledger *l);

#endif
