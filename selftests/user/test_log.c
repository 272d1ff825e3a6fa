// SPDX-License-Identifier: GPL-2.0-only
/* What is said on stderr, and that names from outside cannot command the terminal. */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../user/log.h"

FIXTURE(log)
{
	FILE *file;
	int saved;
	char text[16384];
};

FIXTURE_SETUP(log)
{
	self->file = tmpfile();
	ASSERT_NE(NULL, self->file);
	self->saved = dup(STDERR_FILENO);
	ASSERT_LE(0, self->saved);
	ASSERT_LE(0, dup2(fileno(self->file), STDERR_FILENO));
}

FIXTURE_TEARDOWN(log)
{
	dup2(self->saved, STDERR_FILENO);
	close(self->saved);
	fclose(self->file);
}

/* Gives stderr back, so that the harness can report, and returns what was said. */
static const char *said(struct _test_data_log *self)
{
	ssize_t n = pread(fileno(self->file), self->text, sizeof(self->text) - 1, 0);

	dup2(self->saved, STDERR_FILENO);
	self->text[n > 0 ? n : 0] = '\0';
	return self->text;
}

TEST_F(log, normal)
{
	sek_error("cannot open %s: %s", "/x", "no");
	sek_note("note %d", 1);
	sek_debug("debug");
	EXPECT_STREQ("sekisho: cannot open /x: no\nsekisho: note 1\n", said(self));
}

TEST_F(log, quiet)
{
	sek_log_setup(true, false);
	sek_error("error");
	sek_note("note");
	sek_debug("debug");
	EXPECT_STREQ("sekisho: error\n", said(self));
}

TEST_F(log, verbose)
{
	sek_log_setup(false, true);
	sek_error("error");
	sek_note("note");
	sek_debug("debug");
	EXPECT_STREQ("sekisho: error\nsekisho: note\nsekisho: debug\n", said(self));
}

TEST_F(log, hostile_name)
{
	sek_error("no link '%s'", "a\033[2J\nsekisho: all is well\xff\x7f");
	EXPECT_STREQ("sekisho: no link 'a\\x1b[2J\\x0asekisho: all is well\\xff\\x7f'\n",
		     said(self));
}

TEST_F(log, long_line)
{
	char name[10000];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	sek_error("%s", name);
	EXPECT_EQ(strlen("sekisho: \n") + sizeof(name) - 1, strlen(said(self)));
}

TEST_F(log, errno_is_kept)
{
	errno = ENOSPC;
	sek_error("error");
	EXPECT_EQ(ENOSPC, errno);
	said(self);
}

TEST_F(log, red_only_on_a_terminal)
{
	int leader = posix_openpt(O_RDWR | O_NOCTTY);
	/* The terminal's line discipline adds the carriage returns. */
	static const char want[] = "\033[31msekisho:\033[0m error\r\nsekisho: note\r\n";
	struct pollfd p = { .fd = leader, .events = POLLIN };
	char text[sizeof(want)] = "";
	size_t have = 0;
	int terminal;

	if (leader < 0 || grantpt(leader) || unlockpt(leader)) {
		said(self);
		SKIP(return, "no pseudo-terminal: %s", strerror(errno));
	}
	terminal = open(ptsname(leader), O_RDWR | O_NOCTTY);
	ASSERT_LE(0, terminal);
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	dup2(terminal, STDERR_FILENO);
	sek_error("error");
	sek_note("note");
	said(self);
	/* It comes in pieces: the kernel hands them over one by one. */
	while (have < sizeof(want) - 1 && poll(&p, 1, 5000) == 1) {
		ssize_t n = read(leader, text + have, sizeof(want) - 1 - have);

		ASSERT_LT(0, n);
		have += n;
	}
	EXPECT_STREQ(want, text);
	EXPECT_EQ(0, poll(&p, 1, 0));
	close(terminal);
	close(leader);
}

TEST_HARNESS_MAIN
