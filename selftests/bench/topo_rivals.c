// SPDX-License-Identifier: GPL-2.0-only
#include "topo.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/topo/batch.h"
#include "wire.h"

struct node {
	int fd;
	struct mnl_socket *nl;
	__u32 next;
};

/* One request, one answer. */
static int request(struct node *n, struct sek_batch *b)
{
	return sek_batch_send(n->nl, b);
}

static int make_node(struct node *n)
{
	struct sek_batch b = { 0 };
	int err;

	if (unshare(CLONE_NEWNET))
		return -errno;
	n->fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	n->next = 2;
	if (n->fd < 0)
		return -errno;
	err = sek_netlink_open(NETLINK_ROUTE, &n->nl) ?:
	      sek_wire_sysctl("net/ipv6/conf/default/accept_dad", "0") ?:
	      sek_wire_sysctl("net/ipv4/ip_forward", "1") ?:
	      sek_wire_sysctl("net/ipv6/conf/all/forwarding", "1");
	if (err)
		return err;
	sek_batch_set_up(&b, 1, true);
	return request(n, &b);
}

static int raise_end(struct node *n, __u32 index, int link, int host)
{
	struct sek_topo_ip v4 = { AF_INET, 24, { 10, link >> 8, link, host } };
	struct sek_topo_ip v6 = { AF_INET6, 64, { 0xfd, [6] = link >> 8, link, [15] = host } };
	struct sek_batch b = { 0 };
	int err;

	sek_batch_addr(&b, index, &v4);
	err = request(n, &b);
	sek_batch_addr(&b, index, &v6);
	err = err ? err : request(n, &b);
	sek_batch_set_up(&b, index, true);
	return err ? err : request(n, &b);
}

static int make_link(struct node *a, struct node *z, int i)
{
	__u8 mac_a[6] = { 2, 0, 0, i >> 8, i, 1 }, mac_z[6] = { 2, 0, 0, i >> 8, i, 2 };
	char name_a[16], name_z[16];
	struct sek_batch_end one = { name_a, a->next++, mac_a, a->fd, 0 };
	struct sek_batch_end other = { name_z, z->next++, mac_z, z->fd, 0 };
	struct sek_batch b = { 0 };
	int err;

	snprintf(name_a, sizeof(name_a), "n%d", i);
	snprintf(name_z, sizeof(name_z), "n%d", i / 2);
	sek_batch_veth(&b, &one, &other, 0);
	err = request(a, &b) ?: raise_end(a, one.ifindex, i, 1);
	return err ? err : raise_end(z, other.ifindex, i, 2);
}

int sek_topo_bare(int nodes, double *ret)
{
	struct node *n = calloc(nodes + 1, sizeof(*n));
	struct rlimit files = { 4096, 4096 };
	double start = sek_topo_seconds();
	int err = n ? 0 : -ENOMEM;

	setrlimit(RLIMIT_NOFILE, &files);
	for (int i = 1; i <= nodes && !err; i++)
		err = make_node(&n[i]);
	for (int i = 2; i <= nodes && !err; i++)
		err = make_link(&n[i / 2], &n[i], i);
	*ret = sek_topo_seconds() - start;
	/* The namespaces go with the process. */
	free(n);
	return err;
}

/* The lines of ip -batch; @before is written in front of each one. */
static void write_node(FILE *to, const char *before, int i, int nodes)
{
	fprintf(to, "%slink set lo up\n", before);
	for (int j = 2 * i; j <= 2 * i + 1 && j <= nodes; j++)
		fprintf(to,
			"%saddr add 10.%d.%d.1/24 dev n%d\n%saddr add fd00::%d:1/112 dev n%d "
			"nodad\n"
			"%slink set n%d up\n",
			before, j >> 8, j & 255, j, before, j, j, before, j);
	if (i > 1)
		fprintf(to,
			"%saddr add 10.%d.%d.2/24 dev n%d\n%saddr add fd00::%d:2/112 dev n%d "
			"nodad\n"
			"%slink set n%d up\n",
			before, i >> 8, i & 255, i / 2, before, i, i / 2, before, i / 2);
}

static void write_namespaces(FILE *to, const char *before, int nodes)
{
	for (int i = 1; i <= nodes; i++)
		fprintf(to, "%snetns add n%d\n", before, i);
	for (int i = 2; i <= nodes; i++)
		fprintf(to,
			"%slink add n%d netns n%d address 02:00:00:00:%02x:%02x type veth "
			"peer name n%d netns n%d address 02:00:00:01:%02x:%02x\n",
			before, i, i / 2, i >> 8, i & 255, i / 2, i, i >> 8, i & 255);
}

