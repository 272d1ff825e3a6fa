// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sek_peer_release(struct sek_device_peer *p)
{
	free(p->host);
	free(p->service);
	free(p->allowed);
	explicit_bzero(p, sizeof(*p));
}

void sek_device_release(struct sek_device *d)
{
	for (size_t i = 0; i < d->peers_n; i++)
		sek_peer_release(&d->peers[i]);
	free(d->peers);
	explicit_bzero(d, sizeof(*d));
}

struct sek_device_peer *sek_device_add_peer(struct sek_device *d)
{
	if (d->peers_n == d->peers_room) {
		size_t room = d->peers_room ? 2 * d->peers_room : 4;
		struct sek_device_peer *peers = reallocarray(NULL, room, sizeof(*peers));

		if (!peers)
			return NULL;
		/* Not by realloc(): what it leaves behind may be keys. */
		if (d->peers) {
			memcpy(peers, d->peers, d->peers_n * sizeof(*peers));
			explicit_bzero(d->peers, d->peers_n * sizeof(*peers));
			free(d->peers);
		}
		d->peers = peers;
		d->peers_room = room;
	}
	memset(&d->peers[d->peers_n], 0, sizeof(*d->peers));
	return &d->peers[d->peers_n++];
}

struct sek_device_peer *sek_device_find_peer(const struct sek_device *d, const struct sek_key *key)
{
	for (size_t i = d->peers_n; i-- > 0;) {
		if (!memcmp(&d->peers[i].public_key, key, sizeof(*key)))
			return &d->peers[i];
	}
	return NULL;
}

int sek_peer_allow(struct sek_device_peer *p, const struct sek_prefix *prefix)
{
	if (p->allowed_n == p->allowed_room) {
		size_t room = p->allowed_room ? 2 * p->allowed_room : 4;
		struct sek_prefix *allowed = reallocarray(p->allowed, room, sizeof(*allowed));

		if (!allowed)
			return -ENOMEM;
		p->allowed = allowed;
		p->allowed_room = room;
	}
	p->allowed[p->allowed_n++] = *prefix;
	return 0;
}

bool sek_key_is_set(const struct sek_key *key)
{
	return !sodium_is_zero(key->bytes, sizeof(key->bytes));
}

bool sek_key_equal(const struct sek_key *a, const struct sek_key *b)
{
	return !sodium_memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

int sek_key_parse(const char *text, size_t len, struct sek_key *ret)
{
	struct sek_key key;
	size_t got;

	if (len != SEK_KEY_TEXT - 1 ||
	    sodium_base642bin(key.bytes, sizeof(key.bytes), text, len, NULL, &got, NULL,
			      sodium_base64_VARIANT_ORIGINAL) ||
	    got != sizeof(key.bytes))
		return -EINVAL;
	*ret = key;
	explicit_bzero(&key, sizeof(key));
	return 0;
}

char *sek_key_format(const struct sek_key *key, char ret[SEK_KEY_TEXT])
{
	return sodium_bin2base64(ret, SEK_KEY_TEXT, key->bytes, sizeof(key->bytes),
				 sodium_base64_VARIANT_ORIGINAL);
}

void sek_key_generate(struct sek_key *ret)
{
	randombytes_buf(ret->bytes, sizeof(ret->bytes));
	ret->bytes[0] &= 248;
	ret->bytes[31] = (ret->bytes[31] & 127) | 64;
}

void sek_key_public(const struct sek_key *private_key, struct sek_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (sek_key_is_set(private_key))
		crypto_scalarmult_base(ret->bytes, private_key->bytes);
}

unsigned int sek_prefix_bits(const struct sek_prefix *p)
{
	return p->family == AF_INET6 ? 128 : 32;
}

const char *sek_prefix_parse(const char *text, struct sek_prefix *ret)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	struct sek_prefix p = { 0 };
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	unsigned int bits = 0;

	if (len >= sizeof(address))
		return "is no IP address";
	memcpy(address, text, len);
	address[len] = '\0';
	p.family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(p.family, address, p.bytes) != 1)
		return "is no IP address";
	if (!slash) {
		p.len = sek_prefix_bits(&p);
		*ret = p;
		return NULL;
	}
	for (slash++, len = strlen(slash); *slash >= '0' && *slash <= '9' && bits < 1000; slash++)
		bits = 10 * bits + (*slash - '0');
	if (!len || *slash)
		return "has no number behind its slash";
	if (bits > sek_prefix_bits(&p))
		return p.family == AF_INET6 ? "has a length beyond 128" : "has a length beyond 32";
	p.len = bits;
	*ret = p;
	return NULL;
}

