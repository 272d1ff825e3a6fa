// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd.h"
#include "lib/counters.h"
#include "lib/cleanup.h"
#include "lib/serve/confine.h"
#include "lib/serve/follow.h"
#include "lib/serve/tally.h"
#include "log.h"
#include "serve_http.h"
#include "serve_ledger.h"

struct conf {
	struct sek_opts_list netns;
	uint64_t hooks;
	const char *cgroup;
	uint32_t link_slots;
	uint32_t cgroup_slots;
	uint32_t linger;
	struct sek_opts_list addresses;
	const char *web_config;
	uint64_t scopes;
	uint64_t by;
	const char *ledger;
	uint32_t ledger_interval;
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
	SEK_OPT_LIST(struct conf, addresses, .name = "web.listen-address", .metavar = "HOST:PORT",
		     .fallback = SEK_SERVE_ADDRESS,
		     .help = "where to serve /metrics and /json, \"" SEK_SERVE_NOWHERE
			     "\": nowhere; systemd's sockets come before"),
	SEK_OPT_STRING(struct conf, web_config, .name = "web.config.file", .metavar = "FILE",
		       .help = "TLS, client certificates and users, as the exporters of Prometheus "
			       "have them; read again when it changes"),
	SEK_OPT_SET(struct conf, scopes, .name = "scope", .metavar = "SCOPE",
		    .names = sek_scope_names, .names_n = SEK_SCOPE_EXPORTED_NR,
		    .fallback = "link,cgroup,tunnel", .help = "which counters to serve"),
	SEK_OPT_SET(struct conf, by, .name = "by", .metavar = "LABEL", .names = sek_dim_names,
		    .names_n = SEK_DIM_NR,
		    .help = "only these labels, as 'sekisho export' has them"),
	SEK_OPT_STRING(struct conf, ledger, .name = "ledger", .metavar = "FILE",
		       .help = "keep the totals there, so that they go on after a reboot"),
	SEK_OPT_U32(struct conf, ledger_interval, .name = "ledger-interval", .metavar = "SECONDS",
		    .min = 1, .max = 86400, .fallback = "60",
		    .help = "how often it is written, beside at the end"),
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

/*
 * SIGTERM and SIGINT end it; what is attached goes on counting. To be called
 * before there are other threads, who would be ended by them.
 */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* A follower's numbers, for the thread that serves them. */
struct shared {
	pthread_mutex_t lock;
	struct sek_follow_stats stats;
};

static void set_stats(struct shared *shared, const struct sek_follow *follow)
{
	pthread_mutex_lock(&shared->lock);
	shared->stats = *sek_follow_stats(follow);
	pthread_mutex_unlock(&shared->lock);
}

static void get_stats(struct sek_follow_stats *ret, void *arg)
{
	struct shared *shared = arg;

	pthread_mutex_lock(&shared->lock);
	*ret = shared->stats;
	pthread_mutex_unlock(&shared->lock);
}

static int loop(struct sek_follow *follow, struct shared *shared, int signals, bool once)
{
	enum { SIGNALS, FOLLOW, FDS };
	struct pollfd fds[FDS] = {
		[SIGNALS] = { .fd = signals, .events = POLLIN },
		[FOLLOW] = { .fd = sek_follow_fd(follow), .events = POLLIN },
	};
	int err = 0;

	while (!err && !(once && sek_follow_settled(follow))) {
		if (poll(fds, FDS, -1) < 0 && errno != EINTR)
			err = -errno;
		if (fds[SIGNALS].revents)
			break;
		if (!err)
			err = sek_follow_run(follow);
		set_stats(shared, follow);
	}
	return err;
}

static bool is_nowhere(const struct conf *conf)
{
	return conf->once ||
	       (conf->addresses.n == 1 && !strcmp(conf->addresses.words[0], SEK_SERVE_NOWHERE));
}

static int start_http(const struct conf *conf, struct shared *shared,
		      const struct sek_serve_ledger *ledger, struct sek_serve_http **ret)
{
	const struct sek_serve_http_options o = {
		.addresses = (const char *const *)conf->addresses.words,
		.addresses_n = conf->addresses.n,
		.config_file = conf->web_config,
		.scopes = conf->scopes,
		.by = conf->by,
		.ledger = ledger,
		.follow = get_stats,
		.arg = shared,
	};

	return is_nowhere(conf) ? 0 : sek_serve_http_start(&o, ret);
}

static int serve(const struct conf *conf, struct sek_serve_ledger *ledger)
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
	struct shared shared = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct sek_serve_http *http = NULL;
	int signals SEK_CLEANUP(sek_closep) = open_signals(), err;
	struct sek_follow *follow;
	char error[512];

	if (signals < 0) {
		sek_error("wait for signals: %s", strerror(errno));
		return SEK_EXIT_FAILED;
	}
	err = sek_confine_rights();
	if (err) {
		sek_error("give up capabilities: %s", strerror(-err));
		return SEK_EXIT_FAILED;
	}
	/* First, because it changes nothing: a port that is taken is no reason to attach. */
	if (start_http(conf, &shared, ledger, &http))
		return SEK_EXIT_FAILED;
	err = sek_follow_new(&o, &follow, error, sizeof(error));
	if (err) {
		sek_serve_http_stop(http);
		sek_error("%s%s", error,
			  (err == -EPERM || err == -EACCES) && geteuid() ? "; this needs root"
									 : "");
		return SEK_EXIT_FAILED;
	}
	err = sek_confine_calls();
	if (err)
		sek_note("a filter of system calls could not be set: %s", strerror(-err));
	set_stats(&shared, follow);
	if (!conf->once)
		sek_note("following %llu network namespaces",
			 (unsigned long long)shared.stats.netns);
	err = sek_serve_ledger_start(ledger, conf->ledger_interval);
	if (!err)
		err = loop(follow, &shared, signals, conf->once);
	sek_serve_http_stop(http);
	sek_follow_free(follow);
	if (err == -ESTALE)
		sek_error("sekisho was unloaded meanwhile, or another version took over; start "
			  "serve again");
	else if (err)
		sek_error("follow this host: %s", strerror(-err));
	return err ? SEK_EXIT_FAILED : SEK_EXIT_DONE;
}

int sek_cmd_serve(int argc, char **argv, const struct sek_globals *g)
{
	struct sek_serve_ledger *ledger = NULL;
	struct conf conf = {};
	int status;

	(void)g;
	if (sek_cmd_parse(&opts, argc, argv, &conf, &conf.help, &status)) {
		if (conf.ledger && sek_serve_ledger_open(conf.ledger, &ledger))
			status = SEK_EXIT_FAILED;
		else
			status = serve(&conf, ledger);
	}
	sek_serve_ledger_end(ledger);
	sek_opts_free(&opts, &conf);
	return status;
}