/* A router forwards, and does not wait for duplicates of its addresses. */
static void write_sysctls(FILE *to, int i)
{
	fprintf(to,
		"ip netns exec n%d sysctl -qw net.ipv6.conf.default.accept_dad=0 "
		"net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1\n",
		i);
}

/* As few as can be: one for all namespaces and links, one and sysctl(8) in each namespace. */
static int write_batches(FILE *script, int nodes)
{
	char name[32];
	FILE *to = fopen("/run/all", "we");

	if (!to)
		return -errno;
	write_namespaces(to, "", nodes);
	fclose(to);
	fprintf(script, "ip -batch /run/all || exit\n");
	for (int i = 1; i <= nodes; i++) {
		snprintf(name, sizeof(name), "/run/batch%d", i);
		to = fopen(name, "we");
		if (!to)
			return -errno;
		write_node(to, "", i, nodes);
		fclose(to);
		fprintf(script, "ip -n n%d -batch %s || exit\n", i, name);
		write_sysctls(script, i);
	}
	return 0;
}

static int write_steps(FILE *script, int nodes)
{
	char before[32];

	write_namespaces(script, "ip ", nodes);
	for (int i = 1; i <= nodes; i++) {
		snprintf(before, sizeof(before), "ip -n n%d ", i);
		write_node(script, before, i, nodes);
		write_sysctls(script, i);
	}
	return 0;
}

/* Exit status of a program, with what it prints; what ran long ago is not waited for. */
static int run(char *const argv[])
{
	int status, err;
	pid_t pid;

	err = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

int sek_topo_ip(int nodes, bool batch, double *ret)
{
	char *argv[] = { "sh", "/run/script", NULL };
	FILE *script = fopen("/run/script", "we");
	double start;
	int err;

	if (!script)
		return -errno;
	err = batch ? write_batches(script, nodes) : write_steps(script, nodes);
	if (fclose(script) || err)
		return err ? err : -EIO;
	start = sek_topo_seconds();
	err = run(argv);
	*ret = sek_topo_seconds() - start;
	return err;
}

static const char mininet[] =
	"import sys, time\n"
	"from mininet.net import Mininet\n"
	"n = int(sys.argv[1])\n"
	"start = time.monotonic()\n"
	"net = Mininet(controller=None)\n"
	"hosts = [net.addHost('n%d' % i) for i in range(1, n + 1)]\n"
	"for i in range(2, n + 1):\n"
	"    net.addLink(hosts[i // 2 - 1], hosts[i - 1])\n"
	"net.build()\n"
	"up = time.monotonic()\n"
	"net.stop()\n"
	"print(up - start, time.monotonic() - up, file=open('/run/times', 'w'))\n";

/* It wants a terminal for each host, which not every machine has to give: a /dev of its own. */
static int make_dev(void)
{
	static const struct {
		const char *path;
		int minor;
	} memory[] = { { "/dev/null", 3 }, { "/dev/zero", 5 }, { "/dev/urandom", 9 } };

	if (mount("dev", "/dev", "tmpfs", 0, "mode=755") || mkdir("/dev/pts", 0755) ||
	    mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=666") ||
	    symlink("pts/ptmx", "/dev/ptmx") || symlink("/proc/self/fd", "/dev/fd"))
		return -errno;
	for (size_t i = 0; i < sizeof(memory) / sizeof(*memory); i++) {
		if (mknod(memory[i].path, S_IFCHR | 0666, makedev(1, memory[i].minor)))
			return -errno;
	}
	return 0;
}

int sek_topo_mininet(int nodes, double *ret_up, double *ret_down)
{
	char count[16], *argv[] = { "/usr/bin/python3", "-c", (char *)mininet, count, NULL };
	FILE *from;
	int err, got;

	if (access("/usr/bin/mnexec", X_OK))
		return -ENOENT;
	err = make_dev();
	if (err)
		return err;
	snprintf(count, sizeof(count), "%d", nodes);
	err = run(argv);
	if (err)
		return err;
	from = fopen("/run/times", "re");
	if (!from)
		return -errno;
	got = fscanf(from, "%lf %lf", ret_up, ret_down);
	fclose(from);
	return got == 2 ? 0 : -EIO;
}
