// SPDX-License-Identifier: GPL-2.0-only
/* sekisho tunnel doctor: why packets go where they go. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd_tunnel.h"
#include "log.h"

static const struct sek_opt rows[] = {
	SEK_TUNNEL_OPT_NETNS,
	SEK_TUNNEL_OPT_UNDERLAY,
	SEK_OPT_HELP(struct sek_tunnel_words, help),
	SEK_TUNNEL_OPT_NAME,
};

static const struct sek_opts opts = {
	.usage = "sekisho tunnel doctor",
	.summary = "Look for what is wrong with a tunnel, and say which rule, table and route does "
		   "it, and what to change. Changes nothing. Exits with 1 if something is found.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

enum { IFNAME, FINDING, SEEN, BECAUSE, CHANGE, RULE, TABLE, ROUTE };

static const struct sek_out_column columns[] = {
	[IFNAME] = { .key = "ifname", .title = "INTERFACE" },
	[FINDING] = { .key = "finding", .title = "FINDING" },
	[SEEN] = { .key = "seen", .title = "SEEN" },
	[BECAUSE] = { .key = "because", .title = "BECAUSE" },
	[CHANGE] = { .key = "change", .title = "CHANGE" },
	[RULE] = { .key = "rule", .title = "RULE" },
	[TABLE] = { .key = "table", .title = "TABLE", .type = SEK_OUT_U64 },
	[ROUTE] = { .key = "route", .title = "ROUTE" },
};

static int print_json(const char *ifname, const struct sek_diagnosis *d,
		      const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_cmd_out(g);

	if (!out)
		return SEK_EXIT_FAILED;
	sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < d->n; i++) {
		const struct sek_finding *f = &d->findings[i];

		sek_out_set_string(out, IFNAME, ifname);
		sek_out_set_string(out, FINDING, f->name);
		sek_out_set_string(out, SEEN, f->seen);
		sek_out_set_string(out, BECAUSE, f->because);
		sek_out_set_string(out, CHANGE, f->change);
		sek_out_set_string(out, RULE, *f->rule ? f->rule : NULL);
		if (f->table)
			sek_out_set_u64(out, TABLE, f->table);
		sek_out_set_string(out, ROUTE, *f->route ? f->route : NULL);
		sek_out_row(out);
	}
	return sek_cmd_written(sek_out_end(out));
}

/* Words of a paragraph, in lines of at most 80 columns. */
static void print_paragraph(const char *title, const char *text)
{
	size_t column = 80;

	printf("  %s", title);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column + 1 + len > 78) {
			printf(column == 80 ? "  " : "\n            ");
			column = 12;
		} else {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)len, text);
		column += len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

static void print_text(const char *ifname, const struct sek_diagnosis *d)
{
	if (!d->n)
		printf("%s: %s\n", ifname, d->clear);
	for (size_t i = 0; i < d->n; i++) {
		const struct sek_finding *f = &d->findings[i];

		printf("%s%s: %s\n", i ? "\n" : "", ifname, f->name);
		print_paragraph("Seen:   ", f->seen);
		print_paragraph("Because:", f->because);
		print_paragraph("Change: ", f->change);
	}
}

static int examine(const struct sek_tunnel_file *file, const struct sek_tunnel_place *place,
		   const struct sek_globals *g)
{
	struct sek_diagnosis d __attribute__((cleanup(sek_doctor_release))) = { 0 };
	struct sek_doctor_case c = { .ifname = file->name,
				     .conf = file->mode ? &file->conf : NULL,
				     .underlay_fd = place->underlay.fd,
				     .responses = sek_tunnel_count_responses,
				     .calls = sek_tunnel_count_calls };
	struct stat st;
	struct sek_conf_error error = { 0 };
	struct sek_tunnel_count count;

	if (c.conf && !stat(file->path, &st))
		c.conf_time = st.st_mtime;
	sek_tunnel_count(c.ifname, &count);
	c.counted = count.counted;
	c.counted_in = count.packets[1];
	c.counted_out = count.packets[0];
	c.bytes_in = count.bytes[1];
	c.bytes_out = count.bytes[0];
	if (sek_doctor_examine(&c, &d, &error)) {
		sek_error("%s: %s%s", file->name, error.text, geteuid() ? "; this needs root" : "");
		return SEK_EXIT_FAILED;
	}
	if (g->json) {
		int status = print_json(file->name, &d, g);

		if (status != SEK_EXIT_DONE)
			return status;
	} else {
		print_text(file->name, &d);
	}
	return d.n ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

/* A file is asked for what it has to say; without one the interface says most. */
static bool read_file(const struct sek_tunnel_words *words, struct sek_tunnel_file *file)
{
	if (!sek_tunnel_find(words, file))
		return false;
	if (access(file->path, R_OK))
		return true;
	return sek_tunnel_read(words, file);
}

static int doctor(const struct sek_tunnel_words *words, const struct sek_globals *g)
{
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	struct sek_tunnel_file file = { 0 };
	int status = SEK_EXIT_FAILED, old = -1, err = 0;

	if (read_file(words, &file) && sek_tunnel_place(words, &place)) {
		if (place.netns.fd >= 0)
			err = sek_netns_enter(&place.netns, &old);
		if (err)
			sek_error("enter the network namespace: %s", strerror(-err));
		else
			status = examine(&file, &place, g);
		if (old >= 0 && sek_netns_leave(&old))
			status = SEK_EXIT_FAILED;
	}
	sek_conf_release(&file.conf);
	return status;
}

int sek_cmd_tunnel_doctor(int argc, char **argv, const struct sek_globals *g)
{
	struct sek_tunnel_words words = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &words, &words.help, &status))
		status = doctor(&words, g);
	sek_opts_free(&opts, &words);
	return status;
}
