#!/usr/bin/env bash
# The desk client is what its sources give: format, types, texts in both languages, the same bytes in dist/, and
# the bundle within its budget. Needs npm; the packages are those of package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --silent
    cp package-lock.json node_modules/.installed
fi
node_modules/.bin/prettier --check --log-level warn src build.mjs
node_modules/.bin/tsc --noEmit
node build.mjs --check
