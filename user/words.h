/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that are abbreviated or misspelt: options, their values, commands, and keys of files. */
#ifndef SEK_WORDS_H
#define SEK_WORDS_H

#include <stddef.h>

/**
 * sek_words_match - find a word that may be abbreviated
 * @word: what the user wrote
 * @names: the words there are; NULL entries are skipped
 * @n: number of entries
 *
 * Return: the index of the name that is @word or else is the only one that begins with it;
 * -ENOENT if there is none, -ENOTUNIQ if there are several.
 */
int sek_words_match(const char *word, const char *const *names, size_t n);

/**
 * sek_words_nearest - find what the user may have meant
 * @word: what the user wrote
 * @names: the words there are; NULL entries are skipped
 * @n: number of entries
 *
 * Return: the name with the fewest characters changed, added, lost or swapped with their
 * neighbour, or NULL if none is near enough to be worth proposing.
 */
const char *sek_words_nearest(const char *word, const char *const *names, size_t n);

#endif
