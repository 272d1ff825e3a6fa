/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel has of what sekisho needs, found by trying it. */
#ifndef SEK_LIB_PROBE_H
#define SEK_LIB_PROBE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct sek_feature - one thing that a kernel may have
 * @name: short name, stable: scripts rely on it
 * @available: the kernel has it
 * @required: nothing works without it
 * @used: what sekisho uses: the thing itself, or what instead
 * @detail: where it is, or why it is missing; may be empty
 */
struct sek_feature {
	const char *name;
	bool available;
	bool required;
	const char *used;
	char detail[256];
};

/**
 * sek_probe() - try everything
 * @features: filled in
 * @n: room; SEK_FEATURES suffice
 *
 * Needs the privileges that load needs; without them, what cannot be tried
 * counts as missing, with the reason as @detail. Changes nothing.
 *
 * Return: how many.
 */
size_t sek_probe(struct sek_feature *features, size_t n);

#define SEK_FEATURES 16

#endif
