// SPDX-License-Identifier: GPL-2.0-only
#include "web_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <yaml.h>

#include "../cleanup.h"
#include "http_lib.h"

/* Far beyond what any of the files has in it. */
#define FILE_MAX (1024L * 1024)

static const char *const client_auths[SEK_CLIENT_NR] = {
	[SEK_CLIENT_NONE] = "NoClientCert",
	[SEK_CLIENT_REQUEST] = "RequestClientCert",
	[SEK_CLIENT_REQUIRE_ANY] = "RequireAnyClientCert",
	[SEK_CLIENT_VERIFY_IF_GIVEN] = "VerifyClientCertIfGiven",
	[SEK_CLIENT_REQUIRE_AND_VERIFY] = "RequireAndVerifyClientCert",
};

/* TLS 1.0 is 0; what the file calls them. */
static const char *const versions[] = { "TLS10", "TLS11", "TLS12", "TLS13" };
static const char *const gnutls_versions[] = { "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3" };
#define VERSIONS (sizeof(versions) / sizeof(*versions))

/* The headers that the toolkit lets one set. */
static const char *const header_names[] = {
	"Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
	"X-Frame-Options",	   "X-XSS-Protection",
};

struct reader {
	struct sek_web_config *c;
	yaml_document_t doc;
	const char *path;
	size_t first_version;
	size_t last_version;
	char *error;
	size_t size;
};

static int fail(const struct reader *r, const yaml_node_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct reader *r, const yaml_node_t *at, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(r->error, r->size, "%s:%zu: %s", r->path, at->start_mark.line + 1, what);
	return -EINVAL;
}

static const char *scalar(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static int want_scalar(const struct reader *r, const yaml_node_t *key, const yaml_node_t *node,
		       const char **ret)
{
	*ret = scalar(node);
	return *ret && **ret ? 0 : fail(r, node, "'%s' needs a value", scalar(key));
}

static int find(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(word, words[i]))
			return i;
	}
	return -ENOENT;
}

typedef int (*key_fn)(struct reader *r, const yaml_node_t *key, const yaml_node_t *value);

static int each_key(struct reader *r, const yaml_node_t *map, key_fn fn)
{
	if (scalar(map) && !*scalar(map))
		return 0; /* "basic_auth_users:" and nothing below it */
	if (map->type != YAML_MAPPING_NODE)
		return fail(r, map, "a mapping is expected here");
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(&r->doc, p->key);
		int err;

		if (!scalar(key))
			return fail(r, key, "a name is expected here");
		err = fn(r, key, yaml_document_get_node(&r->doc, p->value));
		if (err)
			return err;
	}
	return 0;
}

static int take_pair(const struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
		     struct sek_web_pair *to, size_t *n, size_t max)
{
	const char *text;
	int err = want_scalar(r, key, value, &text);

	if (err)
		return err;
	if (*n == max)
		return fail(r, key, "more than %zu entries", max);
	to[*n] = (struct sek_web_pair){ strdup(scalar(key)), strdup(text) };
	++*n;
	return to[*n - 1].name && to[*n - 1].value ? 0 : -ENOMEM;
}

static int user_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	int err = take_pair(r, key, value, r->c->users, &r->c->users_n, SEK_WEB_USERS_MAX);
	const char *hash = err ? NULL : r->c->users[r->c->users_n - 1].value;

	/* "$2b$10$" and 53 characters */
	if (!err && (strncmp(hash, "$2", 2) != 0 || strlen(hash) != 60))
		return fail(r, value, "the password of '%s' is no bcrypt hash", scalar(key));
	return err;
}

static int header_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	const size_t n = sizeof(header_names) / sizeof(*header_names);

	if (find(scalar(key), header_names, n) < 0)
		return fail(r, key, "'%s' is no header that can be set", scalar(key));
	return take_pair(r, key, value, r->c->headers, &r->c->headers_n, SEK_WEB_HEADERS_MAX);
}

static int http_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	if (!strcmp(scalar(key), "headers"))
		return each_key(r, value, header_key);
	/* Whether the server may speak HTTP/2: this one never does. */
	if (!strcmp(scalar(key), "http2"))
		return 0;
	return fail(r, key, "there is no '%s' in http_server_config", scalar(key));
}

static int take_path(const struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
		     int file)
{
	const char *name, *slash = strrchr(r->path, '/');
	char **to = &r->c->file[file].path;
	int err = want_scalar(r, key, value, &name);

	if (err)
		return err;
	free(*to);
	*to = NULL;
	if (asprintf(to, "%.*s%s", name[0] == '/' || !slash ? 0 : (int)(slash - r->path + 1),
		     r->path, name) < 0)
		*to = NULL;
	return *to ? 0 : -ENOMEM;
}

