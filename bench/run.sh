#!/usr/bin/env bash
# Speed and size beside other engines, in one run, then the live desk beside Request Tracker. Writes
# build/bench/LATEST.md, series.jsonl, probes.jsonl, beside.jsonl, board.md,
# agents.jsonl and desk.md.
#   KLARSYN_BENCH_CASES   how many imported cases the desk stands on (2,400,000)
#   KLARSYN_BENCH_YEARS   how many simulated years (10)
#   KLARSYN_BENCH_ROUNDS  interleaved rounds (5)
#   KLARSYN_BENCH_RIVALS  "sqlite postgres duckdb"; leave out what you do not want beside
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release -DKLARSYN_TESTS=OFF >/dev/null
cmake --build --preset release --target klarsyn klarsyn_bench klarsyn_series_bench
if [[ "${KLARSYN_BENCH_RIVALS:-duckdb}" == *duckdb* ]]; then
    (cd bench && [ -d node_modules/@duckdb ] || npm ci --no-progress >/dev/null)
fi
python3 bench/bench.py
rm -rf build/bench/series
build/release/klarsyn_series_bench build/bench/series 30 | tee build/bench/series.jsonl
rm -rf build/bench/series
python3 bench/board.py --out build/bench/board.md
python3 bench/agents.py | tee build/bench/agents.jsonl
python3 bench/probes.py | tee build/bench/probes.jsonl
python3 bench/beside.py | tee build/bench/beside.jsonl
exec python3 bench/desk.py
