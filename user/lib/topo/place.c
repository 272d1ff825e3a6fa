// SPDX-License-Identifier: GPL-2.0-only
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../cleanup.h"
#include "../rundir.h"

/* Nobody's file is longer: a topology of 100,000 nodes is saved in less. */
#define FILE_MAX (256UL << 20)

/* Others that remove what we have just made give up sooner. */
#define TRIES 1000

static bool is_name(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < SEK_TOPO_NAME_LEN;
}

static int make_dirs(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SEK_PLACE_DIR "/%s", name);
	return sek_rundir_make(AT_FDCWD, SEK_RUNDIR, 0755) ?:
	       sek_rundir_make(AT_FDCWD, SEK_PLACE_DIR, 0755) ?:
	       sek_rundir_make(AT_FDCWD, path, 0755);
}

static int open_dir(const char *name)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), SEK_PLACE_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Is the folder that was locked still the one that has the name? 1, 0 or -errno. */
static int is_current(int fd, const char *name)
{
	struct stat mine, now;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SEK_PLACE_DIR "/%s", name);
	if (fstat(fd, &mine))
		return -errno;
	if (stat(path, &now))
		return errno == ENOENT ? 0 : -errno;
	return mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

static int take(int fd, int how)
{
	while (flock(fd, how)) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

/* The last one switches the light off; others may be in there. */
static void remove_parents(void)
{
	if (!rmdir(SEK_PLACE_DIR) || errno == ENOENT)
		rmdir(SEK_RUNDIR);
}

int sek_place_open(struct sek_place *p, const char *name, bool make, bool lock)
{
	if (!is_name(name))
		return -EINVAL;
	for (int gone = 0;;) {
		SEK_CLEANUP(sek_closep) int fd = -1;
		int err = make ? make_dirs(name) : 0;

		fd = err ? err : open_dir(name);
		/* Another command removed it in between, or there is no /run at all. */
		if (fd == -ENOENT && make && gone++ < TRIES)
			continue;
		if (fd == -ENOENT && lock)
			remove_parents();
		if (fd < 0)
			return fd;
		err = lock ? take(fd, LOCK_EX) : 0;
		if (err)
			return err;
		err = is_current(fd, name);
		if (err < 0)
			return err;
		if (err) {
			snprintf(p->name, sizeof(p->name), "%s", name);
			p->dir = sek_take_fd(&fd);
			return 0;
		}
	}
}

void sek_place_close(struct sek_place *p)
{
	sek_closep(&p->dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

int sek_place_remove_tree(const struct sek_place *p, const char *dir)
{
	char path[PATH_MAX];
	int err = sek_place_path(p, path, "%s", dir);

	/* Never into another file system: what is mounted there is in use. */
	if (!err && nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) && errno != ENOENT)
		err = -errno;
	return err;
}

int sek_place_remove(struct sek_place *p)
{
	int err = sek_place_remove_tree(p, "");

	if (err)
		return err;
	sek_place_close(p);
	remove_parents();
	return 0;
}

int sek_place_list(int (*fn)(const char *name, void *data), void *data)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir(SEK_PLACE_DIR);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			r = fn(entry->d_name, data);
	}
	return r;
}

int sek_place_path(const struct sek_place *p, char ret[static PATH_MAX], const char *fmt, ...)
{
	int n = snprintf(ret, PATH_MAX, SEK_PLACE_DIR "/%s/", p->name);
	va_list args;

	va_start(args, fmt);
	n += vsnprintf(ret + n, PATH_MAX - n, fmt, args);
	va_end(args);
	return n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			size -= n;
		}
	}
	return 0;
}

int sek_place_write(const struct sek_place *p, const char *file, const void *bytes, size_t size)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char fresh[PATH_MAX];
	int err;

	if (snprintf(fresh, sizeof(fresh), "%s+", file) >= (int)sizeof(fresh))
		return -ENAMETOOLONG;
	fd = openat(p->dir, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	/* Daemons that are not root read it, whatever the umask. */
	err = fchmod(fd, 0644) ? -errno : write_all(fd, bytes, size);
	if (!err && (fsync(fd) || renameat(p->dir, fresh, p->dir, file) || fsync(p->dir)))
		err = -errno;
	return err;
}

int sek_place_read(const struct sek_place *p, const char *file, char **ret, size_t *size)
{
	SEK_CLEANUP(sek_closep) int fd = openat(p->dir, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	SEK_CLEANUP(sek_freep) char *bytes = NULL;
	size_t got = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if ((size_t)st.st_size > FILE_MAX)
		return -EFBIG;
	bytes = malloc(st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	while (got < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + got, st.st_size - got);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			break;
		got += n > 0 ? n : 0;
	}
	bytes[got] = '\0';
	*ret = bytes;
	bytes = NULL;
	if (size)
		*size = got;
	return 0;
}

int sek_place_mkdir(const struct sek_place *p, const char *dir)
{
	return sek_rundir_make(p->dir, dir, 0755);
}

int sek_place_each(const struct sek_place *p, const char *dir,
		   int (*fn)(const char *name, void *data), void *data)
{
	SEK_CLEANUP(sek_closedirp) DIR *d = NULL;
	int fd = openat(p->dir, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	struct dirent *entry;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return -ENOMEM;
	}
	while (!r && (entry = readdir(d))) {
		if (entry->d_name[0] != '.')
			r = fn(entry->d_name, data);
	}
	return r;
}

int sek_place_lock_nodes(const struct sek_place *p, bool alone)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	int err;

	/* Not the topology's own folder, which whoever changes it holds for a long time. */
	fd = openat(p->dir, "ns", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	err = take(fd, alone ? LOCK_EX : LOCK_SH);
	return err ? err : sek_take_fd(&fd);
}

int sek_place_netns(const struct sek_place *p, const char *node)
{
	SEK_CLEANUP(sek_closep) int fd = -1;
	char file[sizeof("ns/") + NAME_MAX];
	struct statfs fs;

	snprintf(file, sizeof(file), "ns/%s", node);
	fd = openat(p->dir, file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstatfs(fd, &fs))
		return -errno;
	/* The file was made, but nothing was mounted on it. */
	return fs.f_type == NSFS_MAGIC ? sek_take_fd(&fd) : -ENOENT;
}
