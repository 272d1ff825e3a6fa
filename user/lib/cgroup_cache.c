// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"

/* Ids are handed out in steps of one: neighbours do not share an entry. A power of two. */
#define ENTRIES 4096

static struct {
	__u64 id;
	char *path;
} entries[ENTRIES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Is it there, and the same one? "/" is the mount itself. */
static bool is_there(int mount_fd, const char *path, __u64 id)
{
	struct stat st;

	return !fstatat(mount_fd, path[1] ? path + 1 : ".", &st, AT_SYMLINK_NOFOLLOW) &&
	       S_ISDIR(st.st_mode) && st.st_ino == id;
}

static bool recall(int mount_fd, __u64 id, char *ret, size_t size)
{
	const char *path = entries[id % ENTRIES].id == id ? entries[id % ENTRIES].path : NULL;

	if (!path || strlen(path) >= size || !is_there(mount_fd, path, id))
		return false;
	strcpy(ret, path);
	return true;
}

static void remember(__u64 id, const char *path)
{
	char *copy = strdup(path);

	/* Without memory it is asked for next time, too. */
	if (!copy)
		return;
	free(entries[id % ENTRIES].path);
	entries[id % ENTRIES].id = id;
	entries[id % ENTRIES].path = copy;
}

int sek_cgroup_cache_path(int mount_fd, const char *mount, __u64 id, char *ret, size_t size)
{
	int err = 0;

	pthread_mutex_lock(&lock);
	if (!recall(mount_fd, id, ret, size)) {
		err = sek_cgroup_path(mount_fd, mount, id, ret, size);
		if (!err)
			remember(id, ret);
	}
	pthread_mutex_unlock(&lock);
	return err;
}
