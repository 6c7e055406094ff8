#!/usr/bin/env bash
# The browser tests: the way from a published report to the records behind a number, a call from ring to
# closed case, a major incident from first report to review, a failing log-on from probe to pop-up to
# closed case, the agents' desk by mouse and by keyboard, what hostile texts do to pages (nothing), and axe
# on every page, light and dark and 360 pixels wide.
# KLARSYN names the binary, KLARSYN_DEMO_DATA an imported demo region (made here without it),
# KLARSYN_BROWSER_TESTS the tests to run. Each ends with "N passed, N failed".
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
klarsyn=$(realpath "${KLARSYN:-$here/../../build/klarsyn}")
work=$(mktemp -d "${TMPDIR:-/tmp}/klarsyn-browser.XXXXXX")
chmod 711 "$work"
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

tests=${KLARSYN_BROWSER_TESTS:-klarsyn call_story major_story probe_story desk_list desk_writing desk_case desk_live desk_looks now xss}
wanted() {  # names...: whether one of them is to run
    local name
    for name in "$@"; do case " $tests " in *" $name "*) return 0 ;; esac; done
    return 1
}
add() {  # data, name, options...
    local data=$1 name=$2; shift 2
    printf 'browser test password\n' | "$klarsyn" user "$data" add "$name" "$@"
}

data=$work/data
demo_region() {
    if [ -n "${KLARSYN_DEMO_DATA:-}" ] && [ -d "$KLARSYN_DEMO_DATA" ]; then
        cp -r "$KLARSYN_DEMO_DATA" "$data"
        rm -f "$data/klarsyn.sock" "$data/writer.lock"
    else
        for scenario in hovedstaden-2013 platform-2018; do
            "$klarsyn" simulate "$scenario" --out "$work/$scenario"
        done
        "$klarsyn" init "$data"
        for scenario in hovedstaden-2013 platform-2018; do
            "$klarsyn" import "$data" --manifest "$work/$scenario/manifest.tsv"
        done
    fi
    "$klarsyn" publish "$data" operations_status --period 2013-04
    "$klarsyn" publish "$data" platform_quarter --period 2018-Q1
    for role in admin editor reader; do add "$data" "$role" --role "$role"; done
}
regions=()
if wanted klarsyn call_story; then
    demo_region
    regions+=("$data")
fi

# The desk's tests count what they made themselves: a region without history.
desk=$work/desk
"$klarsyn" init "$desk"
for place in ${regions[@]+"${regions[@]}"} "$desk"; do
    add "$place" anna --role agent --display-name "Anna Holm" --group Servicedesk --phone-agent SIP/anna
    add "$place" bo --role agent --display-name "Bo Lund" --group "Klinisk support"
done
add "$desk" admin --role admin
add "$desk" vera --role lead --display-name "Vera Vagt" --group Servicedesk
for name in kim lis; do add "$desk" "$name" --role user --org RH; done

