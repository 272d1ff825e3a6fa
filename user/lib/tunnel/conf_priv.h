/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of the reader share: lines and keys (conf.c), values (conf_value.c). */
#ifndef SEK_TUNNEL_CONF_PRIV_H
#define SEK_TUNNEL_CONF_PRIV_H

#include "conf.h"

/**
 * struct sek_conf_reader - where reading is
 * @conf: what was read
 * @error: where errors go
 * @start: of the line
 * @line: from 1
 * @section: the kind that the line belongs to
 * @peer: of the section [Peer]
 * @peer_line: where that begins
 * @has_key: its public key was given
 */
struct sek_conf_reader {
	struct sek_conf *conf;
	struct sek_conf_error *error;
	const char *start;
	unsigned int line;
	enum { SEK_SECTION_NONE, SEK_SECTION_INTERFACE, SEK_SECTION_PEER } section;
	struct sek_device_peer *peer;
	unsigned int peer_line;
	bool has_key;
};

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
