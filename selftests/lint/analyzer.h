/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included first where clang's analyzer compiles: tells it that "return -errno" never returns 0,
 * without which each failed call seems to succeed and leave its results unset.
 */
#ifndef SEK_LINT_ANALYZER_H
#define SEK_LINT_ANALYZER_H

#include <errno.h>

#undef errno
#define errno                                   \
	(*({                                    \
		int *value = __errno_location(); \
		if (*value <= 0)                \
			__builtin_unreachable(); \
		value;                          \
	}))

#endif
