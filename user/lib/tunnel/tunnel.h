/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels, up and down. */
#ifndef SEK_TUNNEL_TUNNEL_H
#define SEK_TUNNEL_TUNNEL_H

#include "../netns.h"
#include "conf.h"
#include "facts.h"
#include "plan.h"

/**
 * struct sek_tunnel_place - where a tunnel is
 * @netns: of its interface; fd -1: that of the calling thread
 * @underlay: of its socket; fd -1: the same
 */
struct sek_tunnel_place {
	struct sek_netns netns;
	struct sek_netns underlay;
};

#define SEK_TUNNEL_HERE                                        \
	{                                                      \
		.netns = { .fd = -1 }, .underlay = {.fd = -1 } \
	}

/**
 * struct sek_tunnel_report - what there is to tell people
 * @say: called before a hook runs, with its command; NULL: nobody listens
 * @recovered: a sekisho that was killed had left something half done; it is undone
 * @already: nothing had to be done
 * @note: of the plan
 * @error: what failed; see struct sek_conf_error
 */
struct sek_tunnel_report {
	void (*say)(const char *command);
	bool recovered;
	bool already;
	char note[200];
	struct sek_conf_error error;
};

/**
 * sek_tunnel_plan() - what `up` would do, with what it has to know
 * @conf: the file; its endpoints are resolved
 * @place: where
 * @strict: names that cannot be resolved are an error
 * @facts: to be released by sek_facts_release(), also on failure; empty before; must outlive @plan
 * @plan: to be released by sek_plan_release(), also on failure; empty before
 * @error: why it cannot be
 *
 * Return: 0 or -errno.
 */
int sek_tunnel_plan(struct sek_conf *conf, const struct sek_tunnel_place *place, bool strict,
		    struct sek_facts *facts, struct sek_plan *plan, struct sek_conf_error *error);

/**
 * sek_tunnel_up() - bring a tunnel up, or leave everything as it was
 * @file: path that was read, without newlines
 * @conf: the file
 * @place: where
 * @report: what came of it
 *
 * Return: 0 or -errno; -EINTR if a signal asked to stop, which is still pending.
 */
int sek_tunnel_up(const char *file, struct sek_conf *conf, const struct sek_tunnel_place *place,
		  struct sek_tunnel_report *report);

/**
 * sek_tunnel_refresh() - ask again what the names of silent peers stand for
 * @ifname: of a tunnel that is up
 * @place: where
 * @ret_changed: how many peers were given another endpoint
 * @error: what failed
 *
 * Only of peers whose last handshake is older than %SEK_TUNNEL_REFRESH_AGE, and not of those that
 * have another endpoint than their name stood for: they have roamed.
 *
 * Return: 0 or -errno; -ENOENT if there is no such tunnel of ours.
 */
int sek_tunnel_refresh(const char *ifname, const struct sek_tunnel_place *place,
		       unsigned int *ret_changed, struct sek_conf_error *error);

/* A peer that is spoken to has a handshake every 120 s (REKEY_AFTER_TIME), and 15 s to make it. */
#define SEK_TUNNEL_REFRESH_AGE 135

/**
 * sek_tunnel_down() - remove what `up` made
 * @ifname: of the tunnel
 * @place: where
 * @report: what came of it; a hook that failed, or a file that cannot be saved, is told, and
 *	does not stop it
 *
 * Return: 0; -EEXIST if there is such an interface, but not of ours; -ECHILD if a hook failed;
 * another -errno.
 */
int sek_tunnel_down(const char *ifname, const struct sek_tunnel_place *place,
		    struct sek_tunnel_report *report);

#endif
