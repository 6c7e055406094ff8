#!/bin/sh
# A throw-away PostgreSQL server on a unix socket, run by an ordinary user also when we are root.
#   postgres.sh start DIR    makes and starts it, prints its URL
#   postgres.sh stop DIR     stops it and removes DIR
#   postgres.sh with COMMAND...  starts one, runs COMMAND with KLARSYN_TEST_POSTGRES set, stops it;
#                                where that is set already, it only runs COMMAND
# Durability is off: what is stored there is worth nothing.
set -eu

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "postgres.sh: no PostgreSQL server here (apt: postgresql)" >&2; exit 1; }

as_user() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$dir" "$@")
    else
        "$@"
    fi
}

start() {
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    chmod 755 "$dir"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$dir"
    as_user "$bin/initdb" -D "$dir/pg" -U klarsyn -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
    # A socket's path may be 107 bytes long at most, so it does not lie below a deep DIR.
    sockets=$(as_user mktemp -d /tmp/klarsyn-pg-XXXXXX)
    chmod 755 "$sockets"
    echo "$sockets" >"$dir/sockets"
    as_user "$bin/pg_ctl" -D "$dir/pg" -l "$dir/pg/server.log" -w -t 60 -o "-k $sockets \
        -c listen_addresses= -c unix_socket_permissions=0777 -c fsync=off -c full_page_writes=off \
        -c synchronous_commit=off -c shared_buffers=64MB -c max_connections=40 \
        -c autovacuum_naptime=5s" start >"$dir/start.log" 2>&1 ||
        { cat "$dir/start.log" "$dir/pg/server.log" >&2; exit 1; }
    echo "postgresql://klarsyn@/postgres?host=$sockets"
}

stop() {
    [ -d "$dir" ] || return 0
    dir=$(cd "$dir" && pwd)
    as_user "$bin/pg_ctl" -D "$dir/pg" -m immediate -w stop >/dev/null 2>&1 || true
    [ ! -f "$dir/sockets" ] || rm -rf "$(cat "$dir/sockets")"
    rm -rf "$dir"
}

case "${1:-}" in
start) dir=$2; start ;;
stop) dir=$2; stop ;;
with)
    shift
    [ -z "${KLARSYN_TEST_POSTGRES:-}" ] || exec "$@"
    dir=$(mktemp -d)
    trap 'stop' EXIT
    trap 'exit 130' INT TERM
    KLARSYN_TEST_POSTGRES=$(start)
    export KLARSYN_TEST_POSTGRES
    "$@"
    ;;
*) echo "usage: postgres.sh start DIR | stop DIR | with COMMAND..." >&2; exit 2 ;;
esac
