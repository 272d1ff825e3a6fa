/* SPDX-License-Identifier: GPL-2.0-only */
/* top on a terminal: what is on the screen, and how it gets there. */
#ifndef SEK_TOP_SCREEN_H
#define SEK_TOP_SCREEN_H

#include "top.h"

/* What it is about, and the heading, above the rows. */
#define SEK_TOP_LINES_ABOVE 2

/**
 * struct sek_top_screen - the screen
 * @t: what is shown
 * @interval_ms: between two samples
 * @color: the terminal has colours
 * @utf8: and characters beyond ASCII
 * @paused: nothing is sampled
 * @typing: keys go to the filter
 * @help: the keys are shown in place of the rows
 * @end: leave
 * @chosen: row under the cursor
 * @first: uppermost row
 * @problem: why the last sample failed; NULL: it did not
 */
struct sek_top_screen {
	struct sek_top *t;
	uint32_t interval_ms;
	bool color;
	bool utf8;
	bool paused;
	bool typing;
	bool help;
	bool end;
	size_t chosen;
	size_t first;
	const char *problem;
};

/** sek_top_draw_colors() - tell curses which ones; the terminal has some */
void sek_top_draw_colors(void);

/**
 * sek_top_draw() - put everything on the screen
 * @s: screen; the chosen row is moved into what there is
 */
void sek_top_draw(struct sek_top_screen *s);

/** sek_top_lines() - how many rows fit */
int sek_top_lines(void);

/**
 * sek_top_heading_at() - which order a click on the heading asks for
 * @x: column of the terminal
 *
 * Return: the order.
 */
enum sek_top_sort sek_top_heading_at(int x);

#endif
