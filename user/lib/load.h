/* SPDX-License-Identifier: GPL-2.0-only */
/* Attach to a host, and take all of it off again. */
#ifndef SEK_LIB_LOAD_H
#define SEK_LIB_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "programs.h"

/* Hooks to attach to; also the order of their names in the command's options. */
#define SEK_HOOK_XDP	   (1U << 0)
#define SEK_HOOK_TC	   (1U << 1)
#define SEK_HOOK_CGROUP	   (1U << 2)
#define SEK_HOOK_NETFILTER (1U << 3)

/**
 * struct sek_load_options - what to attach to
 * @netns: names or paths of namespaces, "all" for every one; none: the caller's
 * @netns_n: how many
 * @devs: names of interfaces; none: all of a namespace. The netfilter hook is
 *	always a whole namespace's
 * @devs_n: how many
 * @hooks: SEK_HOOK_*
 * @cgroup: path of a cgroup, NULL for the root of cgroup2
 * @sizes: for maps that do not exist yet
 * @may_vanish: one of @devs that is not there any more is no failure
 * @stopped: asked between the steps, may be NULL: the name of the signal that wants the load
 *	to end, or NULL
 * @keep: if it was stopped, what it has attached stays, as if it had been killed: to take it
 *	back takes as long again, and the caller knows a shorter way
 * @leisurely: so many places are attached to at the kernel's own pace, the others in haste, see
 *	expedite.h
 */
struct sek_load_options {
	char *const *netns;
	size_t netns_n;
	char *const *devs;
	size_t devs_n;
	uint32_t hooks;
	const char *cgroup;
	struct sek_sizes sizes;
	bool may_vanish;
	const char *(*stopped)(void);
	bool keep;
	uint32_t leisurely;
};

/**
 * struct sek_report - what a load did, for people
 * @attached: places newly attached to
 * @updated: places where an older program was replaced
 * @kept: places that had this program
 * @first: nothing was loaded before
 * @notes: lines about what was left out or done in another way
 * @notes_n: how many
 * @error: one line, if it failed
 */
struct sek_report {
	uint32_t attached;
	uint32_t updated;
	uint32_t kept;
	bool first;
	char **notes;
	size_t notes_n;
	char error[512];
};

/**
 * sek_load() - attach
 * @o: what to attach to
 * @report: zeroed; freed by sek_report_free(), also after an error
 *
 * Safe to run again: attaches what is missing, replaces the programs of
 * another build, keeps the rest. If it fails or was stopped, it takes back what it
 * newly attached; a first load leaves nothing behind then.
 *
 * Return: 0; -EINTR if it was stopped; another -errno, with @report->error.
 */
int sek_load(const struct sek_load_options *o, struct sek_report *report);

/**
 * sek_unload() - detach everywhere and remove all that load made
 * @report: zeroed; @attached tells how many places there were
 *
 * Return: 0, also if nothing was loaded, or -errno, with @report->error.
 */
int sek_unload(struct sek_report *report);

/**
 * sek_report_note() - add a line
 * @r: report
 * @fmt: printf format
 */
void sek_report_note(struct sek_report *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sek_report_fail() - say why it failed
 * @r: report; the first failure stands
 * @err: -errno
 * @fmt: printf format: what was being done, on what
 *
 * Return: @err.
 */
int sek_report_fail(struct sek_report *r, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sek_report_say() - say why it failed, where the error's own text would add nothing
 * @r: report; the first failure stands
 * @err: -errno
 * @fmt: printf format: all there is to say
 *
 * Return: @err.
 */
int sek_report_say(struct sek_report *r, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sek_report_free() - free the notes
 * @r: report
 */
void sek_report_free(struct sek_report *r);

#endif
