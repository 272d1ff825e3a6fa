// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "cleanup.h"

/* include/linux/exportfs.h: 64 bits of kernfs node id, in the host's byte order. */
#define FILEID_KERNFS 0xfe

#define DELETED " (deleted)"

/* A handle with room for a kernfs id; struct file_handle ends in an array without length. */
union cgroup_handle {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + sizeof(__u64)];
};

static bool is_cgroup2(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* Undoes mangle_path() of fs/seq_file.c: \ooo is a byte, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/*
 * A line of mountinfo: ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS.
 * Returns the mount point if it is a cgroup2, else NULL; cuts the line up.
 */
static char *parse_mount(char *line, char **ret_root)
{
	char *tail = strstr(line, " - "), *save = NULL, *point;

	/* Blanks in names are escaped, so the first lone dash is the separator. */
	if (!tail || strncmp(tail + 3, "cgroup2 ", 8))
		return NULL;
	*tail = '\0';
	if (!strtok_r(line, " ", &save) || !strtok_r(NULL, " ", &save) ||
	    !strtok_r(NULL, " ", &save))
		return NULL;
	*ret_root = strtok_r(NULL, " ", &save);
	point = strtok_r(NULL, " ", &save);
	if (!point)
		return NULL;
	unescape(*ret_root);
	unescape(point);
	return point;
}

/* Another mount may lie over it. */
static bool is_visible(const char *point)
{
	SEK_CLEANUP(sek_closep) int fd = open(point, O_PATH | O_CLOEXEC);

	return fd >= 0 && is_cgroup2(fd);
}

int sek_cgroup_mount(char path[PATH_MAX])
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen("/proc/self/mountinfo", "re");
	SEK_CLEANUP(sek_freep) char *line = NULL;
	bool found = false, whole = false;
	char *root, *point;
	size_t size = 0;

	if (!file)
		return -errno;
	while (!whole && getline(&line, &size, file) > 0) {
		point = parse_mount(line, &root);
		if (!point || strlen(point) >= PATH_MAX || !is_visible(point))
			continue;
		whole = !strcmp(root, "/");
		if (whole || !found)
			memcpy(path, point, strlen(point) + 1);
		found = true;
	}
	if (ferror(file))
		return -EIO;
	return found ? 0 : -ENOENT;
}

int sek_cgroup_id(const char *path, __u64 *ret)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	union cgroup_handle h = { .handle.handle_bytes = sizeof(*ret) };
	int mount_id;

	if (fd < 0)
		return errno == ENOTDIR ? -EINVAL : -errno;
	if (!is_cgroup2(fd))
		return -EINVAL;
	if (name_to_handle_at(fd, "", &h.handle, &mount_id, AT_EMPTY_PATH))
		return -errno;
	if (h.handle.handle_type != FILEID_KERNFS || h.handle.handle_bytes != sizeof(*ret))
		return -EINVAL;
	memcpy(ret, h.handle.f_handle, sizeof(*ret));
	return 0;
}

static int open_id(int mount_fd, __u64 id)
{
	union cgroup_handle h = {
		.handle.handle_bytes = sizeof(id),
		.handle.handle_type = FILEID_KERNFS,
	};
	int fd;

	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &h.handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		/* The id of a file: no cgroup's, so there is none. */
		return errno == ENOTDIR ? -ENOENT : -errno;
	return fd;
}

/* The kernel says "(deleted)" of what is gone, and a cgroup may be called so, too. */
static bool is_deleted(int fd, const char *path)
{
	size_t len = strlen(path), suffix = strlen(DELETED);
	struct stat by_path, by_fd;

	if (len < suffix || strcmp(path + len - suffix, DELETED))
		return false;
	return lstat(path, &by_path) || fstat(fd, &by_fd) || by_path.st_ino != by_fd.st_ino ||
	       by_path.st_dev != by_fd.st_dev;
}

static int path_of(int fd, char ret[static PATH_MAX])
{
	char link[64];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, ret, PATH_MAX);
	if (len < 0)
		return -errno;
	if (len == PATH_MAX)
		return -ENAMETOOLONG;
	ret[len] = '\0';
	return is_deleted(fd, ret) ? -ESTALE : 0;
}

int sek_cgroup_path(int mount_fd, const char *mount, __u64 id, char *ret, size_t size)
{
	SEK_CLEANUP(sek_closep) int fd = open_id(mount_fd, id);
	size_t prefix = strlen(mount);
	const char *relative;
	char path[PATH_MAX];
	int err;

	if (fd < 0)
		return fd;
	err = path_of(fd, path);
	if (err)
		return err;
	while (prefix && mount[prefix - 1] == '/')
		prefix--;
	/* Of what lies outside the mount the kernel tells a path without it. */
	if (strncmp(path, mount, prefix) || (path[prefix] && path[prefix] != '/'))
		return -ENOENT;
	relative = path[prefix] ? path + prefix : "/";
	if (strlen(relative) >= size)
		return -ENAMETOOLONG;
	memcpy(ret, relative, strlen(relative) + 1);
	return 0;
}
