// SPDX-License-Identifier: GPL-2.0-only
#include "netns.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>
#include <linux/nsfs.h>

#include "cleanup.h"
#include "netns_names.h"

#define OWN_PATH  "/proc/thread-self/ns/net"
#define HOST_PATH "/proc/1/ns/net"
#define HOST	  "host"

/* enum init_ns_ino of <linux/nsfs.h>; of older kernels no namespace has it. */
#define NET_NS_INIT_INO 0xeffffff9u

/* Linux 5.14; newer than Debian 12's headers of the C library. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int inode_of(int dir, const char *path, struct stat *ret)
{
	return fstatat(dir, path, ret, 0) ? -errno : 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whoever may not look at the init process knows the kernel's first namespace since Linux 6.17. */
static bool is_host(const struct stat *st)
{
	struct stat host;

	if (inode_of(AT_FDCWD, HOST_PATH, &host))
		return st->st_ino == NET_NS_INIT_INO;
	return same_file(&host, st);
}

int sek_netns_is_host(const char *path)
{
	struct stat st;
	int err = inode_of(AT_FDCWD, path, &st);

	return err ? err : is_host(&st);
}

struct search {
	const struct stat *st;
	char *ret;
};

static int compare_name(const struct sek_netns_name *name, void *arg)
{
	const struct search *s = arg;
	bool found = strcmp(name->name, HOST) && same_file(&name->st, s->st);

	if (found)
		snprintf(s->ret, SEK_NAME_LEN, "%.*s", SEK_NAME_LEN - 1, name->name);
	return found;
}

/* The first name that a namespace has; @ret is "" if there is none. */
static void find_name(const struct stat *st, char ret[static SEK_NAME_LEN])
{
	struct search s = { .st = st, .ret = ret };

	ret[0] = '\0';
	sek_netns_each_name(compare_name, &s);
}

/* Anything may lie at a path: neither wait for a FIFO's writer nor take a terminal. */
static int open_nsfs(const char *path, struct stat *ret)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct statfs fs;

	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	if (fstatfs(fd, &fs))
		return -errno;
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	if (fstat(fd, ret))
		return -errno;
	return sek_take_fd(&fd);
}

static int enter(int fd, int *ret_old_fd)
{
	SEK_CLEANUP(sek_closep) int old_fd = open(OWN_PATH, O_RDONLY | O_CLOEXEC);

	if (old_fd < 0)
		return -errno;
	/* Not where one cannot come back from: the old one may belong to another user namespace. */
	if (setns(old_fd, CLONE_NEWNET) || setns(fd, CLONE_NEWNET))
		return -errno;
	*ret_old_fd = sek_take_fd(&old_fd);
	return 0;
}

int sek_netns_enter(const struct sek_netns *to, int *ret_old_fd)
{
	return enter(to->fd, ret_old_fd);
}

int sek_netns_leave(int *old_fd)
{
	SEK_CLEANUP(sek_closep) int fd = sek_take_fd(old_fd);

	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

int sek_netns_cookie(__u64 *ret)
{
	SEK_CLEANUP(sek_closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret);

	if (fd < 0)
		return -errno;
	return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &len) ? -errno : 0;
}

static int cookie_of(int fd, const struct stat *st, __u64 *ret)
{
	int old_fd = -1, err, left;
	struct stat own;

	err = inode_of(AT_FDCWD, OWN_PATH, &own);
	if (err)
		return err;
	if (same_file(&own, st))
		return sek_netns_cookie(ret);
	err = enter(fd, &old_fd);
	if (err)
		return err;
	err = sek_netns_cookie(ret);
	left = sek_netns_leave(&old_fd);
	return left ? left : err;
}

/* @name: what it is called, "" if nothing, or NULL to find out */
static int open_path(const char *path, const char *name, struct sek_netns *ret)
{
	struct sek_netns one = { .fd = -1 };
	SEK_CLEANUP(sek_closep) int fd = -1;
	struct stat st = {};
	int err;

	fd = open_nsfs(path, &st);
	if (fd < 0)
		return fd;
	err = cookie_of(fd, &st, &one.cookie);
	if (err)
		return err;
	one.ino = st.st_ino;
	if (is_host(&st))
		memcpy(one.name, HOST, sizeof(HOST));
	else if (name)
		snprintf(one.name, sizeof(one.name), "%s", name);
	else
		find_name(&st, one.name);
	if (!one.name[0])
		snprintf(one.name, sizeof(one.name), "net:[%llu]", one.ino);
	one.fd = sek_take_fd(&fd);
	*ret = one;
	return 0;
}

int sek_netns_self(struct sek_netns *ret)
{
	return open_path(OWN_PATH, NULL, ret);
}

void sek_netns_release(struct sek_netns *one)
{
	sek_closep(&one->fd);
}

void sek_netns_free(struct sek_netns *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sek_netns_release(&v[i]);
	free(v);
}

/* One place where a namespace may be found. */
struct candidate {
	struct stat st;
	char *name;  /* or NULL, and then: */
	int pid;     /* whose it is; 0 = one's own */
	char *path;  /* of the name */
	size_t rank; /* of the name: the first one counts */
};

struct candidates {
	struct candidate *v;
	size_t n;
	size_t room;
};

static void free_candidates(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->v[i].name);
		free(c->v[i].path);
	}
	free(c->v);
}

