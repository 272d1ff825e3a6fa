// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"
#include "lib/probe.h"
#include "log.h"

enum { FEATURE, AVAILABLE, USED, DETAIL };

static const struct sek_out_column columns[] = {
	[FEATURE] = { .key = "feature", .title = "FEATURE", .type = SEK_OUT_STRING },
	[AVAILABLE] = { .key = "available", .title = "AVAILABLE", .type = SEK_OUT_BOOL },
	[USED] = { .key = "used", .title = "USED", .type = SEK_OUT_STRING },
	[DETAIL] = { .key = "detail", .title = "DETAIL", .type = SEK_OUT_STRING },
};

struct conf {
	bool help;
};

static const struct sek_opt rows[] = {
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho probe",
	.summary = "Show what this kernel has, and what is used instead where it has not. Exits "
		   "with 1 if something is missing without which nothing works.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static int probe(const struct sek_globals *g)
{
	struct sek_out *out __attribute__((cleanup(sek_out_freep))) = sek_cmd_out(g);
	struct sek_feature features[SEK_FEATURES];
	int status = SEK_EXIT_DONE, err;
	size_t n;

	if (!out)
		return SEK_EXIT_FAILED;
	n = sek_probe(features, SEK_FEATURES);
	sek_out_begin(out, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < n; i++) {
		sek_out_set_string(out, FEATURE, features[i].name);
		sek_out_set_bool(out, AVAILABLE, features[i].available);
		sek_out_set_string(out, USED, features[i].used);
		sek_out_set_string(out, DETAIL, *features[i].detail ? features[i].detail : NULL);
		sek_out_row(out);
	}
	err = sek_out_end(out);
	for (size_t i = 0; i < n; i++) {
		if (features[i].required && !features[i].available) {
			sek_error("%s is missing: %s", features[i].name, features[i].detail);
			status = SEK_EXIT_FAILED;
		}
	}
	return sek_cmd_written(err) ?: status;
}

int sek_cmd_probe(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = probe(g);
	sek_opts_free(&opts, &conf);
	return status;
}
