#!/usr/bin/env bash
# Throws made-up bytes at every wire codec (src/protocols/fuzz), with sanitizers, SECONDS each and two
# at a time, beginning with its corpus. What breaks a codec is left in build/fuzz/found. Ends with
# "N passed, N failed" alone on a line.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?seconds per codec}
export seconds found=build/fuzz/found logs=build/fuzz/logs

{ cmake --preset fuzz && cmake --build --preset fuzz --target codec_fuzz; } > build/fuzz.build.log 2>&1 || {
    tail -20 build/fuzz.build.log
    echo "0 passed, 1 failed"
    exit 1
}
mkdir -p "$found" "$logs"

run_one() {
    local name=$1 grown
    grown=$(mktemp -d)  # what libFuzzer adds to the corpus; the shipped one stays
    if KLARSYN_FUZZ=$name build/fuzz/src/protocols/codec_fuzz -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=1024 -max_len=65536 -artifact_prefix="$found/$name-" -print_final_stats=1 \
        "$grown" "src/protocols/fuzz/corpus/$name" > "$logs/$name" 2>&1
    then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$name") inputs"
    else
        echo "FAILED $name"
        tail -30 "$logs/$name"
    fi
    rm -rf "$grown"
}
export -f run_one

results=$(find src/protocols/fuzz/corpus -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort |
    xargs -P 2 -I '{}' bash -c 'run_one {}')
echo "$results"
failed=$(grep -c '^FAILED ' <<< "$results")
passed=$(grep -c '^[a-z0-9-]*: [0-9]* inputs$' <<< "$results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
