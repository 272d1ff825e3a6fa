/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file means on this host: a list of steps, computed from the file and the facts alone.
 * `plan` prints the very steps that `up` does.
 */
#ifndef SEK_TUNNEL_PLAN_H
#define SEK_TUNNEL_PLAN_H

#include "conf.h"
#include "facts.h"
#include "rt.h"

enum sek_step_type {
	SEK_STEP_HOOK,	    /* a command of the user's */
	SEK_STEP_LINK,	    /* make the interface */
	SEK_STEP_WIREGUARD, /* tell it key, port, mark and peers */
	SEK_STEP_ADDRESS,
	SEK_STEP_MTU,
	SEK_STEP_MULTICAST, /* set the flag without which daemons send none */
	SEK_STEP_SYSCTL,
	SEK_STEP_NFT,
	SEK_STEP_RULE,
	SEK_STEP_UP,
	SEK_STEP_ROUTE,
	SEK_STEP_DNS,
	SEK_STEP_NR
};

/**
 * struct sek_step - one step
 * @type: which member of the union holds
 * @own: it is not gone with the interface, and has to be undone
 * @why: for people; NULL: needs no reason
 * @hook: the command
 * @link: made by the kernel, or by the program
 * @address: and whether the kernel makes no route for it
 * @mark: of WireGuard's packets
 * @mtu: of the interface
 * @sysctl: its value, and the one it had
 * @nft: a table
 * @rule: policy rule
 * @route: route
 */
struct sek_step {
	enum sek_step_type type;
	bool own;
	const char *why;
	union {
		struct {
			enum sek_conf_hook hook;
			char *command; /* owned */
		} hook;
		struct {
			bool userspace;
			const char *program;
		} link;
		struct {
			struct sek_prefix prefix;
			bool no_route;
		} address;
		__u32 mark; /* of WireGuard's packets */
		__u32 mtu;
		struct {
			char path[64]; /* below /proc/sys */
			char value[16];
			char old[16]; /* found when it is done */
		} sysctl;
		struct {
			int family;
			char table[IFNAMSIZ + 16];
		} nft;
		struct sek_rt_rule rule;
		struct {
			struct sek_rt_route route; /* oif 0: the tunnel */
			bool keep_out;		   /* of an endpoint, past the tunnel */
		} route;
	};
};

/**
 * struct sek_plan - all of it
 * @steps: in order, owned
 * @n: how many
 * @room: for so many
 * @mark: of WireGuard's packets; 0: none
 * @note: for people, "" if there is none
 */
struct sek_plan {
	struct sek_step *steps;
	size_t n;
	size_t room;
	__u32 mark;
	char note[200];
};

/**
 * sek_plan_make() - compute the steps of `up`
 * @conf: the file
 * @facts: the host
 * @ret: to be released by sek_plan_release(), also on failure; empty before
 * @error: why it cannot be done
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENOENT, -ENOSPC or -ENOMEM.
 */
int sek_plan_make(const struct sek_conf *conf, const struct sek_facts *facts, struct sek_plan *ret,
		  struct sek_conf_error *error);

/** sek_plan_release() - free it */
void sek_plan_release(struct sek_plan *p);

/** sek_step_name() - what a kind of step is called in plans and journals */
const char *sek_step_name(enum sek_step_type type);

/**
 * sek_step_describe() - a step as the command of iproute2, wg or nft that would do it
 * @s: the step
 * @conf: the file that it is of
 * @ret: where to
 * @size: of @ret
 */
void sek_step_describe(const struct sek_step *s, const struct sek_conf *conf, char *ret,
		       size_t size);

/**
 * sek_plan_expand() - a hook's command with the interface's name for each %i
 * @command: as the file has it
 * @name: of the interface
 *
 * Return: to be freed by free(), or NULL when out of memory.
 */
char *sek_plan_expand(const char *command, const char *name);

#endif
