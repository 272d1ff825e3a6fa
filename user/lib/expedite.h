/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Not waiting as long as the kernel would.
 *
 * To attach or detach by tcx, the kernel waits for a grace period of RCU in each direction, with
 * the lock of all interfaces held: 10 to 30 ms. /sys/kernel/rcu_expedited lets it ask all busy CPUs
 * at once instead, by an interrupt (Documentation/RCU in the kernel's source): 0.1 to 1 ms. That is
 * for the whole host, and so only while much is attached or detached.
 *
 * The knob is raised to a value that nobody else writes, and put back if it still has that one: it
 * tells itself whose it is, also after a kill -9. Who raises it holds bpffs (state.h), so whoever
 * holds bpffs and finds the value knows that its writer has died. Only those who use another bpffs
 * may end each other's haste; they go on at the kernel's pace.
 *
 * Nothing is done, and nothing said, where it is not for us to do: the knob has another value, or
 * cannot be written, or /sys/kernel/rcu_normal is set, which the kernel heeds before this one.
 */
#ifndef SEK_LIB_EXPEDITE_H
#define SEK_LIB_EXPEDITE_H

/** sek_expedite_forbid() - from now on sek_expedite_begin() does nothing */
void sek_expedite_forbid(void);

/**
 * sek_expedite_begin() - let the kernel hurry
 *
 * bpffs must be held. Twice is no error. A signal that would end the process (SIGHUP, SIGINT,
 * SIGQUIT, SIGTERM) puts the value back before.
 */
void sek_expedite_begin(void);

/**
 * sek_expedite_end() - put the value back, if sek_expedite_begin() has changed it
 *
 * Safe in a signal handler.
 */
void sek_expedite_end(void);

/** sek_expedite_recover() - put back what a process left that was killed; bpffs must be held */
void sek_expedite_recover(void);

#endif
