#!/bin/sh
set -eu
PGDATA=/var/lib/postgresql/data
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
chown postgres:postgres "$PGDATA" /run/postgresql
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    echo "$POSTGRES_PASSWORD" > /tmp/password
    chmod 0644 /tmp/password
    as_postgres initdb --no-sync --encoding=UTF8 --pwfile=/tmp/password --auth=scram-sha-256 \
        --username="$POSTGRES_USER" -D "$PGDATA" > /dev/null
    rm /tmp/password
    echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
    as_postgres postgres --single -D "$PGDATA" postgres > /dev/null << END
CREATE DATABASE "$POSTGRES_DB"
END
fi
exec setpriv --reuid=postgres --regid=postgres --clear-groups \
    postgres -D "$PGDATA" -c listen_addresses='*'
