// SPDX-License-Identifier: GPL-2.0-only
/* sekisho tunnel plan: what up would do, without doing it. */
#include <stdio.h>
#include <string.h>

#include "cmd_tunnel.h"
#include "log.h"

static const struct sek_opt rows[] = {
	SEK_TUNNEL_OPT_NETNS,	SEK_TUNNEL_OPT_UNDERLAY,
	SEK_TUNNEL_OPT_ROUTING, SEK_OPT_HELP(struct sek_tunnel_words, help),
	SEK_TUNNEL_OPT_NAME,
};

static const struct sek_opts opts = {
	.usage = "sekisho tunnel plan",
	.summary = "Print the steps that 'up' would do now, as the commands that would do the "
		   "same. Changes nothing, and needs no root.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

enum { N, STEP, COMMAND, UNDO, WHY };

static const struct sek_out_column columns[] = {
	[N] = { .key = "n", .title = "N", .type = SEK_OUT_U64 },
	[STEP] = { .key = "step", .title = "STEP" },
	[COMMAND] = { .key = "command", .title = "COMMAND" },
	[UNDO] = { .key = "undo", .title = "UNDONE BY" },
	[WHY] = { .key = "why", .title = "WHY" },
};

static const char *undo_of(const struct sek_step *s)
{
	if (s->type == SEK_STEP_HOOK)
		return NULL;
	return s->own ? "down" : "link";
}

static int print(const struct sek_plan *plan, const struct sek_conf *conf, struct sek_out *out)
{
	char command[1024];

	sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < plan->n; i++) {
		const struct sek_step *s = &plan->steps[i];

		sek_step_describe(s, conf, command, sizeof(command));
		sek_out_set_u64(out, N, i + 1);
		sek_out_set_string(out, STEP, sek_step_name(s->type));
		sek_out_set_string(out, COMMAND, command);
		sek_out_set_string(out, UNDO, undo_of(s));
		sek_out_set_string(out, WHY, s->why);
		sek_out_row(out);
	}
	return sek_out_end(out);
}

static void say_names(const struct sek_conf *conf)
{
	for (size_t i = 0; i < conf->device.peers_n; i++) {
		const struct sek_device_peer *p = &conf->device.peers[i];

		if (p->host && !p->endpoint.sa.sa_family)
			sek_note("line %u: %s cannot be resolved now; 'up' would fail",
				 p->endpoint_line, p->host);
	}
}

static int make_and_print(struct sek_tunnel_file *file, const struct sek_tunnel_place *place,
			  const struct sek_globals *g)
{
	struct sek_facts facts __attribute__((cleanup(sek_facts_release))) = { 0 };
	struct sek_plan plan __attribute__((cleanup(sek_plan_release))) = { 0 };
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = NULL;
	struct sek_conf_error error = { 0 };
	int err = sek_tunnel_plan(&file->conf, place, false, &facts, &plan, &error);

	if (err) {
		sek_error("%s: %s", file->path, error.text);
		return SEK_EXIT_FAILED;
	}
	out = sek_cmd_out(g);
	if (!out)
		return SEK_EXIT_FAILED;
	if (file->conf.secret_line && file->mode & 0004)
		sek_note("%s: everybody may read its key; 'up' would refuse it", file->path);
	say_names(&file->conf);
	if (plan.note[0])
		sek_note("%s", plan.note);
	return sek_cmd_written(print(&plan, &file->conf, out));
}

static int run(const struct sek_tunnel_words *words, const struct sek_globals *g)
{
	struct sek_tunnel_place place __attribute__((cleanup(sek_tunnel_leave))) = SEK_TUNNEL_HERE;
	struct sek_tunnel_file file = { 0 };
	int status = SEK_EXIT_FAILED;

	if (sek_tunnel_read(words, &file) && sek_tunnel_place(words, &place))
		status = make_and_print(&file, &place, g);
	sek_conf_release(&file.conf);
	return status;
}

int sek_cmd_tunnel_plan(int argc, char **argv, const struct sek_globals *g)
{
	struct sek_tunnel_words words = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &words, &words.help, &status))
		status = run(&words, g);
	sek_opts_free(&opts, &words);
	return status;
}
