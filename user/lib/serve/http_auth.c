// SPDX-License-Identifier: GPL-2.0-only
/* basic_auth_users: passwords against bcrypt hashes, where they hold up nobody. */
#include "http_priv.h"

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sodium.h>

/* Who waits for the worker, and passwords that were right. */
#define QUEUE  16
#define KNOWN  64
#define DIGEST crypto_hash_sha256_BYTES

/* For users that do not exist: it takes as long to say no as to one who does. Cost 10. */
static const char nobody[] = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8e1Xq9sYpN5mQd3oFhVZ1b7mYwz2a.";

struct job {
	struct MHD_Connection *connection;
	struct sek_http_peer *peer;
	char *password;
	char hash[64];
	bool exists;
	unsigned char digest[DIGEST];
};

struct sek_http_auth {
	pthread_t thread;
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t work;
	struct job queue[QUEUE];
	size_t first;
	size_t n;
	bool stop;
	unsigned char known[KNOWN][DIGEST];
	size_t known_next;
};

static void wipe(struct job *job)
{
	explicit_bzero(job->password, strlen(job->password));
	free(job->password);
	job->password = NULL;
}

static bool is_right(const struct job *job)
{
	struct crypt_data data = {};
	const char *found = crypt_r(job->password, job->hash, &data);
	unsigned char differs = 0;

	if (!found || strlen(found) != strlen(job->hash))
		return false;
	for (size_t i = 0; job->hash[i]; i++)
		differs |= (unsigned char)(found[i] ^ job->hash[i]);
	return !differs && job->exists;
}

static void *work(void *arg)
{
	struct sek_http_auth *a = arg;

	/* A flood of passwords may take what nobody else wants. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19);
	pthread_mutex_lock(&a->lock);
	for (;;) {
		struct job job;
		bool right;

		while (!a->n && !a->stop)
			pthread_cond_wait(&a->work, &a->lock);
		if (!a->n)
			break;
		job = a->queue[a->first];
		a->first = (a->first + 1) % QUEUE;
		a->n--;
		right = false;
		if (!a->stop) {
			pthread_mutex_unlock(&a->lock);
			right = is_right(&job);
			pthread_mutex_lock(&a->lock);
		}
		if (right)
			memcpy(a->known[a->known_next++ % KNOWN], job.digest, DIGEST);
		wipe(&job);
		atomic_store(&job.peer->checked, right ? 1 : -1);
		sym_MHD_resume_connection(job.connection);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

int sek_http_auth_new(struct sek_http_auth **ret)
{
	struct sek_http_auth *a = calloc(1, sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->work, NULL);
	err = pthread_create(&a->thread, NULL, work, a);
	if (err) {
		pthread_cond_destroy(&a->work);
		pthread_mutex_destroy(&a->lock);
		free(a);
		return -err;
	}
	*ret = a;
	return 0;
}

void sek_http_auth_free(struct sek_http_auth *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->stop = true;
	pthread_cond_signal(&a->work);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->work);
	pthread_mutex_destroy(&a->lock);
	explicit_bzero(a, sizeof(*a));
	free(a);
}

static const char *hash_of(const struct sek_web_config *config, const char *user)
{
	for (size_t i = 0; i < config->users_n; i++) {
		if (!strcmp(config->users[i].name, user))
			return config->users[i].value;
	}
	return NULL;
}

/* Of the hash, too: a password that was changed is no longer right. */
static void make_digest(struct job *job)
{
	crypto_hash_sha256_state hash;

	crypto_hash_sha256_init(&hash);
	crypto_hash_sha256_update(&hash, (void *)job->hash, strlen(job->hash) + 1);
	crypto_hash_sha256_update(&hash, (void *)job->password, strlen(job->password));
	crypto_hash_sha256_final(&hash, job->digest);
	explicit_bzero(&hash, sizeof(hash));
}

static bool is_known(const struct sek_http_auth *a, const unsigned char *digest)
{
	for (size_t i = 0; i < KNOWN; i++) {
		if (!sodium_memcmp(a->known[i], digest, DIGEST))
			return true;
	}
	return false;
}

/* Takes the job, or wipes it. */
static int enqueue(struct sek_http_auth *a, struct job *job)
{
	int ret;

	pthread_mutex_lock(&a->lock);
	if (job->exists && is_known(a, job->digest)) {
		ret = 1;
	} else if (a->n == QUEUE) {
		ret = -EBUSY;
	} else {
		sym_MHD_suspend_connection(job->connection);
		sek_http_peer_set(job->peer, SEK_HTTP_CHECKING);
		a->queue[(a->first + a->n++) % QUEUE] = *job;
		pthread_cond_signal(&a->work);
		ret = -EINPROGRESS;
	}
	pthread_mutex_unlock(&a->lock);
	if (ret != -EINPROGRESS)
		wipe(job);
	return ret;
}

int sek_http_auth_check(struct sek_http_auth *a, struct MHD_Connection *connection,
			struct sek_http_peer *peer, const struct sek_web_config *config)
{
	struct job job = { .connection = connection, .peer = peer };
	const char *hash;
	char *user;

	user = sym_MHD_basic_auth_get_username_password(connection, &job.password);
	if (!user || !job.password) {
		sym_MHD_free(user);
		sym_MHD_free(job.password);
		return 0;
	}
	hash = hash_of(config, user);
	job.exists = hash;
	strncpy(job.hash, hash ? hash : nobody, sizeof(job.hash) - 1);
	sym_MHD_free(user);
	make_digest(&job);
	return enqueue(a, &job);
}
