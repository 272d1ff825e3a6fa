/* SPDX-License-Identifier: GPL-2.0-only */
/* What a follower gives up, so that whoever gets into it through HTTP gains little. */
#ifndef SEK_LIB_SERVE_CONFINE_H
#define SEK_LIB_SERVE_CONFINE_H

/**
 * sek_confine_rights() - keep only the capabilities that following takes
 *
 * Of the calling thread and those that it makes later, for good: nothing that
 * it starts gets them back. Who lacks some keeps those that it has.
 *
 * Return: 0 or -errno.
 */
int sek_confine_rights(void);

/**
 * sek_confine_calls() - refuse system calls that following never makes
 *
 * To all threads: they get EPERM. No program is executed any more, nothing is
 * mounted, traced or loaded into the kernel but BPF, no clock is set, and no
 * sockets are opened but those of IP, Unix and netlink.
 *
 * Return: 0 or -errno.
 */
int sek_confine_calls(void);

#endif
