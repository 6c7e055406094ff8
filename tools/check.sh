#!/usr/bin/env bash
# What a reviewer would otherwise say: format, project rules, clang-tidy, tests under sanitizers.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== format"
git ls-files 'src/*.h' 'src/*.cc' 'tools/*.cc' | xargs clang-format-14 --dry-run -Werror
echo "== project rules"
python3 tools/tidy.py
echo "== sanitizers"
cmake --preset asan >/dev/null
cmake --build --preset asan
ctest --test-dir build/asan --output-on-failure
echo "== clang-tidy"
git ls-files 'src/*.cc' | grep -v '_test\.cc$' \
    | xargs -P "$(nproc)" -n 4 clang-tidy-14 -p build/asan --quiet
