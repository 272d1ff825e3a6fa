// SPDX-License-Identifier: GPL-2.0-only
/* The text of a file and the state of a device become one. Nothing but names is asked for. */
#include "save.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cleanup.h"
#include "facts.h"

/* The keys that may have changed. */
enum key {
	ADDRESS,
	LISTEN_PORT,
	FWMARK,
	MTU,
	PSK,
	ENDPOINT,
	ALLOWED,
	KEEPALIVE,
	OTHER,
	KEYS = OTHER
};

static const char *const names[KEYS] = {
	[ADDRESS] = "Address",	  [LISTEN_PORT] = "ListenPort",
	[FWMARK] = "FwMark",	  [MTU] = "MTU",
	[PSK] = "PresharedKey",	  [ENDPOINT] = "Endpoint",
	[ALLOWED] = "AllowedIPs", [KEEPALIVE] = "PersistentKeepalive",
};

/* What becomes of the lines of a key. */
struct change {
	enum { KEEP, SET, DROP } what;
	char *value; /* owned */
};

struct line {
	const char *text;
	size_t len; /* without the newline */
};

/* Lines of a file, of which those from @heading to @end are a section. */
struct section {
	size_t comments; /* above the heading */
	size_t heading;
	size_t end;
	bool is_peer;
	const struct sek_device_peer *file; /* what all sections of this peer say */
	const struct sek_device_peer *now;
};

/* One merge. */
struct merge {
	const struct sek_save_state *s;
	const struct sek_conf *conf;
	struct line *lines;
	size_t n;
	size_t peers; /* sections of the file that were seen */
	FILE *to;
};

static bool is_comment(const struct line *l)
{
	size_t i = 0;

	while (i < l->len && isspace((unsigned char)l->text[i]))
		i++;
	return i < l->len && l->text[i] == '#';
}

static bool is_heading(const struct line *l)
{
	size_t i = 0;

	while (i < l->len && isspace((unsigned char)l->text[i]))
		i++;
	return i < l->len && l->text[i] == '[';
}

static enum key key_of(const struct line *l)
{
	const char *equals = memchr(l->text, '=', l->len);
	char word[32] = "";
	size_t n = 0;

	for (const char *c = l->text; equals && c < equals; c++) {
		if (*c == '#' || n == sizeof(word) - 1)
			return OTHER;
		if (!isspace((unsigned char)*c))
			word[n++] = *c;
	}
	for (int i = 0; i < KEYS; i++) {
		if (!strcasecmp(word, names[i]))
			return i;
	}
	return OTHER;
}

/* The line with another value; what is around the value stays. */
static void put_line(struct merge *m, const struct line *l, const char *value)
{
	const char *end = l->text + l->len, *rest = memchr(l->text, '#', l->len);
	const char *from = memchr(l->text, '=', l->len);

	rest = rest ? rest : end;
	while (rest > from + 1 && isspace((unsigned char)rest[-1]))
		rest--;
	for (from++; from < rest && isspace((unsigned char)*from);)
		from++;
	fprintf(m->to, "%.*s%s%s%.*s\n", (int)(from - l->text), l->text, from[-1] == '=' ? " " : "",
		value, (int)(end - rest), rest);
}

static void release_changes(struct change changes[KEYS])
{
	for (int i = 0; i < KEYS; i++) {
		if (changes[i].value)
			explicit_bzero(changes[i].value, strlen(changes[i].value));
		free(changes[i].value);
	}
}

__attribute__((format(printf, 2, 3))) static void set(struct change *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	c->what = SET;
	if (vasprintf(&c->value, fmt, args) < 0)
		c->value = NULL;
	va_end(args);
}

/* In an order that says nothing, for comparison. NULL when out of memory. */
static struct sek_prefix *sorted(const struct sek_prefix *p, size_t n)
{
	struct sek_prefix *copy = calloc(n + 1, sizeof(*copy));

	/* Of none, there may be no array either. */
	if (copy && n) {
		memcpy(copy, p, n * sizeof(*copy));
		qsort(copy, n, sizeof(*copy), sek_prefix_compare);
	}
	return copy;
}

