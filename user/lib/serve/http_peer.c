// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections. None may last for as long as its client likes: a request must be there within 10
 * seconds, and the answer taken within 30. When there are many, those that only wait go first.
 */
#include "http_priv.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND 1000000000ULL

static const uint64_t patience[] = {
	[SEK_HTTP_NEW] = 10 * SECOND,
	[SEK_HTTP_CHECKING] = UINT64_MAX, /* ours to end */
	[SEK_HTTP_SENDING] = 30 * SECOND,
	[SEK_HTTP_KEPT] = 90 * SECOND, /* scrapes come once a minute, or more often */
};

/* Of those that wait when there is hardly room left. A good client needs milliseconds. */
#define CROWDED_PATIENCE (4 * SECOND)
#define CROWDED		 (SEK_HTTP_CONNECTIONS * 3 / 4)

uint64_t sek_http_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

struct sek_http_peer *sek_http_peer_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		sym_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void sek_http_peer_set(struct sek_http_peer *peer, enum sek_http_state state)
{
	peer->state = state;
	peer->since_ns = sek_http_now();
}

void sek_http_peer_drop(struct sek_http_peer *peer)
{
	if (peer->closing)
		return;
	peer->closing = true;
	shutdown(peer->fd, SHUT_RDWR);
	atomic_fetch_add(&peer->server->http->dropped, 1);
}

/* 0: the handshake goes on. A client without a certificate comes here, too. */
static int verify_client(gnutls_session_t session)
{
	unsigned int status = 0, n = 0;

	if (!sym_gnutls_certificate_get_peers(session, &n) || !n)
		return 0; /* GNUTLS_CERT_REQUIRE has had its say */
	return sym_gnutls_certificate_verify_peers2(session, &status) || status;
}

/* What the configuration wants of clients, before the handshake. */
static void set_client_auth(struct MHD_Connection *connection, const struct sek_web_config *config)
{
	const union MHD_ConnectionInfo *info =
		sym_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_session_t session = info ? info->tls_session : NULL;

	if (!session || config->client_auth == SEK_CLIENT_NONE)
		return;
	if (config->client_auth == SEK_CLIENT_REQUIRE_ANY ||
	    config->client_auth == SEK_CLIENT_REQUIRE_AND_VERIFY)
		sym_gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	else
		sym_gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
	if (config->client_auth >= SEK_CLIENT_VERIFY_IF_GIVEN)
		sym_gnutls_session_set_verify_function(session, verify_client);
}

static void started(struct sek_http_server *server, struct MHD_Connection *connection,
		    void **context)
{
	const union MHD_ConnectionInfo *info =
		sym_MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sek_http_peer *peer = calloc(1, sizeof(*peer));

	/* Without a record it is refused at its first request. */
	*context = peer;
	if (!peer)
		return;
	peer->server = server;
	peer->fd = info->connect_fd;
	sek_http_peer_set(peer, SEK_HTTP_NEW);
	TAILQ_INSERT_TAIL(&server->http->peers, peer, link);
	atomic_fetch_add(&server->http->peers_n, 1);
	if (server->config && server->config->file[SEK_WEB_CERT].path)
		set_client_auth(connection, server->config);
}

void sek_http_peer_event(void *cls, struct MHD_Connection *connection, void **context,
			 enum MHD_ConnectionNotificationCode code)
{
	struct sek_http_server *server = cls;
	struct sek_http_peer *peer = *context;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		started(server, connection, context);
	} else if (peer) {
		TAILQ_REMOVE(&server->http->peers, peer, link);
		atomic_fetch_sub(&server->http->peers_n, 1);
		free(peer);
		*context = NULL;
	}
}

void sek_http_peer_completed(void *cls, struct MHD_Connection *connection, void **request,
			     enum MHD_RequestTerminationCode code)
{
	struct sek_http_peer *peer = sek_http_peer_of(connection);

	(void)cls;
	(void)request;
	(void)code;
	if (!peer)
		return;
	peer->text = NULL;
	atomic_store(&peer->checked, 0);
	sek_http_peer_set(peer, SEK_HTTP_KEPT);
}

void sek_http_peers_sweep(struct sek_http *h)
{
	size_t n = atomic_load(&h->peers_n), excess = n > CROWDED ? n - CROWDED : 0;
	uint64_t now = sek_http_now();
	struct sek_http_peer *peer;

	/* The oldest come first. */
	for (peer = TAILQ_FIRST(&h->peers); peer; peer = TAILQ_NEXT(peer, link)) {
		bool waits = peer->state == SEK_HTTP_NEW || peer->state == SEK_HTTP_KEPT;
		uint64_t age = now - peer->since_ns;

		if (age > patience[peer->state]) {
			sek_http_peer_drop(peer);
		} else if (excess && waits && age > CROWDED_PATIENCE) {
			sek_http_peer_drop(peer);
			excess--;
		}
	}
}
