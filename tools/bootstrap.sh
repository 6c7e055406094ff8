#!/usr/bin/env bash
# Installs what is missing of the packages that the named sections of packages.txt list.
#
#   tools/bootstrap.sh build run test
#
# Asks the system first, so that nothing is fetched and no rights are needed where all is there.
# KLARSYN_NO_INSTALL=1 leaves the system alone and only says what is missing.
set -euo pipefail
cd "$(dirname "$0")"

wanted() {
    local section="" line
    while IFS= read -r line; do
        case "$line" in
            "" | "#"*) ;;
            "["*"]") section="${line:1:-1}" ;;
            *" unless "*)
                [[ " $* " != *" $section "* ]] || command -v "${line##* }" >/dev/null \
                    || echo "${line%% *}" ;;
            *) [[ " $* " != *" $section "* ]] || echo "$line" ;;
        esac
    done < packages.txt
}

missing() {
    local installed package
    installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package} ' "$@" 2>/dev/null || true)"
    for package in "$@"; do
        [[ "$installed" == *" installed $package "* ]] || echo "$package"
    done
}

mapfile -t packages < <(wanted "$@" | sort -u)
[ "${#packages[@]}" -gt 0 ] || exit 0
if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "bootstrap: no Debian system; the build needs the like of: ${packages[*]}" >&2
    exit 0
fi
mapfile -t lacking < <(missing "${packages[@]}")
[ "${#lacking[@]}" -gt 0 ] || exit 0

become=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then
        become=(sudo)
    else
        KLARSYN_NO_INSTALL=1
    fi
fi
if [ -n "${KLARSYN_NO_INSTALL:-}" ]; then
    echo "bootstrap: these packages are missing. Install them as root:" >&2
    echo "    apt-get install --no-install-recommends ${lacking[*]}" >&2
    exit 1
fi
echo "bootstrap: installing ${lacking[*]}"
install=("${become[@]}" env DEBIAN_FRONTEND=noninteractive
         apt-get install -y -qq --no-install-recommends "${lacking[@]}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists may be old or never fetched: the first attempt tells.
if ! "${install[@]}" >"$log" 2>&1; then
    "${become[@]}" apt-get update -qq
    "${install[@]}" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
fi