# Everything that people write, by people who write nothing but markup.
hostile=$work/hostile
export KLARSYN_HOSTILE=$work/browser/xss.json
letters() {
    node "$work/browser/letters.mjs" "$KLARSYN_HOSTILE" "$work/letters"
    for letter in "$work"/letters/*.eml; do "$klarsyn" mail "$hostile" < "$letter" > "$work/mail.log"; done
}
if wanted xss; then
    "$klarsyn" init "$hostile"
    add "$hostile" anna --role agent --group Servicedesk
    add "$hostile" vera --role lead --display-name '"><img src=x onerror=alert(1)>'
    add "$hostile" kim --role user
    add "$hostile" adam --role admin
    printf '[mail]\naddress = "servicedesk@region.example"\n[mail.smtp]\nurl = "smtp://127.0.0.1:1"\ntls = "none"\n' \
        > "$work/mail.toml"
fi

# A region where a log-on is measured every four seconds, and rules that are as quick.
story=$work/story
story_region() {
    local port=$1 files=$work/browser/story token
    "$klarsyn" init "$story"
    add "$story" anna --role agent --display-name "Anna Holm" --group Servicedesk
    add "$story" vera --role lead --display-name "Vera Vagt" --group Servicedesk
    add "$story" kim --role user --org RH
    add "$story" sonde --role probe
    mkdir -p "$files/pictures" "$files/probe" "$files/agent"
    "$klarsyn" token "$story" add sonde --label story | grep -oE '[^ ]+$' | tail -1 > "$files/token"
    printf 'hemmeligt kodeord' > "$files/password"
    printf '[secret.fmk]\nfile = "%s/password"\nsystems = ["FMK"]\n' "$files" > "$files/machine.toml"
    printf '%s\n' 'system,action,site,seat,every_s,from,to' 'FMK,login,RH,afdelings-pc,4,2026-01-01T00:00:00Z,' > "$work/schedule.csv"
    printf '%s\n' 'system,action,kind,limit_ms,from,to' 'FMK,login,standard,3000,2026-01-01T00:00:00Z,' > "$work/actions.csv"
    "$klarsyn" import "$story" probe-schedule-csv "$work/schedule.csv"
    "$klarsyn" import "$story" probe-actions-csv "$work/actions.csv"
    cat > "$work/checks.toml" <<TOML
[[check]]
system = "FMK"
action = "login"
protocol = "browser"
time_limit_ms = 16000
secrets = ["fmk"]
[check.settings]
from = "password"
to = "usable"
screenshots = "$files/pictures"
steps = [
  {do = "open", url = "http://127.0.0.1:$port/"},
  {do = "type", css = "#user", text = "sonde"},
  {do = "type", css = "#password", secret = "fmk", name = "password"},
  {do = "click", css = "button"},
  {do = "wait", css = "#patients", name = "usable", within_ms = 700},
]
TOML
    cat > "$work/rules.toml" <<'TOML'
every = "1s"
wait = "1s"
[[rule]]
name = "login"
kind = "share"
title = {da = "Man kan ikke logge på", en = "Nobody can log on"}
by = ["system", "site"]
measure = "available"
over = "30s"
at_least = 2
below = 75
clear = 75
fire_after = 1
clear_after = 1
severity = "high"
group = "Servicedesk"
TOML
    "$klarsyn" settings "$story" probe_checks "$work/checks.toml" --from 2026-01-01
    "$klarsyn" settings "$story" alert_rules "$work/rules.toml" --from 2026-01-01
    install -m 755 "$klarsyn" "$files/klarsyn"
    install -m 755 "${KLARSYN_AGENT:-$(dirname "$klarsyn")/klarsyn-agent}" "$files/klarsyn-agent"
    export KLARSYN_BIN=$files/klarsyn KLARSYN_AGENT=$files/klarsyn-agent KLARSYN_STORY=$files KLARSYN_STORY_PORT=$port
}

serving=
serve() {  # data, options...: starts a server in the place of the last one and sets url
    [ "$serving" != "$1" ] || return 0
    serving=$1
    [ -z "$server" ] || { kill "$server" && wait "$server" || true; }
    "$klarsyn" serve "$@" --listen 127.0.0.1:0 2> "$work/server.log" &
    server=$!
    url=
    for _ in $(seq 200); do
        url=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$work/server.log" | head -1 || true)
        [ -z "$url" ] || return 0
        kill -0 "$server" || { cat "$work/server.log"; exit 1; }
        sleep 0.1
    done
}

# The packages go beside the copied tests, so that an unprivileged user can read them.
mkdir "$work/browser" "$work/home"
cp "$here"/../data/hostile/xss.json "$here"/*.mjs "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$work/browser/"
(cd "$work/browser" && HOME=$work/home npm ci --silent)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
if wanted probe_story; then story_region "$(free_port)"; fi
export KLARSYN_SHOTS=${KLARSYN_SHOTS:-} KLARSYN_DESK_CASES=${KLARSYN_DESK_CASES:-750}
as_user=()
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$work/browser" "$work/home"
    [ -z "$KLARSYN_SHOTS" ] || { mkdir -p "$KLARSYN_SHOTS" && chown nobody "$KLARSYN_SHOTS"; }
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
failed=0
for test in $tests; do
    case $test in
        desk* | major* | now) serve "$desk" ;;
        probe_story) serve "$story" ;;
        xss) serve "$hostile" --config "$work/mail.toml" && letters ;;
        *) serve "$data" ;;
    esac
    KLARSYN_URL=$url HOME=$work/home ${as_user[@]+"${as_user[@]}"} node "$work/browser/$test.test.mjs" || failed=1
done
exit $failed