static int add_candidate(struct candidates *c, const struct stat *st,
			 const struct sek_netns_name *name, int pid)
{
	struct candidate *one;

	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 64;
		struct candidate *v = reallocarray(c->v, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		c->v = v;
		c->room = room;
	}
	one = &c->v[c->n];
	*one = (struct candidate){ .st = *st, .pid = pid, .rank = c->n };
	if (name) {
		one->name = strdup(name->name);
		one->path = strdup(name->path);
		if (!one->name || !one->path) {
			free(one->name);
			free(one->path);
			return -ENOMEM;
		}
	}
	c->n++;
	return 0;
}

static int add_name(const struct sek_netns_name *name, void *c)
{
	return add_candidate(c, &name->st, name, 0);
}

static int add_processes(struct candidates *c)
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir("/proc");
	struct dirent *entry;
	char path[64];
	struct stat st;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "%.20s/ns/net", entry->d_name);
		if (!inode_of(dirfd(dir), path, &st))
			err = add_candidate(c, &st, NULL, atoi(entry->d_name));
	}
	return err;
}

static int add_own(struct candidates *c)
{
	struct stat st;
	int err = inode_of(AT_FDCWD, OWN_PATH, &st);

	return err ? err : add_candidate(c, &st, NULL, 0);
}

/* Names before processes; the name "host" last, because it names nothing. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->st.st_dev != y->st.st_dev)
		return x->st.st_dev < y->st.st_dev ? -1 : 1;
	if (x->st.st_ino != y->st.st_ino)
		return x->st.st_ino < y->st.st_ino ? -1 : 1;
	if (!x->name || !y->name)
		return x->name ? -1 : y->name ? 1 : x->pid - y->pid;
	if (!strcmp(x->name, HOST) || !strcmp(y->name, HOST))
		return !strcmp(x->name, HOST) - !strcmp(y->name, HOST);
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

/* Gone, or not a network namespace, or not ours to enter: no error when all are asked for. */
static bool is_left_out(int err)
{
	return err == -ENOENT || err == -ESRCH || err == -EINVAL || err == -EACCES || err == -EPERM;
}

static int open_candidate(const struct candidate *c, const char *name, struct sek_netns *ret)
{
	char path[64] = OWN_PATH;
	struct sek_netns one;
	int err;

	if (c->pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/net", c->pid);
	err = open_path(c->path ? c->path : path, name, &one);
	if (err)
		return err;
	/* Something else has come to lie there meanwhile. */
	if (one.ino != c->st.st_ino) {
		sek_netns_release(&one);
		return -ENOENT;
	}
	*ret = one;
	return 0;
}

/* Opens the first that is still there of @n candidates for one namespace: 1, 0 or -errno. */
static int open_one_of(const struct candidate *c, size_t n, struct sek_netns *ret)
{
	const char *name = c->name && strcmp(c->name, HOST) ? c->name : "";

	for (size_t i = 0; i < n; i++) {
		int err = open_candidate(&c[i], name, ret);

		if (!err)
			return 1;
		if (!is_left_out(err))
			return err;
	}
	return 0;
}

/* @v: with room for as many as there are candidates; @n: how many it has got, also on failure */
static int open_each(const struct candidates *c, struct sek_netns *v, size_t *n)
{
	size_t i, next;
	int r;

	*n = 0;
	for (i = 0; i < c->n; i = next) {
		next = i + 1;
		while (next < c->n && same_file(&c->v[i].st, &c->v[next].st))
			next++;
		r = open_one_of(&c->v[i], next - i, &v[*n]);
		if (r < 0)
			return r;
		*n += r;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct sek_netns *x = a, *y = b;
	int host = !strcmp(y->name, HOST) - !strcmp(x->name, HOST);

	return host ? host : strcmp(x->name, y->name);
}

int sek_netns_list(struct sek_netns **ret, size_t *n)
{
	SEK_CLEANUP(free_candidates) struct candidates c = { 0 };
	struct sek_netns *v;
	size_t found;
	int err;

	err = add_own(&c);
	if (!err)
		err = sek_netns_each_name(add_name, &c);
	if (!err)
		err = add_processes(&c);
	if (err)
		return err;
	qsort(c.v, c.n, sizeof(*c.v), compare_candidates);
	v = calloc(c.n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	err = open_each(&c, v, &found);
	if (err) {
		sek_netns_free(v, found);
		return err;
	}
	qsort(v, found, sizeof(*v), compare_names);
	*ret = v;
	*n = found;
	return 0;
}

/* By way of any process of it, if one may not look at the init process. */
static int open_host(struct sek_netns *ret)
{
	struct sek_netns *v;
	size_t n;
	int err = open_path(HOST_PATH, NULL, ret);

	if (err != -EACCES && err != -EPERM)
		return err;
	if (sek_netns_list(&v, &n))
		return err;
	if (!strcmp(v[0].name, HOST)) {
		*ret = v[0];
		v[0].fd = -1;
		err = 0;
	}
	sek_netns_free(v, n);
	return err;
}

int sek_netns_open(const char *name_or_path, struct sek_netns *ret)
{
	char path[PATH_MAX], name[SEK_NAME_LEN];
	int err;

	if (!strcmp(name_or_path, HOST))
		return open_host(ret);
	err = sek_netns_find_name(name_or_path, path, name);
	/* A path may be anything, a name must be one. */
	if (err == -ENOENT && strchr(name_or_path, '/'))
		return open_path(name_or_path, NULL, ret);
	return err ? err : open_path(path, *name ? name : NULL, ret);
}
