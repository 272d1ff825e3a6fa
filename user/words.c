// SPDX-License-Identifier: GPL-2.0-only
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* A longer word is no misspelling of a name. */
#define WORD_MAX_LEN 63

int sek_words_match(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word);
	int found = -ENOENT;

	for (size_t i = 0; i < n; i++) {
		if (!names[i] || strncmp(names[i], word, len) != 0)
			continue;
		if (!names[i][len])
			return (int)i;
		found = found == -ENOENT ? (int)i : -ENOTUNIQ;
	}
	return found;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Optimal string alignment distance, upper and lower case being the same. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][WORD_MAX_LEN + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *unused = before;

		before = above;
		above = row;
		row = unused;
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			int x = tolower((unsigned char)a[i - 1]);
			int y = tolower((unsigned char)b[j - 1]);

			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
	}
	return row[b_len];
}

const char *sek_words_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strnlen(word, WORD_MAX_LEN + 1);
	const char *nearest = NULL;
	size_t least = SIZE_MAX;

	if (!len || len > WORD_MAX_LEN)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t name_len = names[i] ? strlen(names[i]) : 0;
		size_t longer = len > name_len ? len : name_len;
		size_t d;

		if (!name_len || name_len > WORD_MAX_LEN)
			continue;
		d = distance(word, len, names[i], name_len);
		/* A beginning is near, however much of the name is left. */
		if (len > 1 && d > 1 && !strncmp(word, names[i], len))
			d = 1;
		/* More than a third of it changed is another word. */
		if (d <= (longer + 1) / 3 && d < least) {
			least = d;
			nearest = names[i];
		}
	}
	return nearest;
}
