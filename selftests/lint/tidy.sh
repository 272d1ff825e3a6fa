#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tidy.sh FILE: clang-tidy, with the flags that the build uses.  One file at a time:
# version 14 reports falsely with several.

case $1 in
*.bpf.c) flags=$BPF_CFLAGS ;;
selftests/*) flags="$SEK_CFLAGS $TEST_CFLAGS" ;;
*) flags=$SEK_CFLAGS ;;
esac
eval "set -- '$1' -- $flags"
exec clang-tidy --quiet "$@"