static int take_version(const struct reader *r, const yaml_node_t *key, const yaml_node_t *value,
			size_t *ret)
{
	const char *word;
	int err = want_scalar(r, key, value, &word), i;

	if (err)
		return err;
	i = find(word, versions, VERSIONS);
	if (i < 0)
		return fail(r, value, "there is no TLS version '%s'; there are TLS10 to TLS13",
			    word);
	*ret = i;
	return 0;
}

static int take_client_auth(const struct reader *r, const yaml_node_t *key,
			    const yaml_node_t *value)
{
	const char *word;
	int err = want_scalar(r, key, value, &word), i;

	if (err)
		return err;
	i = find(word, client_auths, SEK_CLIENT_NR);
	if (i < 0)
		return fail(r, value, "there is no client_auth_type '%s'", word);
	r->c->client_auth = i;
	return 0;
}

static int tls_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	const char *name = scalar(key);

	if (!strcmp(name, "cert_file"))
		return take_path(r, key, value, SEK_WEB_CERT);
	if (!strcmp(name, "key_file"))
		return take_path(r, key, value, SEK_WEB_KEY);
	if (!strcmp(name, "client_ca_file"))
		return take_path(r, key, value, SEK_WEB_CA);
	if (!strcmp(name, "client_auth_type"))
		return take_client_auth(r, key, value);
	if (!strcmp(name, "min_version"))
		return take_version(r, key, value, &r->first_version);
	if (!strcmp(name, "max_version"))
		return take_version(r, key, value, &r->last_version);
	/* A choice among those that GnuTLS has is not offered, and must not be feigned. */
	return fail(r, key, "there is no '%s' in tls_server_config", name);
}

static int top_key(struct reader *r, const yaml_node_t *key, const yaml_node_t *value)
{
	static const struct {
		const char *name;
		key_fn fn;
	} parts[] = {
		{ "tls_server_config", tls_key },
		{ "http_server_config", http_key },
		{ "basic_auth_users", user_key },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (!strcmp(scalar(key), parts[i].name))
			return each_key(r, value, parts[i].fn);
	}
	return fail(r, key,
		    "there is no '%s'; there are tls_server_config, http_server_config "
		    "and basic_auth_users",
		    scalar(key));
}

static int read_document(struct reader *r, yaml_parser_t *parser)
{
	const yaml_node_t *root;
	int err = 0;

	if (!yaml_parser_load(parser, &r->doc)) {
		snprintf(r->error, r->size, "%s:%zu: %s", r->path, parser->problem_mark.line + 1,
			 parser->problem ? parser->problem : "cannot be read");
		return -EINVAL;
	}
	root = yaml_document_get_root_node(&r->doc);
	if (root)
		err = each_key(r, root, top_key);
	yaml_document_delete(&r->doc);
	return err;
}

static void stamp(struct sek_web_file *file, const struct stat *st)
{
	file->mtime = st->st_mtim;
	file->inode = st->st_ino;
	file->size = st->st_size;
}

