#!/usr/bin/env bash
# Request Tracker 5 from Debian as the desk's peer, with a PostgreSQL of its own (durable, as shipped).
#   rt.sh start DIR PORT   sets it up, fills it to 20,000 open tickets, prints the session cookie
#   rt.sh stop DIR
# Session cookies are RT's best case: password or token login costs a quarter of a second a request.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
dir=$2

as_user() {
    if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); else "$@"; fi
}
sql() { as_user "$bin/psql" -q -h 127.0.0.1 -p "$db_port" -U postgres rt5; }

stop() {
    [ ! -f "$dir/server.pid" ] || kill "$(cat "$dir/server.pid")" 2>/dev/null || true
    [ ! -d "$dir/pg" ] || as_user "$bin/pg_ctl" -D "$dir/pg" -m fast -w stop >/dev/null || true
    rm -rf "$dir"
}

database() {
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$dir"
    as_user "$bin/initdb" -D "$dir/pg" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log"
    as_user "$bin/pg_ctl" -D "$dir/pg" -l "$dir/pg.log" -w -o \
        "-c port=$db_port -c shared_buffers=1GB -c unix_socket_directories=$dir" start >"$dir/start.log"
}

configure() {
    mkdir -p "$dir/site.d" "$dir/mason" "$dir/sessions"
    cat >"$dir/RT_SiteConfig.pm" <<EOF
Set(\$rtname, 'bench'); Set(\$Organization, 'bench.example');
Set(\$DatabaseType, 'Pg'); Set(\$DatabaseHost, '127.0.0.1'); Set(\$DatabasePort, $db_port);
Set(\$DatabaseUser, 'rt_user'); Set(\$DatabasePassword, 'rt_pass'); Set(\$DatabaseName, 'rt5');
Set(\$DatabaseAdmin, 'postgres'); Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port);
Set(\$WebPath, ''); Set(\$LogToSyslog, undef); Set(\$LogToSTDERR, 'error');
Set(\$Timezone, 'Europe/Copenhagen'); Set(\$MailCommand, 'testfile'); Set(\$RestrictReferrer, 0);
Set(\$MasonDataDir, '$dir/mason'); Set(\$MasonSessionDir, '$dir/sessions');
1;
EOF
    export RT_SITE_CONFIG=$dir/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$dir/site.d
    /usr/sbin/rt-setup-database-5 --action init --dba postgres --dba-password none >"$dir/setup.log" 2>&1
}

serve() {
    plackup -s Starlet --max-workers 4 --listen "127.0.0.1:$port" \
        /usr/share/request-tracker5/libexec/rt-server >"$dir/server.log" 2>&1 &
    echo $! >"$dir/server.pid"
    for _ in $(seq 60); do
        curl -s -o /dev/null "http://127.0.0.1:$port/" && break
        sleep 0.5
    done
    curl -s -c "$dir/jar" -o /dev/null -d 'user=root&pass=password' "http://127.0.0.1:$port/NoAuth/Login.html"
    awk '/RT_SID/ {print $6 "=" $7}' "$dir/jar" >"$dir/cookie"
}

fill() {  # ticket 1 with its history by the API, the others as rows
    curl -s -o /dev/null -H "Cookie: $(cat "$dir/cookie")" -H "Referer: http://127.0.0.1:$port/" \
        -H 'Content-Type: application/json' \
        -d '{"Queue":"General","Subject":"Printer","Requestor":"u@bench.example","Content":"Brugeren ringer"}' \
        "http://127.0.0.1:$port/REST/2.0/ticket"
    sql <<'EOF'
SELECT string_agg(CASE column_name WHEN 'id' THEN 'k' WHEN 'effectiveid' THEN 'k' ELSE column_name END, ','
                  ORDER BY ordinal_position) AS columns
FROM information_schema.columns WHERE table_name = 'tickets' \gset
INSERT INTO tickets SELECT :columns FROM tickets, generate_series(2, 20000) AS k WHERE id = 1;
SELECT setval('tickets_id_seq', (SELECT MAX(id) FROM tickets)) \g /dev/null
ANALYZE;
EOF
}

case "$1" in
start)
    port=$3 db_port=$(($3 + 1))
    stop
    mkdir -p "$dir" && dir=$(cd "$dir" && pwd) && chmod 755 "$dir"
    database && configure && serve && fill
    cat "$dir/cookie"
    ;;
stop) stop ;;
*) exit 2 ;;
esac
