#!/usr/bin/env bash
# The demo region on this machine: raw files, their import, two published reports, a server on the
# loopback. Steps that are done stay done, so that a second run starts serving at once; a step that
# was interrupted is made again. `rm -rf demo` begins anew.
set -euo pipefail
cd "$(dirname "$0")/.."

listen=${KLARSYN_LISTEN:-127.0.0.1:8080}
klarsyn=${KLARSYN:-build/klarsyn}
data=demo/data
mkdir -p demo/done
chmod 700 demo

step() {  # step NAME COMMAND...: runs the command unless it once succeeded
    local name=$1
    shift
    [ ! -e "demo/done/$name" ] || return 0
    echo "== $name"
    "$@"
    touch "demo/done/$name"
}

simulate() { rm -rf "demo/raw/$1" && mkdir -p "demo/raw/$1" && "$klarsyn" simulate "$1" --out "demo/raw/$1"; }
initialise() { rm -rf "$data" && "$klarsyn" init "$data"; }
load() { "$klarsyn" import "$data" --manifest "demo/raw/$1/manifest.tsv"; }
publish() { "$klarsyn" publish "$data" "$1" --period "$2"; }

add_user() {
    local password
    password=$(head -c 12 /dev/urandom | base64 | tr '+/' '-_')
    printf '%s\n' "$password" | "$klarsyn" user "$data" add demo --role admin
    (umask 077 && printf '%s\n' "$password" > demo/password)
}

step simulate-2013 simulate hovedstaden-2013
step simulate-registers simulate registers-2013
step simulate-2018 simulate platform-2018
step init initialise
step import-2013 load hovedstaden-2013
step import-registers load registers-2013
step import-2018 load platform-2018
step publish-2013 publish operations_status 2013-04
step publish-2018 publish platform_quarter 2018-Q1
step user add_user

"$klarsyn" serve "$data" --listen "$listen" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true' EXIT
trap 'exit 0' INT TERM
ready() { (exec 3<>"/dev/tcp/${listen%:*}/${listen##*:}") 2>/dev/null; }
# The first start computes the cells, which takes a while on a slow machine.
until ready; do
    kill -0 "$server" 2>/dev/null || { wait "$server" || exit 1; exit 1; }
    sleep 0.2
done
# Somebody else's server on that address would be ready as well. The pause lets ours say its own
# line first, so that the last one is the one to read.
sleep 0.5
kill -0 "$server" 2>/dev/null || { wait "$server" || exit 1; exit 1; }
echo "Klarsyn: http://$listen/ - log in as demo with the password $(cat demo/password)"
wait "$server"
