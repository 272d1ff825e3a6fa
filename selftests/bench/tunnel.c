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

#include "area.h"
#include "child.h"
#include "lib/rtnl.h"
#include "lib/tunnel/conf.h"
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

/* Both commands, one after the other, in a round; the least time of several rounds counts. */
static int measure_up(const char *sekisho, double *ret_ours, double *ret_theirs)
{
	const char *const commands[] = { sekisho, "wg-quick" };
	double best[2] = { 1e9, 1e9 };
	char words[600];

	for (int i = 0; i < 2 * ROUNDS; i++) {
		double begin;

		snprintf(words, sizeof(words), "%s%s", commands[i % 2], i % 2 ? "" : " tunnel");
		begin = now_ms();
		if (sek_child_run("%s up %s/wg0.conf && %s down %s/wg0.conf", words, FOLDER, words,
				  FOLDER)) {
			sek_error("%s up and down failed", words);
			return -EIO;
		}
		if (now_ms() - begin < best[i % 2])
			best[i % 2] = now_ms() - begin;
		/* wireguard-go may still be leaving. */
		while (!access("/var/run/wireguard/wg0.sock", F_OK))
			usleep(1000);
	}
	*ret_ours = best[0];
	*ret_theirs = best[1];
	return 0;
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

static int measure(double result[4])
{
	char sekisho[512];
	int err = enter_host();

	sek_child_sekisho(sekisho, sizeof(sekisho));
	if (!err)
		err = write_file(FOLDER "/wg0.conf", 1, 1, true);
	if (!err)
		err = write_file(FOLDER "/many.conf", PEERS, ADDRESSES, false);
	if (!err)
		err = measure_up(sekisho, &result[0], &result[1]);
	if (!err)
		err = measure_conf(&result[2], &result[3]);
	return err;
}

int sek_tunnel_measure(struct sek_result *r)
{
	double result[4] = { 0 };
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
	sek_result_add(r, "tunnel.up_down", result[0] / result[1], GOAL_UP, "x",
		       "%.1f ms, wg-quick %.1f ms%s", result[0], result[1],
		       sek_wireguard_family(&family) ? ", wireguard-go's start in both" : "");
	sek_result_add(r, "tunnel.setconf", result[2] / result[3], GOAL_CONF, "x",
		       "%.1f ms, wg setconf %.1f ms", result[2], result[3]);
	return 0;
}
