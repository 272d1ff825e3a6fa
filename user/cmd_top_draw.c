// SPDX-License-Identifier: GPL-2.0-only
/* What top puts on the screen. */
#include "top_screen.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "out/units.h"
#include "out/utf8.h"

enum { PAIR_HEAD = 1, PAIR_BUSY, PAIR_GRAPH };

#define LINES_BELOW 1 /* keys, or what is being typed */
#define NAME_MIN    12
#define GRAPH_MIN   7

/* What it says at the heading, and which order a click on it asks for. */
static const struct {
	const char *title;
	enum sek_top_sort sort;
	int width;
} columns[] = {
	{ "RX", SEK_TOP_SORT_RX, 11 },		{ "TX", SEK_TOP_SORT_TX, 11 },
	{ "RX pk/s", SEK_TOP_SORT_PACKETS, 9 }, { "TX pk/s", SEK_TOP_SORT_PACKETS, 9 },
	{ "TOTAL", SEK_TOP_SORT_TOTAL, 9 },
};
#define COLUMNS (int)(sizeof(columns) / sizeof(*columns))

int sek_top_lines(void)
{
	int n = LINES - SEK_TOP_LINES_ABOVE - LINES_BELOW;

	return n > 0 ? n : 0;
}

/* What the first @n columns of numbers take. */
static int width_of(int n)
{
	int width = 0;

	for (int k = 0; k < n; k++)
		width += columns[k].width;
	return width;
}

/* Narrow terminals lose columns from the right. */
static int number_columns(void)
{
	int n = COLUMNS;

	while (n && width_of(n) + NAME_MIN + GRAPH_MIN > COLS)
		n--;
	return n;
}

static int graph_width(void)
{
	int rest = COLS - width_of(number_columns()) - NAME_MIN;
	int n = rest / 3;

	if (rest < GRAPH_MIN)
		return 0;
	return n < GRAPH_MIN ? GRAPH_MIN : n > SEK_TOP_HISTORY ? SEK_TOP_HISTORY : n;
}

static int name_width(void)
{
	return COLS - width_of(number_columns()) - graph_width() - 1;
}

/* A name from outside, in @width columns; without UTF-8 one "?" for each other character. */
static void add_name(const struct sek_top_screen *s, const char *name, int width)
{
	char *visible = sek_utf8_visible(name), *p = visible;
	int column = 0;

	while (p && *p && column < width) {
		uint32_t code;
		size_t n = sek_utf8_decode(p, &code);
		char one[8] = "";

		memcpy(one, p, n);
		if (column + (int)sek_utf8_columns(one) > width)
			break;
		if (code < 0x80 || s->utf8) {
			addnstr(p, (int)n);
			column += (int)sek_utf8_columns(one);
		} else {
			addch('?');
			column++;
		}
		p += n;
	}
	printw("%*s", width - column, "");
	free(visible);
}

