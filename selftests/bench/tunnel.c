// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels against wg-quick and wg: up and down, and the configuration of many peers. By the
 * kernel's WireGuard where there is one, else by wireguard-go; it is the same for both sides.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "area.h"
#include "child.h"
#include "lib/cleanup.h"
#include "lib/rtnl.h"
#include "lib/tunnel/conf.h"
#include "lib/tunnel/nft.h"
#include "lib/tunnel/rt.h"
#include "lib/tunnel/wg.h"
#include "lib/wireguard.h"
#include "log.h"

#define ROUNDS	  7
#define PEERS	  1000
#define ADDRESSES 100 /* of each peer */

/* wg-quick has to take 20 times as long; wg setconf may take as long. */
#define GOAL_UP	  (1.0 / 20)
#define GOAL_CONF 1.0

#define FOLDER "/run/sek-bench"
#define MARK   51820

static const char quick_file[] = FOLDER "/wg0.conf";

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int write_file(const char *path, unsigned int peers, unsigned int addresses, bool quick)
{
	struct sek_key key;
	char text[SEK_KEY_TEXT];
	FILE *file = fopen(path, "we");

	if (!file)
		return -errno;
	fchmod(fileno(file), 0600);
	sek_key_generate(&key);
	fprintf(file, "[Interface]\nPrivateKey = %s\n", sek_key_format(&key, text));
	if (quick)
		fprintf(file, "Address = 10.0.0.1/24\n");
	for (unsigned int i = 0; i < peers; i++) {
		sek_key_generate(&key);
		fprintf(file, "[Peer]\nPublicKey = %s\nAllowedIPs = ", sek_key_format(&key, text));
		for (unsigned int k = 0; k < addresses && !quick; k++)
			fprintf(file, "%s10.%u.%u.%u/32", k ? ", " : "", i / 250, i % 250, k);
		fprintf(file, "%s\n", quick ? "0.0.0.0/0\nEndpoint = 192.0.2.1:51820" : "");
	}
	return fclose(file) ? -errno : 0;
}

/* Without a shell: its start would be a part of what is measured. */
static int run_one(const char *sekisho, const char *verb)
{
	const char *ours[] = { sekisho, "tunnel", verb, quick_file, NULL };
	const char *theirs[] = { "wg-quick", verb, quick_file, NULL };
	const char **argv = sekisho ? ours : theirs;
	int err = sek_child_program(argv);

	if (err)
		sek_error("%s %s failed", argv[0], verb);
	return err ? -EIO : 0;
}

/* @sekisho: the program, or NULL: wg-quick */
static int run_up_down(const char *sekisho)
{
	int err = run_one(sekisho, "up");

	return err ? err : run_one(sekisho, "down");
}

static int request_all(const struct sek_conf *conf, struct sek_rt_rule rules[2])
{
	struct sek_rt_route route = { .dst.family = AF_INET,
				      .table = MARK,
				      .type = RTN_UNICAST,
				      .protocol = RTPROT_BOOT,
				      .scope = RT_SCOPE_LINK };
	SEK_CLEANUP(sek_netlink_closep) struct mnl_socket *nft = NULL;
	struct sek_device device = conf->device;
	struct sek_iface i;
	int err = sek_rt_link_add("wg0", "wireguard", -1);

	strcpy(device.name, "wg0");
	device.fwmark = MARK;
	err = err ?: sek_rtnl_iface("wg0", &i);
	err = err ?: sek_wg_set(&device);
	err = err ?: sek_rt_address_add(i.ifindex, &conf->addresses[0], false);
	err = err ?: sek_rt_link_mtu(i.ifindex, 1420);
	err = err ?: sek_nft_add(AF_INET, "wg-quick-wg0", "wg0", MARK, conf->addresses, 1);
	err = err ?: sek_rt_rule_add(&rules[0]);
	err = err ?: sek_rt_rule_add(&rules[1]);
	err = err ?: sek_rt_link_flags(i.ifindex, IFF_UP);
	route.oif = err ? 0 : i.ifindex;
	err = err ?: sek_rt_route_add(&route);
	err = err ?: sek_rt_rule_del(&rules[1]);
	err = err ?: sek_rt_rule_del(&rules[0]);
	err = err ?: sek_nft_del(AF_INET, "wg-quick-wg0", &nft);
	return err ?: sek_rt_link_del(i.ifindex);
}

/*
 * The least that two commands can take: the kernel's requests, with nothing checked, asked or
 * written, and twice the start of a program that does nothing.
 */
static int run_least(void)
{
	const char *nothing[] = { "true", NULL };
	struct sek_rt_rule rules[2] = {
		{ .family = AF_INET,
		  .priority = 101,
		  .table = MARK,
		  .fwmark = MARK,
		  .fwmask = 0xffffffff,
		  .invert = true,
		  .suppress = -1 },
		{ .family = AF_INET, .priority = 100, .table = 254, .suppress = 0 },
	};
	struct sek_conf_error error;
	struct sek_conf conf = { 0 };
	unsigned int mode;
	int err = sek_conf_read(quick_file, &conf, &mode, &error);

	for (int i = 0; i < 2 && !err; i++)
		err = sek_child_program(nothing) ? -EIO : 0;
	if (!err)
		err = request_all(&conf, rules);
	sek_conf_release(&conf);
	return err;
}

