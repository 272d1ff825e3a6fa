/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where sekisho lives between two commands: bpffs. Everything attached is
 * pinned below SEK_STATE_DIR, so a command that dies leaves what the next one
 * can see, complete or undo.
 *
 *	maps/NAME	the maps of bpf/maps.h
 *	maps-old/NAME	those of another version, while a load inherits, see inherit.h
 *	progs/NAME	the programs in use
 *	links/NAME	one for each attachment, see attach.h
 */
#ifndef SEK_LIB_STATE_H
#define SEK_LIB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/abi.h"

#define SEK_BPFFS "/sys/fs/bpf"
#define SEK_STATE_DIR SEK_BPFFS "/sekisho"
#define SEK_STATE_MAPS SEK_STATE_DIR "/maps"
#define SEK_STATE_OLD_MAPS SEK_STATE_DIR "/maps-old"
#define SEK_STATE_PROGS SEK_STATE_DIR "/progs"
#define SEK_STATE_LINKS SEK_STATE_DIR "/links"

/**
 * struct sek_state - bpffs, held by one command
 * @lock_fd: bpffs itself, locked: one command at a time changes what is pinned
 * @mounted: bpffs was mounted by sek_state_open()
 */
struct sek_state {
	int lock_fd;
	bool mounted;
};

#define SEK_STATE_INIT { .lock_fd = -1 }

/**
 * sek_state_open() - take bpffs for a command that changes something
 * @s: SEK_STATE_INIT
 * @mount: mount bpffs if it is not
 *
 * Waits while another command holds it, or until a signal wants this one to end (stop.h).
 * Released by sek_state_close(), also by the death of the process.
 *
 * Return: 0, -ENOENT if bpffs is not mounted, -EINTR if it waited in vain, or -errno.
 */
int sek_state_open(struct sek_state *s, bool mount);

/**
 * sek_state_close() - release bpffs
 * @s: state
 */
void sek_state_close(struct sek_state *s);

/**
 * sek_state_mkdirs() - make the directories for pins; there already is fine
 *
 * Return: 0 or -errno.
 */
int sek_state_mkdirs(void);

/**
 * sek_state_remove() - remove every pin and directory of ours
 * @unmount: bpffs too, if it is empty then
 *
 * Links must have been detached before. Unknown files are left alone, and make
 * it fail with -ENOTEMPTY.
 *
 * Return: 0 or -errno.
 */
int sek_state_remove(bool unmount);

/**
 * sek_state_remove_dir() - remove a directory with the pins in it
 * @dir: one of SEK_STATE_*; not there is fine
 *
 * Return: 0 or -errno.
 */
int sek_state_remove_dir(const char *dir);

/**
 * sek_state_each() - call a function for each pin in a directory
 * @dir: one of SEK_STATE_*
 * @fn: gets the name and @arg; not 0 ends the walk
 * @arg: for @fn
 *
 * Return: what @fn returned, 0 at the end or if there is no @dir, or -errno.
 */
int sek_state_each(const char *dir, int (*fn)(const char *name, void *arg), void *arg);

/**
 * sek_state_replace_pin() - pin an object under a name that may be in use
 * @fd: program, map or link
 * @dir: one of SEK_STATE_*
 * @name: in it; replaced atomically
 *
 * Return: 0 or -errno.
 */
int sek_state_replace_pin(int fd, const char *dir, const char *name);

/**
 * sek_state_get() - open a pinned object
 * @dir: one of SEK_STATE_*
 * @name: in it
 *
 * Return: a descriptor that the caller closes, or -errno.
 */
int sek_state_get(const char *dir, const char *name);

/**
 * sek_state_unpin() - remove one name
 * @dir: one of SEK_STATE_*
 * @name: in it
 *
 * Return: 0 or -errno.
 */
int sek_state_unpin(const char *dir, const char *name);

#endif
