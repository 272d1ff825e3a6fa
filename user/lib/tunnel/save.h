/* SPDX-License-Identifier: GPL-2.0-only */
/* SaveConfig: the state of an interface goes back into its file, and the comments stay. */
#ifndef SEK_TUNNEL_SAVE_H
#define SEK_TUNNEL_SAVE_H

#include "conf.h"

/**
 * struct sek_save_state - what is to be saved
 * @device: as it is
 * @addresses: of the interface
 * @addresses_n: how many
 * @mtu: of the interface
 * @own_mark: a mark that the tunnel chose itself, and that is not to be written; 0: none
 */
struct sek_save_state {
	struct sek_device device;
	struct sek_prefix *addresses;
	size_t addresses_n;
	__u32 mtu;
	__u32 own_mark;
};

/**
 * sek_save_merge() - a file's text, changed where the state differs
 * @text: of the file
 * @len: of @text
 * @s: the state
 * @ret: the new text, to be freed by free(); it holds keys; untouched on failure
 * @ret_len: its length
 * @error: what is wrong with the file
 *
 * Values are replaced in their lines; what the file has no line for is added below its section's
 * heading, peers that are new at the end; peers that are gone are taken out with the comments
 * above and in them. An endpoint that the file gives by name stays a name. A private key that
 * is not in the file does not get there.
 *
 * Return: 0, -EINVAL if the file cannot be read, -ENOMEM.
 */
int sek_save_merge(const char *text, size_t len, const struct sek_save_state *s, char **ret,
		   size_t *ret_len, struct sek_conf_error *error);

/**
 * sek_save() - write the state of an interface into its file, atomically
 * @path: of the file
 * @ifname: of the interface, in the calling thread's namespace
 * @own_mark: as that of struct sek_save_state
 * @error: what failed
 *
 * Return: 0 or -errno.
 */
int sek_save(const char *path, const char *ifname, __u32 own_mark, struct sek_conf_error *error);

#endif
