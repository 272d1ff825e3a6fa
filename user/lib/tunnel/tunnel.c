// SPDX-License-Identifier: GPL-2.0-only
#include "tunnel.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../cleanup.h"
#include "../rtnl.h"
#include "journal.h"
#include "save.h"
#include "step.h"

/* For names that cannot be resolved now, in seconds: the network may just be coming up. */
#define PATIENCE 15

static void release_facts(struct sek_facts *f)
{
	sek_facts_release(f);
}

static void release_plan(struct sek_plan *p)
{
	sek_plan_release(p);
}

__attribute__((format(printf, 3, 4))) static int fail(struct sek_conf_error *error, int err,
						      const char *fmt, ...)
{
	va_list args;

	error->line = 0;
	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return err;
}

static int fail_journal(struct sek_conf_error *error, int err)
{
	if (err == -EBUSY)
		return fail(error, err, "another sekisho is at work on this tunnel");
	if (err == -EPROTO)
		return fail(error, err, "what is written in " SEK_JOURNAL_DIR " makes no sense");
	return fail(error, err, "write in " SEK_JOURNAL_DIR ": %s", strerror(-err));
}

/* Signals wait until everything is up, or as it was before. */
static void hold_signals(sigset_t *ret_old)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, ret_old);
}

static bool is_asked_to_stop(void)
{
	sigset_t pending;

	return !sigpending(&pending) &&
	       (sigismember(&pending, SIGHUP) == 1 || sigismember(&pending, SIGINT) == 1 ||
		sigismember(&pending, SIGTERM) == 1);
}

/*
 * Under the lock of all, and from what is written by then: a tunnel that went down meanwhile may
 * have left something to this one.
 */
static int undo_all(struct sek_journal *j, struct sek_conf_error *error)
{
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nft = NULL;
	SEK_CLEANUP(sek_closep) int lock = sek_journal_lock();
	int ret = lock < 0 ? lock : sek_journal_reread(j);

	if (ret)
		return fail_journal(error, ret);
	for (size_t i = j->n; i-- > 0;) {
		int err = j->entries[i].undone ? 0 : sek_step_undo(j, i, &nft);

		/* What can be undone is undone; the first failure is told. */
		if (err && !ret)
			ret = fail(error, err, "undo the step '%s': %s",
				   sek_step_name(j->entries[i].step.type), strerror(-err));
	}
	return ret;
}

/* What a killed sekisho left, or a tunnel whose interface somebody else removed. */
static int recover(struct sek_journal *j, struct sek_tunnel_report *r)
{
	struct sek_iface i;
	int err;

	if (!j->n && !j->up)
		return 0;
	err = j->up ? sek_rtnl_iface(j->ifname, &i) : -ENODEV;
	if (!err && i.ifindex == j->ifindex) {
		r->already = true;
		return 0;
	}
	if (err && err != -ENODEV)
		return fail(&r->error, err, "look for %s: %s", j->ifname, strerror(-err));
	r->recovered = true;
	return undo_all(j, &r->error);
}

int sek_tunnel_plan(struct sek_conf *conf, const struct sek_tunnel_place *place, bool strict,
		    struct sek_facts *facts, struct sek_plan *plan, struct sek_conf_error *error)
{
	int err = sek_facts_gather(conf, place->netns.fd, place->underlay.fd, strict ? PATIENCE : 0,
				   strict, facts, error);

	return err ? err : sek_plan_make(conf, facts, plan, error);
}

static int fail_step(struct sek_conf_error *error, int err, const struct sek_step *s,
		     const struct sek_conf *conf)
{
	const char *said = s->type == SEK_STEP_HOOK ? "" : sek_rtnl_error();
	char text[160];

	sek_step_describe(s, conf, text, sizeof(text));
	if (s->type == SEK_STEP_WIREGUARD)
		snprintf(text, sizeof(text), "configure WireGuard");
	if (err == -ECHILD)
		return fail(error, err, "%s: the command failed; all is as it was before", text);
	return fail(error, err, "%s: %s%s%s; all is as it was before", text, strerror(-err),
		    *said ? ": " : "", said);
}

/* @post: the hooks behind everything else, or all that comes between. */
static int do_steps(struct sek_step_context *c, struct sek_plan *plan, bool post,
		    struct sek_tunnel_report *r)
{
	for (size_t i = 0; i < plan->n; i++) {
		struct sek_step *s = &plan->steps[i];
		int err;

		if (s->type == SEK_STEP_HOOK ? !post || s->hook.hook != SEK_HOOK_POST_UP : post)
			continue;
		if (is_asked_to_stop())
			return fail(&r->error, -EINTR, "interrupted; all is as it was before");
		if (s->type == SEK_STEP_HOOK && r->say)
			r->say(s->hook.command);
		err = sek_step_do(c, s);
		if (err)
			return fail_step(&r->error, err, s, c->conf);
	}
	return 0;
}

