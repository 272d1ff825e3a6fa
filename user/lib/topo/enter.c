// SPDX-License-Identifier: GPL-2.0-only
#include "enter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../cleanup.h"

/* Mounts directly below /sys: some dozen at most. */
#define MOUNTS_MAX 64

struct held {
	int fd;
	char path[PATH_MAX];
};

/* mountinfo writes blanks and such as \040: proc(5). */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to++ = (s[1] & 7) << 6 | (s[2] & 7) << 3 | (s[3] & 7);
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void release(struct held *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sek_closep(&v[i].fd);
}

/* A copy of each mount directly below the uppermost one at /sys; how many, or -errno. */
static int hold_mounts(struct held *v)
{
	SEK_CLEANUP(sek_fclosep) FILE *from = fopen("/proc/self/mountinfo", "re");
	char line[2 * PATH_MAX], path[PATH_MAX];
	int id, parent, sys = -1, n = 0;

	if (!from)
		return -errno;
	while (fgets(line, sizeof(line), from)) {
		if (sscanf(line, "%d %*d %*s %*s %4095s", &id, path) == 2 && !strcmp(path, "/sys"))
			sys = id;
	}
	rewind(from);
	while (fgets(line, sizeof(line), from) && n < MOUNTS_MAX) {
		if (sscanf(line, "%*d %d %*s %*s %4095s", &parent, path) != 2 || parent != sys)
			continue;
		unescape(path);
		v[n].fd = open_tree(AT_FDCWD, path,
				    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		/* Another mount covers it. */
		if (v[n].fd < 0)
			continue;
		snprintf(v[n++].path, PATH_MAX, "%s", path);
	}
	return n;
}

/* sysfs shows the interfaces of the namespace in which it was mounted. */
static int remount_sys(void)
{
	struct held *v = calloc(MOUNTS_MAX, sizeof(*v));
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int n = v ? hold_mounts(v) : -ENOMEM, err = 0;
	struct statvfs sys;

	if (n < 0) {
		free(v);
		return n;
	}
	if (!statvfs("/sys", &sys) && sys.f_flag & ST_RDONLY)
		flags |= MS_RDONLY;
	if (mount("sysfs", "/sys", "sysfs", flags, NULL))
		err = -errno;
	for (int i = 0; i < n && !err; i++) {
		/* Not each place in the old one is in the new one. */
		if (move_mount(v[i].fd, "", AT_FDCWD, v[i].path, MOVE_MOUNT_F_EMPTY_PATH) &&
		    errno != ENOENT)
			err = -errno;
	}
	release(v, n);
	free(v);
	return err;
}

static int bind_hosts(const struct sek_place *p)
{
	char hosts[PATH_MAX];
	int err = sek_place_path(p, hosts, "hosts");

	if (err)
		return err;
	return mount(hosts, "/etc/hosts", NULL, MS_BIND, NULL) && errno != ENOENT ? -errno : 0;
}

/*
 * Daemons that call their sockets the same in each node look for them here. The folders are the
 * host's; one that was not there is marked before it is made, and goes with the last topology,
 * as removing it would take it from nodes that have it mounted.
 */
static const char *const shared[] = { "wireguard", "frr" };

#define SHARED_HOST "/run/%s"
#define SHARED_MADE SEK_PLACE_DIR "/.made-%s"

/* Held while folders come or go. Released by closing it. */
static int lock_shared(int operation)
{
	int fd = open(SEK_PLACE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, operation)) {
		if (errno != EINTR) {
			close(fd);
			return -errno;
		}
	}
	return fd < 0 ? -errno : fd;
}

static int make_shared(const char *name)
{
	char host[64], made[64];
	int fd;

	snprintf(host, sizeof(host), SHARED_HOST, name);
	snprintf(made, sizeof(made), SHARED_MADE, name);
	if (!access(host, F_OK))
		return 0;
	fd = open(made, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return mkdir(host, 0755) ? -errno : 0;
}

static int bind_one(const struct sek_place *p, const char *node, const char *name)
{
	SEK_CLEANUP(sek_closep) int lock = -1;
	char own[PATH_MAX], host[64];
	int err = sek_place_path(p, own, "node/%s/%s", node, name);

	if (err || access(own, F_OK))
		return err;
	lock = lock_shared(LOCK_EX);
	err = lock < 0 ? lock : make_shared(name);
	snprintf(host, sizeof(host), SHARED_HOST, name);
	return err ?: mount(own, host, NULL, MS_BIND, NULL) ? -errno : 0;
}

static int bind_shared(const struct sek_place *p, const char *node)
{
	int err = 0;

	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared) && !err; i++)
		err = bind_one(p, node, shared[i]);
	return err;
}

static int is_other(const char *name, void *own)
{
	return strcmp(name, own) != 0;
}

void sek_enter_clean(const struct sek_place *p)
{
	SEK_CLEANUP(sek_closep) int lock = lock_shared(LOCK_EX);
	char host[64], made[64];

	if (lock < 0 || sek_place_list(is_other, (void *)p->name))
		return;
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
		snprintf(host, sizeof(host), SHARED_HOST, shared[i]);
		snprintf(made, sizeof(made), SHARED_MADE, shared[i]);
		if (access(made, F_OK))
			continue;
		rmdir(host);
		unlink(made);
	}
}

static int join_cgroup(const struct sek_place *p, const char *node)
{
	SEK_CLEANUP(sek_freep) char *cgroup = NULL;
	SEK_CLEANUP(sek_closep) int fd = -1;
	char path[PATH_MAX];
	int err = sek_place_read(p, "cgroup", &cgroup, NULL);

	if (err)
		return err == -ENOENT ? 0 : err;
	if (snprintf(path, sizeof(path), "%s/%s/cgroup.procs", cgroup, node) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return write(fd, "0", 1) < 0 ? -errno : 0;
}

/* The error stays what it is; @what tells what it is about. */
static int failed(int err, char *what, size_t size, const char *doing)
{
	snprintf(what, size, "%s", doing);
	return err;
}

int sek_enter(const struct sek_place *p, const char *node, char *what, size_t size)
{
	SEK_CLEANUP(sek_closep) int lock = sek_place_lock_nodes(p, false);
	SEK_CLEANUP(sek_closep) int fd = -1;
	int err = lock < 0 ? lock : 0;

	if (!err && (fd = sek_place_netns(p, node)) < 0)
		err = fd;
	if (err)
		return failed(err, what, size, "find the node");
	err = join_cgroup(p, node);
	if (err)
		return failed(err, what, size, "join the node's cgroup");
	if (setns(fd, CLONE_NEWNET))
		return failed(-errno, what, size, "enter the node's network namespace");
	/* What is mounted or unmounted outside later shows here, too, but not the other way. */
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return failed(-errno, what, size, "make mount and host name namespaces");
	if (sethostname(node, strlen(node)))
		return failed(-errno, what, size, "set the host name");
	err = remount_sys();
	if (err)
		return failed(err, what, size, "mount the node's /sys");
	err = bind_hosts(p);
	if (err)
		return failed(err, what, size, "mount the node's /etc/hosts");
	err = bind_shared(p, node);
	if (err)
		return failed(err, what, size, "mount the folders of its daemons' sockets");
	setenv("SEKISHO_TOPO", p->name, 1);
	setenv("SEKISHO_NODE", node, 1);
	/* Until this is the program that was to be run: then whoever ends it finds it. */
	sek_take_fd(&lock);
	return 0;
}
