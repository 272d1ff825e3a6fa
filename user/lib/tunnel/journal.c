// SPDX-License-Identifier: GPL-2.0-only
#include "journal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "../cleanup.h"
#include "../rundir.h"

static int make_dirs(void)
{
	int err = sek_rundir_make(AT_FDCWD, SEK_RUNDIR, 0755);

	return err ? err : sek_rundir_make(AT_FDCWD, SEK_JOURNAL_DIR, 0700);
}

int sek_journal_lock(void)
{
	int err = make_dirs();
	SEK_CLEANUP(sek_closep)
	int fd = err ? -1 : open(SEK_JOURNAL_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err ? err : -errno;
	while (flock(fd, LOCK_EX)) {
		if (errno != EINTR)
			return -errno;
	}
	return sek_take_fd(&fd);
}

/* A whole line at once, and on the disk, if /run is on one. */
__attribute__((format(printf, 2, 3))) static int append(int fd, const char *fmt, ...)
{
	SEK_CLEANUP(sek_freep) char *line = NULL;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&line, fmt, args);
	va_end(args);
	if (len < 0)
		return -ENOMEM;
	if (write(fd, line, len) != len || fdatasync(fd))
		return errno ? -errno : -ENOSPC;
	return 0;
}

static int add_entry(struct sek_journal *j, const struct sek_step *s)
{
	struct sek_journal_entry *entries = reallocarray(j->entries, j->n + 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	j->entries = entries;
	entries[j->n].step = *s;
	entries[j->n].undone = false;
	j->n++;
	return 0;
}

static int write_rule(int fd, const struct sek_rt_rule *r)
{
	return append(fd, "do rule %u %u %u %u %u %d %d\n", r->family, r->priority, r->table,
		      r->fwmark, r->fwmask, r->invert, r->suppress);
}

static bool read_rule(const char *text, struct sek_rt_rule *r)
{
	unsigned int family, invert;

	if (sscanf(text, "%u %u %u %u %u %u %d", &family, &r->priority, &r->table, &r->fwmark,
		   &r->fwmask, &invert, &r->suppress) != 7)
		return false;
	r->family = family;
	r->invert = invert;
	return true;
}

static int write_route(int fd, const struct sek_rt_route *r)
{
	char dst[SEK_PREFIX_TEXT], gateway[SEK_PREFIX_TEXT] = "-";

	if (r->gateway.family)
		sek_prefix_format(&r->gateway, gateway);
	return append(fd, "do route %s %s %u %u %u %u %u\n", sek_prefix_format(&r->dst, dst),
		      gateway, r->table, r->oif, r->type, r->protocol, r->scope);
}

static bool read_route(const char *text, struct sek_rt_route *r)
{
	char dst[64], gateway[64];
	unsigned int type, protocol, scope;

	if (sscanf(text, "%63s %63s %u %u %u %u %u", dst, gateway, &r->table, &r->oif, &type,
		   &protocol, &scope) != 7 ||
	    sek_prefix_parse(dst, &r->dst) ||
	    (strcmp(gateway, "-") && sek_prefix_parse(gateway, &r->gateway)))
		return false;
	r->type = type;
	r->protocol = protocol;
	r->scope = scope;
	return true;
}

static int write_step(int fd, const struct sek_step *s)
{
	switch (s->type) {
	case SEK_STEP_LINK:
		return append(fd, "do link %d\n", s->link.userspace);
	case SEK_STEP_SYSCTL:
		return append(fd, "do sysctl %s %s %s\n", s->sysctl.path, s->sysctl.value,
			      s->sysctl.old);
	case SEK_STEP_NFT:
		return append(fd, "do nft %d %s\n", s->nft.family, s->nft.table);
	case SEK_STEP_RULE:
		return write_rule(fd, &s->rule);
	case SEK_STEP_ROUTE:
		return write_route(fd, &s->route.route);
	default:
		return append(fd, "do %s\n", sek_step_name(s->type));
	}
}

/* The other way round; false if it makes no sense. */
static bool read_step(const char *type, const char *text, struct sek_step *s)
{
	unsigned int userspace;

	for (int i = 0; i < SEK_STEP_NR; i++) {
		if (!strcmp(type, sek_step_name(i)))
			s->type = i;
	}
	switch (s->type) {
	case SEK_STEP_LINK:
		if (sscanf(text, "%u", &userspace) != 1)
			return false;
		s->link.userspace = userspace;
		return true;
	case SEK_STEP_SYSCTL:
		return sscanf(text, "%63s %15s %15s", s->sysctl.path, s->sysctl.value,
			      s->sysctl.old) == 3;
	case SEK_STEP_NFT:
		return sscanf(text, "%d %31s", &s->nft.family, s->nft.table) == 2;
	case SEK_STEP_RULE:
		return read_rule(text, &s->rule);
	case SEK_STEP_ROUTE:
		return read_route(text, &s->route.route);
	default:
		return s->type == SEK_STEP_DNS;
	}
}

static int read_do(struct sek_journal *j, const char *text)
{
	struct sek_step s = { .type = SEK_STEP_NR, .own = true };
	char type[16];
	int used = 0;

	if (sscanf(text, "%15s %n", type, &used) != 1 || !read_step(type, text + used, &s))
		return -EPROTO;
	return add_entry(j, &s);
}

static int read_hook(struct sek_journal *j, const char *text)
{
	struct sek_conf_words *w;
	char **words;
	int hook = atoi(text);
	const char *command = strchr(text, ' ');

	if (hook < 0 || hook >= SEK_HOOK_NR || !command)
		return -EPROTO;
	w = &j->hooks[hook];
	words = reallocarray(w->words, w->n + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	w->words = words;
	words[w->n] = strdup(command + 1);
	return words[w->n++] ? 0 : -ENOMEM;
}

static int read_old(struct sek_journal *j, const char *text)
{
	char path[64], value[16];

	if (sscanf(text, "%63s %15s", path, value) != 2)
		return -EPROTO;
	for (size_t i = 0; i < j->n; i++) {
		struct sek_step *s = &j->entries[i].step;

		if (s->type == SEK_STEP_SYSCTL && !strcmp(s->sysctl.path, path))
			memcpy(s->sysctl.old, value, sizeof(value));
	}
	return 0;
}

static int read_undone(struct sek_journal *j, const char *text)
{
	size_t i = strtoul(text, NULL, 10);

	if (i >= j->n)
		return -EPROTO;
	j->entries[i].undone = true;
	return 0;
}

static int add_endpoint(struct sek_journal *j, const struct sek_key *key,
			const union sek_endpoint *endpoint)
{
	struct sek_journal_endpoint *endpoints = reallocarray(j->endpoints, j->endpoints_n + 1,
							      sizeof(*endpoints));

	if (!endpoints)
		return -ENOMEM;
	j->endpoints = endpoints;
	endpoints[j->endpoints_n++] = (struct sek_journal_endpoint){ *key, *endpoint };
	return 0;
}

static int read_endpoint(struct sek_journal *j, const char *text)
{
	union sek_endpoint endpoint;
	struct sek_key key;

	if (sek_key_parse(text, strcspn(text, " "), &key) || !strchr(text, ' ') ||
	    sek_endpoint_parse(strchr(text, ' ') + 1, &endpoint))
		return -EPROTO;
	return add_endpoint(j, &key, &endpoint);
}

static int read_line(struct sek_journal *j, char *line)
{
	char *text = strchr(line, ' ');

	if (!text) {
		j->up |= !strcmp(line, "up");
		j->save |= !strcmp(line, "save");
		return 0;
	}
	*text++ = '\0';
	if (!strcmp(line, "do"))
		return read_do(j, text);
	if (!strcmp(line, "hook"))
		return read_hook(j, text);
	if (!strcmp(line, "old"))
		return read_old(j, text);
	if (!strcmp(line, "undone"))
		return read_undone(j, text);
	if (!strcmp(line, "endpoint"))
		return read_endpoint(j, text);
	if (!strcmp(line, "file"))
		snprintf(j->file, sizeof(j->file), "%s", text);
	else if (!strcmp(line, "index"))
		j->ifindex = strtoul(text, NULL, 10);
	return 0;
}

/* A line without an end was being written when sekisho was killed, and its step not begun. */
static int read_all(struct sek_journal *j)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen(j->path, "re");
	SEK_CLEANUP(sek_freep) char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	if (!file)
		return -errno;
	while (!err && (len = getline(&line, &room, file)) > 0 && line[len - 1] == '\n') {
		line[len - 1] = '\0';
		err = read_line(j, line);
	}
	return err;
}

int sek_journal_open(struct sek_journal *j, __u64 cookie, const char *ifname, bool create)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
	struct stat mine, there;
	int err = create ? make_dirs() : 0;

	if (err)
		return err;
	snprintf(j->ifname, sizeof(j->ifname), "%s", ifname);
	j->cookie = cookie;
	snprintf(j->path, sizeof(j->path), SEK_JOURNAL_DIR "/%" PRIu64 "-%s", (uint64_t)cookie,
		 ifname);
	for (;;) {
		j->fd = open(j->path, flags, 0600);
		if (j->fd < 0)
			return -errno;
		if (flock(j->fd, LOCK_EX | LOCK_NB))
			return errno == EWOULDBLOCK ? -EBUSY : -errno;
		/* Whoever held it before may have removed it. */
		if (!fstat(j->fd, &mine) && !stat(j->path, &there) && mine.st_ino == there.st_ino)
			break;
		close(j->fd);
	}
	return read_all(j);
}

