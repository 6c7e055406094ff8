#!/usr/bin/env bash
# Everything that make test runs, one suite after the other, also when an earlier one failed. Ends
# with "N passed, N failed" alone on a line; exit code 1 when anything failed.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
results=build/release/results

count() {  # count PASSED FAILED
    passed=$((passed + $1))
    failed=$((failed + $2))
}

finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
}

must() {  # a step without which nothing else can run
    "$@" || { echo "failed: $*"; count 0 1; finish; }
}

# A suite's last line "N passed, N failed" is what it counted itself; without one, the suite is one.
suite() {
    local name=$1 log=build/$1.log status=0 line
    shift
    echo "== $name (after $((SECONDS / 60)) min $((SECONDS % 60)) s)"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1)
    if [ -n "$line" ]; then
        read -r good _ bad _ <<< "${line/,/}"
        # A suite that broke off must not pass for what it had counted until then.
        [ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
        count "$good" "$bad"
    elif [ "$status" -eq 0 ]; then
        count 1 0
    else
        count 0 1
    fi
}

unit_tests() {
    local TMPDIR
    TMPDIR=$(tests/scratch.sh)
    export TMPDIR
    rm -rf "$results" && mkdir -p "$results"
    GTEST_OUTPUT="json:$PWD/$results/" ctest --test-dir build/release -j$(($(nproc) + 1)) --output-on-failure --no-tests=error
    local status=$?
    python3 tools/count_tests.py "$results" "$status"
}

mkdir -p build
must cmake --preset release -DKLARSYN_TESTS=ON
must cmake --build --preset release --target all
must ln -sfn release/klarsyn build/klarsyn
suite tidy python3 tools/tidy.py
suite tools python3 tools/tools_test.py build/release/tools/klarsyn_embed
suite desk-client ui/check.sh
suite unit unit_tests
suite fuzz tools/fuzz.sh 5
suite system tests/run.sh
finish
