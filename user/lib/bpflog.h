/* SPDX-License-Identifier: GPL-2.0-only */
/* What libbpf has to say, kept for whoever reports the error. */
#ifndef SEK_LIB_BPFLOG_H
#define SEK_LIB_BPFLOG_H

/**
 * sek_bpflog_install() - collect libbpf's warnings instead of printing them
 *
 * Process-wide; the warnings are kept per thread, that of the failing call.
 * Forgets what this thread has collected so far: call it again before a step
 * of which the warnings matter.
 */
void sek_bpflog_install(void);

/**
 * sek_bpflog_first() - the warning that names the cause: later ones unwind
 *
 * Return: one line without "libbpf: " and newline, "" if there was none; valid
 * until the next call into libbpf or sek_bpflog_install() on this thread.
 */
const char *sek_bpflog_first(void);

/** sek_bpflog_last() - the latest warning; otherwise as sek_bpflog_first() */
const char *sek_bpflog_last(void);

/**
 * sek_bpflog_text() - all warnings, the verifier's log among them
 *
 * Return: lines, each with its newline; a text too long loses its beginning,
 * because the verifier gives its reason at the end. Valid as long as that of
 * sek_bpflog_first().
 */
const char *sek_bpflog_text(void);

#endif