static void forget(struct sek_journal *j)
{
	for (int i = 0; i < SEK_HOOK_NR; i++) {
		for (size_t k = 0; k < j->hooks[i].n; k++)
			free(j->hooks[i].words[k]);
		free(j->hooks[i].words);
		j->hooks[i] = (struct sek_conf_words){ 0 };
	}
	free(j->entries);
	free(j->endpoints);
	j->entries = NULL;
	j->endpoints = NULL;
	j->n = 0;
	j->endpoints_n = 0;
}

int sek_journal_reread(struct sek_journal *j)
{
	forget(j);
	return read_all(j);
}

void sek_journal_close(struct sek_journal *j)
{
	forget(j);
	sek_closep(&j->fd);
	*j = (struct sek_journal)SEK_JOURNAL_INIT;
}

int sek_journal_remove(struct sek_journal *j)
{
	int err = unlink(j->path) ? -errno : 0;

	sek_journal_close(j);
	return err;
}

static int begin_hooks(struct sek_journal *j, const struct sek_conf *conf, enum sek_conf_hook hook)
{
	for (size_t i = 0; i < conf->hooks[hook].n; i++) {
		SEK_CLEANUP(sek_freep)
		char *command = sek_plan_expand(conf->hooks[hook].words[i], conf->device.name);
		int err = command ? append(j->fd, "hook %d %s\n", hook, command) : -ENOMEM;

		if (err)
			return err;
	}
	return 0;
}

