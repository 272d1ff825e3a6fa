/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the reader share: lines and keys (conf.c), values (conf_value.c), peers
 * in several sections (conf_settle.c).
 */
#ifndef SEK_TUNNEL_CONF_PRIV_H
#define SEK_TUNNEL_CONF_PRIV_H

#include "conf.h"

/**
 * struct sek_conf_said - what a section [Peer] says, beside its peer in the device
 * @line: where it begins
 * @has_key: its public key
 * @has_preshared_key: a preshared key; one of zeros is none
 * @has_keepalive: PersistentKeepalive; it may be off
 * @adds: AllowedIPs, with + or -, that leave those of an earlier section of the same peer
 */
struct sek_conf_said {
	unsigned int line;
	bool has_key;
	bool has_preshared_key;
	bool has_keepalive;
	bool adds;
};

/**
 * struct sek_conf_removal - a network that a section takes from its peer
 * @prefix: the network
 * @section: which of them
 * @behind: so many that the section gives
 */
struct sek_conf_removal {
	struct sek_prefix prefix;
	size_t section;
	size_t behind;
};

/**
 * struct sek_conf_reader - where reading is
 * @conf: what was read
 * @error: where errors go
 * @start: of the line
 * @line: from 1
 * @section: the kind that the line belongs to
 * @peer: of the section [Peer]; each has one of its own until sek_conf_settle()
 * @said: about these peers, as many; owned
 * @said_n: how many
 * @said_room: how many there is room for
 * @removals: in the order of the file; owned
 * @removals_n: how many
 * @removals_room: how many there is room for
 */
struct sek_conf_reader {
	struct sek_conf *conf;
	struct sek_conf_error *error;
	const char *start;
	unsigned int line;
	enum { SEK_SECTION_NONE, SEK_SECTION_INTERFACE, SEK_SECTION_PEER } section;
	struct sek_device_peer *peer;
	struct sek_conf_said *said;
	size_t said_n;
	size_t said_room;
	struct sek_conf_removal *removals;
	size_t removals_n;
	size_t removals_room;
};

/*
 * An array with room for one of @size bytes behind @n, @*room being how many there is room for.
 * Return: @array, which is the caller's, or where it is now; NULL: out of memory, said.
 */
void *sek_conf_grow(struct sek_conf_reader *r, void *array, size_t n, size_t *room, size_t size);

/* Makes one peer of all sections of the same public key. Return: 0 or -ENOMEM. */
int sek_conf_settle(struct sek_conf_reader *r);

/* Says what is wrong at @at, a place in the line. Return: -EINVAL. */
int sek_conf_fail(struct sek_conf_reader *r, const char *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Return: -ENOMEM, said. */
int sek_conf_no_memory(struct sek_conf_reader *r);

/**
 * struct sek_conf_key - a key of a file
 * @name: as manuals write it
 * @take: takes the value, which it may change, without blanks around it
 */
struct sek_conf_key {
	const char *name;
	int (*take)(struct sek_conf_reader *r, char *value);
};

/* Each ends with an entry without a name. */
extern const struct sek_conf_key sek_conf_interface_keys[];
extern const struct sek_conf_key sek_conf_peer_keys[];
extern const struct sek_conf_key sek_conf_own_keys[];

#endif
