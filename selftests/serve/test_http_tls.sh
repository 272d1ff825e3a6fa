#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 90
#
# --web.config.file: certificates of both sides, users, what changes while it is used.
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"
private_mounts "$@"
# shellcheck source=selftests/serve/export.sh
. "$folder/export.sh"
# shellcheck source=selftests/serve/http.sh
. "$folder/http.sh"

# make_key NAME: a key and a request for a certificate.
make_key()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" \
		-out "$1.csr" -subj "/CN=$1" -addext subjectAltName=IP:127.0.0.1
}

# make_ca NAME SIGNED...: an authority, and what it signs.
make_ca()
{
	ca=$1
	shift
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-keyout "$ca.key" -out "$ca.pem" -subj "/CN=$ca" || return
	for signed; do
		make_key "$signed" && openssl x509 -req -in "$signed.csr" -CA "$ca.pem" \
			-CAkey "$ca.key" -CAcreateserial -out "$signed.pem" -days 2 \
			-copy_extensions copy || return
	done
}

tls_config()
{
	cat <<-END
		tls_server_config:
		  cert_file: ${1:-server}.pem
		  key_file: ${1:-server}.key
	END
}

# as USER:PASSWORD OPTION...: the status of a request.
as()
{
	user=$1
	shift
	status /-/healthy --cacert ca.pem -u "$user" "$@"
}

becomes()
{
	want=$1
	shift
	[ "$("$@")" = "$want" ]
}

is_named()
{
	curl -sv --cacert ca.pem --max-time 5 "$(url)/-/healthy" 2>&1 | grep -q "subject: CN=$1\$"
}

# refuses TEXT FILE: serve does not start with it, and says why.
refuses()
{
	fails_with "$1" "$SEKISHO" serve --web.listen-address 127.0.0.1:0 --web.config.file "$2"
}

test_plan 24
cd "$TMPDIR" || exit 1
{ make_ca ca server second client && make_ca other stranger; } >openssl.log 2>&1
test_result $? "certificates" || diag <openssl.log
# Cost 6: the lowest that is quick enough for a test.
# shellcheck disable=SC2016 # of bcrypt
hash=$(perl -e 'print crypt("secret", q($2b$06$abcdefghijklmnopqrstuu))')
serve_pair
test_result $? "topology"

tls_config >web.yml
serve_http --web.config.file web.yml
test_result $? "serve with TLS"
expect_equal "https" 200 "$(status /metrics --cacert ca.pem)"
expect_equal "no http there" 000 "$(curl -s -o /dev/null -w '%{http_code}' \
	"$(url | sed s/https/http/)/metrics")"
expect_equal "another authority's" 000 "$(status /metrics --cacert other.pem)"
expect_equal "TLS 1.1" 000 "$(status /metrics --cacert ca.pem --tls-max 1.1)"

tls_config second >web.yml
busywait 5 is_named second
test_result $? "another certificate is taken up"
{ tls_config && echo "basic_auth_users:" && echo "  alice: $hash"; } >web.yml
busywait 5 becomes 401 status /-/healthy --cacert ca.pem
test_result $? "users are taken up"
expect_equal "the password" 200 "$(as alice:secret)"
expect_equal "once more, now remembered" 200 "$(as alice:secret)"
expect_equal "not the password" 401 "$(as alice:Secret)"
expect_equal "nobody" 401 "$(as bob:secret)"
get /metrics --cacert ca.pem -i | grep -q '^WWW-Authenticate: Basic'
test_result $? "asks for one"
# Passwords that are wrong cost time, which is not that of others.
for i in $(seq 40); do
	as "alice:$i" >/dev/null &
	guesses="${guesses:-} $!"
done
expect_equal "while many guess" 200 "$(as alice:secret)"
# shellcheck disable=SC2086 # a list
wait $guesses

{ tls_config && echo "  client_auth_type: RequireAndVerifyClientCert" &&
	echo "  client_ca_file: ca.pem" && printf 'http_server_config:\n  headers:\n' &&
	echo "    X-Frame-Options: deny"; } >web.yml
busywait 5 becomes 000 status /-/healthy --cacert ca.pem
test_result $? "no certificate of a client"
expect_equal "a stranger's" 000 \
	"$(status /-/healthy --cacert ca.pem --cert stranger.pem --key stranger.key)"
expect_equal "a client's" 200 \
	"$(status /-/healthy --cacert ca.pem --cert client.pem --key client.key)"
get / --cacert ca.pem --cert client.pem --key client.key -i | grep -q '^X-Frame-Options: deny'
test_result $? "headers"

echo "nonsense: 1" >>web.yml
busywait 5 says "web.yml:.*there is no 'nonsense'.*stays in use"
test_result $? "a bad file is said"
expect_equal "and the one before is used" 200 \
	"$(status /-/healthy --cacert ca.pem --cert client.pem --key client.key)"

refuses "web.yml:[0-9]*: there is no 'nonsense'" web.yml
test_result $? "nor does serve start with it"
tls_config missing >bad.yml
refuses "missing.pem: No such file" bad.yml
test_result $? "no such certificate"
echo "basic_auth_users: {alice: secret}" >bad.yml
refuses "bad.yml:1: the password of 'alice' is no bcrypt hash" bad.yml
test_result $? "a password in the clear"
test_finish
