/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of wg-quick(8) and wg(8), read as those read them, and one key more in a comment that they
 * skip:
 *
 *	[Interface]
 *	# sekisho: Routing = onlink
 *	# sekisho: RulePriority = 1000
 *
 * Keys are matched without regard to case and blanks; a "#" ends a line; a list may be written
 * with commas or in several lines.
 */
#ifndef SEK_TUNNEL_CONF_H
#define SEK_TUNNEL_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "device.h"

/* "Table" */
enum sek_conf_table {
	SEK_CONF_TABLE_AUTO,
	SEK_CONF_TABLE_OFF,
	SEK_CONF_TABLE_NUMBER,
};

/* "# sekisho: Routing"; docs/tunnel.rst has a table of what each installs. */
enum sek_conf_routing {
	SEK_ROUTING_WG_QUICK, /* not given: what wg-quick does */
	SEK_ROUTING_NONE,
	SEK_ROUTING_ONLINK,
	SEK_ROUTING_ALLOWEDIPS,
	SEK_ROUTING_FULL,
	SEK_ROUTING_DAEMON,
	SEK_ROUTING_NR
};

enum sek_conf_hook {
	SEK_HOOK_PRE_UP,
	SEK_HOOK_POST_UP,
	SEK_HOOK_PRE_DOWN,
	SEK_HOOK_POST_DOWN,
	SEK_HOOK_NR
};

/**
 * struct sek_conf_words - strings
 * @words: owned, each of them too
 * @n: how many
 */
struct sek_conf_words {
	char **words;
	size_t n;
};

/**
 * struct sek_conf_section - a section [Peer]
 * @line: of its heading, from 1
 * @peer: that it is about, an index; SIZE_MAX: the interface itself
 */
struct sek_conf_section {
	unsigned int line;
	size_t peer;
};

/**
 * struct sek_conf - one file
 * @device: what is told to WireGuard, each peer once; endpoints are not resolved yet
 * @sections: of peers, in the order of the file; owned
 * @sections_n: how many
 * @addresses: of the interface, not masked; owned
 * @addresses_n: how many
 * @dns: servers
 * @search: domains, which DNS names too
 * @mtu: 0: to be computed
 * @table: kind of "Table"
 * @table_id: its number
 * @routing: sekisho's own key
 * @priority: sekisho's own key: of the first policy rule; 0: to be chosen
 * @hooks: commands, with %i in them, by enum sek_conf_hook
 * @save: "SaveConfig"
 * @secret_line: where the first secret stands, 0: there is none
 * @secret_column: likewise
 */
struct sek_conf {
	struct sek_device device;
	struct sek_conf_section *sections;
	size_t sections_n;
	struct sek_prefix *addresses;
	size_t addresses_n;
	struct sek_conf_words dns;
	struct sek_conf_words search;
	__u32 mtu;
	enum sek_conf_table table;
	__u32 table_id;
	enum sek_conf_routing routing;
	__u32 priority;
	struct sek_conf_words hooks[SEK_HOOK_NR];
	bool save;
	unsigned int secret_line;
	unsigned int secret_column;
};

/**
 * struct sek_conf_error - what is wrong with a file
 * @line: from 1; 0: the file as a whole
 * @column: from 1, in bytes
 * @text: for people; never a secret
 */
struct sek_conf_error {
	unsigned int line;
	unsigned int column;
	char text[200];
};

/**
 * sek_conf_find() - the file and the interface's name that a word stands for
 * @word: a path that ends in NAME.conf, or NAME for /etc/wireguard/NAME.conf
 * @ret_path: of the file, which need not be there
 * @ret_name: of the interface
 *
 * Return: 0, or -EINVAL if no interface can have that name.
 */
int sek_conf_find(const char *word, char ret_path[PATH_MAX], char ret_name[IFNAMSIZ]);

/**
 * sek_conf_parse() - read what a file holds
 * @text: its bytes
 * @len: how many
 * @ret: to be released by sek_conf_release(), also on failure; empty before
 * @error: what is wrong
 *
 * Return: 0, -EINVAL, or -ENOMEM.
 */
int sek_conf_parse(const char *text, size_t len, struct sek_conf *ret,
		   struct sek_conf_error *error);

/**
 * sek_conf_read() - read a file
 * @path: of the file
 * @ret: to be released by sek_conf_release(), also on failure; empty before
 * @ret_mode: its permissions
 * @error: what is wrong
 *
 * Return: 0 or -errno.
 */
int sek_conf_read(const char *path, struct sek_conf *ret, unsigned int *ret_mode,
		  struct sek_conf_error *error);

/**
 * sek_conf_release() - free what it owns, and forget its keys
 * @c: empty afterwards
 */
void sek_conf_release(struct sek_conf *c);

/**
 * sek_conf_routing_name() - the word for a way of routing
 * @routing: the way
 *
 * Return: "wg-quick", "none", "onlink", "allowedips", "full" or "daemon".
 */
const char *sek_conf_routing_name(enum sek_conf_routing routing);

/**
 * sek_conf_routing_find() - the way of routing that a word stands for
 * @word: in any case
 *
 * Return: enum sek_conf_routing or -ENOENT.
 */
int sek_conf_routing_find(const char *word);

#endif
