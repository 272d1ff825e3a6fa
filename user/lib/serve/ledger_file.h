/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ledger's file. Lines of fields with tabs between them:
 *
 *	sekisho-ledger 1 BOOT EPOCH
 *	base|now SCOPE WHOSE NAME HOOK DIRECTION ROUTE FAMILY CLASS CERTAINTY PACKETS BYTES
 *	end CHECKSUM
 *
 * WHOSE and NAME are namespace and interface, or a cgroup's path and name; bytes that could be
 *taken for something else are \xNN. The checksum is FNV-1a of all before that line.
 */
#ifndef SEK_SERVE_LEDGER_FILE_H
#define SEK_SERVE_LEDGER_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "tally.h"

/* Tallies with all dimensions, by what of sek_ledger_scopes they are of. */
enum { SEK_LEDGER_LINK, SEK_LEDGER_CGROUP, SEK_LEDGER_TUNNEL, SEK_LEDGER_NR };

extern const enum sek_scope sek_ledger_scopes[SEK_LEDGER_NR];

/* The counters of one time. */
struct sek_ledger_part {
	struct sek_tally *tally[SEK_LEDGER_NR];
};

enum { SEK_LEDGER_BASE, SEK_LEDGER_NOW, SEK_LEDGER_PARTS };

/**
 * struct sek_ledger_text - what is in a file
 * @boot: the kernel's id of the boot when it was written
 * @epoch: of &struct sek_meta
 * @part: before those counters began, and what they were
 */
struct sek_ledger_text {
	char boot[40];
	uint32_t epoch;
	struct sek_ledger_part part[SEK_LEDGER_PARTS];
};

/** sek_ledger_part_new() - one without counters; 0 or -ENOMEM, freed by sek_ledger_part_free() */
int sek_ledger_part_new(struct sek_ledger_part *p);

/** sek_ledger_part_free() - free what it holds */
void sek_ledger_part_free(struct sek_ledger_part *p);

/**
 * sek_ledger_read() - read a file
 * @file: its name
 * @ret: with empty parts
 *
 * Return: 0; -ENOENT; the number of the first line that is wrong, then @ret is of no use; another
 * -errno.
 */
int sek_ledger_read(const char *file, struct sek_ledger_text *ret);

/**
 * sek_ledger_save() - replace a file
 * @file: its name
 * @text: what is to be in it
 *
 * Return: 0 or -errno.
 */
int sek_ledger_save(const char *file, const struct sek_ledger_text *text);

#endif
