/* SPDX-License-Identifier: GPL-2.0-only */
/* `export --ipfix`: records of what was counted, to a collector. */
#ifndef SEK_CMD_IPFIX_H
#define SEK_CMD_IPFIX_H

#include <stdint.h>

#include "lib/counters.h"

/* Those that have records. */
#define SEK_IPFIX_SCOPES (1U << SEK_SCOPE_LINK | 1U << SEK_SCOPE_CGROUP)

/**
 * sek_export_ipfix() - send records until told to end by SIGTERM or SIGINT
 * @address: of the collector, HOST:PORT
 * @wanted: bits of enum sek_scope, of SEK_IPFIX_SCOPES
 * @interval: seconds between two sets of records; 0: send all that was counted so far, and end
 *
 * Return: enum sek_exit; errors are said.
 */
int sek_export_ipfix(const char *address, uint32_t wanted, uint32_t interval);

#endif