static bool is_same_set(const struct sek_prefix *a, size_t a_n, const struct sek_prefix *b,
			size_t b_n)
{
	SEK_CLEANUP(sek_freep) struct sek_prefix *x = sorted(a, a_n);
	SEK_CLEANUP(sek_freep) struct sek_prefix *y = sorted(b, b_n);

	if (!x || !y || a_n != b_n)
		return false;
	for (size_t i = 0; i < a_n; i++) {
		if (!sek_prefix_equal(&x[i], &y[i]))
			return false;
	}
	return true;
}

static void set_list(struct change *c, const struct sek_prefix *p, size_t n)
{
	char *text = malloc(n * (SEK_PREFIX_TEXT + 2) + 1), *to = text;

	c->what = n ? SET : DROP;
	c->value = text;
	if (text)
		*text = '\0';
	for (size_t i = 0; text && i < n; i++) {
		to = stpcpy(to, i ? ", " : "");
		sek_prefix_format(&p[i], to);
		to += strlen(to);
	}
}

static void change_interface(const struct merge *m, struct change c[KEYS])
{
	const struct sek_save_state *s = m->s;
	const struct sek_device *file = &m->conf->device, *now = &s->device;

	if (now->port != file->port)
		set(&c[LISTEN_PORT], "%u", now->port);
	if (now->fwmark != file->fwmark && now->fwmark != s->own_mark)
		set(&c[FWMARK], "0x%x", now->fwmark);
	if (m->conf->mtu && s->mtu != m->conf->mtu)
		set(&c[MTU], "%u", s->mtu);
	if (!is_same_set(s->addresses, s->addresses_n, m->conf->addresses, m->conf->addresses_n))
		set_list(&c[ADDRESS], s->addresses, s->addresses_n);
}

/* A peer has roamed, or was given another address; a name is worth more than what it was. */
static void change_endpoint(const struct section *x, struct change *c)
{
	union sek_endpoint file = { 0 };
	char text[SEK_ENDPOINT_TEXT];
	struct sek_prefix number;

	if (!x->now->endpoint.sa.sa_family)
		return;
	if (x->file->host &&
	    (sek_prefix_parse(x->file->host, &number) || sek_facts_resolve(x->file, 0, &file) ||
	     sek_endpoint_equal(&file, &x->now->endpoint)))
		return;
	set(c, "%s", sek_endpoint_format(&x->now->endpoint, text));
}

static void change_peer(const struct section *x, struct change c[KEYS])
{
	const struct sek_device_peer *file = x->file, *now = x->now;
	char key[SEK_KEY_TEXT];

	if (!sek_key_equal(&file->preshared_key, &now->preshared_key)) {
		if (sek_key_is_set(&now->preshared_key))
			set(&c[PSK], "%s", sek_key_format(&now->preshared_key, key));
		else
			c[PSK].what = DROP;
		explicit_bzero(key, sizeof(key));
	}
	if (file->keepalive != now->keepalive) {
		if (now->keepalive)
			set(&c[KEEPALIVE], "%u", now->keepalive);
		else
			c[KEEPALIVE].what = DROP;
	}
	if (!is_same_set(file->allowed, file->allowed_n, now->allowed, now->allowed_n))
		set_list(&c[ALLOWED], now->allowed, now->allowed_n);
	change_endpoint(x, &c[ENDPOINT]);
}

static int put_section(struct merge *m, const struct section *x)
{
	struct change c[KEYS] = { 0 };
	bool there[KEYS + 1] = { false };

	if (!x->is_peer)
		change_interface(m, c);
	else if (x->file)
		change_peer(x, c);
	for (int i = 0; i < KEYS; i++) {
		if (c[i].what == SET && !c[i].value) {
			release_changes(c);
			return -ENOMEM;
		}
	}
	for (size_t i = x->heading; i < x->end; i++)
		there[key_of(&m->lines[i])] = true;
	for (size_t i = x->comments; i <= x->heading; i++)
		fprintf(m->to, "%.*s\n", (int)m->lines[i].len, m->lines[i].text);
	for (int i = 0; i < KEYS; i++) {
		if (c[i].what == SET && !there[i])
			fprintf(m->to, "%s = %s\n", names[i], c[i].value);
	}
	for (size_t i = x->heading + 1; i < x->end; i++) {
		const struct line *l = &m->lines[i];
		enum key key = key_of(l);

		if (key == OTHER || c[key].what == KEEP)
			fprintf(m->to, "%.*s\n", (int)l->len, l->text);
		else if (c[key].what == SET)
			put_line(m, l, c[key].value);
		/* The first line of a list has all of it. */
		if (key != OTHER && c[key].what == SET)
			c[key].what = DROP;
	}
	release_changes(c);
	return 0;
}

