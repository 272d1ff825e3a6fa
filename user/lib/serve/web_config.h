/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --web.config.file: the file that all of Prometheus' exporters understand,
 * https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
 */
#ifndef SEK_SERVE_WEB_CONFIG_H
#define SEK_SERVE_WEB_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* What a client must show; the order of the words in the file. */
enum sek_client_auth {
	SEK_CLIENT_NONE,
	SEK_CLIENT_REQUEST,
	SEK_CLIENT_REQUIRE_ANY,
	SEK_CLIENT_VERIFY_IF_GIVEN,
	SEK_CLIENT_REQUIRE_AND_VERIFY,
	SEK_CLIENT_NR
};

#define SEK_WEB_USERS_MAX   64
#define SEK_WEB_HEADERS_MAX 8

/** struct sek_web_pair - a user and the hash of the password, or a header */
struct sek_web_pair {
	char *name;
	char *value;
};

/* The configuration itself, the certificate, its key, and the authorities of clients. */
enum { SEK_WEB_CONFIG, SEK_WEB_CERT, SEK_WEB_KEY, SEK_WEB_CA, SEK_WEB_FILES };

/**
 * struct sek_web_file - a file, as it was read
 * @path: NULL: there is none
 * @text: what was in it, with a NUL
 * @mtime: when it was changed
 * @inode: which one it was
 * @size: its length
 */
struct sek_web_file {
	char *path;
	char *text;
	struct timespec mtime;
	ino_t inode;
	off_t size;
};

/**
 * struct sek_web_config - what the file said
 * @file: the files it came from
 * @client_auth: what a client must show
 * @priorities: of GnuTLS, from min_version and max_version
 * @users: basic_auth_users: names and bcrypt hashes
 * @users_n: how many; 0: everybody
 * @headers: to be added to each answer
 * @headers_n: how many
 */
struct sek_web_config {
	struct sek_web_file file[SEK_WEB_FILES];
	enum sek_client_auth client_auth;
	char priorities[128];
	struct sek_web_pair users[SEK_WEB_USERS_MAX];
	size_t users_n;
	struct sek_web_pair headers[SEK_WEB_HEADERS_MAX];
	size_t headers_n;
};

/**
 * sek_web_config_read() - read it, with all files that it names
 * @path: of the file; paths in it are relative to its directory
 * @ret: to be freed by sek_web_config_free(); untouched on failure
 * @error: one line if it fails: where, and what is wrong
 * @size: of @error
 *
 * Certificate and key are tried: what is returned can be used.
 *
 * Return: 0 or -errno.
 */
int sek_web_config_read(const char *path, struct sek_web_config **ret, char *error, size_t size);

/**
 * sek_web_config_changed() - is one of the files no longer what was read?
 * @c: configuration
 *
 * Return: true if so; also if it cannot be seen any more.
 */
bool sek_web_config_changed(const struct sek_web_config *c);

/**
 * sek_web_config_stamp() - remember that the files are as they are now, unread
 * @c: configuration
 */
void sek_web_config_stamp(struct sek_web_config *c);

/**
 * sek_web_config_free() - free it; keys are overwritten
 * @c: configuration, or NULL
 */
void sek_web_config_free(struct sek_web_config *c);

#endif
