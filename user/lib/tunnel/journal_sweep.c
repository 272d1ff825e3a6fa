// SPDX-License-Identifier: GPL-2.0-only
/*
 * Journals of network namespaces that are gone. From Linux 6.18 on, a namespace has a file handle
 * that is of no more use then. Before, all that can hold one is looked at: threads, mounts, open
 * files.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../cleanup.h"
#include "journal.h"
#include "step.h"

/* Inode of the PID namespace that all processes are in or below (PROC_PID_INIT_INO). */
#define INIT_PID_NS 0xeffffffcU

/* A journal is empty for a moment while it is made; older ones were never begun. In seconds. */
#define EMPTY_AGE 60

/* Room for what a file handle may have; that of a namespace has 16 bytes (nsfs.h). */
#define HANDLE_ROOM 32

union handle {
	struct file_handle h;
	unsigned char room[sizeof(struct file_handle) + HANDLE_ROOM];
};

enum state {
	UNKNOWN, /* nothing was found that holds it */
	HELD,
	GONE
};

/* One journal, and what became of its namespace. */
struct journal {
	__u64 cookie;
	char ifname[IFNAMSIZ];
	__u64 ino; /* of the namespace; 0: nothing was done */
	enum state state;
};

/**
 * struct sweep - what is looked for
 * @all: the journals; owned
 * @n: how many
 * @left: how many of them are still unknown
 * @mounts: mount namespaces that were looked at; owned
 * @mounts_n: how many
 * @nsfs_major: device that namespaces are files of
 * @nsfs_minor: likewise
 */
struct sweep {
	struct journal *all;
	size_t n;
	size_t left;
	__u64 *mounts;
	size_t mounts_n;
	__u32 nsfs_major;
	__u32 nsfs_minor;
};

static void release(struct sweep *s)
{
	free(s->all);
	free(s->mounts);
}

static void journal_path(const struct journal *j, char ret[64])
{
	snprintf(ret, 64, SEK_JOURNAL_DIR "/%" PRIu64 "-%s", (uint64_t)j->cookie, j->ifname);
}

int sek_journal_netns(char ret[SEK_JOURNAL_NETNS_TEXT])
{
	union handle handle = { .h.handle_bytes = HANDLE_ROOM };
	struct stat st;
	size_t len;
	int mount;

	if (stat("/proc/thread-self/ns/net", &st))
		return -errno;
	len = snprintf(ret, SEK_JOURNAL_NETNS_TEXT, "%" PRIu64 " -", (uint64_t)st.st_ino);
	/* Where there are no such handles, or they are not allowed, it goes without. */
	if (name_to_handle_at(AT_FDCWD, "/proc/thread-self/ns/net", &handle.h, &mount,
			      AT_SYMLINK_FOLLOW))
		return 0;
	sodium_bin2hex(ret + len - 1, SEK_JOURNAL_NETNS_TEXT - len + 1, handle.h.f_handle,
		       handle.h.handle_bytes);
	return 0;
}

/* What the kernel says of a handle: only that it is stale tells that all is over. */
static enum state ask_kernel(const char *hex)
{
	union handle now = { .h.handle_bytes = HANDLE_ROOM };
	SEK_CLEANUP(sek_closep) int nsfs = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int mount, fd;
	size_t len;

	/* The type is that of any other namespace. */
	if (nsfs < 0 || name_to_handle_at(nsfs, "", &now.h, &mount, AT_EMPTY_PATH) ||
	    sodium_hex2bin(now.h.f_handle, HANDLE_ROOM, hex, strlen(hex), NULL, &len, NULL) ||
	    len != now.h.handle_bytes)
		return UNKNOWN;
	fd = open_by_handle_at(nsfs, &now.h, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ESTALE ? GONE : UNKNOWN;
	close(fd);
	return HELD;
}

static int read_netns(const char *path, struct journal *j)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = fopen(path, "re");
	SEK_CLEANUP(sek_freep) char *line = NULL;
	char handle[2 * HANDLE_ROOM + 1];
	size_t size = 0;
	uint64_t ino;

