// SPDX-License-Identifier: GPL-2.0-only
/* Control groups: where they are mounted, their ids, the way back from an id, and their names. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "../../user/lib/cgroup.h"
#include "private_host.h"

TEST(cgroup_name)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	static const struct {
		const char *path;
		const char *name;
	} cases[] = {
		{ "/", "/" },
		{ "", "/" },
		{ "/system.slice", "system.slice" },
		{ "/system.slice/nginx.service", "nginx.service" },
		{ "/system.slice/nginx.service/", "nginx.service" },
		{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
		{ "/system.slice/docker-" ID ".scope", "docker:0123456789ab" },
		{ "/docker/" ID, "docker:0123456789ab" },
		{ "/docker/buildx", "buildx" },
		{ "/machine.slice/libpod-" ID ".scope", "podman:0123456789ab" },
		{ "/libpod_parent/libpod-" ID, "podman:0123456789ab" },
		{ "/machine.slice/libpod-" ID ".scope/container", "podman:0123456789ab/container" },
		{ "/system.slice/web.service/libpod-payload-" ID, "podman:0123456789ab" },
		{ "/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope" },
		{ "/kubepods.slice/kubepods-pod12.slice/cri-containerd-" ID ".scope",
		  "cri:0123456789ab" },
		{ "/kubepods.slice/crio-" ID ".scope", "cri:0123456789ab" },
		{ "/kubepods/burstable/pod8d3b-77/" ID, "cri:0123456789ab" },
		{ "/lxc.payload.web", "lxc:web" },
		{ "/lxc.payload.a.scope", "lxc:a.scope" },
		{ "/lxc.payload.", "lxc.payload." },
		{ "/lxc.payload.web/system.slice/nginx.service", "lxc:web/nginx.service" },
		{ "/lxc.payload.web/docker/" ID, "docker:0123456789ab" },
		{ "/lxc.monitor.web", "lxc.monitor.web" },
		{ "/machine.slice/machine-web\\x2d1.scope", "machine:web-1" },
		{ "/machine.slice/machine-qemu\\x2d2\\x2dvm.scope/libvirt",
		  "machine:qemu-2-vm/libvirt" },
		{ "/machine.slice/machine-a\\x2.scope", "machine:a\\x2" },
		{ "/machine.slice/machine-a\\xzz.scope", "machine:a\\xzz" },
		{ "/machine-web", "machine-web" },
		{ "/machine-.scope", "machine-.scope" },
		/* Too short or no id at all. */
		{ "/docker-0123456789a.scope", "docker-0123456789a.scope" },
		{ "/docker-cleanup.scope", "docker-cleanup.scope" },
		{ "/docker-" ID "x.scope", "docker-" ID "x.scope" },
		{ "/" ID, ID },
		{ "/.scope", ".scope" },
		{ "//a//b", "b" },
	};
	char name[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sek_cgroup_name(cases[i].path, name, sizeof(name));
		EXPECT_STREQ(cases[i].name, name);
	}
}

TEST(cgroup_name_is_cut)
{
	char name[9] = "########";

	sek_cgroup_name("/lxc.payload.web", name, 6);
	EXPECT_STREQ("lxc:w", name);
	EXPECT_EQ('#', name[6]);
	sek_cgroup_name("/a", name, 1);
	EXPECT_STREQ("", name);
}

/* The hierarchy is the host's own, seen through mounts of the test's: each makes a directory in it.
 */
FIXTURE(cgroup)
{
	char mount[PATH_MAX];	 /* of the test */
	char dir[PATH_MAX + 64]; /* the test's cgroup */
	char path[64];		 /* the same, below the mount */
	int fd;			 /* the mount */
	size_t files;
};

