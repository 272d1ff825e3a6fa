// SPDX-License-Identifier: GPL-2.0-only
#include "http_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How often it looks at connections and at files. */
#define TICK_MS 500

/* MHD takes up a resumed connection when it is run, and tells nobody before. */
#define CHECK_MS 5

#define OLD_NS (30 * 1000000000ULL)

/* What nobody has asked for in this time is made again, so that memory is free meanwhile. */
#define TEXT_NS (4 * 1000000000ULL)

/* For connections, and for all that a text needs to be made. */
#define DESCRIPTORS (SEK_HTTP_CONNECTIONS + 256)

static void add_option(struct MHD_OptionItem *items, size_t *n, enum MHD_OPTION option,
		       intptr_t value, void *pointer)
{
	items[(*n)++] = (struct MHD_OptionItem){ option, value, pointer };
}

static int start_server(struct sek_http_server *s)
{
	const struct sek_web_file *file = s->config ? s->config->file : NULL;
	bool tls = file && file[SEK_WEB_CERT].path;
	unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0);
	struct MHD_OptionItem items[16];
	size_t n = 0;

	add_option(items, &n, MHD_OPTION_LISTEN_SOCKET, s->listen_fd, NULL);
	add_option(items, &n, MHD_OPTION_CONNECTION_LIMIT, SEK_HTTP_CONNECTIONS, NULL);
	add_option(items, &n, MHD_OPTION_CONNECTION_MEMORY_LIMIT, SEK_HTTP_BUFFER, NULL);
	add_option(items, &n, MHD_OPTION_CONNECTION_MEMORY_INCREMENT, 1024, NULL);
	add_option(items, &n, MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL);
	add_option(items, &n, MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)sek_http_peer_event, s);
	add_option(items, &n, MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)sek_http_peer_completed, s);
	if (tls) {
		add_option(items, &n, MHD_OPTION_HTTPS_MEM_CERT, 0, file[SEK_WEB_CERT].text);
		add_option(items, &n, MHD_OPTION_HTTPS_MEM_KEY, 0, file[SEK_WEB_KEY].text);
		add_option(items, &n, MHD_OPTION_HTTPS_PRIORITIES, 0,
			   (void *)s->config->priorities);
		if (file[SEK_WEB_CA].path)
			add_option(items, &n, MHD_OPTION_HTTPS_MEM_TRUST, 0, file[SEK_WEB_CA].text);
	}
	add_option(items, &n, MHD_OPTION_END, 0, NULL);
	s->daemon = sym_MHD_start_daemon(flags, 0, NULL, NULL, sek_http_answer, s, MHD_OPTION_ARRAY,
					 items, MHD_OPTION_END);
	return s->daemon ? 0 : -EINVAL;
}

/* The sockets are not MHD's to close. */
static void quiesce(struct sek_http *h, struct sek_http_generation *g)
{
	for (size_t i = 0; i < h->listen_n; i++) {
		if (g->server[i].daemon)
			sym_MHD_quiesce_daemon(g->server[i].daemon);
	}
}

static void stop_generation(struct sek_http *h, struct sek_http_generation *g)
{
	if (!g)
		return;
	quiesce(h, g);
	for (size_t i = 0; i < h->listen_n; i++) {
		if (g->server[i].daemon)
			sym_MHD_stop_daemon(g->server[i].daemon);
	}
	sek_web_config_free(g->config);
	free(g);
}

/* Takes the configuration, in each case. */
static int start_generation(struct sek_http *h, struct sek_web_config *config,
			    struct sek_http_generation **ret)
{
	struct sek_http_generation *g = calloc(1, sizeof(*g));
	int err = 0;

	if (!g) {
		sek_web_config_free(config);
		return -ENOMEM;
	}
	g->config = config;
	for (size_t i = 0; i < h->listen_n && !err; i++) {
		g->server[i] = (struct sek_http_server){ .http = h,
							 .config = config,
							 .listen_fd = h->listen_fd[i] };
		err = start_server(&g->server[i]);
	}
	if (err) {
		stop_generation(h, g);
		return err;
	}
	*ret = g;
	return 0;
}

/*
 * New connections meet the new configuration; those that were begun end under the old one. What
 * cannot be used is said once, and the old one stays.
 */