static int run_hooks(const struct sek_conf_words *hooks, struct sek_tunnel_report *r)
{
	int ret = 0;

	for (size_t i = 0; i < hooks->n; i++) {
		int err;

		if (r->say)
			r->say(hooks->words[i]);
		err = sek_step_hook(hooks->words[i]);
		if (err && !ret)
			ret = fail(&r->error, err, "%s: %s", hooks->words[i],
				   err == -ECHILD ? "the command failed" : strerror(-err));
	}
	return ret;
}

/* Commands of the user's that may change what the plan depends on. */
static int run_pre_up(const struct sek_conf *conf, struct sek_tunnel_report *r)
{
	const struct sek_conf_words *hooks = &conf->hooks[SEK_HOOK_PRE_UP];

	for (size_t i = 0; i < hooks->n; i++) {
		SEK_CLEANUP(sek_freep)
		char *command = sek_plan_expand(hooks->words[i], conf->device.name);
		struct sek_conf_words one = { .words = &command, .n = 1 };
		int err = command ? run_hooks(&one, r) : -ENOMEM;

		if (err)
			return err;
	}
	return 0;
}

static int check_free(const struct sek_conf *conf, struct sek_tunnel_report *r)
{
	struct sek_iface i;
	int err = sek_rtnl_iface(conf->device.name, &i);

	if (!err)
		return fail(&r->error, -EEXIST,
			    "there is an interface %s already, and sekisho has "
			    "not made it",
			    conf->device.name);
	return err == -ENODEV
		       ? 0
		       : fail(&r->error, err, "look for %s: %s", conf->device.name, strerror(-err));
}

/* What names stand for, to be compared when they are asked for again. */
static int write_names(struct sek_journal *j, const struct sek_conf *conf)
{
	int err = 0;

	for (size_t i = 0; !err && i < conf->device.peers_n; i++) {
		const struct sek_device_peer *p = &conf->device.peers[i];
		struct sek_prefix number;

		if (p->host && sek_prefix_parse(p->host, &number))
			err = sek_journal_endpoint(j, &p->public_key, &p->endpoint);
	}
	return err;
}

/*
 * From here on the journal is open. The lock of all is held while tables and priorities are
 * chosen and taken, but not while hooks run: they may be about other tunnels.
 */
static int bring_up(const char *file, struct sek_conf *conf, const struct sek_tunnel_place *place,
		    struct sek_journal *j, struct sek_tunnel_report *r)
{
	SEK_CLEANUP(release_facts) struct sek_facts facts = { 0 };
	SEK_CLEANUP(release_plan) struct sek_plan plan = { 0 };
	SEK_CLEANUP(sek_closep) int lock = -1;
	struct sek_step_context c = { .conf = conf,
				      .plan = &plan,
				      .journal = j,
				      .netns_fd = place->netns.fd,
				      .underlay_fd = place->underlay.fd };
	int err = run_pre_up(conf, r);

	if (err)
		return err;
	lock = sek_journal_lock();
	if (lock < 0)
		return fail_journal(&r->error, lock);
	/* We are in the tunnel's namespace already. */
	err = sek_facts_gather(conf, -1, place->underlay.fd, PATIENCE, true, &facts, &r->error);
	if (!err)
		err = sek_plan_make(conf, &facts, &plan, &r->error);
	if (err)
		return err;
	snprintf(r->note, sizeof(r->note), "%s", plan.note);
	err = sek_journal_begin(j, file, conf);
	if (err)
		return fail_journal(&r->error, err);
	err = write_names(j, conf);
	if (err)
		return fail_journal(&r->error, err);
	err = do_steps(&c, &plan, false, r);
	sek_closep(&lock);
	if (!err)
		err = do_steps(&c, &plan, true, r);
	if (!err) {
		err = sek_journal_up(j);
		if (err)
			fail_journal(&r->error, err);
	}
	return err;
}

/* The journal stays if something is left. */
static int take_down(struct sek_journal *j, struct sek_conf_error *error)
{
	int err = undo_all(j, error);

	if (err)
		return err;
	err = sek_journal_remove(j);
	return err ? fail_journal(error, err) : 0;
}

/* In the tunnel's namespace. */
static int up_here(const char *file, struct sek_conf *conf, const struct sek_tunnel_place *place,
		   struct sek_tunnel_report *r)
{
	struct sek_journal j = SEK_JOURNAL_INIT;
	struct sek_conf_error undoing;
	__u64 cookie;
	int err = sek_netns_cookie(&cookie);

