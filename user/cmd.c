// SPDX-License-Identifier: GPL-2.0-only
#include "cmd.h"

#include <errno.h>
#include <string.h>

#include "log.h"

bool sek_cmd_parse(const struct sek_opts *opts, int argc, char **argv, void *conf,
		   const bool *help, int *ret_exit)
{
	char error[SEK_OPTS_ERROR_SIZE];

	if (argc == 1 && !strcmp(argv[0], "--complete")) {
		sek_opts_complete(opts, stdout);
		*ret_exit = SEK_EXIT_DONE;
		return false;
	}
	if (sek_opts_parse(opts, argc, argv, conf, error, sizeof(error))) {
		sek_error("%s (see '%s --help')", error, opts->usage);
		*ret_exit = SEK_EXIT_USAGE;
		return false;
	}
	if (*help) {
		sek_opts_help(opts, stdout);
		*ret_exit = SEK_EXIT_DONE;
		return false;
	}
	return true;
}

struct sek_out *sek_cmd_out(const struct sek_globals *g)
{
	struct sek_out_options options = {
		.format = g->json ? SEK_OUT_JSON : SEK_OUT_TEXT,
		.pretty = g->pretty,
		.color = sek_out_want_color(stdout),
		.raw_units = g->raw,
	};
	struct sek_out *out = sek_out_new(stdout, &options);

	if (!out)
		sek_error("out of memory");
	return out;
}

int sek_cmd_written(int err)
{
	if (!err || err == -EPIPE)
		return SEK_EXIT_DONE;
	sek_error("write the output: %s", strerror(-err));
	return SEK_EXIT_FAILED;
}