static void add_graph(const struct sek_top_screen *s, const struct sek_top_row *row, int width)
{
	static const char *const fine[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const coarse[] = { " ", ".", ".", ":", "-", "=", "+", "*", "#" };
	uint64_t most = 1;

	for (int i = 0; i < width; i++) {
		size_t at = (s->t->at + SEK_TOP_HISTORY - (size_t)i) % SEK_TOP_HISTORY;

		if (row->history[at] > most)
			most = row->history[at];
	}
	for (int i = width - 1; i >= 0; i--) {
		size_t at = (s->t->at + SEK_TOP_HISTORY - (size_t)i) % SEK_TOP_HISTORY;
		/* Anything but nothing is seen. */
		int level = (int)((double)row->history[at] * 8 / (double)most + 0.5);

		level = row->history[at] && !level ? 1 : level;
		addstr(s->utf8 ? fine[level] : coarse[level]);
	}
}

static void rate_text(char to[SEK_UNITS_SIZE], uint64_t bps)
{
	if (bps)
		sek_units_rate(to, bps);
	else
		strcpy(to, "-");
}

static void packets_text(char to[SEK_UNITS_SIZE], uint64_t pps)
{
	if (pps)
		snprintf(to, SEK_UNITS_SIZE, "%llu", (unsigned long long)pps);
	else
		strcpy(to, "-");
}

static void draw_row(const struct sek_top_screen *s, int line, size_t i)
{
	const struct sek_top_row *row = s->t->rows[i];
	char text[COLUMNS][SEK_UNITS_SIZE];
	bool busy = row->rx.bps + row->tx.bps > 0, chosen = i == s->chosen;

	rate_text(text[0], row->rx.bps);
	rate_text(text[1], row->tx.bps);
	packets_text(text[2], row->rx.pps);
	packets_text(text[3], row->tx.pps);
	sek_units_bytes(text[4], row->rx.bytes + row->tx.bytes);
	move(line, 0);
	if (chosen)
		attron(A_REVERSE);
	if (busy)
		attron(s->color ? COLOR_PAIR(PAIR_BUSY) | A_BOLD : A_BOLD);
	add_name(s, row->name, name_width());
	if (busy)
		attroff(s->color ? COLOR_PAIR(PAIR_BUSY) | A_BOLD : A_BOLD);
	for (int k = 0; k < number_columns(); k++)
		printw("%*s", columns[k].width, text[k]);
	if (graph_width()) {
		addch(' ');
		if (s->color && !chosen)
			attron(COLOR_PAIR(PAIR_GRAPH));
		add_graph(s, row, graph_width() - (COLS > 1));
		if (s->color && !chosen)
			attroff(COLOR_PAIR(PAIR_GRAPH));
	}
	attroff(A_REVERSE);
}

static void draw_heading(const struct sek_top_screen *s)
{
	char title[32];

	attron(s->color ? COLOR_PAIR(PAIR_HEAD) | A_BOLD : A_BOLD);
	snprintf(title, sizeof(title), "%s%s", sek_top_view_names[s->t->view],
		 s->t->sort == SEK_TOP_SORT_NAME ? " *" : "");
	for (char *p = title; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	mvprintw(1, 0, "%-*.*s", name_width(), name_width(), title);
	for (int k = 0; k < number_columns(); k++) {
		bool sorted = columns[k].sort == s->t->sort ||
			      (s->t->sort == SEK_TOP_SORT_RATE && k < 2);

		snprintf(title, sizeof(title), "%s%s", sorted ? "*" : "", columns[k].title);
		printw("%*s", columns[k].width, title);
	}
	attroff(s->color ? COLOR_PAIR(PAIR_HEAD) | A_BOLD : A_BOLD);
}

static void draw_help(void)
{
	static const char *const lines[] = {
		"c l w t    cgroups, links, WireGuard's peers, classes (Tab: the next of them)",
		"Enter      classes of the chosen line; Backspace or Esc: back",
		"arrows j k PgUp PgDn Home End, wheel: choose a line",
		"s          sort by rate, rx, tx, packets, total, name; S: backwards",
		"           or click on a heading",
		"/          show only names with these letters; Enter ends, Esc clears",
		"p          pause; + and -: slower, faster",
		"q          quit",
	};

	for (int i = 0; i < (int)(sizeof(lines) / sizeof(*lines)) && i < sek_top_lines(); i++)
		mvaddnstr(SEK_TOP_LINES_ABOVE + i, 0, lines[i], COLS);
}

static void draw_top(const struct sek_top_screen *s)
{
	uint64_t rx = 0, tx = 0;
	char text[2][SEK_UNITS_SIZE];

	for (size_t i = 0; i < s->t->shown_n; i++) {
		rx += s->t->rows[i]->rx.bps;
		tx += s->t->rows[i]->tx.bps;
	}
	sek_units_rate(text[0], rx);
	sek_units_rate(text[1], tx);
	move(0, 0);
	printw("sekisho  ");
	if (s->t->inside_name) {
		add_name(s, s->t->inside_name, (int)sek_utf8_columns(s->t->inside_name));
		printw("  ");
	}
	printw("%zu of %zu", s->t->shown_n, s->t->rows_n);
	/* Links see the same packets several times: their sum would be nobody's. */
	if (s->t->view != SEK_TOP_LINK)
		printw("  rx %s  tx %s", text[0], text[1]);
	printw("  every %g s%s", s->interval_ms / 1000.0, s->paused ? "  PAUSED" : "");
	clrtoeol();
}

enum sek_top_sort sek_top_heading_at(int x)
{
	int k = 0;

	if (x < name_width())
		return SEK_TOP_SORT_NAME;
	while (k < number_columns() && x >= name_width() + width_of(k + 1))
		k++;
	return k < number_columns() ? columns[k].sort : SEK_TOP_SORT_RATE;
}

void sek_top_draw_colors(void)
{
	init_pair(PAIR_HEAD, COLOR_CYAN, -1);
	init_pair(PAIR_BUSY, COLOR_GREEN, -1);
	init_pair(PAIR_GRAPH, COLOR_YELLOW, -1);
}

void sek_top_draw(struct sek_top_screen *s)
{
	size_t room = (size_t)sek_top_lines();

	if (s->chosen >= s->t->shown_n)
		s->chosen = s->t->shown_n ? s->t->shown_n - 1 : 0;
	if (s->chosen < s->first)
		s->first = s->chosen;
	if (room && s->chosen >= s->first + room)
		s->first = s->chosen - room + 1;
	erase();
	draw_top(s);
	draw_heading(s);
	if (s->help) {
		draw_help();
	} else {
		for (size_t i = 0; i < room && s->first + i < s->t->shown_n; i++)
			draw_row(s, SEK_TOP_LINES_ABOVE + (int)i, s->first + i);
	}
	if (s->typing || s->t->filter[0])
		mvprintw(LINES - 1, 0, "/%s", s->t->filter);
	else if (s->problem)
		mvaddnstr(LINES - 1, 0, s->problem, COLS);
	else
		mvaddnstr(LINES - 1, 0,
			  "q quit  ? help  Tab view  Enter inside  s sort  / filter  p pause",
			  COLS);
	refresh();
}
