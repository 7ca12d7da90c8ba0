#!/usr/bin/env bash
# Says the version, which is told once, by project() in CMakeLists.txt.
#   installer/release/version.sh            prints it
#   installer/release/version.sh TAG        prints it, and fails unless TAG is "v" and that, and CHANGELOG.md has it with its day
#   ROOT=FOLDER                             the folder of both files, where it is not this source tree
set -euo pipefail
root=${ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
fail() {
    echo "version.sh: $*" >&2
    exit 1
}

version=$(sed -n 's/^project(concierge VERSION \([0-9][0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
[ -n "$version" ] || fail "CMakeLists.txt: no project(concierge VERSION ...)"
if [ $# -gt 0 ]; then
    [ "$1" = "v$version" ] || fail "the tag is $1, but project(VERSION) is $version: the tag has to be v$version"
    heading=$(grep -F "## [$version]" "$root/CHANGELOG.md" | head -n 1) || true
    [ -n "$heading" ] || fail "CHANGELOG.md: has no section \"## [$version]\""
    [[ $heading =~ \ -\ [0-9]{4}-[0-9]{2}-[0-9]{2}$ ]] || fail "CHANGELOG.md: \"$heading\" has no day: \"## [$version] - $(date -u +%F)\""
fi
echo "$version"
