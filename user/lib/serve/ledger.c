// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cleanup.h"
#include "ledger_file.h"

/* Those that are no longer there, and are still kept by their names. */
static const size_t kept[SEK_LEDGER_NR] = {
	[SEK_LEDGER_LINK] = 256,
	[SEK_LEDGER_CGROUP] = 1024,
	[SEK_LEDGER_TUNNEL] = 1024,
};

struct sek_ledger {
	char *file;
	bool bad;
	char boot[40];		      /* this one */
	struct sek_ledger_text text;  /* as it was read */
	struct sek_ledger_part added; /* both of its parts together: for other counters */
	bool written;
	uint32_t epoch; /* of what was written */
};

static int read_boot(char ret[40])
{
	SEK_CLEANUP(sek_closep)
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, 39);

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

/* What is said of an identity holds for each of its rows, which follow each other. */
struct adding {
	const struct sek_tally *now; /* who counted last; NULL: nobody is folded */
	struct sek_tally *to;
	uint32_t slot;
	char path[PATH_MAX]; /* "": as it is */
};

/* Was anything at that path, or below it? */
static bool is_parent(const struct sek_tally *t, const char *path, size_t n)
{
	for (size_t i = 0; i < t->who_n; i++) {
		const char *other = t->who[i * t->who_names_n];

		if (!strncmp(other, path, n) && (!other[n] || other[n] == '/'))
			return true;
	}
	return false;
}

/* The nearest ancestor that was there; in it, what was removed. */
static void find_parent(struct adding *a, const struct sek_row *row)
{
	size_t n = strlen(row->cgroup);

	while (n > 1 && !is_parent(a->now, row->cgroup, n)) {
		while (n && row->cgroup[--n] != '/')
			;
	}
	snprintf(a->path, sizeof(a->path), "%.*s", n ? (int)n : 1, row->cgroup);
}

static void find_heir(struct adding *a, const struct sek_row *row)
{
	bool cgroup = a->to->scope != SEK_SCOPE_LINK;
	const char *who[] = { cgroup ? row->cgroup : row->netns,
			      cgroup ? row->cgroup_name : row->ifname };

	a->slot = row->slot;
	a->path[0] = '\0';
	if (!a->now || sek_tally_find(a->now, who) != SIZE_MAX)
		return;
	if (!cgroup)
		strcpy(a->path, SEK_NAME_REMOVED);
	else if (row->cgroup[0] == '/')
		find_parent(a, row);
}

static int add_row(const struct sek_row *row, void *arg)
{
	struct adding *a = arg;
	struct sek_row heir = *row;

	if (a->slot != row->slot)
		find_heir(a, row);
	if (a->path[0] && row->cgroup) {
		heir.cgroup = a->path;
		heir.cgroup_name = SEK_NAME_REMOVED;
	} else if (a->path[0]) {
		heir.netns = a->path;
		heir.ifname = SEK_NAME_REMOVED;
	}
	heir.slot = 0;
	return sek_tally_row(&heir, a->to);
}

/* Too many that are not there any more are folded into what is. */
static int add_parts(struct sek_ledger *l)
{
	int err = sek_ledger_part_new(&l->added);

	for (int i = 0; i < SEK_LEDGER_NR && !err; i++) {
		const struct sek_tally *base = l->text.part[SEK_LEDGER_BASE].tally[i];
		const struct sek_tally *now = l->text.part[SEK_LEDGER_NOW].tally[i];
		struct adding a = { .to = l->added.tally[i] };

		err = sek_tally_rows(now, add_row, &a);
		a.now = base->who_n > kept[i] ? now : NULL;
		a.slot = 0;
		if (!err)
			err = sek_tally_rows(base, add_row, &a);
	}
	return err;
}

static int new_text(struct sek_ledger_text *t)
{
	int err = 0;

	for (int i = 0; i < SEK_LEDGER_PARTS && !err; i++)
		err = sek_ledger_part_new(&t->part[i]);
	return err;
}

