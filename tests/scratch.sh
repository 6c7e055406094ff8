#!/bin/sh
# Prints the directory under which tests make what they throw away: TMPDIR where it is set, memory
# where there is plenty (stores and databases are made and removed by the thousand), else /tmp.
set -eu
memory=/dev/shm
free_gb() { df -Pk "$memory" | awk 'NR == 2 {print int($4 / 1048576)}'; }
spare_gb() { awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo; }
if [ -n "${TMPDIR:-}" ]; then
    echo "$TMPDIR"
elif [ -w "$memory" ] && [ "$(free_gb)" -ge 4 ] && [ "$(spare_gb)" -ge 8 ] &&
    ! grep -qE "^[^ ]+ $memory [^ ]+ [^ ]*noexec" /proc/mounts; then
    echo "$memory"
else
    echo /tmp
fi