	if (!file)
		return -errno;
	if (getline(&line, &size, file) > 0 &&
	    sscanf(line, "netns %" SCNu64 " %64s", &ino, handle) == 2) {
		j->ino = ino;
		j->state = ask_kernel(handle);
	}
	return 0;
}

/* Without its lock: who is at work on it must not be disturbed. */
static int collect(__u64 cookie, const char *ifname, void *arg)
{
	struct sweep *s = arg;
	struct journal *all = reallocarray(s->all, s->n + 1, sizeof(*all)), *j;
	char path[64];
	int err;

	if (!all)
		return -ENOMEM;
	s->all = all;
	j = &all[s->n];
	memset(j, 0, sizeof(*j));
	j->cookie = cookie;
	snprintf(j->ifname, sizeof(j->ifname), "%s", ifname);
	journal_path(j, path);
	err = read_netns(path, j);
	if (!err)
		s->n++;
	return err == -ENOENT ? 0 : err;
}

static void hold(struct sweep *s, __u64 ino)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->all[i].ino == ino && s->all[i].state == UNKNOWN) {
			s->all[i].state = HELD;
			s->left--;
		}
	}
}

/* The inode of what a link such as "net:[4026531840]" leads to; 0: it is another kind of thing. */
static int read_ns(int dir, const char *path, const char *kind, __u64 *ret)
{
	size_t len = strlen(kind);
	char text[64];
	ssize_t n = readlinkat(dir, path, text, sizeof(text) - 1);

	*ret = 0;
	/* It has just ended, or is about to. */
	if (n < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	text[n] = '\0';
	if (!strncmp(text, kind, len) && !strncmp(text + len, ":[", 2))
		*ret = strtoull(text + len + 2, NULL, 10);
	return 0;
}

/* What is mounted where somebody is; each mount namespace once. */
static int look_at_mounts(struct sweep *s, const char *pid)
{
	SEK_CLEANUP(sek_fclosep) FILE *file = NULL;
	SEK_CLEANUP(sek_freep) char *line = NULL;
	char path[64];
	size_t room = 0;
	__u64 ino, *mounts;
	int err;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	err = read_ns(AT_FDCWD, path, "mnt", &ino);
	if (err || !ino)
		return err;
	for (size_t i = 0; i < s->mounts_n; i++) {
		if (s->mounts[i] == ino)
			return 0;
	}
	mounts = reallocarray(s->mounts, s->mounts_n + 1, sizeof(*mounts));
	if (!mounts)
		return -ENOMEM;
	s->mounts = mounts;
	s->mounts[s->mounts_n++] = ino;
	snprintf(path, sizeof(path), "/proc/%s/mountinfo", pid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT || errno == ESRCH || errno == EINVAL ? 0 : -errno;
	while (s->left && getline(&line, &room, file) > 0) {
		const char *found = strstr(line, " net:[");

		if (found)
			hold(s, strtoull(found + 6, NULL, 10));
	}
	return 0;
}

/* Calls a function for each entry of a directory of a process, which may just end. */
static int each_entry(struct sweep *s, const char *path,
		      int (*fn)(struct sweep *s, int dir, const char *name))
{
	SEK_CLEANUP(sek_closedirp) DIR *dir = opendir(path);
	struct dirent *d;
	int err = 0;

	if (!dir)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	while (!err && s->left && (d = readdir(dir))) {
		if (d->d_name[0] != '.')
			err = fn(s, dirfd(dir), d->d_name);
	}
	return err;
}

static int look_at_thread(struct sweep *s, int dir, const char *name)
{
	char path[64];
	__u64 ino;
	int err;

	snprintf(path, sizeof(path), "%s/ns/net", name);
	err = read_ns(dir, path, "net", &ino);
	if (!err && ino)
		hold(s, ino);
	return err;
}

/*
 * A file of nsfs that was opened by a path leads to that path, or to nowhere when it is not mounted
 * there any more: only its inode tells. Servers of other file systems are not asked for theirs.
 */
static int look_at_file(struct sweep *s, int dir, const char *name)
{
	struct statx st;
	char text[8];
	ssize_t n = readlinkat(dir, name, text, sizeof(text));

	if (n < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -errno;
	/* Not "socket:[1]", "pipe:[1]", "anon_inode:..." */
	if (n < 1 || (*text != '/' && *text != '(' && strncmp(text, "net:[", 5) != 0))
		return 0;
	/* Other files may refuse, these do not. */
	if (!statx(dir, name, AT_STATX_DONT_SYNC, STATX_INO, &st) &&
	    st.stx_dev_major == s->nsfs_major && st.stx_dev_minor == s->nsfs_minor)
		hold(s, st.stx_ino);
	return 0;
}

static int look_at_process(struct sweep *s, int dir, const char *name)
{
	char path[300];
	int err;

	(void)dir;
	if (*name < '0' || *name > '9')
		return 0;
	snprintf(path, sizeof(path), "/proc/%s/task", name);
	err = each_entry(s, path, look_at_thread);
	if (!err)
		err = look_at_mounts(s, name);
	snprintf(path, sizeof(path), "/proc/%s/fd", name);
	return err ? err : each_entry(s, path, look_at_file);
}

/* Nothing is to be undone in a namespace that is gone; what DNS was told is the host's. */
static int remove_journal(const struct sweep *s, const struct journal *gone)
{
	struct sek_journal j = SEK_JOURNAL_INIT;
	int err = sek_journal_open(&j, gone->cookie, gone->ifname, false);
	struct mnl_socket *none = NULL;
	bool others = false;

	for (size_t i = 0; i < s->n; i++)
		others |= s->all[i].state == HELD && !strcmp(s->all[i].ifname, gone->ifname);
	for (size_t i = 0; !err && !others && i < j.n; i++) {
		if (j.entries[i].step.type == SEK_STEP_DNS && !j.entries[i].undone)
			err = sek_step_undo(&j, i, &none);
	}
	if (!err)
		err = sek_journal_remove(&j);
	sek_journal_close(&j);
	return err;
}

static void remove_empty(const struct journal *empty)
{
	struct sek_journal j = SEK_JOURNAL_INIT;
	struct stat st;

	if (!sek_journal_open(&j, empty->cookie, empty->ifname, false) && !j.n && !j.up &&
	    !fstat(j.fd, &st) && !st.st_size && time(NULL) - st.st_mtime > EMPTY_AGE)
		sek_journal_remove(&j);
	sek_journal_close(&j);
}

/* Return: 0 or -errno, and then nothing is known of what was not found. */
static int look_once(struct sweep *s)
{
	struct statx own;
	int err;

	if (statx(AT_FDCWD, "/proc/thread-self/ns/net", 0, STATX_INO, &own))
		return -errno;
	s->nsfs_major = own.stx_dev_major;
	s->nsfs_minor = own.stx_dev_minor;
	/* Mostly it is ours, or has a name. */
	hold(s, own.stx_ino);
	s->mounts_n = 0;
	err = s->left ? look_at_mounts(s, "self") : 0;
	return err || !s->left ? err : each_entry(s, "/proc", look_at_process);
}

/* For older kernels. What is found nowhere, where all can be seen, is gone. */
static int look_around(struct sweep *s)
{
	__u64 pids;
	int err = read_ns(AT_FDCWD, "/proc/self/ns/pid", "pid", &pids);

	/* In a container we would not see who holds it. */
	if (err || pids != INIT_PID_NS)
		return err;
	/* Twice, lest it is passed on from who is not yet looked at to who was. */
	for (int i = 0; i < 2; i++) {
		err = look_once(s);
		if (err || !s->left)
			return err;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (s->all[i].state == UNKNOWN)
			s->all[i].state = GONE;
	}
	return 0;
}

int sek_journal_sweep(void)
{
	SEK_CLEANUP(release) struct sweep s = { 0 };
	int err = sek_journal_each(collect, &s), ret = 0;

	for (size_t i = 0; !err && i < s.n; i++) {
		if (!s.all[i].ino) {
			s.all[i].state = HELD;
			remove_empty(&s.all[i]);
		}
		s.left += s.all[i].state == UNKNOWN;
	}
	if (!err && s.left)
		err = look_around(&s);
	for (size_t i = 0; i < s.n; i++)
		ret += s.all[i].state == GONE && !remove_journal(&s, &s.all[i]);
	return err ? err : ret;
}
