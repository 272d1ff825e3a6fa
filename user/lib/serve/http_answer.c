// SPDX-License-Identifier: GPL-2.0-only
/* From a request to its answer. */
#include "http_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/*
 * A text is shared by those who ask within a while. The while is longer the more texts there
 * are, so that who collects them slowly cannot make others be made faster than 6 seconds last;
 * and at least four times what it takes to make one, so that no client can take more than a
 * fifth of a CPU with asking.
 */
#define FRESH_NS    25000000ULL
#define FRESH_COSTS 4

/* A quality value, "q=0.75", in thousandths (RFC 9110, section 12.4.2). */
static unsigned int quality(const char *s)
{
	unsigned int q = 0, digit = 1000;

	if (*s == '1')
		return 1000;
	if (*s != '0' || s[1] != '.')
		return 0;
	for (s += 2; *s >= '0' && *s <= '9' && digit > 1; s++) {
		digit /= 10;
		q += digit * (unsigned int)(*s - '0');
	}
	return q;
}

struct range {
	const char *media;
	size_t media_n;
	const char *version;
	size_t version_n;
	unsigned int q;
};

static const char *skip(const char *s, const char *what)
{
	return s + strspn(s, what);
}

/* One range of an Accept header; returns what follows its comma. */
static const char *parse_range(const char *s, struct range *r)
{
	s = skip(s, " \t,");
	*r = (struct range){ .media = s, .media_n = strcspn(s, ";, \t"), .q = 1000 };
	for (s += r->media_n; *s && *s != ',';) {
		s = skip(s, "; \t");
		if (!strncasecmp(s, "q=", 2)) {
			r->q = quality(s + 2);
		} else if (!strncasecmp(s, "version=", 8)) {
			r->version = s + 8;
			r->version_n = strcspn(r->version, ";, \t");
		}
		s += strcspn(s, ";,");
	}
	return s;
}

/* How closely a range names a page: 0 not at all, 1 anything, 2 its type, 3 the page. */
static int match(const struct range *r, const struct sek_http_page *page)
{
	size_t type_n = strcspn(page->media, "/");

	if (r->version && page->version &&
	    (strlen(page->version) != r->version_n ||
	     strncmp(r->version, page->version, r->version_n) != 0))
		return 0;
	if (strlen(page->media) == r->media_n && !strncasecmp(r->media, page->media, r->media_n))
		return 3;
	if (r->media_n == type_n + 2 && !strncasecmp(r->media, page->media, type_n) &&
	    !strncmp(r->media + type_n, "/*", 2))
		return 2;
	return r->media_n == 3 && !strncmp(r->media, "*/*", 3);
}

/* What the closest range gives it. */
static unsigned int wanted(const char *accept, const struct sek_http_page *page)
{
	unsigned int q = 0;
	int closest = 0;

	while (*accept) {
		struct range r;
		int how;

		accept = parse_range(accept, &r);
		how = match(&r, page);
		if (how > closest || (how && how == closest && r.q > q)) {
			closest = how;
			q = r.q;
		}
	}
	return q;
}

/*
 * The page of this path that the client wants most. Who accepts none gets the default one: a
 * browser, or an old client, is better served so than by a 406.
 */
static int find_page(const struct sek_http *h, const char *path, const char *accept)
{
	unsigned int best = 0;
	int page = -1;

	for (size_t i = 0; i < h->o.pages_n; i++) {
		unsigned int q;

		if (strcmp(h->o.pages[i].path, path) != 0)
			continue;
		q = accept ? wanted(accept, &h->o.pages[i]) : 0;
		if (page < 0 || q > best) {
			page = i;
			best = q;
		}
	}
	return page;
}

/* MHD has sent it to everybody who had asked. */
static void given_back(void *cls)
{
	struct sek_http_text *text = cls;

	free(text->text);
	text->text = NULL;
	text->in_use = false;
}

static size_t texts_in_use(const struct sek_http *h)
{
	size_t n = 0;

	for (size_t i = 0; i < SEK_HTTP_TEXTS; i++)
		n += h->texts[i].in_use;
	return n;
}

/* Ours goes; it is given back when the last reader has it. */
static void release(struct sek_http_text *text)
{
	struct MHD_Response *response = text->response;

	text->response = NULL;
	if (response)
		sym_MHD_destroy_response(response);
}

size_t sek_http_texts_free(struct sek_http *h, uint64_t older_ns)
{
	uint64_t now = sek_http_now();

	for (size_t i = 0; i < SEK_HTTP_TEXTS; i++) {
		if (now - h->texts[i].made_ns >= older_ns)
			release(&h->texts[i]);
	}
	return texts_in_use(h);
}

static struct sek_http_text *find_fresh(struct sek_http *h, size_t page)
{
	uint64_t now = sek_http_now();
	struct sek_http_text *newest = NULL;
	uint64_t fresh;

	for (size_t i = 0; i < SEK_HTTP_TEXTS; i++) {
		struct sek_http_text *t = &h->texts[i];

		if (!t->response || t->page != page)
			continue;
		if (!newest || t->made_ns > newest->made_ns)
			newest = t;
	}
	if (!newest)
		return NULL;
	fresh = FRESH_COSTS * newest->cost_ns;
	if (fresh < FRESH_NS)
		fresh = FRESH_NS;
	/* The newest one alone is what everybody reads. */
	return now - newest->made_ns < fresh << (texts_in_use(h) - 1) ? newest : NULL;
}

