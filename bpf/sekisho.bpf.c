// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs, in one object: they share maps and constants, and the linker
 * of libbpf 1.1 cannot join objects that declare the same weak kfunc.
 *
 * A packet's way, the same at each hook:
 * view.h -> packet.h, slow.h -> classify.h, wireguard.h -> identity.h -> count.h, peer.h, tunnel.h
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_core_read.h>

#include "sekisho/abi.h"
#include "config.h"
#include "kernel.h"
#include "view.h"
#include "packet.h"
#include "slow.h"
#include "classify.h"
#include "maps.h"
#include "count.h"
#include "identity.h"
#include "wireguard.h"
#include "judge.h"
#include "tunnel.h"
#include "peer.h"

#include "xdp.h"
#include "tc.h"
#include "cgroup.h"
#include "local_in.h"
#include "follow.h"

char _license[] SEC("license") = "GPL";
