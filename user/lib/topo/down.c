// SPDX-License-Identifier: GPL-2.0-only
#include "down.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cleanup.h"
#include "cgroups.h"
#include "count.h"
#include "enter.h"
#include "joined.h"
#include "procs.h"

/* Nodes to be removed, by name; whose namespaces are in @inos, and whose in @joined. */
struct nodes {
	char **names;
	size_t n;
	size_t room;
	ino_t *inos;
	size_t inos_n;
	ino_t *joined;
	size_t joined_n;
};

static void free_nodes(struct nodes *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->names[i]);
	free(v->names);
	free(v->inos);
	free(v->joined);
}

static int add_name(const char *name, void *data)
{
	struct nodes *v = data;

	if (v->n == v->room) {
		size_t room = v->room ? 2 * v->room : 64;
		char **names = reallocarray(v->names, room, sizeof(*names));

		if (!names)
			return -ENOMEM;
		v->names = names;
		v->room = room;
	}
	v->names[v->n] = strdup(name);
	if (!v->names[v->n])
		return -ENOMEM;
	v->n++;
	return 0;
}

static int sort_namespaces(const struct sek_place *p, struct nodes *v)
{
	char file[sizeof("node//joined") + NAME_MAX];
	struct stat st;

	v->inos = calloc(v->n + 1, sizeof(*v->inos));
	v->joined = calloc(v->n + 1, sizeof(*v->joined));
	if (!v->inos || !v->joined)
		return -ENOMEM;
	for (size_t i = 0; i < v->n; i++) {
		SEK_CLEANUP(sek_closep) int fd = sek_place_netns(p, v->names[i]);

		if (fd < 0 || fstat(fd, &st))
			continue;
		snprintf(file, sizeof(file), "node/%s/joined", v->names[i]);
		if (faccessat(p->dir, file, F_OK, 0))
			v->inos[v->inos_n++] = st.st_ino;
		else
			v->joined[v->joined_n++] = st.st_ino;
	}
	return 0;
}

static void note(struct sek_report *report, int *first, int err, const char *what)
{
	if (err >= 0)
		return;
	sek_report_fail(report, err, "%s", what);
	*first = *first ? *first : err;
}

/* If `up` died early, there is nothing that could be locked, or entered. */
static void note_lock(struct sek_report *report, int *first, int lock)
{
	note(report, first, lock == -ENOENT ? 0 : lock, "keep others out of the nodes");
}

/* All but the namespaces themselves, which nobody enters meanwhile. */
static int empty(struct sek_place *p, struct nodes *v, struct sek_report *report)
{
	int err = sort_namespaces(p, v);

	if (err)
		return sek_report_fail(report, err, "look at the nodes");
	/* As long as something counts in it, a namespace lives. */
	note(report, &err, sek_count_detach(p, v->names, v->n), "stop counting");
	note(report, &err, sek_procs_end(v->inos, v->inos_n, NULL), "end what runs in the nodes");
	note(report, &err, sek_procs_end(v->joined, v->joined_n, p->name),
	     "end what was started in joined nodes");
	for (size_t i = 0; i < v->n; i++)
		note(report, &err, sek_joined_undo(p, v->names[i]),
		     "undo what was done in a joined node");
	return err;
}

/* Removing the file also takes it from those who have a copy of the mount: unlink(2) since 3.18. */
static int forget(int dir, const char *name)
{
	return unlinkat(dir, name, 0) && errno != ENOENT ? -errno : 0;
}

int sek_down_nodes(struct sek_place *p, char *const *nodes, size_t n, struct sek_report *report)
{
	struct nodes v __attribute__((cleanup(free_nodes))) = { 0 };
	SEK_CLEANUP(sek_closep) int alone = sek_place_lock_nodes(p, true);
	char path[PATH_MAX], file[sizeof("node/") + NAME_MAX];
	int err = 0;

	for (size_t i = 0; i < n && !err; i++)
		err = add_name(nodes[i], &v);
	err = err ? err : empty(p, &v, report);
	note_lock(report, &err, alone);
	for (size_t i = 0; i < v.n; i++) {
		int one = sek_place_path(p, path, "ns/%s", v.names[i]);

		/* There is nothing to unmount if `up` died before it was mounted. */
		if (!one && umount2(path, MNT_DETACH) && errno != EINVAL && errno != ENOENT)
			one = -errno;
		if (!one)
			one = forget(AT_FDCWD, path);
		snprintf(file, sizeof(file), "node/%s", v.names[i]);
		if (!one)
			one = sek_place_remove_tree(p, file);
		note(report, &err, one, "remove a node");
	}
	return err;
}

static bool is_mounted(const struct sek_place *p)
{
	struct stat names, folder;

	return !fstatat(p->dir, "ns", &names, AT_SYMLINK_NOFOLLOW) && !fstat(p->dir, &folder) &&
	       names.st_dev != folder.st_dev;
}

/* All namespaces are let go by one call; then their names, for those who have copies of them. */
static int release(const struct sek_place *p, const struct nodes *v)
{
	SEK_CLEANUP(sek_closep) int dir = -1;
	char path[PATH_MAX];
	int err = sek_place_path(p, path, "ns");

	if (err || !is_mounted(p))
		return err;
	dir = openat(p->dir, "ns", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || umount2(path, MNT_DETACH))
		return -errno;
	for (size_t i = 0; i < v->n && !err; i++)
		err = forget(dir, v->names[i]);
	return err;
}

int sek_down(struct sek_place *p, struct sek_report *report)
{
	struct nodes v __attribute__((cleanup(free_nodes))) = { 0 };
	SEK_CLEANUP(sek_closep) int alone = sek_place_lock_nodes(p, true);
	int err = sek_place_each(p, "ns", add_name, &v);

	if (err)
		return sek_report_fail(report, err, "list the nodes of %s", p->name);
	err = empty(p, &v, report);
	note_lock(report, &err, alone);
	note(report, &err, release(p, &v), "let the nodes' namespaces go");
	sek_enter_clean(p);
	note(report, &err, sek_cgroups_remove(p), "remove the cgroups");
	note(report, &err, sek_count_release(p), "unload what counted");
	/* What could not be removed keeps its folder, for another try. */
	if (!err)
		note(report, &err, sek_place_remove(p), "remove the folder in " SEK_PLACE_DIR);
	return err;
}
