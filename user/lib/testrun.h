/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The programs' own judgement on packets of a capture: sek_xdp_capture, run by
 * BPF_PROG_TEST_RUN on an instance of its own, whose maps nobody else sees.
 */
#ifndef SEK_LIB_TESTRUN_H
#define SEK_LIB_TESTRUN_H

#include <stdbool.h>
#include <stdint.h>

#include "capture.h"
#include "sekisho/abi.h"

struct sek_testrun;

/**
 * struct sek_testrun_verdict - what a packet is
 * @family: its IP version
 * @class: exists for @family
 * @certainty: SHAPE or TRACKED for a WireGuard class, SHAPE for others; a
 *	capture does not tell the owner of a port
 * @has_icmp: it is ICMP of its family, and whole
 * @icmp_type: 0 unless @has_icmp
 * @icmp_code: likewise
 */
struct sek_testrun_verdict {
	enum sek_family family;
	enum sek_class class;
	enum sek_certainty certainty;
	bool has_icmp;
	uint8_t icmp_type;
	uint8_t icmp_code;
};

/**
 * sek_testrun_open() - load the program
 * @ret: gets the instance, to be closed with sek_testrun_close(); untouched on
 *	failure
 *
 * Nothing is attached or pinned. Needs CAP_BPF and CAP_NET_ADMIN, and collects
 * libbpf's warnings, see sek_bpflog_first().
 *
 * Return: 0; -EPERM; -ENOMEM; another -errno of libbpf or bpf(2)
 */
int sek_testrun_open(struct sek_testrun **ret);

/**
 * sek_testrun_packet() - judge one packet
 * @t: instance; it remembers the WireGuard handshakes that it has judged
 * @r: packet
 * @l2: where it begins, from sek_capture_l2(); NULL if it is shorter than its
 *	link header
 * @ret: gets the verdict; untouched on failure
 *
 * Of a record longer than SEK_CAPTURE_MAX only that much is passed on: no header
 * that counts lies behind.
 *
 * Return: 0, or -errno of bpf(2)
 */
int sek_testrun_packet(struct sek_testrun *t, const struct sek_capture_record *r,
		       const struct sek_capture_l2 *l2, struct sek_testrun_verdict *ret);

/**
 * sek_testrun_close() - unload the program
 * @t: instance or NULL
 */
void sek_testrun_close(struct sek_testrun *t);

/** sek_testrun_closep() - sek_testrun_close() for __attribute__((cleanup)) */
void sek_testrun_closep(struct sek_testrun **t);

#endif
