#!/usr/bin/env bash
# Prints what CHANGELOG.md says of a version, without its heading: installer/release/notes.sh VERSION [CHANGELOG]
set -euo pipefail
[ $# -ge 1 ] || {
    echo "usage: notes.sh VERSION [CHANGELOG]" >&2
    exit 2
}
changelog=${2:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/CHANGELOG.md}
# From that heading to the next of its level, or the links at the end; without empty lines at either end.
notes=$(awk -v heading="## [$1]" '
    index($0, heading) == 1 { inside = 1; next }
    /^## / || /^\[[^]]+\]: / { inside = 0 }
    inside && (started || NF) { started = 1; print }' "$changelog")
[ -n "$notes" ] || {
    echo "notes.sh: $changelog has nothing of $1" >&2
    exit 1
}
echo "$notes"
