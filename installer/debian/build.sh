#!/usr/bin/env bash
# Makes concierge_*.deb and concierge-monitor_*.deb in build/debian/packages, on Debian 12 or later or Ubuntu 24.04, and has
# lintian look at them. Installs what a bare machine lacks.
#   installer/debian/build.sh [CMake flags]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. installer/setup.sh

apt_build+=(dpkg-dev file lintian)
install_packages build
eval "$(DEB_BUILD_MAINT_OPTIONS=hardening=+all dpkg-buildflags --export=sh)"
unset CFLAGS # there is no C
export CXXFLAGS="$CXXFLAGS $CPPFLAGS" # CMake takes no CPPFLAGS, which have _FORTIFY_SOURCE
build=build/debian
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
step "configuring $build"
mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCONCIERGE_LTO=ON -DCONCIERGE_TESTS=OFF \
    -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_POSITION_INDEPENDENT_CODE=ON "$@" >"$build/configure.log" || {
    tail -n 20 "$build/configure.log" >&2
    fail "could not configure"
}
step "building $build"
cmake --build "$build" >&2 || fail "the build failed"
step "packing"
rm -rf "$build/packages"
(umask 022 && cpack --config "$build/CPackConfig.cmake" -B "$build/packages") >"$build/cpack.log" || {
    tail -n 20 "$build/cpack.log" >&2
    fail "could not pack"
}
rm -rf "$build/packages/_CPack_Packages"
step "lintian"
lintian --allow-root --fail-on error,warning "$build"/packages/*.deb >&2 || fail "lintian found something"
ls -l "$build"/packages/*.deb
