#!/usr/bin/env bash
# Runs the functional tests, the oracle and the browser tests against the real binary, on demo data
# that is made once. KLARSYN names the binary (build/klarsyn without it); KLARSYN_TEST_POSTGRES a
# server to use instead of a throwaway one. Ends with one line "N passed, N failed".
set -u
here=$(cd "$(dirname "$0")" && pwd)
export KLARSYN=${KLARSYN:-$here/../build/klarsyn}
KLARSYN=$(realpath "$KLARSYN")
work=$(mktemp -d "$("$here/scratch.sh")/klarsyn-tests.XXXXXX")
export TMPDIR=$work/tmp
mkdir "$TMPDIR"
chmod 755 "$work"
chmod 1777 "$TMPDIR"
export PYTHONDONTWRITEBYTECODE=1
export KLARSYN_STRICT_TEXTS=1  # an unknown text key breaks off
started_postgres=0
cleanup() {
    [ "$started_postgres" = 1 ] && "$here/postgres.sh" stop "$work/postgres" >/dev/null 2>&1
    rm -rf "$work"
}
trap cleanup EXIT

# One suite: its output goes to a file; its last line there is "passed failed".
unit_suite() {  # name, pattern or files...
    local name=$1; shift
    (cd "$here/functional" && python3 -W ignore::ResourceWarning -m unittest "$@" -v) >"$work/$name.log" 2>&1
    python3 - "$work/$name.log" <<'PY' >"$work/$name.sum"
import re, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
ran = re.search(r"^Ran (\d+) tests?", text, re.M)
bad = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text))
skipped = re.search(r"skipped=(\d+)", text)
total = int(ran.group(1)) - (int(skipped.group(1)) if skipped else 0) if ran else 0
blocks = set(re.findall(r"^(?:FAIL|ERROR): (\S+ \([^)]*\))", text, re.M))
failed = len(blocks) or bad
if total == 0:
    failed = max(1, failed)
print(max(0, total - failed), failed)
PY
}

browser_suite() {  # name, stories...
    local name=$1; shift
    KLARSYN_BROWSER_TESTS="$*" check_suite "$name" "$here/browser/run.sh"
}

check_suite() {  # name, command...
    local name=$1; shift
    if "$@" >"$work/$name.log" 2>&1; then echo "1 0"; else echo "0 1"; fi >"$work/$name.sum"
}

echo "demo data ..."
demo_ok=1
export KLARSYN_DEMO=$work/demo KLARSYN_DEMO_DATA=$work/demo-data
{
    "$KLARSYN" simulate platform-2018 --out "$work/demo/2018" & platform=$!
    "$KLARSYN" simulate registers-2013 --out "$work/demo/registers" & registers=$!
    "$KLARSYN" simulate hovedstaden-2013 --out "$work/demo/2013" &&
    wait "$platform" && wait "$registers" &&
    "$KLARSYN" init "$KLARSYN_DEMO_DATA" &&
    "$KLARSYN" import "$KLARSYN_DEMO_DATA" --manifest "$work/demo/2013/manifest.tsv" &&
    "$KLARSYN" import "$KLARSYN_DEMO_DATA" --manifest "$work/demo/registers/manifest.tsv" &&
    "$KLARSYN" import "$KLARSYN_DEMO_DATA" --manifest "$work/demo/2018/manifest.tsv"
} >"$work/demo.log" 2>&1 || demo_ok=0

if [ -z "${KLARSYN_TEST_POSTGRES:-}" ] && [ -x "$here/postgres.sh" ]; then
    if KLARSYN_TEST_POSTGRES=$("$here/postgres.sh" start "$work/postgres" 2>"$work/postgres.log" | tail -1) &&
        [ -n "$KLARSYN_TEST_POSTGRES" ]; then
        export KLARSYN_TEST_POSTGRES
        started_postgres=1
    else
        unset KLARSYN_TEST_POSTGRES
    fi
fi

