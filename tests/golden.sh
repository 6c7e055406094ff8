#!/usr/bin/env bash
# Writes the golden files of the reports anew. Read the difference before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset dev >/dev/null
cmake --build --preset dev --target reports_test
KLARSYN_GOLDEN=write build/dev/tests/reports_test --gtest_filter='Golden.*'
git --no-pager diff --stat -- tests/golden
