/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A WireGuard device as data: what a file asks for, what is told to whoever runs the device, and
 * what they tell about it.
 */
#ifndef SEK_TUNNEL_DEVICE_H
#define SEK_TUNNEL_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <net/if.h>
#include <netinet/in.h>

#include <linux/types.h>

#define SEK_KEY_SIZE 32
/* A key in base64, with the NUL behind it. */
#define SEK_KEY_TEXT 45

/* WireGuard has no use for a key of zeros: it stands for none. */
struct sek_key {
	__u8 bytes[SEK_KEY_SIZE];
};

/**
 * struct sek_prefix - an address with the length of its network
 * @family: AF_INET or AF_INET6
 * @len: bits of the network
 * @v4: network byte order, as the others
 * @v6: likewise
 * @bytes: of either
 */
struct sek_prefix {
	__u8 family;
	__u8 len;
	union {
		struct in_addr v4;
		struct in6_addr v6;
		__u8 bytes[16];
	};
};

/* "2001:db8::1/128" and the longest like it, with the NUL */
#define SEK_PREFIX_TEXT (INET6_ADDRSTRLEN + 4)

/* sa_family 0: none */
union sek_endpoint {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "[fe80::1%interface]:65535" */
#define SEK_ENDPOINT_TEXT (INET6_ADDRSTRLEN + IFNAMSIZ + 9)

/**
 * struct sek_device_peer - one peer
 * @public_key: who it is
 * @preshared_key: zeros: none
 * @endpoint: where it is
 * @host: its name or address as a file has it, owned; NULL: none, or not from a file
 * @service: its port as a file has it, owned
 * @keepalive: seconds; 0: off
 * @allowed: owned
 * @allowed_n: how many
 * @allowed_room: how many there is room for
 * @rx_bytes: received, as WireGuard counts
 * @tx_bytes: sent, handshakes among them
 * @handshake: when the last one was completed, in seconds since 1970; 0: never
 * @handshake_ns: the rest of it
 * @line: where a file begins to describe it; 0: not from a file
 * @endpoint_line: where a file names its endpoint
 * @endpoint_column: likewise
 */
struct sek_device_peer {
	struct sek_key public_key;
	struct sek_key preshared_key;
	union sek_endpoint endpoint;
	char *host;
	char *service;
	__u16 keepalive;
	struct sek_prefix *allowed;
	size_t allowed_n;
	size_t allowed_room;
	__u64 rx_bytes;
	__u64 tx_bytes;
	__s64 handshake;
	__u32 handshake_ns;
	unsigned int line;
	unsigned int endpoint_line;
	unsigned int endpoint_column;
};

/**
 * struct sek_device - one device
 * @name: of its interface
 * @ifindex: 0: unknown
 * @userspace: run by wireguard-go or the like
 * @private_key: zeros: none
 * @public_key: that follows from it
 * @port: it listens at, in host byte order; 0: any
 * @fwmark: of the packets it sends; 0: none
 * @peers: owned, with what they own
 * @peers_n: how many
 * @peers_room: how many there is room for
 */
struct sek_device {
	char name[IFNAMSIZ];
	__u32 ifindex;
	bool userspace;
	struct sek_key private_key;
	struct sek_key public_key;
	__u16 port;
	__u32 fwmark;
	struct sek_device_peer *peers;
	size_t peers_n;
	size_t peers_room;
};

/**
 * sek_device_release() - free what a device owns, and forget its keys
 * @d: the device; empty afterwards
 */
void sek_device_release(struct sek_device *d);

/**
 * sek_peer_release() - free what a peer owns, and forget its keys
 * @p: the peer; empty afterwards
 */
void sek_peer_release(struct sek_device_peer *p);

/**
 * sek_device_add_peer() - room for one peer more
 * @d: the device
 *
 * Return: the peer, empty, valid until the next is added; NULL when out of memory.
 */
struct sek_device_peer *sek_device_add_peer(struct sek_device *d);

/**
 * sek_device_find_peer() - look for a peer
 * @d: the device
 * @key: its public key
 *
 * Return: the last one with this key, or NULL.
 */
struct sek_device_peer *sek_device_find_peer(const struct sek_device *d, const struct sek_key *key);

/**
 * sek_peer_allow() - add an allowed address
 * @p: the peer
 * @prefix: copied
 *
 * Return: 0 or -ENOMEM.
 */
int sek_peer_allow(struct sek_device_peer *p, const struct sek_prefix *prefix);

/** sek_key_is_set() - is it a key, rather than none? */
bool sek_key_is_set(const struct sek_key *key);

/** sek_key_equal() - are they the same? In constant time */
bool sek_key_equal(const struct sek_key *a, const struct sek_key *b);

/**
 * sek_key_parse() - a key from base64
 * @text: 44 characters
 * @len: of @text
 * @ret: untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int sek_key_parse(const char *text, size_t len, struct sek_key *ret);

/**
 * sek_key_format() - a key as base64
 * @key: the key
 * @ret: where to
 *
 * Return: @ret.
 */
char *sek_key_format(const struct sek_key *key, char ret[SEK_KEY_TEXT]);

/**
 * sek_key_generate() - a new private key
 * @ret: clamped as Curve25519 wants it (RFC 7748, section 5)
 */
void sek_key_generate(struct sek_key *ret);

/**
 * sek_key_public() - the public key that follows from a private one
 * @private_key: the private one; zeros give zeros
 * @ret: the public one
 */
void sek_key_public(const struct sek_key *private_key, struct sek_key *ret);

/**
 * sek_prefix_parse() - "10.0.0.1/24", or without a length for a single address
 * @text: the whole of it
 * @ret: not masked; untouched on failure
 *
 * Return: NULL, or what is wrong with it, as words that follow its text.
 */
const char *sek_prefix_parse(const char *text, struct sek_prefix *ret);

/**
 * sek_prefix_format() - a prefix as text
 * @p: the prefix
 * @ret: where to
 *
 * Return: @ret.
 */
char *sek_prefix_format(const struct sek_prefix *p, char ret[SEK_PREFIX_TEXT]);

/** sek_prefix_mask() - set what is behind the network's bits to zero */
void sek_prefix_mask(struct sek_prefix *p);

/** sek_prefix_bits() - 32 or 128 */
unsigned int sek_prefix_bits(const struct sek_prefix *p);

/**
 * sek_prefix_covers() - does one network hold all of another?
 * @outer: need not be masked
 * @inner: likewise
 *
 * Return: true also if they are the same.
 */
bool sek_prefix_covers(const struct sek_prefix *outer, const struct sek_prefix *inner);

/** sek_prefix_equal() - the same address and length? */
bool sek_prefix_equal(const struct sek_prefix *a, const struct sek_prefix *b);

/**
 * sek_prefix_compare() - an order for qsort() and bsearch()
 * @a: struct sek_prefix
 * @b: likewise
 *
 * Return: the longest first; of those the order of family and bytes.
 */
int sek_prefix_compare(const void *a, const void *b);

/**
 * sek_endpoint_format() - an endpoint as wg(8) writes it
 * @e: the endpoint
 * @ret: "192.0.2.1:51820", "[2001:db8::1]:51820" or "(none)"
 *
 * Return: @ret.
 */
char *sek_endpoint_format(const union sek_endpoint *e, char ret[SEK_ENDPOINT_TEXT]);

/**
 * sek_endpoint_parse() - an endpoint from what sek_endpoint_format() writes
 * @text: "192.0.2.1:51820" or "[fe80::1%eth0]:51820"
 * @ret: untouched on failure
 *
 * Return: 0 or -EINVAL.
 */
int sek_endpoint_parse(const char *text, union sek_endpoint *ret);

/** sek_endpoint_equal() - the same address and port? */
bool sek_endpoint_equal(const union sek_endpoint *a, const union sek_endpoint *b);

/**
 * sek_endpoint_prefix() - an endpoint's address
 * @e: the endpoint, not none
 * @ret: a single address
 */
void sek_endpoint_prefix(const union sek_endpoint *e, struct sek_prefix *ret);

#endif