static void free_text(struct sek_ledger_text *t)
{
	for (int i = 0; i < SEK_LEDGER_PARTS; i++)
		sek_ledger_part_free(&t->part[i]);
	memset(t, 0, sizeof(*t));
}

static int open_ledger(struct sek_ledger *l, char *note, size_t size)
{
	int err = read_boot(l->boot), line;

	if (!err)
		err = new_text(&l->text);
	if (err)
		return err;
	line = sek_ledger_read(l->file, &l->text);
	if (line < 0 && line != -ENOENT)
		return line;
	if (line > 0) {
		l->bad = true;
		snprintf(note, size, "%s is no ledger, or is damaged: line %d", l->file, line);
		free_text(&l->text);
		err = new_text(&l->text);
	}
	return err ?: add_parts(l);
}

int sek_ledger_open(const char *file, struct sek_ledger **ret, char *note, size_t size)
{
	struct sek_ledger *l = calloc(1, sizeof(*l));
	int err = -ENOMEM;

	note[0] = '\0';
	if (l && (l->file = strdup(file)))
		err = open_ledger(l, note, size);
	if (err)
		sek_ledger_free(l);
	else
		*ret = l;
	return err;
}

static const struct sek_ledger_part *base_of(const struct sek_ledger *l, uint32_t epoch)
{
	return !strcmp(l->text.boot, l->boot) && l->text.epoch == epoch
		       ? &l->text.part[SEK_LEDGER_BASE]
		       : &l->added;
}

int sek_ledger_add(const struct sek_ledger *l, const struct sek_maps *m, struct sek_tally *to)
{
	/* A namespace has what its links have. */
	enum sek_scope scope = to->scope == SEK_SCOPE_NETNS ? SEK_SCOPE_LINK : to->scope;
	struct sek_meta meta;
	int part = 0;
	int err;

	while (part < SEK_LEDGER_NR && sek_ledger_scopes[part] != scope)
		part++;
	if (!l || part == SEK_LEDGER_NR)
		return 0;
	err = sek_maps_meta(m, &meta);
	if (!err && !meta.ready)
		err = -EAGAIN;
	return err ?: sek_tally_rows(base_of(l, meta.epoch)->tally[part], sek_tally_row, to);
}

static int write_maps(struct sek_ledger *l, const struct sek_maps *m)
{
	struct sek_ledger_text text = {};
	struct sek_ledger_part now = {};
	struct sek_meta meta;
	int err = sek_maps_meta(m, &meta);

	if (err || !meta.ready)
		return err;
	if (l->written && l->epoch != meta.epoch)
		return -ESTALE;
	strcpy(text.boot, l->boot);
	text.epoch = meta.epoch;
	err = sek_ledger_part_new(&now);
	for (int i = 0; i < SEK_LEDGER_NR && !err; i++)
		err = sek_counters_walk(m, now.tally[i]->scope, sek_tally_row, now.tally[i]);
	text.part[SEK_LEDGER_BASE] = *base_of(l, meta.epoch);
	text.part[SEK_LEDGER_NOW] = now;
	if (!err)
		err = sek_ledger_save(l->file, &text);
	sek_ledger_part_free(&now);
	if (!err) {
		l->written = true;
		l->epoch = meta.epoch;
	}
	return err;
}

static int keep_bad(struct sek_ledger *l)
{
	SEK_CLEANUP(sek_freep) char *name = NULL;

	if (asprintf(&name, "%s.bad", l->file) < 0) {
		name = NULL;
		return -ENOMEM;
	}
	if (rename(l->file, name))
		return -errno;
	l->bad = false;
	return 0;
}

int sek_ledger_write(struct sek_ledger *l)
{
	struct sek_maps maps;
	int err = sek_maps_open(&maps);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (l->bad)
		err = keep_bad(l);
	if (!err)
		err = write_maps(l, &maps);
	sek_maps_close(&maps);
	return err;
}

void sek_ledger_free(struct sek_ledger *l)
{
	if (!l)
		return;
	free_text(&l->text);
	sek_ledger_part_free(&l->added);
	free(l->file);
	free(l);
}