# The longest first, and what reckons beside what waits: workers take the next suite as they come free.
desks="major_story desk_list desk_writing desk_case desk_live desk_looks now"
stories=$(for test in "$here"/browser/*.test.mjs; do basename "$test" .test.mjs; done |
    grep -vxF "${desks// /$'\n'}" | tr '\n' ' ')
suites=("alerts unit_suite test_alerts")
if [ "$demo_ok" = 1 ]; then
    suites+=("oracle-demo check_suite python3 $here/oracle/compare.py $KLARSYN $KLARSYN_DEMO_DATA
        $work/demo/2013/manifest.tsv $work/demo/2018/manifest.tsv
        --period 2012-09..2013-04 --period 2018-W01..2018-W17"
        "demo unit_suite test_demo")
else
    echo "0 1" >"$work/demo.sum"
fi
suites+=(
    "browser-stories browser_suite $stories"
    "import unit_suite test_import test_formats"
    "browser-desk browser_suite $desks"
    "properties unit_suite test_properties"
    "mail unit_suite test_mail test_webhooks"
    "messages unit_suite test_messages test_pop_ups"
    "contract unit_suite test_cli test_excerpt test_sla test_imported_cases"
    "journeys unit_suite test_journeys"
    "runner unit_suite test_probe_runner test_probe_try test_probe_chains"
    "server unit_suite test_server test_answers"
    "reports unit_suite test_reports"
    "registers unit_suite test_assets test_capacity"
    "intake unit_suite test_intake test_agents test_pairs"
    "history unit_suite test_history test_exchange"
    "checks unit_suite test_checks test_secure_checks"
    "flow unit_suite test_flow test_remote_write"
    "practice unit_suite test_practice test_changes"
    "desk unit_suite test_desk"
    "pcs unit_suite test_pcs"
    "probes unit_suite test_probes test_measurements"
    "search unit_suite test_search test_attachments"
    "calls unit_suite test_calls"
    "erasure unit_suite test_erasure test_erasure_everywhere test_hostile"
    "tail unit_suite test_tail"
    "crash unit_suite test_crash"
    "bad-peers unit_suite test_bad_peers"
    "asks unit_suite test_asks test_private"
    "sign-in unit_suite test_sign_in"
    "workload unit_suite test_workload"
    "oracle-itself unit_suite discover -s $here/oracle -p test_*.py"
)

next_suite() {  # prints the number of the next suite; each is given once
    (
        flock 9
        local at
        at=$(cat "$work/next" 2>/dev/null || echo 0)
        echo $((at + 1)) >"$work/next"
        echo "$at"
    ) 9>"$work/next.lock"
}

worker() {
    local at name kind words began
    while at=$(next_suite) && [ "$at" -lt "${#suites[@]}" ]; do
        set -f  # a pattern in a suite's words is for the suite
        words=(${suites[$at]})
        set +f
        name=${words[0]} kind=${words[1]} began=$SECONDS
        "$kind" "$name" "${words[@]:2}"
        echo $((SECONDS - began)) >"$work/$name.seconds"
    done
}
# Two workers more than processors: many tests wait for something to happen.
for _ in $(seq $(($(nproc) + 2))); do worker & done
wait

passed=0 failed=0
for sum in "$work"/*.sum; do
    name=$(basename "$sum" .sum)
    read -r p f <"$sum"
    passed=$((passed + p)) failed=$((failed + f))
    printf '%-16s %4d passed %4d failed %5s s\n' "$name" "$p" "$f" "$(cat "$work/$name.seconds" 2>/dev/null)"
    if [ "$f" != 0 ]; then
        sed 's/^/    /' "$work/$name.log" | grep -v ' \.\.\. ok$' | tail -${KLARSYN_TEST_LINES:-200}
    fi
done
if [ "$started_postgres" = 0 ] && [ -z "${KLARSYN_TEST_POSTGRES:-}" ]; then
    echo "PostgreSQL: not tested, no server could be started"
    [ -s "$work/postgres.log" ] && tail -5 "$work/postgres.log"
    failed=$((failed + 1))
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
