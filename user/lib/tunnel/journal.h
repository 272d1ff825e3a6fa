/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `up` has done, in a file for each tunnel: /run/sekisho/tunnels/COOKIE-IFNAME, COOKIE being
 * that of the network namespace. Each step is written before it is done, so that whatever ends
 * sekisho, the next command knows all there may be to undo.
 *
 *	netns INODE HANDLE	the namespace; HANDLE is "-" before Linux 6.18
 *	file PATH		what was brought up
 *	hook N COMMAND		for `down`
 *	save			SaveConfig
 *	do TYPE DETAILS		a step
 *	index N			of the interface that the step "link" made
 *	undone N		the step of that number, from 0, is undone
 *	old PATH VALUE		a tunnel that went down leaves to this one what to restore
 *	endpoint KEY ADDRESS	what the name of a peer's endpoint stood for when it was last asked
 *	up			all steps are done
 */
#ifndef SEK_TUNNEL_JOURNAL_H
#define SEK_TUNNEL_JOURNAL_H

#include "plan.h"

#define SEK_JOURNAL_DIR "/run/sekisho/tunnels"

/**
 * struct sek_journal_entry - a step that has to be undone
 * @step: with what the undoing needs
 * @undone: it is
 */
struct sek_journal_entry {
	struct sek_step step;
	bool undone;
};

/**
 * struct sek_journal_endpoint - what a name stood for
 * @key: of the peer
 * @endpoint: its address then
 */
struct sek_journal_endpoint {
	struct sek_key key;
	union sek_endpoint endpoint;
};

/**
 * struct sek_journal - the file of one tunnel
 * @fd: open and locked; -1: not
 * @path: of the file
 * @ifname: of the tunnel
 * @cookie: of its namespace
 * @file: what was brought up
 * @ifindex: of its interface; 0: it was not made
 * @up: all steps are done
 * @save: "SaveConfig"
 * @hooks: for `down`, with the name filled in; owned
 * @entries: what is to undo; owned
 * @n: how many
 * @endpoints: of peers with names, the last ones last; owned
 * @endpoints_n: how many
 */
struct sek_journal {
	int fd;
	char path[PATH_MAX];
	char ifname[IFNAMSIZ];
	__u64 cookie;
	char file[PATH_MAX];
	__u32 ifindex;
	bool up;
	bool save;
	struct sek_conf_words hooks[SEK_HOOK_NR];
	struct sek_journal_entry *entries;
	size_t n;
	struct sek_journal_endpoint *endpoints;
	size_t endpoints_n;
};

#define SEK_JOURNAL_INIT \
	{                \
		.fd = -1 \
	}

/**
 * sek_journal_lock() - keep others from choosing tables, marks and priorities
 *
 * Waits while another holds it; ends with the process.
 *
 * Return: a descriptor to be closed by the caller, or -errno.
 */
int sek_journal_lock(void);

/**
 * sek_journal_open() - open what there is about a tunnel
 * @j: SEK_JOURNAL_INIT; to be closed by sek_journal_close(), also on failure
 * @cookie: of its namespace
 * @ifname: its name
 * @create: make it, if there is none
 *
 * Return: 0; -ENOENT if there is none; -EBUSY if another command is at it; -EPROTO if it cannot be
 * read; another -errno.
 */
int sek_journal_open(struct sek_journal *j, __u64 cookie, const char *ifname, bool create);

/** sek_journal_reread() - read it again: others may have left something to it: 0 or -errno */
int sek_journal_reread(struct sek_journal *j);

/** sek_journal_close() - leave it as it is */
void sek_journal_close(struct sek_journal *j);

/** sek_journal_remove() - all is undone: remove the file, and close it: 0 or -errno */
int sek_journal_remove(struct sek_journal *j);

/**
 * sek_journal_begin() - write down what is to be brought up
 * @j: new
 * @file: what was read
 * @conf: it
 *
 * Return: 0 or -errno.
 */
int sek_journal_begin(struct sek_journal *j, const char *file, const struct sek_conf *conf);

/**
 * sek_journal_do() - write down a step that is about to be done
 * @j: open
 * @s: the step
 *
 * Return: 0 or -errno.
 */
int sek_journal_do(struct sek_journal *j, const struct sek_step *s);

/** sek_journal_index() - write down the index of the interface that was made: 0 or -errno */
int sek_journal_index(struct sek_journal *j, __u32 ifindex);

/** sek_journal_undone() - write down that an entry is undone: 0 or -errno */
int sek_journal_undone(struct sek_journal *j, size_t entry);

/** sek_journal_endpoint() - write down what a peer's name stands for: 0 or -errno */
int sek_journal_endpoint(struct sek_journal *j, const struct sek_key *key,
			 const union sek_endpoint *endpoint);

/** sek_journal_up() - write down that all is done: 0 or -errno */
int sek_journal_up(struct sek_journal *j);

/**
 * sek_journal_bequeath() - let another tunnel restore a sysctl that it also wants set
 * @j: of the tunnel that goes down
 * @s: its step
 *
 * Return: 1 if another took it over, 0 if nobody wants it, or -errno.
 */
int sek_journal_bequeath(const struct sek_journal *j, const struct sek_step *s);

/**
 * sek_journal_each() - call a function for each journal
 * @fn: gets the cookie of its namespace, its name, and @arg; not 0 ends the walk
 * @arg: for @fn
 *
 * Return: what @fn returned, 0 at the end, or -errno.
 */
int sek_journal_each(int (*fn)(__u64 cookie, const char *ifname, void *arg), void *arg);

/* Of the text that tells a namespace, with its end. */
#define SEK_JOURNAL_NETNS_TEXT 96

/**
 * sek_journal_netns() - the namespace of the calling thread, as a journal has it
 * @ret: where to
 *
 * Return: 0 or -errno.
 */
int sek_journal_netns(char ret[SEK_JOURNAL_NETNS_TEXT]);

/**
 * sek_journal_sweep() - remove the journals of namespaces that are gone
 *
 * From Linux 6.18 on the kernel says so. Before, a namespace is gone if no thread is in it, no
 * mount has it and no open file; where not all processes can be seen (containers) nothing is
 * removed.
 *
 * Return: how many were removed, or -errno.
 */
int sek_journal_sweep(void);

#endif
