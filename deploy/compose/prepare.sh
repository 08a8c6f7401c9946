#!/bin/sh
# Makes what docker-compose.yml needs and nobody should choose by hand: passwords, an authority,
# certificates for the broker and the services. Existing files are left alone.
#
#     deploy/compose/prepare.sh [HOST NAME OF THE BROKER]
#
# Files appear in deploy/compose/secrets (0700) and never in git. secrets/authority is the folder
# that `vigil authority` uses (VIGIL_TLS__AUTHORITY_DIR): it signs gateways. Move it to a machine of
# its own when the first real car is enrolled.
set -eu
cd "$(dirname "$0")"
host=${1:-broker}
umask 077
mkdir -p secrets
cd secrets

for name in admin owner ingest ingest_group worker api read backup api_session; do
    [ -s "$name.password" ] || openssl rand -base64 24 | tr '+/' '-_' > "$name.password"
done
[ -s admin.url ] || printf 'postgresql://postgres:%s@store:5432/postgres\n' \
    "$(cat admin.password)" > admin.url

curve() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
mkdir -p authority
if [ ! -s authority/authority.key ]; then
    curve authority/authority.key
    printf '%s\n' '[req]' 'distinguished_name=dn' 'x509_extensions=ca' '[dn]' '[ca]' \
        'basicConstraints=critical,CA:TRUE,pathlen:0' 'subjectKeyIdentifier=hash' \
        'keyUsage=critical,digitalSignature,keyCertSign,cRLSign' > authority/ca.conf
    openssl req -x509 -new -config authority/ca.conf -key authority/authority.key -days 3650 \
        -subj "/O=Vigil/CN=Vigil authority" -out authority/authority.pem
fi
issue() {  # name, common name, alternative names
    [ -s "$1.pem" ] && return
    curve "$1.key"
    printf '%s\n' "subjectAltName=$3" extendedKeyUsage=serverAuth,clientAuth \
        subjectKeyIdentifier=hash authorityKeyIdentifier=keyid > "$1.ext"
    openssl req -new -key "$1.key" -subj "/O=Vigil/CN=$2" |
        openssl x509 -req -CA authority/authority.pem -CAkey authority/authority.key \
            -CAcreateserial -days 365 -extfile "$1.ext" -out "$1.pem"
    rm "$1.ext"
}
issue broker "$host" "DNS:$host,DNS:broker,DNS:localhost,IP:127.0.0.1"
issue ingest ingest "DNS:ingest"
issue control control "DNS:control"

# The demo fleet's gateways: the names in simulators/scenarios/demo.yaml.
mkdir -p demo
scenario=../../../simulators/scenarios/demo.yaml
for car in $(sed -n 's/^ *- {name: \([a-z0-9-]*\),.*/\1/p' "$scenario" 2>/dev/null); do
    issue "demo/gw-$car" "demo\/gw-$car" "DNS:gw-$car"
done
chmod 755 demo
chmod 644 demo/* 2>/dev/null || true

if [ ! -s denied.pem ]; then
    : > authority/index.txt
    printf '[ca]\ndefault_ca=own\n[own]\ndatabase=authority/index.txt\ndefault_md=sha256\n' \
        > authority/deny.conf
    openssl ca -config authority/deny.conf -gencrl -crldays 3650 \
        -keyfile authority/authority.key -cert authority/authority.pem -out denied.pem
fi
cp authority/authority.pem authority.pem
# Containers run as accounts without rights; the folder above stays closed to everybody else.
chmod 644 ./*.pem ./*.password ./*.url broker.key ingest.key control.key
chmod 700 .
echo "secrets are in $(pwd)"
