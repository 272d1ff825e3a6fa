/* SPDX-License-Identifier: GPL-2.0-only */
/* One step: do it, undo it. Both act in the network namespace of the calling thread. */
#ifndef SEK_TUNNEL_STEP_H
#define SEK_TUNNEL_STEP_H

#include "../netlink.h"
#include "journal.h"
#include "plan.h"

/**
 * struct sek_step_context - what steps share
 * @conf: the file
 * @plan: of it
 * @journal: open
 * @netns_fd: the thread's namespace, where the interface goes; -1 unless @underlay_fd is one
 * @underlay_fd: where its socket is to be; -1: here
 */
struct sek_step_context {
	const struct sek_conf *conf;
	const struct sek_plan *plan;
	struct sek_journal *journal;
	int netns_fd;
	int underlay_fd;
};

/**
 * sek_step_do() - write a step down and do it
 * @c: what steps share
 * @s: the step; filled in with what its undoing needs
 *
 * Return: 0 or -errno; sek_rtnl_error() may know more. A hook that fails is -ECHILD.
 */
int sek_step_do(struct sek_step_context *c, struct sek_step *s);

/**
 * sek_step_undo() - undo what may have been done; what is gone already is no error
 * @j: the journal
 * @entry: number of the step in it
 * @nft: see sek_nft_del(); NULL at first
 *
 * Return: 0 or -errno.
 */
int sek_step_undo(struct sek_journal *j, size_t entry, struct mnl_socket **nft);

/**
 * sek_step_hook() - run a command of the user's
 * @command: for bash, or sh where there is none
 *
 * Return: 0; -ECHILD if it failed; another -errno.
 */
int sek_step_hook(const char *command);

#endif
