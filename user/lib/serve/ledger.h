/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was counted before the counters in the kernel began: by earlier boots. It is in a file, with
 * the last reading of those counters; when they have begun at zero, that reading is added to it.
 */
#ifndef SEK_SERVE_LEDGER_H
#define SEK_SERVE_LEDGER_H

#include <stddef.h>

#include "tally.h"

struct sek_ledger;

/**
 * sek_ledger_open() - read a ledger
 * @file: where; it need not be there yet
 * @ret: to be freed by sek_ledger_free()
 * @note: if the file is no ledger, what is wrong with it; else ""
 * @size: of @note
 *
 * A file that is no ledger is as one that is not there.
 *
 * Return: 0 or -errno.
 */
int sek_ledger_open(const char *file, struct sek_ledger **ret, char *note, size_t size);

/**
 * sek_ledger_add() - count in what was counted before
 * @l: ledger, or NULL
 * @m: open maps: whether their counters have begun at zero since the file was written
 * @to: a tally of links, namespaces or cgroups; nothing was counted before of other scopes
 *
 * To be called before the counters are read: they may be another version's, and are about to be
 * taken over. By several threads at once if need be.
 *
 * Return: 0; -EAGAIN while they are being loaded; -errno.
 */
int sek_ledger_add(const struct sek_ledger *l, const struct sek_maps *m, struct sek_tally *to);

/**
 * sek_ledger_write() - read the counters, and write the file anew
 * @l: ledger
 *
 * Who reads the file sees the old one or the new one, whole, also after the machine has lost its
 * power. A file that was no ledger is kept beside it, as FILE.bad. By one thread at a time.
 *
 * Return: 0, also if nothing is loaded; -ESTALE if the counters began at zero after the first time:
 * then the file stays as it is, and the ledger is to be opened anew; -errno.
 */
int sek_ledger_write(struct sek_ledger *l);

/** sek_ledger_free() - free it */
void sek_ledger_free(struct sek_ledger *l);

/* For __attribute__((cleanup())). */
static inline void sek_ledger_freep(struct sek_ledger **l)
{
	sek_ledger_free(*l);
}

#endif
