// SPDX-License-Identifier: GPL-2.0-only
#include "conf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../cleanup.h"
#include "conf_priv.h"
#include "words.h"

/* Ten million allowed addresses fit; a device file or a disk image does not. */
#define MAX_SIZE (256u << 20)

#define FOLDER "/etc/wireguard"

static const char *const routings[SEK_ROUTING_NR] = {
	[SEK_ROUTING_WG_QUICK] = "wg-quick", [SEK_ROUTING_NONE] = "none",
	[SEK_ROUTING_ONLINK] = "onlink",     [SEK_ROUTING_ALLOWEDIPS] = "allowedips",
	[SEK_ROUTING_FULL] = "full",	     [SEK_ROUTING_DAEMON] = "daemon",
};

const char *sek_conf_routing_name(enum sek_conf_routing routing)
{
	return routings[routing];
}

int sek_conf_routing_find(const char *word)
{
	for (int i = 0; i < SEK_ROUTING_NR; i++) {
		if (!strcasecmp(word, routings[i]))
			return i;
	}
	return -ENOENT;
}

int sek_conf_fail(struct sek_conf_reader *r, const char *at, const char *fmt, ...)
{
	va_list args;

	r->error->line = r->line;
	r->error->column = at - r->start + 1;
	va_start(args, fmt);
	vsnprintf(r->error->text, sizeof(r->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

int sek_conf_no_memory(struct sek_conf_reader *r)
{
	sek_conf_fail(r, r->start, "out of memory");
	return -ENOMEM;
}

void *sek_conf_grow(struct sek_conf_reader *r, void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 4;
	void *larger;

	if (n < *room)
		return array;
	larger = reallocarray(array, more, size);
	if (larger)
		*room = more;
	else
		sek_conf_no_memory(r);
	return larger;
}

/* Cuts blanks off the end, and returns what is behind those at the beginning. */
static char *trim(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* wg(8) drops all blanks of a line before it looks at it. */
static bool is_word(const char *text, const char *word)
{
	for (; *text; text++) {
		if (isspace((unsigned char)*text))
			continue;
		if (tolower((unsigned char)*text) != tolower((unsigned char)*word))
			return false;
		word++;
	}
	return !*word;
}

static const struct sek_conf_key *find_key(const struct sek_conf_key *keys, const char *word)
{
	for (; keys->name; keys++) {
		if (is_word(word, keys->name))
			return keys;
	}
	return NULL;
}

static int end_section(struct sek_conf_reader *r)
{
	if (r->section != SEK_SECTION_PEER || r->said[r->said_n - 1].has_key)
		return 0;
	r->error->line = r->said[r->said_n - 1].line;
	r->error->column = 1;
	snprintf(r->error->text, sizeof(r->error->text), "this peer has no PublicKey");
	return -EINVAL;
}

static int begin_section(struct sek_conf_reader *r, char *text)
{
	struct sek_conf_said *said;
	int err = end_section(r);

	if (err)
		return err;
	r->section = SEK_SECTION_NONE;
	if (is_word(text, "[Interface]")) {
		r->section = SEK_SECTION_INTERFACE;
	} else if (is_word(text, "[Peer]")) {
		said = sek_conf_grow(r, r->said, r->said_n, &r->said_room, sizeof(*said));
		if (!said)
			return -ENOMEM;
		r->said = said;
		r->peer = sek_device_add_peer(&r->conf->device);
		if (!r->peer)
			return sek_conf_no_memory(r);
		r->peer->line = r->line;
		r->said[r->said_n++] = (struct sek_conf_said){ .line = r->line };
		r->section = SEK_SECTION_PEER;
	} else {
		return sek_conf_fail(r, text,
				     "there is no section '%s', only [Interface] and [Peer]", text);
	}
	return 0;
}

/* Splits "key = value"; NULL if there is no "=". */
static char *split(char *text)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return NULL;
	*equals = '\0';
	trim(text);
	return trim(equals + 1);
}

static const char *nearest_key(const struct sek_conf_key *keys, const char *word)
{
	const char *names[16];
	size_t n = 0;

	for (; keys->name && n < sizeof(names) / sizeof(*names); keys++)
		names[n++] = keys->name;
	return sek_words_nearest(word, names, n);
}

static int unknown_key(struct sek_conf_reader *r, const char *key)
{
	const struct sek_conf_key *mine = r->section == SEK_SECTION_PEER ? sek_conf_peer_keys
									 : sek_conf_interface_keys;
	const struct sek_conf_key *other = r->section == SEK_SECTION_PEER ? sek_conf_interface_keys
									  : sek_conf_peer_keys;
	const char *nearest;

	if (r->section == SEK_SECTION_NONE)
		return sek_conf_fail(r, key, "'%s' stands before any section", key);
	if (find_key(other, key))
		return sek_conf_fail(r, key, "'%s' belongs into the section [%s]", key,
				     r->section == SEK_SECTION_PEER ? "Interface" : "Peer");
	nearest = nearest_key(mine, key);
	return sek_conf_fail(r, key, "there is no key '%s' in the section [%s]%s%s%s", key,
			     r->section == SEK_SECTION_PEER ? "Peer" : "Interface",
			     nearest ? "; do you mean '" : "", nearest ?: "", nearest ? "'?" : "");
}

static int read_key(struct sek_conf_reader *r, char *text)
{
	const struct sek_conf_key *key;
	char *value = split(text);

	if (!value)
		return sek_conf_fail(r, text, "'%s' is neither a [section] nor KEY = VALUE", text);
	key = r->section == SEK_SECTION_NONE
		      ? NULL
		      : find_key(r->section == SEK_SECTION_PEER ? sek_conf_peer_keys
								: sek_conf_interface_keys,
				 text);
	return key ? key->take(r, value) : unknown_key(r, text);
}

/* "sekisho: KEY = VALUE" behind the "#". */
static int read_comment(struct sek_conf_reader *r, char *text)
{
	static const char mark[] = "sekisho:";
	const struct sek_conf_key *key;
	char *value;

	text = trim(text);
	if (strncasecmp(text, mark, sizeof(mark) - 1))
		return 0;
	text = trim(text + sizeof(mark) - 1);
	value = split(text);
	key = value ? find_key(sek_conf_own_keys, text) : NULL;
	if (!key)
		return sek_conf_fail(r, text,
				     "behind 'sekisho:' stands neither Routing = ... nor "
				     "RulePriority = ...");
	if (r->section != SEK_SECTION_INTERFACE)
		return sek_conf_fail(r, text, "'%s' belongs into the section [Interface]", text);
	return key->take(r, value);
}

static int read_line(struct sek_conf_reader *r, char *line)
{
	char *comment = strchr(line, '#'), *text;

	if (comment)
		*comment++ = '\0';
	text = trim(line);
	if (*text == '[')
		return begin_section(r, text);
	if (*text)
		return read_key(r, text);
	return comment ? read_comment(r, comment) : 0;
}

static int check_bytes(struct sek_conf_reader *r, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *nul = memchr(text, '\0', len);

	r->start = text;
	r->line = 1;
	if (len >= 3 && !memcmp(text, mark, 3))
		return sek_conf_fail(r, text,
				     "a byte order mark (EF BB BF), which wg-quick does "
				     "not read either: save the file without it");
	if (!nul)
		return 0;
	for (const char *c = text; c < nul; c++) {
		if (*c == '\n') {
			r->line++;
			r->start = c + 1;
		}
	}
	return sek_conf_fail(r, nul, "a NUL byte: this is no text");
}

static int read_lines(struct sek_conf_reader *r, char *text)
{
	int err = 0;

	for (r->line = 1; text && !err; r->line++) {
		char *end = strchr(text, '\n');

		if (end)
			*end++ = '\0';
		r->start = text;
		err = read_line(r, text);
		text = end;
	}
	return err ? err : end_section(r);
}

int sek_conf_parse(const char *text, size_t len, struct sek_conf *ret, struct sek_conf_error *error)
{
	struct sek_conf_reader r = { .conf = ret, .error = error };
	int err = check_bytes(&r, text, len);
	char *copy;

	if (err)
		return err;
	copy = strndup(text, len);
	if (!copy)
		return sek_conf_no_memory(&r);
	err = read_lines(&r, copy);
	if (!err && sek_conf_settle(&r))
		err = sek_conf_no_memory(&r);
	explicit_bzero(copy, len);
	free(copy);
	free(r.said);
	free(r.removals);
	return err;
}

static int fail_file(struct sek_conf_error *error, int err, const char *text)
{
	error->line = 0;
	snprintf(error->text, sizeof(error->text), "%s", text);
	return err;
}

/* What was read is the caller's, also after a failure. */
static int read_all(int fd, size_t room, char **ret, size_t *ret_len)
{
	char *text = malloc(room);
	size_t len = 0;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	do {
		n = read(fd, text + len, room - len);
		len += n > 0 ? n : 0;
	} while (n > 0 && len < room);
	*ret = text;
	*ret_len = len;
	return n < 0 ? -errno : 0;
}

int sek_conf_read(const char *path, struct sek_conf *ret, unsigned int *ret_mode,
		  struct sek_conf_error *error)
{
	SEK_CLEANUP(sek_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t len = 0;
	char *text = NULL;
	int err;

	if (fd < 0 || fstat(fd, &st))
		return fail_file(error, -errno, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fail_file(error, -EINVAL, "is no regular file");
	if (st.st_size > MAX_SIZE)
		return fail_file(error, -EFBIG, "is larger than 256 MiB");
	*ret_mode = st.st_mode & 07777;
	err = read_all(fd, st.st_size + 1, &text, &len);
	if (err)
		fail_file(error, err, strerror(-err));
	else
		err = sek_conf_parse(text, len, ret, error);
	if (text)
		explicit_bzero(text, len);
	free(text);
	return err;
}

/* What wg-quick takes for an interface's name. */
static bool is_name(const char *text, size_t len)
{
	if (!len || len >= IFNAMSIZ ||
	    (text[0] == '.' && (len == 1 || (len == 2 && text[1] == '.'))))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)text[i]) && !strchr("_=+.-", text[i]))
			return false;
	}
	return true;
}

int sek_conf_find(const char *word, char ret_path[PATH_MAX], char ret_name[IFNAMSIZ])
{
	const char *base = strrchr(word, '/');
	size_t len;

	base = base ? base + 1 : word;
	len = strlen(base);
	/* "wg0.conf" is a file here, of wg0, also if it has gone; wg-quick takes it for a NAME. */
	if (len > 5 && !strcmp(base + len - 5, ".conf")) {
		len -= 5;
		if (!is_name(base, len) || snprintf(ret_path, PATH_MAX, "%s", word) >= PATH_MAX)
			return -EINVAL;
	} else if (base == word && is_name(word, len)) {
		snprintf(ret_path, PATH_MAX, FOLDER "/%s.conf", word);
	} else {
		return -EINVAL;
	}
	memcpy(ret_name, base, len);
	ret_name[len] = '\0';
	return 0;
}

static void release_words(struct sek_conf_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->words[i]);
	free(w->words);
}

void sek_conf_release(struct sek_conf *c)
{
	sek_device_release(&c->device);
	free(c->sections);
	free(c->addresses);
	release_words(&c->dns);
	release_words(&c->search);
	for (int i = 0; i < SEK_HOOK_NR; i++)
		release_words(&c->hooks[i]);
	memset(c, 0, sizeof(*c));
}
