/* SPDX-License-Identifier: GPL-2.0-only */
/* The signals that ask a command to end: noted, and looked at between its steps. */
#ifndef SEK_LIB_STOP_H
#define SEK_LIB_STOP_H

#include <stdbool.h>

/**
 * sek_stop_begin - from now on SIGHUP, SIGINT and SIGTERM are only noted
 *
 * The second one of a kind ends the process, as it would have before; so does each after
 * sek_stop_end(). What was ignored stays so. System calls go on. Twice is no error.
 */
void sek_stop_begin(void);

/** sek_stop_end() - they end the process again; what was noted stays so */
void sek_stop_end(void);

/**
 * sek_stop_interrupt() - whether a signal that is noted ends a system call that waits (EINTR)
 * @on: it does; else the call goes on, as from sek_stop_begin() on
 *
 * One that comes between this and the call is noted, but ends nothing.
 */
void sek_stop_interrupt(bool on);

/** sek_stop_wanted() - the name of the first one that came, "SIGINT"; NULL: none */
const char *sek_stop_wanted(void);

#endif
