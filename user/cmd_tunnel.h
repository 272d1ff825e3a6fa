/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands about tunnels share. */
#ifndef SEK_CMD_TUNNEL_H
#define SEK_CMD_TUNNEL_H

#include "cmd.h"
#include "lib/tunnel/doctor.h"
#include "lib/tunnel/tunnel.h"

/**
 * struct sek_tunnel_words - options of the commands about one tunnel
 * @netns: where its interface is; NULL: here
 * @underlay: where its socket is; NULL: the same
 * @routing: instead of what the file says; enum sek_conf_routing + 1, 0: not given
 * @watch: refresh: seconds between; 0: once
 * @names: the file or the interface
 * @help: asked for
 */
struct sek_tunnel_words {
	const char *netns;
	const char *underlay;
	unsigned int routing;
	uint32_t watch;
	struct sek_opts_list names;
	bool help;
};

#define SEK_TUNNEL_OPT_NETNS                                                           \
	SEK_OPT_STRING(struct sek_tunnel_words, netns, .name = "netns", .letter = 'n', \
		       .metavar = "NAME", .help = "the tunnel is in this network namespace")
#define SEK_TUNNEL_OPT_UNDERLAY                                                                    \
	SEK_OPT_STRING(struct sek_tunnel_words, underlay, .name = "underlay-netns", .letter = 'u', \
		       .metavar = "NAME",                                                          \
		       .help = "its encrypted packets are sent and received in this one")
#define SEK_TUNNEL_OPT_NAME                                                                      \
	SEK_OPT_ARGS(struct sek_tunnel_words, names, .metavar = "FILE|NAME", .min = 1, .max = 1, \
		     .help = "path to NAME.conf, or NAME for /etc/wireguard/NAME.conf")

/* "", and the words of enum sek_conf_routing behind it. */
extern const char *const sek_tunnel_routings[SEK_ROUTING_NR + 1];
#define SEK_TUNNEL_OPT_ROUTING                                                           \
	SEK_OPT_ENUM(struct sek_tunnel_words, routing, .name = "routing", .letter = 'R', \
		     .names = sek_tunnel_routings, .names_n = SEK_ROUTING_NR + 1,        \
		     .help = "which routes to make, instead of what the file says")

/**
 * struct sek_tunnel_file - a file that a command is about
 * @path: of it
 * @name: of the interface
 * @conf: what it holds
 * @mode: its permissions; 0: it was not read
 */
struct sek_tunnel_file {
	char path[PATH_MAX];
	char name[IFNAMSIZ];
	struct sek_conf conf;
	unsigned int mode;
};

/**
 * sek_tunnel_find() - the file and the interface that a command is about
 * @words: its options
 * @ret: path and name
 *
 * Return: false with the error said.
 */
bool sek_tunnel_find(const struct sek_tunnel_words *words, struct sek_tunnel_file *ret);

/**
 * sek_tunnel_read() - read the file that a command is about
 * @words: its options
 * @ret: to be released by sek_conf_release(&ret->conf), also on failure; empty before
 *
 * Return: false with the error said.
 */
bool sek_tunnel_read(const struct sek_tunnel_words *words, struct sek_tunnel_file *ret);

/**
 * sek_tunnel_place() - the namespaces that a command is about
 * @words: its options
 * @ret: to be released by sek_tunnel_leave(), also on failure
 *
 * Return: false with the error said.
 */
bool sek_tunnel_place(const struct sek_tunnel_words *words, struct sek_tunnel_place *ret);

/** sek_tunnel_leave() - close them */
void sek_tunnel_leave(struct sek_tunnel_place *place);

/** sek_tunnel_fail() - say what is wrong with a file or a tunnel: SEK_EXIT_FAILED */
int sek_tunnel_fail(const char *path, const struct sek_conf_error *error);

/**
 * struct sek_tunnel_count - what sekisho counted at a tunnel's interface
 * @counted: it counts there
 * @packets: by direction: 0 came out of the tunnel, 1 went into it
 * @bytes: likewise
 * @classes: packets by direction and enum sek_class
 */
struct sek_tunnel_count {
	bool counted;
	uint64_t packets[2];
	uint64_t bytes[2];
	uint64_t classes[2][SEK_CLASS_NR];
};

/**
 * sek_tunnel_count() - ask sekisho's counters
 * @ifname: interface in this network namespace
 * @ret: zeros where sekisho does not count
 */
void sek_tunnel_count(const char *ifname, struct sek_tunnel_count *ret);

/* For the doctor, see struct sek_doctor_case. */
__u64 sek_tunnel_count_responses(__u32 ifindex, const struct sek_key *peer);
void sek_tunnel_count_calls(struct sek_doctor_calls *ret);

int sek_cmd_tunnel_plan(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_tunnel_show(int argc, char **argv, const struct sek_globals *g);
int sek_cmd_tunnel_doctor(int argc, char **argv, const struct sek_globals *g);

#endif