static void reload(struct sek_http *h)
{
	struct sek_http_generation *next = NULL;
	struct sek_web_config *config = NULL;
	char error[512], line[640];
	int err;

	if (!h->now->config || !sek_web_config_changed(h->now->config))
		return;
	err = sek_web_config_read(h->o.config_file, &config, error, sizeof(error));
	if (!err) {
		err = start_generation(h, config, &next);
		snprintf(error, sizeof(error), "%s: the server does not start with it",
			 h->o.config_file);
	}
	atomic_store(&h->config_ok, !err);
	if (err) {
		atomic_fetch_add(&h->config_failures, 1);
		sek_web_config_stamp(h->now->config);
		snprintf(line, sizeof(line), "%s; the configuration before it stays in use", error);
		h->o.say(line, h->o.arg);
		return;
	}
	/* Texts have headers of the old one. */
	sek_http_texts_free(h, 0);
	quiesce(h, h->now);
	stop_generation(h, h->old);
	h->old = h->now;
	h->old_until_ns = sek_http_now() + OLD_NS;
	h->now = next;
}

static bool has_peers(const struct sek_http *h, const struct sek_http_generation *g)
{
	const struct sek_http_peer *peer;

	for (peer = TAILQ_FIRST(&h->peers); peer; peer = TAILQ_NEXT(peer, link)) {
		if (peer->server >= g->server && peer->server < g->server + SEK_LISTEN_MAX)
			return true;
	}
	return false;
}

/* A connection that waits for its password must be let go before. */
static bool has_suspended(const struct sek_http *h)
{
	const struct sek_http_peer *peer;

	for (peer = TAILQ_FIRST(&h->peers); peer; peer = TAILQ_NEXT(peer, link)) {
		if (peer->state == SEK_HTTP_CHECKING)
			return true;
	}
	return false;
}

static void tick(struct sek_http *h)
{
	sek_http_peers_sweep(h);
	sek_http_texts_free(h, TEXT_NS);
	if (h->old &&
	    (!has_peers(h, h->old) || (sek_http_now() > h->old_until_ns && !has_suspended(h)))) {
		stop_generation(h, h->old);
		h->old = NULL;
	}
	if (!h->old)
		reload(h);
}

static size_t add_polls(const struct sek_http *h, const struct sek_http_generation *g,
			struct pollfd *polls, size_t n)
{
	for (size_t i = 0; g && i < h->listen_n; i++)
		polls[n++] = (struct pollfd){
			.fd = sym_MHD_get_daemon_info(g->server[i].daemon, MHD_DAEMON_INFO_EPOLL_FD)
				      ->epoll_fd,
			.events = POLLIN,
		};
	return n;
}

static void run_generation(struct sek_http *h, struct sek_http_generation *g)
{
	for (size_t i = 0; g && i < h->listen_n; i++)
		sym_MHD_run(g->server[i].daemon);
}

/* MHD may have work that no descriptor tells of. */
static int timeout_of(const struct sek_http *h, const struct sek_http_generation *g, int most)
{
	for (size_t i = 0; g && i < h->listen_n; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (sym_MHD_get_timeout(g->server[i].daemon, &ms) == MHD_YES &&
		    (most < 0 || ms < (unsigned int)most))
			most = (int)ms;
	}
	return most;
}

static void *serve(void *arg)
{
	struct pollfd polls[2 * SEK_LISTEN_MAX + 1];
	struct sek_http *h = arg;
	uint64_t next = 0;
	bool busy = false;

	for (;;) {
		/*
		 * Nobody is there, and no file can change: nothing to wake up for. But MHD, which
		 * stops to listen when it has too many connections, begins again only when it is
		 * run after the last of them has gone.
		 */
		bool idle = !busy && !h->now->config && !h->old && !atomic_load(&h->peers_n) &&
			    !sek_http_texts_free(h, TEXT_NS);
		int timeout = timeout_of(h, h->now, idle ? -1 : TICK_MS);
		size_t n = 0;

		timeout = timeout_of(h, h->old, timeout);
		if (has_suspended(h))
			timeout = CHECK_MS;
		polls[n++] = (struct pollfd){ .fd = h->stop_fd, .events = POLLIN };
		n = add_polls(h, h->now, polls, n);
		n = add_polls(h, h->old, polls, n);
		poll(polls, n, timeout);
		if (polls[0].revents)
			return NULL;
		busy = atomic_load(&h->peers_n);
		run_generation(h, h->now);
		run_generation(h, h->old);
		if (sek_http_now() >= next) {
			tick(h);
			next = sek_http_now() + TICK_MS * 1000000ULL;
		}
	}
}

