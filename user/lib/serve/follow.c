// SPDX-License-Identifier: GPL-2.0-only
/*
 * What drives a follower: events wake it, and a moment later one round does all
 * that has come together. What has gone is settled before what is new gets a
 * slot.
 */
#include "follow_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/timerfd.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "lib/books.h"
#include "lib/cleanup.h"
#include "lib/peers_settle.h"
#include "lib/programs.h"
#include "lib/state.h"

uint64_t sek_follow_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000 + 1;
}

void sek_follow_wake(struct sek_follow *f, uint32_t ms)
{
	struct itimerspec at = {};
	uint64_t when = sek_follow_now() + ms;

	if (f->wake_ms && f->wake_ms <= when)
		return;
	f->wake_ms = when;
	at.it_value.tv_sec = when / 1000;
	at.it_value.tv_nsec = when % 1000 * 1000000;
	timerfd_settime(f->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

void sek_follow_note(struct sek_follow *f, const char *fmt, ...)
{
	char text[sizeof(f->last_note)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* Slots that have run out, say, at each interface that comes. */
	if (!f->o.note || !strcmp(text, f->last_note))
		return;
	memcpy(f->last_note, text, sizeof(text));
	f->o.note(text, f->o.arg);
}

static uint32_t id_of(int map_fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(map_fd, &info, &len) ? 0 : info.id;
}

static bool is_loaded(const struct sek_follow *f)
{
	int fd = sek_state_get(SEK_STATE_MAPS, sek_map_names[SEK_MAP_META]);
	bool same = fd >= 0 && id_of(fd) == f->maps_id;

	if (fd >= 0)
		close(fd);
	return same;
}

static int on_event(void *arg, void *data, size_t size)
{
	const struct sek_event *event = data;
	struct sek_follow *f = arg;

	if (size < sizeof(*event))
		return 0;
	if (event->kind == SEK_EVENT_NETNS) {
		sek_follow_netns_add_pid(f, event->id, event->pid);
		return 0;
	}
	/* A moment later: they come in crowds, and each look is at all of them. */
	if (event->kind == SEK_EVENT_PEER) {
		sek_follow_peer_look(f, 1000);
		return 0;
	}
	f->cgroups_changed = true;
	f->owners_changed |= event->kind == SEK_EVENT_CGROUP_REMOVED;
	sek_follow_wake(f, 20);
	return 0;
}

/* Cgroups to the root first, and all programs exchanged that are another build's. */
static int load(struct sek_follow *f, char *error, size_t size)
{
	struct sek_load_options o = {
		.hooks = f->o.hooks & SEK_HOOK_CGROUP,
		.cgroup = f->o.cgroup,
		.sizes = f->o.sizes,
	};
	struct sek_report report = {};
	int err = sek_load(&o, &report);

	for (size_t i = 0; i < report.notes_n; i++)
		sek_follow_note(f, "%s", report.notes[i]);
	if (err)
		snprintf(error, size, "%s", report.error);
	f->stats.attached += report.attached;
	sek_report_free(&report);
	return err;
}

/* One follower at a time, as long as it lives. */
static int be_alone(struct sek_follow *f, char *error, size_t size)
{
	int err = 0;

	f->only_fd = open(SEK_STATE_PROGS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->only_fd < 0 || flock(f->only_fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err == -EBUSY)
		snprintf(error, size, "another 'sekisho serve' follows this host already");
	else if (err)
		snprintf(error, size, "open " SEK_STATE_PROGS ": %s", strerror(-err));
	return err;
}

static int open_events(struct sek_follow *f)
{
	static const struct {
		enum sek_prog prog;
		const char *event;
	} events[] = {
		{ SEK_PROG_NETNS_FORK, "sched_process_fork" },
		{ SEK_PROG_NETNS_EXEC, "sched_process_exec" },
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		SEK_CLEANUP(sek_closep)
		int prog = sek_state_get(SEK_STATE_PROGS, sek_prog_names[events[i].prog]);

		if (prog < 0)
			return prog;
		f->event_fd[i] = bpf_raw_tracepoint_open(events[i].event, prog);
		if (f->event_fd[i] < 0)
			return -errno;
	}
	f->ring = ring_buffer__new(f->maps.fd[SEK_MAP_EVENTS], on_event, f, NULL);
	return f->ring ? 0 : -errno;
}

static int watch(struct sek_follow *f, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(f->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_poll(struct sek_follow *f)
{
	int err;

	f->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	f->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (f->epoll_fd < 0 || f->timer_fd < 0)
		return -errno;
	err = watch(f, f->timer_fd, EPOLLIN);
	if (!err)
		err = watch(f, f->rtnl_fd, EPOLLIN);
	if (!err)
		err = watch(f, f->inotify_fd, EPOLLIN);
	if (!err)
		err = watch(f, f->mounts_fd, EPOLLPRI);
	return err ?: watch(f, ring_buffer__epoll_fd(f->ring), EPOLLIN);
}

/* Namespaces that were known to one that followed before are hints to nobody now. */
static void forget_known(const struct sek_follow *f)
{
	int fd = f->maps.fd[SEK_MAP_NETNS_KNOWN];
	__u64 key;

	while (!bpf_map_get_next_key(fd, NULL, &key) && !bpf_map_delete_elem(fd, &key))
		;
}

static int settle_first(struct sek_follow *f)
{
	struct sek_state state = SEK_STATE_INIT;
	int err = sek_state_open(&state, false), lock;

	if (err)
		return err;
	/* Who reads is waited for only here: nothing can be done before. */
	while ((lock = sek_books_lock(true)) == -EWOULDBLOCK)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	err = lock < 0 ? lock : sek_books_settle(&f->maps);
	if (!err)
		err = sek_peers_refill(&f->maps);
	if (lock >= 0)
		close(lock);
	sek_state_close(&state);
	return err;
}

static int open_all(struct sek_follow *f, char *error, size_t size)
{
	int err = load(f, error, size);

	if (!err)
		err = be_alone(f, error, size);
	if (err)
		return err;
	err = sek_maps_open(&f->maps);
	if (!err) {
		f->maps_id = id_of(f->maps.fd[SEK_MAP_META]);
		err = settle_first(f);
	}
	if (err) {
		snprintf(error, size, "open the books: %s", strerror(-err));
		return err;
	}
	forget_known(f);
	err = sek_follow_netns_open(f, error, size);
	if (!err)
		err = sek_follow_cgroup_open(f, error, size);
	if (err)
		return err;
	err = open_events(f);
	if (!err)
		err = open_poll(f);
	if (!err)
		err = sek_follow_netns_add_all(f);
	f->peers_ms = sek_follow_now();
	if (err)
		snprintf(error, size, "follow this host: %s", strerror(-err));
	return err;
}

int sek_follow_new(const struct sek_follow_options *o, struct sek_follow **ret, char *error,
		   size_t size)
{
	struct sek_follow *f = calloc(1, sizeof(*f));
	int err;

	error[0] = '\0';
	if (!f)
		return -ENOMEM;
	f->o = *o;
	f->only_fd = f->epoll_fd = f->timer_fd = f->rtnl_fd = f->inotify_fd = f->mounts_fd = -1;
	f->event_fd[0] = f->event_fd[1] = f->mount_fd = f->observer.fd = -1;
	for (int i = 0; i < SEK_MAP_NR; i++)
		f->maps.fd[i] = -1;
	err = open_all(f, error, size);
	if (!err)
		err = sek_follow_run(f);
	if (err) {
		sek_follow_free(f);
		return err;
	}
	*ret = f;
	return 0;
}

int sek_follow_fd(const struct sek_follow *f)
{
	return f->epoll_fd;
}

const struct sek_follow_stats *sek_follow_stats(const struct sek_follow *f)
{
	return &f->stats;
}

bool sek_follow_settled(const struct sek_follow *f)
{
	return !f->names_n && !f->cgroups_changed && !f->owners_changed &&
	       !sek_follow_link_pending(f) && !sek_follow_peer_pending(f);
}

/* Hints that were lost: then all is looked at. */
static void check_lost(struct sek_follow *f)
{
	struct sek_stats stats;

	if (sek_maps_stats(&f->maps, &stats) || stats.no_event == f->no_event)
		return;
	f->no_event = stats.no_event;
	f->cgroups_changed = true;
	f->owners_changed = true;
	f->look_at_all = true;
	forget_known(f);
}

static int settle(struct sek_follow *f)
{
	struct sek_state state = SEK_STATE_INIT;
	int err = sek_state_open(&state, false), lock;

	if (err)
		return err;
	/* Another version may have taken over while we waited: these books are closed then. */
	if (!is_loaded(f)) {
		sek_state_close(&state);
		return -ESTALE;
	}
	lock = sek_books_lock(true);
	if (lock == -EWOULDBLOCK) {
		f->stats.waits++;
		sek_follow_wake(f, 10);
		sek_state_close(&state);
		return 0;
	}
	free(f->links);
	f->links = NULL;
	err = lock < 0 ? lock : sek_maps_links(&f->maps, &f->links);
	if (!err)
		err = sek_follow_link_settle(f);
	if (!err && (f->cgroups_changed || f->stats.lingering))
		err = sek_follow_cgroup_settle(f);
	if (!err)
		err = sek_follow_peer_settle(f);
	if (lock >= 0)
		close(lock);
	sek_state_close(&state);
	return err;
}

static int one_round(struct sek_follow *f)
{
	int err = 0;

	if (!is_loaded(f))
		return -ESTALE;
	check_lost(f);
	if (f->look_at_all) {
		f->stats.resyncs++;
		err = sek_follow_netns_add_all(f);
		f->look_at_all = false;
	}
	sek_follow_names_round(f);
	if (!err)
		err = settle(f);
	if (err)
		return err;
	sek_follow_link_attach(f);
	f->stats.netns = f->ns_n;
	free(f->links);
	f->links = NULL;
	return sek_maps_links(&f->maps, &f->links);
}

int sek_follow_run(struct sek_follow *f)
{
	struct epoll_event events[8];
	uint64_t ticks;
	int err;

	/* All are read whoever woke us; what is level-triggered would wake us again. */
	if (epoll_wait(f->epoll_fd, events, 8, 0) < 0 && errno != EINTR)
		return -errno;
	sek_follow_names_events(f);
	if (f->names_n)
		sek_follow_wake(f, 0);
	err = sek_follow_netns_events(f);
	if (err)
		return err;
	err = ring_buffer__consume(f->ring);
	if (err < 0)
		return err;
	/* In each case: who was woken a moment before it by something else has done its work. */
	if (read(f->timer_fd, &ticks, sizeof(ticks)) < 0 && errno != EAGAIN)
		return -errno;
	if (!f->wake_ms || sek_follow_now() < f->wake_ms)
		return 0;
	f->wake_ms = 0;
	return one_round(f);
}

void sek_follow_free(struct sek_follow *f)
{
	if (!f)
		return;
	ring_buffer__free(f->ring);
	sek_follow_cgroup_close(f);
	sek_follow_netns_close(f);
	for (size_t i = 0; i < 2; i++)
		sek_closep(&f->event_fd[i]);
	sek_closep(&f->epoll_fd);
	sek_closep(&f->timer_fd);
	sek_maps_close(&f->maps);
	sek_closep(&f->only_fd);
	free(f);
}