static int read_file(struct reader *r, struct sek_web_file *file)
{
	int fd SEK_CLEANUP(sek_closep) = open(file->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	file->text = malloc(FILE_MAX + 1);
	if (!file->text)
		return -ENOMEM;
	if (fd >= 0 && !fstat(fd, &st)) {
		stamp(file, &st);
		errno = st.st_size > FILE_MAX ? EFBIG : 0;
		if (!errno)
			n = read(fd, file->text, FILE_MAX);
	}
	if (n < 0) {
		int err = errno ? -errno : -EIO;

		snprintf(r->error, r->size, "read %s: %s", file->path, strerror(-err));
		return err;
	}
	file->text[n] = '\0';
	return 0;
}

/* GnuTLS itself says whether the server will be able to use them. */
static int try_certificate(struct reader *r)
{
	const struct sek_web_file *cert = &r->c->file[SEK_WEB_CERT],
				  *key = &r->c->file[SEK_WEB_KEY];
	const struct sek_web_file *ca = &r->c->file[SEK_WEB_CA];
	gnutls_datum_t cert_text = { (void *)cert->text, strlen(cert->text) };
	gnutls_datum_t key_text = { (void *)key->text, strlen(key->text) };
	gnutls_certificate_credentials_t cred;
	int code = sym_gnutls_certificate_allocate_credentials(&cred);

	if (code < 0)
		return -ENOMEM;
	code = sym_gnutls_certificate_set_x509_key_mem(cred, &cert_text, &key_text,
						       GNUTLS_X509_FMT_PEM);
	if (code < 0)
		snprintf(r->error, r->size, "certificate %s with key %s: %s", cert->path, key->path,
			 sym_gnutls_strerror(code));
	if (code >= 0 && ca->path) {
		gnutls_datum_t text = { (void *)ca->text, strlen(ca->text) };

		code = sym_gnutls_certificate_set_x509_trust_mem(cred, &text, GNUTLS_X509_FMT_PEM);
		if (code <= 0)
			snprintf(r->error, r->size, "%s: no certificate of an authority in it",
				 ca->path);
		code = code ?: GNUTLS_E_NO_CERTIFICATE_FOUND;
	}
	sym_gnutls_certificate_free_credentials(cred);
	return code < 0 ? -EINVAL : 0;
}

static int check_tls(struct reader *r)
{
	struct sek_web_file *file = r->c->file;
	bool verifies = r->c->client_auth >= SEK_CLIENT_VERIFY_IF_GIVEN;
	int err = 0;

	if (!file[SEK_WEB_CERT].path != !file[SEK_WEB_KEY].path ||
	    (!file[SEK_WEB_CERT].path && (file[SEK_WEB_CA].path || r->c->client_auth))) {
		snprintf(r->error, r->size, "%s: tls_server_config needs cert_file and key_file",
			 r->path);
		return -EINVAL;
	}
	if (verifies != !!file[SEK_WEB_CA].path) {
		snprintf(r->error, r->size,
			 "%s: client_ca_file and a client_auth_type that verifies "
			 "belong together",
			 r->path);
		return -EINVAL;
	}
	if (r->first_version > r->last_version) {
		snprintf(r->error, r->size, "%s: min_version is above max_version", r->path);
		return -EINVAL;
	}
	for (int i = SEK_WEB_CERT; i < SEK_WEB_FILES && !err; i++) {
		if (file[i].path)
			err = read_file(r, &file[i]);
	}
	if (!err && file[SEK_WEB_CERT].path)
		err = try_certificate(r);
	return err;
}

static void set_priorities(const struct reader *r)
{
	char *to = r->c->priorities;
	size_t size = sizeof(r->c->priorities), n;

	n = snprintf(to, size, "NORMAL:-VERS-ALL");
	for (size_t i = r->first_version; i <= r->last_version && n < size; i++)
		n += snprintf(to + n, size - n, ":+VERS-%s", gnutls_versions[i]);
}

int sek_web_config_read(const char *path, struct sek_web_config **ret, char *error, size_t size)
{
	struct sek_web_config *c = calloc(1, sizeof(*c));
	struct reader r = { .c = c,
			    .path = path,
			    .first_version = 2, /* TLS 1.2, as the toolkit has it */
			    .last_version = VERSIONS - 1,
			    .error = error,
			    .size = size };
	struct sek_web_file *self = c ? &c->file[SEK_WEB_CONFIG] : NULL;
	yaml_parser_t parser;
	int err;

	snprintf(error, size, "out of memory");
	if (!c)
		return -ENOMEM;
	self->path = strdup(path);
	err = self->path ? read_file(&r, self) : -ENOMEM;
	if (!err && !yaml_parser_initialize(&parser))
		err = -ENOMEM;
	if (!err) {
		yaml_parser_set_input_string(&parser, (const void *)self->text, strlen(self->text));
		err = read_document(&r, &parser);
		yaml_parser_delete(&parser);
	}
	if (!err)
		err = check_tls(&r);
	if (err) {
		sek_web_config_free(c);
		return err;
	}
	set_priorities(&r);
	*ret = c;
	return 0;
}

bool sek_web_config_changed(const struct sek_web_config *c)
{
	for (int i = 0; i < SEK_WEB_FILES; i++) {
		const struct sek_web_file *file = &c->file[i];
		struct stat st;

		if (!file->path)
			continue;
		if (stat(file->path, &st))
			memset(&st, 0, sizeof(st));
		if (st.st_mtim.tv_sec != file->mtime.tv_sec ||
		    st.st_mtim.tv_nsec != file->mtime.tv_nsec || st.st_ino != file->inode ||
		    st.st_size != file->size)
			return true;
	}
	return false;
}

void sek_web_config_stamp(struct sek_web_config *c)
{
	for (int i = 0; i < SEK_WEB_FILES; i++) {
		struct stat st;

		if (!c->file[i].path)
			continue;
		if (stat(c->file[i].path, &st))
			memset(&st, 0, sizeof(st));
		stamp(&c->file[i], &st);
	}
}

static void free_pairs(struct sek_web_pair *pairs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(pairs[i].name);
		free(pairs[i].value);
	}
}

void sek_web_config_free(struct sek_web_config *c)
{
	if (!c)
		return;
	for (int i = 0; i < SEK_WEB_FILES; i++) {
		if (c->file[i].text)
			explicit_bzero(c->file[i].text, strlen(c->file[i].text));
		free(c->file[i].text);
		free(c->file[i].path);
	}
	free_pairs(c->users, c->users_n);
	free_pairs(c->headers, c->headers_n);
	free(c);
}
