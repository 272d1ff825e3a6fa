/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command says to people beside its output: single lines on stderr. Control characters
 * in them are made visible, so that a name from outside cannot fake a line or command the
 * terminal. The format has no newline at its end. errno is kept.
 */
#ifndef SEK_LOG_H
#define SEK_LOG_H

#include <stdbool.h>

/**
 * sek_log_setup - choose what is said; at first errors and notes
 * @quiet: no notes
 * @verbose: debug lines, too
 */
void sek_log_setup(bool quiet, bool verbose);

/**
 * sek_error - say what failed: what was being done, on what, why, and what to try
 * @fmt: printf format
 */
void sek_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * sek_note - say something useful that is no failure
 * @fmt: printf format
 */
void sek_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * sek_debug - say something for those who look for a fault
 * @fmt: printf format
 */
void sek_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
