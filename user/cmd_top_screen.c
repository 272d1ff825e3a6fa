// SPDX-License-Identifier: GPL-2.0-only
/* top on a terminal: 80x24 or anything else, with colours and UTF-8 or without. */
#include "top_screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/maps.h"
#include "out/units.h"
#include "out/utf8.h"

static void sample(struct sek_top_screen *s)
{
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (!err) {
		err = sek_top_sample(s->t, &maps);
		sek_maps_close(&maps);
	}
	s->problem = err == -ENOENT ? "sekisho is not loaded any more"
		     : err	    ? strerror(-err)
				    : NULL;
}

static void show(struct sek_top_screen *s, enum sek_top_view view, const struct sek_top_row *inside)
{
	if (sek_top_switch(s->t, view, inside)) {
		s->problem = "out of memory";
		return;
	}
	s->chosen = s->first = 0;
	sample(s);
}

static void leave(struct sek_top_screen *s)
{
	if (s->help)
		s->help = false;
	else if (s->t->filter[0])
		s->t->filter[0] = '\0';
	else if (s->t->inside)
		show(s, s->t->inside_view, NULL);
	sek_top_order(s->t);
}

static void enter(struct sek_top_screen *s)
{
	if (s->t->view != SEK_TOP_CLASS && s->chosen < s->t->shown_n) {
		s->t->filter[0] = '\0';
		show(s, SEK_TOP_CLASS, s->t->rows[s->chosen]);
	}
}

static void choose(struct sek_top_screen *s, long by)
{
	long to = (long)s->chosen + by, last = (long)s->t->shown_n - 1;

	s->chosen = (size_t)(to < 0 || last < 0 ? 0 : to > last ? last : to);
}

static void click(struct sek_top_screen *s)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return;
	if (event.bstate & BUTTON4_PRESSED) {
		choose(s, -3);
	} else if (event.bstate & BUTTON5_PRESSED) {
		choose(s, 3);
	} else if (event.y == 1) {
		s->t->sort = sek_top_heading_at(event.x);
		sek_top_order(s->t);
	} else if (event.y >= SEK_TOP_LINES_ABOVE &&
		   event.y < SEK_TOP_LINES_ABOVE + sek_top_lines()) {
		s->chosen = s->first + (size_t)(event.y - SEK_TOP_LINES_ABOVE);
		choose(s, 0);
		if (event.bstate & BUTTON1_DOUBLE_CLICKED)
			enter(s);
	}
}

static void type(struct sek_top_screen *s, int key)
{
	size_t n = strlen(s->t->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		s->typing = false;
	} else if (key == 27) {
		s->typing = false;
		s->t->filter[0] = '\0';
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		if (n)
			s->t->filter[n - 1] = '\0';
	} else if (key >= ' ' && key < 256 && n + 1 < sizeof(s->t->filter)) {
		s->t->filter[n] = (char)key;
		s->t->filter[n + 1] = '\0';
	}
	sek_top_order(s->t);
}

static void set_interval(struct sek_top_screen *s, bool longer)
{
	uint32_t ms = longer ? s->interval_ms * 2 : s->interval_ms / 2;

	s->interval_ms = ms < 125 ? 125 : ms > 64000 ? 64000 : ms;
}

static void move_key(struct sek_top_screen *s, int key)
{
	long page = sek_top_lines();

	switch (key) {
	case KEY_UP:
	case 'k':
		choose(s, -1);
		break;
	case KEY_DOWN:
	case 'j':
		choose(s, 1);
		break;
	case KEY_PPAGE:
		choose(s, -page);
		break;
	case KEY_NPAGE:
		choose(s, page);
		break;
	case KEY_HOME:
		s->chosen = 0;
		break;
	case KEY_END:
		choose(s, (long)s->t->shown_n);
		break;
	default:
		break;
	}
}

static void press(struct sek_top_screen *s, int key)
{
	s->problem = NULL;
	switch (key) {
	case 'q':
		s->end = true;
		break;
	case '?':
	case 'h':
		s->help = !s->help;
		break;
	case 'c':
		show(s, SEK_TOP_CGROUP, NULL);
		break;
	case 'l':
		show(s, SEK_TOP_LINK, NULL);
		break;
	case 'w':
		show(s, SEK_TOP_PEER, NULL);
		break;
	case 't':
		show(s, SEK_TOP_CLASS, NULL);
		break;
	case '\t':
		show(s, (s->t->view + 1) % SEK_TOP_VIEWS, NULL);
		break;
	case '\n':
	case '\r':
	case KEY_ENTER:
	case KEY_RIGHT:
		enter(s);
		break;
	case 27:
	case KEY_BACKSPACE:
	case 127:
	case KEY_LEFT:
		leave(s);
		break;
	case 's':
		s->t->sort = (s->t->sort + 1) % SEK_TOP_SORTS;
		sek_top_order(s->t);
		break;
	case 'S':
		s->t->reverse = !s->t->reverse;
		sek_top_order(s->t);
		break;
	case '/':
		s->typing = true;
		break;
	case 'p':
	case ' ':
		s->paused = !s->paused;
		break;
	case '+':
	case '-':
		set_interval(s, key == '+');
		break;
	case KEY_MOUSE:
		click(s);
		break;
	default:
		move_key(s, key);
	}
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void loop(struct sek_top_screen *s)
{
	uint64_t next = now_ms() + s->interval_ms;

	while (!s->end) {
		uint64_t now = now_ms();
		int key;

		sek_top_draw(s);
		timeout(now < next ? (int)(next - now) : 0);
		key = getch();
		if (key == ERR && now_ms() >= next) {
			if (!s->paused)
				sample(s);
			next = now_ms() + s->interval_ms;
		} else if (key != ERR && s->typing) {
			type(s, key);
		} else if (key != ERR) {
			press(s, key);
		}
	}
}

int sek_top_screen(struct sek_top *t, uint32_t interval_ms, bool color)
{
	struct sek_top_screen s = { .t = t, .interval_ms = interval_ms };
	SCREEN *terminal;

	setlocale(LC_CTYPE, "");
	s.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return -ENOTTY;
	set_escdelay(25);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	mousemask(BUTTON1_CLICKED | BUTTON1_PRESSED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED |
			  BUTTON5_PRESSED,
		  NULL);
	s.color = color && has_colors();
	if (s.color) {
		start_color();
		use_default_colors();
		sek_top_draw_colors();
	}
	sample(&s);
	loop(&s);
	endwin();
	delscreen(terminal);
	return 0;
}
