/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libmicrohttpd and GnuTLS, which bring eight more libraries along. They are loaded by who serves:
 * linked, they would take more of the time of each command than all the rest of its start.
 */
#ifndef SEK_SERVE_HTTP_LIB_H
#define SEK_SERVE_HTTP_LIB_H

#include <stddef.h>

#include <gnutls/gnutls.h>
#include <microhttpd.h>

/* What is called of them, as sym_MHD_run() and so on; of the type that their headers say. */
#define SEK_HTTP_LIB_MHD(X)                                       \
	X(MHD_add_response_header)                                \
	X(MHD_basic_auth_get_username_password)                   \
	X(MHD_create_response_from_buffer)                        \
	X(MHD_create_response_from_buffer_with_free_callback_cls) \
	X(MHD_destroy_response)                                   \
	X(MHD_free)                                               \
	X(MHD_get_connection_info)                                \
	X(MHD_get_daemon_info)                                    \
	X(MHD_get_timeout)                                        \
	X(MHD_lookup_connection_value)                            \
	X(MHD_queue_response)                                     \
	X(MHD_quiesce_daemon)                                     \
	X(MHD_resume_connection)                                  \
	X(MHD_run)                                                \
	X(MHD_start_daemon)                                       \
	X(MHD_stop_daemon)                                        \
	X(MHD_suspend_connection)

#define SEK_HTTP_LIB_GNUTLS(X)                     \
	X(gnutls_certificate_allocate_credentials) \
	X(gnutls_certificate_free_credentials)     \
	X(gnutls_certificate_get_peers)            \
	X(gnutls_certificate_server_set_request)   \
	X(gnutls_certificate_set_x509_key_mem)     \
	X(gnutls_certificate_set_x509_trust_mem)   \
	X(gnutls_certificate_verify_peers2)        \
	X(gnutls_session_set_verify_function)      \
	X(gnutls_strerror)

#define SEK_HTTP_LIB_DECLARE(symbol) extern __typeof__(symbol) *sym_##symbol;
SEK_HTTP_LIB_MHD(SEK_HTTP_LIB_DECLARE)
SEK_HTTP_LIB_GNUTLS(SEK_HTTP_LIB_DECLARE)
#undef SEK_HTTP_LIB_DECLARE

/**
 * sek_http_lib_load() - load both, before anything of them is called
 * @error: one line if it fails
 * @size: of @error
 *
 * They stay until the process ends. Again it is nothing; from one thread at a time.
 *
 * Return: 0 or -ELIBACC.
 */
int sek_http_lib_load(char *error, size_t size);

#endif