char *sek_prefix_format(const struct sek_prefix *p, char ret[SEK_PREFIX_TEXT])
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(p->family, p->bytes, address, sizeof(address));
	snprintf(ret, SEK_PREFIX_TEXT, "%s/%u", address, p->len);
	return ret;
}

void sek_prefix_mask(struct sek_prefix *p)
{
	for (unsigned int i = 0; i < sizeof(p->bytes); i++) {
		unsigned int from = 8 * i;

		if (p->len <= from)
			p->bytes[i] = 0;
		else if (p->len < from + 8)
			p->bytes[i] &= 0xff << (from + 8 - p->len);
	}
}

bool sek_prefix_covers(const struct sek_prefix *outer, const struct sek_prefix *inner)
{
	struct sek_prefix a = *outer, b = *inner;

	if (a.family != b.family || a.len > b.len)
		return false;
	b.len = a.len;
	sek_prefix_mask(&a);
	sek_prefix_mask(&b);
	return !memcmp(a.bytes, b.bytes, sek_prefix_bits(&a) / 8);
}

bool sek_prefix_equal(const struct sek_prefix *a, const struct sek_prefix *b)
{
	return a->family == b->family && a->len == b->len &&
	       !memcmp(a->bytes, b->bytes, sek_prefix_bits(a) / 8);
}

int sek_prefix_compare(const void *a, const void *b)
{
	const struct sek_prefix *x = a, *y = b;

	if (x->len != y->len)
		return y->len - x->len;
	if (x->family != y->family)
		return x->family - y->family;
	return memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}

char *sek_endpoint_format(const union sek_endpoint *e, char ret[SEK_ENDPOINT_TEXT])
{
	char host[INET6_ADDRSTRLEN + IFNAMSIZ + 1];
	bool v6 = e->sa.sa_family == AF_INET6;
	socklen_t len = v6 ? sizeof(e->v6) : sizeof(e->v4);

	/* By getnameinfo(), which knows how to write the scope of a link-local address. */
	if (!e->sa.sa_family ||
	    getnameinfo(&e->sa, len, host, sizeof(host), NULL, 0, NI_NUMERICHOST)) {
		snprintf(ret, SEK_ENDPOINT_TEXT, "(none)");
		return ret;
	}
	snprintf(ret, SEK_ENDPOINT_TEXT, v6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(v6 ? e->v6.sin6_port : e->v4.sin_port));
	return ret;
}

int sek_endpoint_parse(const char *text, union sek_endpoint *ret)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_DGRAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	char copy[SEK_ENDPOINT_TEXT], *host = copy, *port;
	struct addrinfo *found;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return -EINVAL;
	port = strrchr(copy, ':');
	if (!port || port == copy)
		return -EINVAL;
	*port++ = '\0';
	if (*host == '[') {
		host++;
		port[-2] = '\0';
	}
	if (getaddrinfo(host, port, &hints, &found))
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, found->ai_addr,
	       found->ai_addrlen < sizeof(*ret) ? found->ai_addrlen : sizeof(*ret));
	freeaddrinfo(found);
	return 0;
}

bool sek_endpoint_equal(const union sek_endpoint *a, const union sek_endpoint *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET6)
		return a->v6.sin6_port == b->v6.sin6_port &&
		       a->v6.sin6_scope_id == b->v6.sin6_scope_id &&
		       !memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr));
	return a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
}

void sek_endpoint_prefix(const union sek_endpoint *e, struct sek_prefix *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = e->sa.sa_family;
	ret->len = sek_prefix_bits(ret);
	if (ret->family == AF_INET6)
		ret->v6 = e->v6.sin6_addr;
	else
		ret->v4 = e->v4.sin_addr;
}
