/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the planner share. */
#ifndef SEK_TUNNEL_PLAN_PRIV_H
#define SEK_TUNNEL_PLAN_PRIV_H

#include "plan.h"

/**
 * struct sek_planner - what goes through the making of one plan
 * @conf: the file
 * @facts: what is there
 * @plan: what comes of it
 * @error: filled on failure
 * @routes: AllowedIPs of all peers, each once, see sek_prefix_compare(); owned
 * @routes_n: how many
 * @priority: of the policy rule that comes next, for IPv4 and IPv6
 */
struct sek_planner {
	const struct sek_conf *conf;
	const struct sek_facts *facts;
	struct sek_plan *plan;
	struct sek_conf_error *error;
	struct sek_prefix *routes;
	size_t routes_n;
	__u32 priority[2];
};

/**
 * sek_plan_fail() - say why there is no plan
 * @m: planner
 * @err: -errno
 * @fmt: printf format
 *
 * Return: @err.
 */
__attribute__((format(printf, 3, 4))) int sek_plan_fail(struct sek_planner *m, int err,
							const char *fmt, ...);

/**
 * sek_plan_note() - say what people may wonder about; the first one stays
 * @m: planner
 * @fmt: printf format
 */
__attribute__((format(printf, 2, 3))) void sek_plan_note(struct sek_planner *m, const char *fmt,
							 ...);

/**
 * sek_plan_add() - a step more
 * @m: planner
 * @type: what it does
 *
 * Return: the step, otherwise empty, valid until the next is added; NULL when out of memory.
 */
struct sek_step *sek_plan_add(struct sek_planner *m, enum sek_step_type type);

/**
 * sek_plan_add_sysctl() - a step that writes a sysctl
 * @m: planner
 * @own: it is not gone with the interface, and has to be undone
 * @path: below /proc/sys
 * @value: what is written
 * @why: for people; a constant
 *
 * Return: 0 or -ENOMEM.
 */
int sek_plan_add_sysctl(struct sek_planner *m, bool own, const char *path, const char *value,
			const char *why);

/* plan_route.c: 0 or -errno. The first fills in @routes, the second the plan's mark. */
int sek_plan_collect_routes(struct sek_planner *m);
int sek_plan_choose_mark(struct sek_planner *m);
int sek_plan_add_full(struct sek_planner *m);
int sek_plan_add_keep_outs(struct sek_planner *m);
int sek_plan_add_routes(struct sek_planner *m);

#endif
