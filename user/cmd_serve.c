// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/serve/follow.h"
#include "log.h"
#include "cmd.h"

struct conf {
	struct sek_opts_list netns;
	uint64_t hooks;
	const char *cgroup;
	uint32_t link_slots;
	uint32_t cgroup_slots;
	uint32_t linger;
	bool once;
	bool help;
};

/* Bit by bit as SEK_HOOK_*. */
static const char *const hooks[] = { "xdp", "tc", "cgroup" };

static const struct sek_opt rows[] = {
	SEK_OPT_LIST(struct conf, netns, .name = "netns", .letter = 'n', .metavar = "NAME",
		     .help = "only these network namespaces; * and ? match; else all"),
	SEK_OPT_SET(struct conf, hooks, .name = "hook", .letter = 'k', .metavar = "HOOK",
		    .names = hooks, .names_n = sizeof(hooks) / sizeof(*hooks),
		    .fallback = "tc,cgroup", .help = "where to count"),
	SEK_OPT_STRING(struct conf, cgroup, .name = "cgroup", .letter = 'c', .metavar = "PATH",
		       .help = "cgroup to account, with all below it; else the cgroup2 root"),
	SEK_OPT_U32(struct conf, link_slots, .name = "link-slots", .metavar = "N", .min = 1,
		    .max = SEK_SLOT_MAX - 1, .fallback = "255",
		    .help = "how many interfaces can have counters of their own"),
	SEK_OPT_U32(struct conf, cgroup_slots, .name = "cgroup-slots", .metavar = "N", .min = 1,
		    .max = SEK_SLOT_MAX - 2, .fallback = "1023",
		    .help = "how many cgroups can have counters of their own"),
	SEK_OPT_U32(struct conf, linger, .name = "linger", .metavar = "SECONDS", .max = 86400,
		    .fallback = "60",
		    .help = "how long a removed cgroup with open sockets keeps its slot"),
	SEK_OPT_FLAG(struct conf, once, .name = "once",
		     .help = "attach what is new, settle what has gone, and end"),
	SEK_OPT_HELP(struct conf, help),
};

static const struct sek_opts opts = {
	.usage = "sekisho serve",
	.summary = "Follow this host: attach to what appears, and keep the totals of what goes.",
	.rows = rows,
	.n = sizeof(rows) / sizeof(*rows),
};

static void note(const char *text, void *arg)
{
	(void)arg;
	sek_note("%s", text);
}

/* SIGTERM and SIGINT end it; what is attached goes on counting. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int loop(struct sek_follow *follow, bool once)
{
	enum { SIGNALS, FOLLOW, FDS };
	struct pollfd fds[FDS] = {
		[SIGNALS] = { .fd = open_signals(), .events = POLLIN },
		[FOLLOW] = { .fd = sek_follow_fd(follow), .events = POLLIN },
	};
	int err = fds[SIGNALS].fd < 0 ? -errno : 0;

	while (!err && !(once && sek_follow_settled(follow))) {
		if (poll(fds, FDS, -1) < 0 && errno != EINTR)
			err = -errno;
		if (fds[SIGNALS].revents)
			break;
		if (!err)
			err = sek_follow_run(follow);
	}
	if (fds[SIGNALS].fd >= 0)
		close(fds[SIGNALS].fd);
	return err;
}

static int serve(const struct conf *conf)
{
	struct sek_follow_options o = {
		.netns = conf->netns.words,
		.netns_n = conf->netns.n,
		.hooks = conf->hooks,
		.cgroup = conf->cgroup,
		.sizes = { .link_slots = conf->link_slots + 1,
			   .cgroup_slots = conf->cgroup_slots + SEK_CGROUP_SLOT_FIRST },
		.linger_s = conf->linger,
		.note = note,
	};
	struct sek_follow *follow;
	char error[512];
	int err = sek_follow_new(&o, &follow, error, sizeof(error));

	if (err) {
		sek_error("%s%s", error, err == -EPERM && geteuid() ? "; this needs root" : "");
		return SEK_EXIT_FAILED;
	}
	err = loop(follow, conf->once);
	sek_follow_free(follow);
	if (err == -ESTALE)
		sek_error("sekisho was unloaded meanwhile; start serve again to load it");
	else if (err)
		sek_error("follow this host: %s", strerror(-err));
	return err ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

int sek_cmd_serve(int argc, char **argv, const struct sek_globals *g)
{
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status))
		status = serve(&conf);
	sek_opts_free(&opts, &conf);
	return status;
}
