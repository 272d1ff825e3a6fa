// SPDX-License-Identifier: GPL-2.0-only
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "expedite.h"
#include "stop.h"

static bool is_bpffs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

static bool is_mounted(void)
{
	struct statfs fs;

	return !statfs(SEK_BPFFS, &fs) && (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

/* Who has been told to stop, and takes things back, waits; who is told now does not. */
static int lock(int fd)
{
	bool stopping = sek_stop_wanted();
	int err;

	sek_stop_interrupt(!stopping);
	do {
		err = flock(fd, LOCK_EX) ? -errno : 0;
	} while (err == -EINTR && (stopping || !sek_stop_wanted()));
	sek_stop_interrupt(false);
	return err;
}

static int open_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = lock(fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int open_any(struct sek_state *s, bool mount_it)
{
	int under = open_locked(SEK_BPFFS), err = 0;

	if (under < 0)
		return under;
	if (is_bpffs(under)) {
		s->lock_fd = under;
		return 0;
	}
	/*
	 * The directory underneath is locked: of several that find no bpffs, the
	 * first mounts it, and the others find it when they look again.
	 */
	if (!is_mounted()) {
		if (!mount_it)
			err = -ENOENT;
		else if (mount("bpf", SEK_BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			       "mode=0700"))
			err = -errno;
		else
			s->mounted = true;
	}
	if (!err) {
		s->lock_fd = open_locked(SEK_BPFFS);
		err = s->lock_fd < 0 ? s->lock_fd : 0;
	}
	close(under);
	return err;
}

int sek_state_open(struct sek_state *s, bool mount_it)
{
	int err = open_any(s, mount_it);

	if (!err)
		sek_expedite_recover();
	return err;
}

void sek_state_close(struct sek_state *s)
{
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	s->lock_fd = -1;
}

int sek_state_mkdirs(void)
{
	static const char *const dirs[] = { SEK_STATE_DIR, SEK_STATE_MAPS, SEK_STATE_PROGS,
					    SEK_STATE_LINKS };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (mkdir(dirs[i], 0700) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int sek_state_each(const char *dir, int (*fn)(const char *name, void *arg), void *arg)
{
	struct dirent *entry;
	int err = 0;
	DIR *d = opendir(dir);

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = readdir(d))) {
		if (entry->d_name[0] != '.')
			err = fn(entry->d_name, arg);
	}
	closedir(d);
	return err;
}

static int unpin_one(const char *name, void *dir)
{
	return sek_state_unpin(dir, name);
}

int sek_state_remove_dir(const char *dir)
{
	/* Once more if readdir() lost its place in what was being removed. */
	for (int i = 0; i < 3; i++) {
		int err = sek_state_each(dir, unpin_one, (void *)dir);

		if (err)
			return err;
		if (!rmdir(dir) || errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY)
			break;
	}
	return -errno;
}

/* All but the two iterators that the kernel itself puts into each bpffs. */
static int is_foreign(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "maps.debug") && strcmp(name, "progs.debug");
}

int sek_state_remove(bool unmount)
{
	static const char *const dirs[] = { SEK_STATE_LINKS, SEK_STATE_PROGS, SEK_STATE_MAPS,
					    SEK_STATE_OLD_MAPS };
	int err;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		err = sek_state_remove_dir(dirs[i]);
		if (err)
			return err;
	}
	if (rmdir(SEK_STATE_DIR) && errno != ENOENT)
		return -errno;
	/* Whoever else has pinned something there since keeps it. */
	if (unmount && !sek_state_each(SEK_BPFFS, is_foreign, NULL) &&
	    umount2(SEK_BPFFS, MNT_DETACH))
		return -errno;
	return 0;
}

static int pin_path(char *path, const char *dir, const char *name, const char *suffix)
{
	int n = snprintf(path, PATH_MAX, "%s/%s%s", dir, name, suffix);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int sek_state_replace_pin(int fd, const char *dir, const char *name)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	int err = pin_path(path, dir, name, "");

	if (!err)
		err = pin_path(fresh, dir, name, "+");
	if (err)
		return err;
	/* Left by a command that died between the two steps. */
	if (unlink(fresh) && errno != ENOENT)
		return -errno;
	if (bpf_obj_pin(fd, fresh))
		return -errno;
	if (rename(fresh, path)) {
		err = -errno;
		unlink(fresh);
	}
	return err;
}

int sek_state_get(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int err = pin_path(path, dir, name, ""), fd;

	if (err)
		return err;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int sek_state_unpin(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int err = pin_path(path, dir, name, "");

	if (err)
		return err;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}