FIXTURE_SETUP(cgroup)
{
	const char *why = private_host();

	if (why)
		SKIP(return, "%s", why);
	self->files = open_files();
	strcpy(self->mount, "/run/cg roup\t\\");
	if (mkdir(self->mount, 0755) || mount("cgroup2", self->mount, "cgroup2", 0, NULL))
		SKIP(return, "no cgroup2 to be mounted: %s", strerror(errno));
	snprintf(self->path, sizeof(self->path), "/sek-test-%d", getpid());
	snprintf(self->dir, sizeof(self->dir), "%s%s", self->mount, self->path);
	ASSERT_EQ(0, mkdir(self->dir, 0755));
	self->fd = open(self->mount, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(cgroup)
{
	if (!self->fd)
		return;
	close(self->fd);
	EXPECT_EQ(self->files, open_files());
	/* Also what a test that failed has left in it. */
	setenv("SEK_DIR", self->dir, 1);
	EXPECT_EQ(0, run("find \"$SEK_DIR\" -depth -type d -exec rmdir {} +"));
}

/* All mounts but the test's. */
static void unmount_others(void)
{
	run("umount -l $(awk '/ - cgroup2 / && $5 !~ \"^/run/\" { print $5 }' "
	    "/proc/self/mountinfo)");
}

TEST_F(cgroup, mount)
{
	char path[PATH_MAX] = "", fs[64];
	FILE *type;

	ASSERT_EQ(0, sek_cgroup_mount(path));
	ASSERT_EQ(0, setenv("SEK_PATH", path, 1));
	type = popen("stat -f -c %T \"$SEK_PATH\"", "r");
	ASSERT_EQ(1, fscanf(type, "%63s", fs));
	pclose(type);
	EXPECT_STREQ("cgroup2fs", fs);
}

TEST_F(cgroup, mount_with_blanks)
{
	char path[PATH_MAX] = "";

	unmount_others();
	ASSERT_EQ(0, sek_cgroup_mount(path));
	EXPECT_STREQ(self->mount, path);
}

TEST_F(cgroup, mount_of_the_whole_is_preferred)
{
	char path[PATH_MAX] = "";
	__u64 id;
	int fd;

	unmount_others();
	ASSERT_EQ(0, mkdir("/run/part", 0755));
	ASSERT_EQ(0, mount(self->dir, "/run/part", "none", MS_BIND, NULL));
	ASSERT_EQ(0, sek_cgroup_id(self->mount, &id));
	ASSERT_EQ(0, umount2(self->mount, MNT_DETACH));
	ASSERT_EQ(0, sek_cgroup_mount(path));
	EXPECT_STREQ("/run/part", path);

	/* The root is not to be seen there, the part is. */
	fd = open(path, O_RDONLY | O_DIRECTORY);
	strcpy(path, "as before");
	EXPECT_EQ(-ENOENT, sek_cgroup_path(fd, "/run/part", id, path, sizeof(path)));
	EXPECT_STREQ("as before", path);
	ASSERT_EQ(0, sek_cgroup_id("/run/part", &id));
	EXPECT_EQ(0, sek_cgroup_path(fd, "/run/part", id, path, sizeof(path)));
	EXPECT_STREQ("/", path);
	close(fd);

	ASSERT_EQ(0, mount("cgroup2", self->mount, "cgroup2", 0, NULL));
	ASSERT_EQ(0, sek_cgroup_mount(path));
	EXPECT_STREQ(self->mount, path);

	/* What lies under another mount cannot be used. */
	ASSERT_EQ(0, mount("over", self->mount, "tmpfs", 0, NULL));
	ASSERT_EQ(0, sek_cgroup_mount(path));
	EXPECT_STREQ("/run/part", path);
	ASSERT_EQ(0, umount(self->mount));
}

TEST_F(cgroup, mount_nowhere)
{
	char path[PATH_MAX] = "as before";

	unmount_others();
	ASSERT_EQ(0, umount2(self->mount, MNT_DETACH));
	EXPECT_EQ(-ENOENT, sek_cgroup_mount(path));
	EXPECT_STREQ("as before", path);
	ASSERT_EQ(0, mount("cgroup2", self->mount, "cgroup2", 0, NULL));
}

TEST_F(cgroup, id)
{
	char file[sizeof(self->dir) + 32];
	struct stat st;
	__u64 id = 0;

	ASSERT_EQ(0, sek_cgroup_id(self->dir, &id));
	ASSERT_EQ(0, stat(self->dir, &st));
	EXPECT_EQ(st.st_ino, id);

	id = 7;
	snprintf(file, sizeof(file), "%s/cgroup.procs", self->dir);
	EXPECT_EQ(-EINVAL, sek_cgroup_id(file, &id));
	EXPECT_EQ(-EINVAL, sek_cgroup_id("/proc", &id));
	EXPECT_EQ(-EINVAL, sek_cgroup_id("/dev/null", &id));
	EXPECT_EQ(-ENOENT, sek_cgroup_id("/run/none", &id));
	/* The older kind has kernfs ids, too, but of other hierarchies. */
	if (!mkdir("/run/v1", 0755) && !mount("v1", "/run/v1", "cgroup", 0, "none,name=sek-test"))
		EXPECT_EQ(-EINVAL, sek_cgroup_id("/run/v1", &id));
	EXPECT_EQ(7, id);
}

TEST_F(cgroup, path)
{
	static const char *const names[] = { "/a", "/a/b", "/a/b/c c\t", "/a/b/c c\t/d (deleted)" };
	enum { NR = sizeof(names) / sizeof(names[0]) };
	char dir[sizeof(self->dir) + 64], expected[128], path[PATH_MAX];
	__u64 id[NR], root;

	ASSERT_EQ(0, sek_cgroup_id(self->mount, &root));
	ASSERT_EQ(0, sek_cgroup_path(self->fd, self->mount, root, path, sizeof(path)));
	EXPECT_STREQ("/", path);

	for (int i = 0; i < NR; i++) {
		snprintf(dir, sizeof(dir), "%s%s", self->dir, names[i]);
		ASSERT_EQ(0, mkdir(dir, 0755));
		ASSERT_EQ(0, sek_cgroup_id(dir, &id[i]));
	}
	for (int i = 0; i < NR; i++) {
		snprintf(expected, sizeof(expected), "%s%s", self->path, names[i]);
		ASSERT_EQ(0, sek_cgroup_path(self->fd, self->mount, id[i], path, sizeof(path)));
		EXPECT_STREQ(expected, path);

		/* It fits exactly, or not at all. */
		EXPECT_EQ(0, sek_cgroup_path(self->fd, self->mount, id[i], path,
					     strlen(expected) + 1));
		strcpy(path, "as before");
		EXPECT_EQ(-ENAMETOOLONG,
			  sek_cgroup_path(self->fd, self->mount, id[i], path, strlen(expected)));
		EXPECT_STREQ("as before", path);
	}
	for (int i = NR - 1; i >= 0; i--) {
		snprintf(dir, sizeof(dir), "%s%s", self->dir, names[i]);
		ASSERT_EQ(0, rmdir(dir));
		EXPECT_EQ(-ESTALE,
			  sek_cgroup_path(self->fd, self->mount, id[i], path, sizeof(path)));
	}
}

TEST_F(cgroup, path_of_what_is_none)
{
	char dir[sizeof(self->dir) + 2], path[64], file[sizeof(self->dir) + 32];
	struct stat st;
	__u64 id;
	int fd;

	snprintf(dir, sizeof(dir), "%s/x", self->dir);
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, sek_cgroup_id(dir, &id));
	/* Held open when it is removed, and made again: another one. */
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	ASSERT_EQ(0, rmdir(dir));
	EXPECT_EQ(-ESTALE, sek_cgroup_path(self->fd, self->mount, id, path, sizeof(path)));
	ASSERT_EQ(0, mkdir(dir, 0755));
	EXPECT_EQ(-ESTALE, sek_cgroup_path(self->fd, self->mount, id, path, sizeof(path)));
	ASSERT_EQ(0, rmdir(dir));
	close(fd);

	EXPECT_EQ(-ESTALE, sek_cgroup_path(self->fd, self->mount, 0, path, sizeof(path)));
	EXPECT_EQ(-ESTALE, sek_cgroup_path(self->fd, self->mount, ~0ULL, path, sizeof(path)));
	EXPECT_EQ(-EBADF, sek_cgroup_path(-1, self->mount, id, path, sizeof(path)));
	snprintf(file, sizeof(file), "%s/cgroup.procs", self->dir);
	ASSERT_EQ(0, stat(file, &st));
	EXPECT_EQ(-ENOENT, sek_cgroup_path(self->fd, self->mount, st.st_ino, path, sizeof(path)));

	/* A trailing slash of the mount does not matter, another mount does. */
	ASSERT_EQ(0, sek_cgroup_id(self->dir, &id));
	snprintf(dir, sizeof(dir), "%s/", self->mount);
	EXPECT_EQ(0, sek_cgroup_path(self->fd, dir, id, path, sizeof(path)));
	EXPECT_STREQ(self->path, path);
	EXPECT_EQ(-ENOENT, sek_cgroup_path(self->fd, "/run/cg", id, path, sizeof(path)));
}

/* As in a container: what is above its own root is not there. */
TEST_F(cgroup, namespace)
{
	char file[sizeof(self->dir) + 32], path[PATH_MAX];
	__u64 root, own, id;
	int status;
	pid_t pid;

	ASSERT_EQ(0, sek_cgroup_id(self->mount, &root));
	ASSERT_EQ(0, sek_cgroup_id(self->dir, &own));
	snprintf(file, sizeof(file), "%s/cgroup.procs", self->dir);
	pid = fork();
	if (!pid) {
		int fd = open(file, O_WRONLY);

		if (write(fd, "0", 1) != 1 || unshare(CLONE_NEWCGROUP | CLONE_NEWNS))
			_exit(77);
		close(fd);
		unmount_others();
		umount2(self->mount, MNT_DETACH);
		if (mount("cgroup2", self->mount, "cgroup2", 0, NULL))
			_exit(77);
		fd = open(self->mount, O_RDONLY | O_DIRECTORY);
		if (sek_cgroup_mount(path) || strcmp(path, self->mount))
			_exit(1);
		if (sek_cgroup_id(path, &id) || id != own)
			_exit(2);
		if (sek_cgroup_path(fd, path, own, file, sizeof(file)) || strcmp(file, "/"))
			_exit(3);
		if (sek_cgroup_path(fd, path, root, file, sizeof(file)) != -ENOENT)
			_exit(4);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP(return, "needs a cgroup namespace");
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