static void put_new_peer(struct merge *m, const struct sek_device_peer *p)
{
	char key[SEK_KEY_TEXT], endpoint[SEK_ENDPOINT_TEXT], prefix[SEK_PREFIX_TEXT];

	fprintf(m->to, "\n[Peer]\nPublicKey = %s\n", sek_key_format(&p->public_key, key));
	if (sek_key_is_set(&p->preshared_key))
		fprintf(m->to, "PresharedKey = %s\n", sek_key_format(&p->preshared_key, key));
	for (size_t i = 0; i < p->allowed_n; i++)
		fprintf(m->to, "%s%s%s",
			i ? ", " : "AllowedIPs = ", sek_prefix_format(&p->allowed[i], prefix),
			i + 1 < p->allowed_n ? "" : "\n");
	if (p->endpoint.sa.sa_family)
		fprintf(m->to, "Endpoint = %s\n", sek_endpoint_format(&p->endpoint, endpoint));
	if (p->keepalive)
		fprintf(m->to, "PersistentKeepalive = %u\n", p->keepalive);
	explicit_bzero(key, sizeof(key));
}

/* Whom a section is about. The interface itself, as a peer, is nobody: it stays as it is. */
static void find_peer(struct merge *m, struct section *x)
{
	const struct sek_conf *c = m->conf;
	const struct sek_conf_section *next = &c->sections[m->peers];

	x->is_peer = m->peers < c->sections_n && next->line == x->heading + 1;
	if (!x->is_peer)
		return;
	m->peers++;
	if (next->peer == SIZE_MAX)
		return;
	x->file = &c->device.peers[next->peer];
	x->now = sek_device_find_peer(&m->s->device, &x->file->public_key);
}

static size_t comments_above(const struct merge *m, size_t heading)
{
	size_t first = heading;

	while (first && is_comment(&m->lines[first - 1]))
		first--;
	return first;
}

static int put_all(struct merge *m)
{
	const struct sek_device *file = &m->conf->device, *now = &m->s->device;
	size_t i = 0;
	int err = 0;

	while (i < m->n && !is_heading(&m->lines[i]))
		i++;
	/* Without a heading all there is are comments. */
	for (size_t k = 0; k < (i < m->n ? comments_above(m, i) : i); k++)
		fprintf(m->to, "%.*s\n", (int)m->lines[k].len, m->lines[k].text);
	while (!err && i < m->n) {
		struct section x = { .comments = comments_above(m, i), .heading = i };

		for (i++; i < m->n && !is_heading(&m->lines[i]);)
			i++;
		x.end = i < m->n ? comments_above(m, i) : i;
		find_peer(m, &x);
		if (!x.file || x.now)
			err = put_section(m, &x);
	}
	for (size_t k = 0; k < now->peers_n; k++) {
		if (!sek_device_find_peer(file, &now->peers[k].public_key))
			put_new_peer(m, &now->peers[k]);
	}
	return err;
}

static int split(struct merge *m, const char *text, size_t len)
{
	size_t room = 1;

	for (size_t i = 0; i < len; i++)
		room += text[i] == '\n';
	m->lines = calloc(room, sizeof(*m->lines));
	if (!m->lines)
		return -ENOMEM;
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		m->lines[m->n++] = (struct line){ text, n };
		text += n + !!end;
		len -= n + !!end;
	}
	return 0;
}

int sek_save_merge(const char *text, size_t len, const struct sek_save_state *s, char **ret,
		   size_t *ret_len, struct sek_conf_error *error)
{
	struct sek_conf conf = { 0 };
	struct merge m = { .s = s, .conf = &conf };
	char *merged = NULL;
	size_t size = 0;
	int err = sek_conf_parse(text, len, &conf, error);

	if (!err)
		err = split(&m, text, len);
	m.to = err ? NULL : open_memstream(&merged, &size);
	if (!err && !m.to)
		err = -ENOMEM;
	if (!err)
		err = put_all(&m);
	if (m.to && fclose(m.to) && !err)
		err = -ENOMEM;
	free(m.lines);
	sek_conf_release(&conf);
	if (err) {
		free(merged);
		return err;
	}
	*ret = merged;
	*ret_len = size;
	return 0;
}