int sek_journal_begin(struct sek_journal *j, const char *file, const struct sek_conf *conf)
{
	char netns[SEK_JOURNAL_NETNS_TEXT];
	int err = sek_journal_netns(netns);

	if (!err)
		err = append(j->fd, "netns %s\nfile %s\n", netns, file);
	if (!err && conf->save)
		err = append(j->fd, "save\n");
	if (!err)
		err = begin_hooks(j, conf, SEK_HOOK_PRE_DOWN);
	return err ? err : begin_hooks(j, conf, SEK_HOOK_POST_DOWN);
}

int sek_journal_do(struct sek_journal *j, const struct sek_step *s)
{
	int err = s->own ? write_step(j->fd, s) : 0;

	return !err && s->own ? add_entry(j, s) : err;
}

int sek_journal_index(struct sek_journal *j, __u32 ifindex)
{
	j->ifindex = ifindex;
	return append(j->fd, "index %u\n", ifindex);
}

int sek_journal_undone(struct sek_journal *j, size_t entry)
{
	j->entries[entry].undone = true;
	return append(j->fd, "undone %zu\n", entry);
}

int sek_journal_endpoint(struct sek_journal *j, const struct sek_key *key,
			 const union sek_endpoint *endpoint)
{
	char text[SEK_KEY_TEXT], address[SEK_ENDPOINT_TEXT];
	int err = append(j->fd, "endpoint %s %s\n", sek_key_format(key, text),
			 sek_endpoint_format(endpoint, address));

	return err ? err : add_endpoint(j, key, endpoint);
}

int sek_journal_up(struct sek_journal *j)
{
	j->up = true;
	return append(j->fd, "up\n");
}

int sek_journal_each(int (*fn)(__u64 cookie, const char *ifname, void *arg), void *arg)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir(SEK_JOURNAL_DIR);
	struct dirent *d;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (d = readdir(dir))) {
		char *name;
		unsigned long long cookie = strtoull(d->d_name, &name, 10);

		if (name != d->d_name && *name == '-')
			r = fn(cookie, name + 1, arg);
	}
	return r;
}

struct heir {
	const struct sek_journal *from;
	const struct sek_step *s;
};

/* Reads beside the lock of that journal: the lock of all is held by whoever changes steps. */
static int offer(__u64 cookie, const char *ifname, void *arg)
{
	const struct heir *h = arg;
	struct sek_journal other = SEK_JOURNAL_INIT;
	int r = 0;

	if (cookie != h->from->cookie || !strcmp(ifname, h->from->ifname))
		return 0;
	snprintf(other.path, sizeof(other.path), SEK_JOURNAL_DIR "/%" PRIu64 "-%s",
		 (uint64_t)cookie, ifname);
	other.fd = open(other.path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (other.fd < 0 || read_all(&other)) {
		sek_journal_close(&other);
		return 0;
	}
	for (size_t i = 0; i < other.n && !r; i++) {
		const struct sek_journal_entry *e = &other.entries[i];

		if (e->step.type == SEK_STEP_SYSCTL && !e->undone &&
		    !strcmp(e->step.sysctl.path, h->s->sysctl.path))
			r = append(other.fd, "old %s %s\n", h->s->sysctl.path, h->s->sysctl.old);
		else
			continue;
		r = r ? r : 1;
	}
	sek_journal_close(&other);
	return r;
}

int sek_journal_bequeath(const struct sek_journal *j, const struct sek_step *s)
{
	struct heir h = { .from = j, .s = s };

	return sek_journal_each(offer, &h);
}
