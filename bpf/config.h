/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the loader decides before it loads: one struct of constants. The
 * verifier sees their values and drops the code that they rule out, so that a
 * choice costs nothing per packet.
 */
#ifndef SEK_BPF_CONFIG_H
#define SEK_BPF_CONFIG_H

const volatile struct sek_config sek_config = {};

#endif