static int open_sockets(struct sek_http *h, char *error, size_t size)
{
	int err = sek_listen_systemd(h->listen_fd, &h->listen_n, error, size);

	if (err || h->listen_n)
		return err;
	if (!h->o.addresses_n || h->o.addresses_n > SEK_LISTEN_MAX) {
		snprintf(error, size, "between 1 and %d addresses to listen at", SEK_LISTEN_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < h->o.addresses_n && !err; i++) {
		err = sek_listen_open(h->o.addresses[i], &h->listen_fd[i], error, size);
		h->listen_n += !err;
	}
	return err;
}

/* More than the usual 1024; what is forbidden stays as it is. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Signals are for whoever started us. */
static int start_threads(struct sek_http *h)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = sek_http_auth_new(&h->auth);
	if (!err)
		err = -pthread_create(&h->thread, NULL, serve, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err) {
		sek_http_auth_free(h->auth);
		h->auth = NULL;
	}
	return err;
}

static void close_all(struct sek_http *h)
{
	stop_generation(h, h->old);
	stop_generation(h, h->now);
	sek_http_texts_free(h, 0);
	for (size_t i = 0; i < h->listen_n; i++)
		close(h->listen_fd[i]);
	if (h->stop_fd >= 0)
		close(h->stop_fd);
	free(h);
}

int sek_http_new(const struct sek_http_options *options, struct sek_http **ret, char *error,
		 size_t size)
{
	struct sek_web_config *config = NULL;
	struct sek_http *h;
	int err = sek_http_lib_load(error, size);

	if (err)
		return err;
	snprintf(error, size, "out of memory");
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->o = *options;
	h->config_ok = true;
	TAILQ_INIT(&h->peers);
	raise_limit();
	h->stop_fd = eventfd(0, EFD_CLOEXEC);
	err = h->stop_fd < 0 ? -errno : 0;
	if (!err && h->o.config_file)
		err = sek_web_config_read(h->o.config_file, &config, error, size);
	if (!err)
		err = open_sockets(h, error, size);
	if (!err) {
		err = start_generation(h, config, &h->now);
		config = NULL;
		if (err)
			snprintf(error, size, "start the HTTP server: %s", strerror(-err));
	}
	if (!err) {
		err = start_threads(h);
		if (err)
			snprintf(error, size, "start a thread: %s", strerror(-err));
	}
	if (err) {
		sek_web_config_free(config);
		close_all(h);
		return err;
	}
	*ret = h;
	return 0;
}

bool sek_http_url(const struct sek_http *h, size_t i, char *ret, size_t size)
{
	bool tls = h->o.config_file && h->now->config->file[SEK_WEB_CERT].path;
	struct sockaddr_storage at = {};
	socklen_t len = sizeof(at);
	char host[INET6_ADDRSTRLEN] = "";

	if (i >= h->listen_n || getsockname(h->listen_fd[i], (struct sockaddr *)&at, &len))
		return false;
	if (at.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&at;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(ret, size, "http%s://%s:%u", tls ? "s" : "", host, ntohs(in->sin_port));
	} else if (at.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const void *)&at;

		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
		snprintf(ret, size, "http%s://[%s]:%u", tls ? "s" : "", host, ntohs(in->sin6_port));
	} else {
		snprintf(ret, size, "unix:%s", ((const struct sockaddr_un *)&at)->sun_path);
	}
	return true;
}

void sek_http_stats(const struct sek_http *h, struct sek_http_stats *ret)
{
	*ret = (struct sek_http_stats){
		.requests = atomic_load(&h->requests),
		.refused = atomic_load(&h->refused),
		.dropped = atomic_load(&h->dropped),
		.config_failures = atomic_load(&h->config_failures),
		.connections = atomic_load(&h->peers_n),
		.config_ok = atomic_load(&h->config_ok),
	};
}

void sek_http_free(struct sek_http *h)
{
	uint64_t one = 1;

	if (!h)
		return;
	while (write(h->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(h->thread, NULL);
	/* It lets all connections go that wait for it. */
	sek_http_auth_free(h->auth);
	close_all(h);
}
