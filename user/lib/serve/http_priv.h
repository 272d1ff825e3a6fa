/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the HTTP server share. All but sek_http_auth's worker runs in one thread,
 * so that nothing here is locked; what other threads may read is atomic.
 */
#ifndef SEK_SERVE_HTTP_PRIV_H
#define SEK_SERVE_HTTP_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "http.h"
#include "http_lib.h"
#include "listen.h"
#include "web_config.h"

/* Connections at once. Each takes at most a buffer of MHD's, and what TLS needs. */
#define SEK_HTTP_CONNECTIONS 1024
#define SEK_HTTP_BUFFER	     (8L * 1024)

/* Texts that exist at once: what slow readers can hold is bounded by this. */
#define SEK_HTTP_TEXTS 8

/**
 * struct sek_http_text - one text, as it is sent
 * @response: MHD's, which counts its readers; NULL: nobody else will read it
 * @text: owned
 * @page: which page it is
 * @made_ns: when, CLOCK_MONOTONIC
 * @cost_ns: how long it took to make
 * @in_use: MHD has not given it back
 */
struct sek_http_text {
	struct MHD_Response *response;
	char *text;
	size_t page;
	uint64_t made_ns;
	uint64_t cost_ns;
	bool in_use;
};

/* What a connection is at. */
enum sek_http_state {
	SEK_HTTP_NEW,	   /* no whole request yet */
	SEK_HTTP_CHECKING, /* its password is being checked */
	SEK_HTTP_SENDING,  /* an answer is on its way */
	SEK_HTTP_KEPT,	   /* it may send another request */
};

/**
 * struct sek_http_peer - one connection
 * @server: where it came in
 * @fd: socket; MHD's
 * @state: what it is at
 * @since_ns: since when
 * @text: what it reads, or NULL
 * @closing: it was shut down
 * @checked: its password: 0 not checked, 1 right, -1 wrong
 * @link: in struct sek_http.peers, in the order of their coming
 */
struct sek_http_peer {
	struct sek_http_server *server;
	int fd;
	enum sek_http_state state;
	uint64_t since_ns;
	struct sek_http_text *text;
	bool closing;
	atomic_int checked;
	TAILQ_ENTRY(sek_http_peer) link;
};

TAILQ_HEAD(sek_http_peers, sek_http_peer);

/**
 * struct sek_http_server - one listening socket under one configuration
 * @http: whose it is
 * @daemon: MHD's; NULL: not running
 * @config: borrowed; NULL: none
 * @listen_fd: the socket
 */
struct sek_http_server {
	struct sek_http *http;
	struct MHD_Daemon *daemon;
	const struct sek_web_config *config;
	int listen_fd;
};

/**
 * struct sek_http_generation - all servers under one configuration
 * @server: one for each socket
 * @config: owned
 */
struct sek_http_generation {
	struct sek_http_server server[SEK_LISTEN_MAX];
	struct sek_web_config *config;
};

struct sek_http_auth;

/**
 * struct sek_http - the server
 * @o: options
 * @listen_fd: sockets
 * @listen_n: how many
 * @now: the servers in use
 * @old: those before, which finish what they had begun; or NULL
 * @old_until_ns: how long they may
 * @texts: see above
 * @peers: all connections
 * @peers_n: how many
 * @auth: checks passwords
 * @thread: everything runs in it
 * @stop_fd: tells it to end
 * @requests: see &struct sek_http_stats, as the rest
 * @refused: likewise
 * @dropped: likewise
 * @config_failures: likewise
 * @config_ok: likewise
 */
struct sek_http {
	struct sek_http_options o;
	int listen_fd[SEK_LISTEN_MAX];
	size_t listen_n;
	struct sek_http_generation *now;
	struct sek_http_generation *old;
	uint64_t old_until_ns;
	struct sek_http_text texts[SEK_HTTP_TEXTS];
	struct sek_http_peers peers;
	atomic_size_t peers_n;
	struct sek_http_auth *auth;
	pthread_t thread;
	int stop_fd;

	atomic_uint_fast64_t requests;
	atomic_uint_fast64_t refused;
	atomic_uint_fast64_t dropped;
	atomic_uint_fast64_t config_failures;
	atomic_bool config_ok;
};

/** sek_http_now() - CLOCK_MONOTONIC in nanoseconds: does not jump with the wall clock */
uint64_t sek_http_now(void);

/** sek_http_answer() - MHD's access handler: @cls is the struct sek_http_server */
enum MHD_Result sek_http_answer(void *cls, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_n, void **request);

/**
 * sek_http_texts_free() - let texts go: each is freed when its readers have it
 * @h: server
 * @older_ns: those that were made so long ago; 0: all
 *
 * Return: how many there still are.
 */
size_t sek_http_texts_free(struct sek_http *h, uint64_t older_ns);

/** sek_http_peer_event() - MHD's connection handler: @cls is the struct sek_http_server */
void sek_http_peer_event(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_ConnectionNotificationCode code);

/** sek_http_peer_completed() - MHD's completion handler */
void sek_http_peer_completed(void *cls, struct MHD_Connection *connection, void **request,
			     enum MHD_RequestTerminationCode code);

/** sek_http_peer_of() - the record of a connection */
struct sek_http_peer *sek_http_peer_of(struct MHD_Connection *connection);

/**
 * sek_http_peer_set() - a connection comes to another state
 * @peer: connection
 * @state: the state
 */
void sek_http_peer_set(struct sek_http_peer *peer, enum sek_http_state state);

/**
 * sek_http_peer_drop() - close a connection, as far as the other side is concerned
 * @peer: connection; it goes when MHD notices
 */
void sek_http_peer_drop(struct sek_http_peer *peer);

/**
 * sek_http_peers_sweep() - close what has taken too long, or has to make room
 * @h: server
 */
void sek_http_peers_sweep(struct sek_http *h);

/**
 * sek_http_auth_new() - start the thread that checks passwords
 * @ret: to be freed by sek_http_auth_free()
 *
 * bcrypt is meant to be slow: 50 ms and more for each password. So it has a thread of its own,
 * with a short queue; a password that was right is remembered, and answered at once.
 *
 * Return: 0 or -errno.
 */
int sek_http_auth_new(struct sek_http_auth **ret);

/**
 * sek_http_auth_check() - is this request by a user?
 * @a: the checker
 * @connection: of the request
 * @peer: its record
 * @config: with users
 *
 * Return: 1 yes, 0 no, -EBUSY too many are waiting, -EINPROGRESS: the connection is suspended;
 * when it goes on, @peer->checked tells.
 */
int sek_http_auth_check(struct sek_http_auth *a, struct MHD_Connection *connection,
			struct sek_http_peer *peer, const struct sek_web_config *config);

/**
 * sek_http_auth_free() - end the thread; no connection is suspended by it then
 * @a: the checker, or NULL
 */
void sek_http_auth_free(struct sek_http_auth *a);

#endif
