// SPDX-License-Identifier: GPL-2.0-only
#include "cgroups.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cgroup.h"
#include "../cleanup.h"

/* The kernel takes some milliseconds to let the killed ones go. */
#define PAUSE_MS 10
#define TRIES	 300

static bool is_wanted(const struct sek_topo *t)
{
	for (size_t i = 0; i < t->nodes_n; i++) {
		if (t->nodes[i].cgroup)
			return true;
	}
	return false;
}

static int make_dir(const char *path)
{
	return mkdir(path, 0755) && errno != EEXIST ? -errno : 0;
}

int sek_cgroups_make(const struct sek_place *p, const struct sek_topo *t, struct sek_report *report)
{
	char mount[PATH_MAX], top[PATH_MAX], path[PATH_MAX];
	int err;

	if (!is_wanted(t))
		return 0;
	err = sek_cgroup_mount(mount);
	if (err)
		return sek_report_fail(report, err, "find cgroup2, which the nodes' cgroups need");
	if (snprintf(top, sizeof(top), "%s/sekisho-%s", mount, p->name) >= (int)sizeof(top))
		return sek_report_fail(report, -ENAMETOOLONG, "name the cgroup of %s", p->name);
	/* Written before it is made. */
	err = sek_place_write(p, "cgroup", top, strlen(top));
	if (!err)
		err = make_dir(top);
	for (size_t i = 0; i < t->nodes_n && !err; i++) {
		if (!t->nodes[i].cgroup)
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", top, t->nodes[i].name) >=
		    (int)sizeof(path))
			err = -ENAMETOOLONG;
		else
			err = make_dir(path);
	}
	return err ? sek_report_fail(report, err, "make the cgroups in %s", top) : 0;
}

static void kill_all(const char *top)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/cgroup.kill", top) >= (int)sizeof(path))
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Without it (before 5.14) a cgroup in use stays, which rmdir() says. */
	if (fd >= 0 && write(fd, "1", 1) < 0)
		return;
}

/* One level: nodes' cgroups have none below, unless somebody made them. */
static int remove_tree(const char *top)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir(top);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR))
			return -errno;
	}
	return rmdir(top) ? -errno : 0;
}

int sek_cgroups_remove(const struct sek_place *p)
{
	SEK_CLEANUP(sek_freep) char *top = NULL;
	int err = sek_place_read(p, "cgroup", &top, NULL);

	if (err)
		return err == -ENOENT ? 0 : err;
	kill_all(top);
	for (int i = 0; i < TRIES; i++) {
		err = remove_tree(top);
		if (err != -EBUSY)
			break;
		poll(NULL, 0, PAUSE_MS);
	}
	return err;
}