/*
 * Ours, theirs, and, where the kernel has WireGuard, the least, one after the other in each round;
 * the shortest time of several rounds counts.
 */
static int measure_up(const char *sekisho, double ret[3])
{
	__u16 family;
	int ways = sek_wireguard_family(&family) ? 2 : 3, err = 0;

	for (int i = 0; i < ways * ROUNDS && !err; i++) {
		double begin = now_ms(), took;

		err = i % ways == 2 ? run_least() : run_up_down(i % ways ? NULL : sekisho);
		took = now_ms() - begin;
		if (i < ways || took < ret[i % ways])
			ret[i % ways] = took;
		/* wireguard-go may still be leaving. */
		while (!access("/var/run/wireguard/wg0.sock", F_OK))
			usleep(1000);
	}
	return err;
}

static int set_conf(void)
{
	struct sek_conf_error error;
	struct sek_conf conf = { 0 };
	struct sek_iface i;
	unsigned int mode;
	int err = sek_conf_read(FOLDER "/many.conf", &conf, &mode, &error);

	strcpy(conf.device.name, "wg1");
	if (!err)
		err = sek_rtnl_iface("wg1", &i);
	conf.device.userspace = !err && !strcmp(i.kind, "tun");
	if (!err)
		err = sek_wg_set(&conf.device);
	sek_conf_release(&conf);
	return err;
}

static int measure_conf(double *ret_ours, double *ret_theirs)
{
	double best[2] = { 1e9, 1e9 };

	if (sek_child_run("ip link add wg1 type wireguard || wireguard-go wg1"))
		return -EOPNOTSUPP;
	for (int i = 0; i < 2 * ROUNDS; i++) {
		double begin = now_ms();
		int err = i % 2 ? sek_child_run("wg setconf wg1 %s/many.conf", FOLDER) : set_conf();

		if (err) {
			sek_error("%s of %u peers failed", i % 2 ? "wg setconf" : "ours", PEERS);
			return -EIO;
		}
		if (now_ms() - begin < best[i % 2])
			best[i % 2] = now_ms() - begin;
	}
	sek_child_run("ip link del wg1");
	*ret_ours = best[0];
	*ret_theirs = best[1];
	return 0;
}

/* A host of its own: network, mounts, /run. */
static int enter_host(void)
{
	sek_child_ordinary();
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, NULL) || mkdir(FOLDER, 0700))
		return -errno;
	return sek_child_run("ip link set lo up && ip link add eth0 type veth peer name eth1 && "
			     "ip link set eth0 up && ip link set eth1 up && "
			     "ip address add 192.0.2.2/24 dev eth0")
		       ? -EIO
		       : 0;
}

/* Of up and down: ours, theirs, the least; of the configuration: ours, theirs. */
#define RESULTS 5

static int measure(double result[RESULTS])
{
	char sekisho[512];
	int err = enter_host();

	sek_child_sekisho(sekisho, sizeof(sekisho));
	if (!err)
		err = write_file(quick_file, 1, 1, true);
	if (!err)
		err = write_file(FOLDER "/many.conf", PEERS, ADDRESSES, false);
	if (!err)
		err = measure_up(sekisho, result);
	if (!err)
		err = measure_conf(&result[3], &result[4]);
	return err;
}

int sek_tunnel_measure(struct sek_result *r)
{
	char note[40] = "wireguard-go's start in both";
	double result[RESULTS] = { 0 };
	int fds[2], status;
	__u16 family;
	pid_t pid;

	if (sek_child_run("command -v wg-quick") ||
	    (sek_wireguard_family(&family) && sek_child_run("command -v wireguard-go"))) {
		sek_note("no wg-quick, or neither WireGuard nor wireguard-go: no tunnels measured");
		return 0;
	}
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	/* In a process of its own, whose namespaces go with it. */
	pid = fork();
	if (!pid) {
		int err = measure(result);

		if (err)
			sek_error("measure tunnels: %s", strerror(-err));
		_exit(err || write(fds[1], result, sizeof(result)) != sizeof(result));
	}
	close(fds[1]);
	waitpid(pid, &status, 0);
	if (status || read(fds[0], result, sizeof(result)) != sizeof(result)) {
		close(fds[0]);
		return -EIO;
	}
	close(fds[0]);
	if (result[2])
		snprintf(note, sizeof(note), "the least possible %.1f", result[2]);
	sek_result_add(r, "tunnel.up_down", result[0] / result[1], GOAL_UP, "x",
		       "%.1f ms, wg-quick %.1f, %s", result[0], result[1], note);
	sek_result_add(r, "tunnel.setconf", result[3] / result[4], GOAL_CONF, "x",
		       "%.1f ms, wg setconf %.1f ms", result[3], result[4]);
	return 0;
}