	if (err)
		return fail(&r->error, err, "tell the network namespace: %s", strerror(-err));
	err = sek_journal_open(&j, cookie, conf->device.name, true);
	if (err) {
		sek_journal_close(&j);
		return fail_journal(&r->error, err);
	}
	err = recover(&j, r);
	if (!err && r->already) {
		sek_journal_close(&j);
		return 0;
	}
	if (!err && r->recovered) {
		err = sek_journal_remove(&j);
		if (!err)
			err = sek_journal_open(&j, cookie, conf->device.name, true);
		if (err)
			fail_journal(&r->error, err);
	}
	if (!err)
		err = check_free(conf, r);
	if (!err)
		err = bring_up(file, conf, place, &j, r);
	/* If that fails, too, the journal stays for the next command. */
	if (err && j.fd >= 0)
		take_down(&j, &undoing);
	sek_journal_close(&j);
	return err;
}

/*
 * Runs one of the two in the tunnel's namespace, with signals held. Behind it, journals that
 * nobody needs any more are removed; if that fails it is no matter.
 */
static int enter(const struct sek_tunnel_place *place, int *ret_old)
{
	return place->netns.fd < 0 ? 0 : sek_netns_enter(&place->netns, ret_old);
}

static int leave(int *old, int err, struct sek_conf_error *error)
{
	int back = *old < 0 ? 0 : sek_netns_leave(old);

	if (back && !err)
		err = fail(error, back, "leave the network namespace: %s", strerror(-back));
	return err;
}

int sek_tunnel_up(const char *file, struct sek_conf *conf, const struct sek_tunnel_place *place,
		  struct sek_tunnel_report *report)
{
	sigset_t signals;
	int old = -1, err = enter(place, &old);

	if (err)
		return fail(&report->error, err, "enter the network namespace: %s", strerror(-err));
	hold_signals(&signals);
	err = leave(&old, up_here(file, conf, place, report), &report->error);
	sek_journal_sweep();
	sigprocmask(SIG_SETMASK, &signals, NULL);
	return err;
}

/* The mark of a full tunnel that its file does not name is chosen anew each time. */
static __u32 own_mark(const struct sek_journal *j)
{
	for (size_t i = 0; i < j->n; i++) {
		const struct sek_step *s = &j->entries[i].step;

		if (s->type == SEK_STEP_RULE && s->rule.invert)
			return s->rule.fwmark;
	}
	return 0;
}

static int down_journal(struct sek_journal *j, struct sek_tunnel_report *r)
{
	struct sek_iface i;
	bool whole = j->up && !sek_rtnl_iface(j->ifname, &i) && i.ifindex == j->ifindex;
	struct sek_conf_words post = j->hooks[SEK_HOOK_POST_DOWN];
	int hook = 0, err;

	if (whole)
		hook = run_hooks(&j->hooks[SEK_HOOK_PRE_DOWN], r);
	else
		r->recovered = true;
	if (whole && j->save) {
		err = sek_save(j->file, j->ifname, own_mark(j), &r->error);
		hook = err ? err : hook;
	}
	/* Those behind live longer than the journal. */
	j->hooks[SEK_HOOK_POST_DOWN] = (struct sek_conf_words){ 0 };
	err = take_down(j, &r->error);
	if (!err && whole) {
		int last = run_hooks(&post, r);

		hook = hook ? hook : last;
	}
	for (size_t k = 0; k < post.n; k++)
		sek_freep(&post.words[k]);
	sek_freep(&post.words);
	return err ? err : hook;
}

static int down_here(const char *ifname, struct sek_tunnel_report *r)
{
	struct sek_journal j = SEK_JOURNAL_INIT;
	struct sek_iface i;
	__u64 cookie;
	int err = sek_netns_cookie(&cookie);

	if (err)
		return fail(&r->error, err, "tell the network namespace: %s", strerror(-err));
	err = sek_journal_open(&j, cookie, ifname, false);
	if (!err) {
		err = down_journal(&j, r);
	} else if (err == -ENOENT) {
		err = sek_rtnl_iface(ifname, &i);
		r->already = err == -ENODEV;
		err = err == -ENODEV ? 0
		      : err	     ? fail(&r->error, err, "look for it: %s", strerror(-err))
				     : fail(&r->error, -EEXIST,
					    "sekisho has not made this interface: "
						     "it stays (see wg-quick(8))");
	} else {
		fail_journal(&r->error, err);
	}
	sek_journal_close(&j);
	return err;
}

int sek_tunnel_down(const char *ifname, const struct sek_tunnel_place *place,
		    struct sek_tunnel_report *report)
{
	sigset_t signals;
	int old = -1, err = enter(place, &old);

	if (err)
		return fail(&report->error, err, "enter the network namespace: %s", strerror(-err));
	hold_signals(&signals);
	err = leave(&old, down_here(ifname, report), &report->error);
	sek_journal_sweep();
	sigprocmask(SIG_SETMASK, &signals, NULL);
	return err;
}