/* Somewhere to put a text; the oldest one's readers have had their time. */
static struct sek_http_text *find_room(struct sek_http *h)
{
	struct sek_http_text *oldest = &h->texts[0];
	struct sek_http_peer *peer;

	for (size_t i = 0; i < SEK_HTTP_TEXTS; i++) {
		if (!h->texts[i].in_use)
			return &h->texts[i];
		if (h->texts[i].made_ns < oldest->made_ns)
			oldest = &h->texts[i];
	}
	for (peer = TAILQ_FIRST(&h->peers); peer; peer = TAILQ_NEXT(peer, link)) {
		if (peer->text == oldest)
			sek_http_peer_drop(peer);
	}
	return NULL;
}

static void add_headers(struct MHD_Response *response, const struct sek_web_config *config)
{
	sym_MHD_add_response_header(response, MHD_HTTP_HEADER_VARY, "Accept");
	sym_MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	for (size_t i = 0; config && i < config->headers_n; i++)
		sym_MHD_add_response_header(response, config->headers[i].name,
					    config->headers[i].value);
}

static struct sek_http_text *make_text(struct sek_http *h, size_t page)
{
	const struct sek_web_config *config = h->now->config;
	uint64_t begin = sek_http_now();
	struct sek_http_text *t;
	size_t n = 0;

	/* What is older is needed by nobody but its readers. */
	for (size_t i = 0; i < SEK_HTTP_TEXTS; i++) {
		if (h->texts[i].page == page)
			release(&h->texts[i]);
	}
	t = find_room(h);
	if (!t || h->o.make(page, &t->text, &n, h->o.arg))
		return NULL;
	t->response = sym_MHD_create_response_from_buffer_with_free_callback_cls(n, t->text,
										 given_back, t);
	if (!t->response) {
		given_back(t);
		return NULL;
	}
	t->in_use = true;
	t->page = page;
	t->made_ns = sek_http_now();
	t->cost_ns = t->made_ns - begin;
	sym_MHD_add_response_header(t->response, MHD_HTTP_HEADER_CONTENT_TYPE,
				    h->o.pages[page].type);
	add_headers(t->response, config);
	return t;
}

static enum MHD_Result refuse(struct sek_http_server *server, struct MHD_Connection *connection,
			      struct sek_http_peer *peer, unsigned int status, const char *text,
			      const char *header, const char *value)
{
	struct MHD_Response *response = sym_MHD_create_response_from_buffer(strlen(text),
									    (void *)text,
									    MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	sym_MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				    "text/plain; charset=utf-8");
	if (header)
		sym_MHD_add_response_header(response, header, value);
	add_headers(response, server->config);
	if (status != MHD_HTTP_OK)
		atomic_fetch_add(&server->http->refused, 1);
	sek_http_peer_set(peer, SEK_HTTP_SENDING);
	result = sym_MHD_queue_response(connection, status, response);
	sym_MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_page(struct sek_http_server *server, struct MHD_Connection *connection,
				 struct sek_http_peer *peer, size_t page)
{
	struct sek_http *h = server->http;
	struct sek_http_text *text = find_fresh(h, page) ?: make_text(h, page);

	if (!text)
		return refuse(server, connection, peer, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "The counters cannot be had right now.\n",
			      MHD_HTTP_HEADER_RETRY_AFTER, "1");
	atomic_fetch_add(&h->requests, 1);
	peer->text = text;
	sek_http_peer_set(peer, SEK_HTTP_SENDING);
	return sym_MHD_queue_response(connection, MHD_HTTP_OK, text->response);
}

/* Who may ask; 0: nobody said that he may not, or it is being found out. */
static int authenticate(struct sek_http_server *server, struct MHD_Connection *connection,
			struct sek_http_peer *peer, enum MHD_Result *result)
{
	int known = atomic_load(&peer->checked);

	if (!known)
		known = sek_http_auth_check(server->http->auth, connection, peer, server->config);
	*result = MHD_YES;
	if (known == -EINPROGRESS)
		return -EINPROGRESS;
	if (known > 0)
		return 0;
	if (known == -EBUSY)
		*result = refuse(server, connection, peer, MHD_HTTP_SERVICE_UNAVAILABLE,
				 "Too many passwords to check.\n", MHD_HTTP_HEADER_RETRY_AFTER,
				 "1");
	else
		*result = refuse(server, connection, peer, MHD_HTTP_UNAUTHORIZED, "Unauthorized\n",
				 MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic");
	return -EACCES;
}

enum MHD_Result sek_http_answer(void *cls, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_n, void **request)
{
	struct sek_http_server *server = cls;
	struct sek_http_peer *peer = sek_http_peer_of(connection);
	enum MHD_Result result;
	int page;

	(void)version;
	(void)upload;
	if (!peer)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(server, connection, peer, MHD_HTTP_METHOD_NOT_ALLOWED,
			      "Only GET and HEAD\n", MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	/* An answer before the end of the request would end the connection as well. */
	if (!*request || *upload_n) {
		*request = peer;
		*upload_n = 0;
		return MHD_YES;
	}
	if (server->config && server->config->users_n &&
	    authenticate(server, connection, peer, &result))
		return result;
	if (!strcmp(url, "/-/healthy"))
		return refuse(server, connection, peer, MHD_HTTP_OK, "OK\n", NULL, NULL);
	page = find_page(server->http, url,
			 sym_MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT));
	if (page < 0)
		return refuse(server, connection, peer, MHD_HTTP_NOT_FOUND, "Not found\n", NULL,
			      NULL);
	return send_page(server, connection, peer, page);
}
